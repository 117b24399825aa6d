/**
 * What a tool is: a name, a description for the model, one zod definition, and a handler.
 *
 * The JSON schema that the model sees and the check of its arguments come from the same definition.
 * Every refusal becomes one sentence that the model can act on; it never sees a stack.
 *
 * @module
 */
import { z } from "zod";
import type { WorkerEnv } from "../home.ts";
import { agentValue, type Board, type JsonObject, KanbanError, type QueueView, withIsoTimes } from "../kernel/mod.ts";
import { excerpt } from "../text.ts";

/** On whose behalf a tool acts. */
export interface ToolContext {
  readonly board: Board;
  /** The run this tool acts for; null for a planning agent outside a run. */
  readonly worker: WorkerEnv | null;
  /** The name that is signed with. */
  readonly who: string;
  /** Which profiles there are and whether they are started, read when it is called. */
  queue(): QueueView;
  /** The most that one reply makes its reader read, in bytes; default `READ_BYTES`. */
  readonly bytes?: number;
}

export interface Tool {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: JsonObject;
  /** Does it. @throws {KanbanError} when it is refused; then nothing was changed. */
  call(context: ToolContext, args: unknown): JsonObject;
}

export interface Called {
  readonly ok: boolean;
  /** What the caller gets: the result, or `{"error": "…"}`. */
  readonly reply: JsonObject;
}

/** Declares a tool. The shape is strict: a field that is not in it is refused by name. */
export function tool<S extends z.ZodRawShape>(def: {
  name: string;
  description: string;
  args: S;
  run(context: ToolContext, args: z.output<z.ZodObject<S>>): unknown;
}): Tool {
  const schema = z.strictObject(def.args);
  let inputSchema: JsonObject | undefined;
  return {
    name: def.name,
    description: def.description,
    // Built when first listed: a call of `kanban tool` needs none of them.
    get inputSchema() {
      return (inputSchema ??= jsonSchema(schema));
    },
    call(context, args) {
      const parsed = schema.safeParse(withoutNulls(def.args, args ?? {}), { reportInput: true });
      if (!parsed.success) throw new KanbanError("invalid", explain(def.name, parsed.error.issues[0]!));
      return def.run(context, parsed.data as z.output<z.ZodObject<S>>) as JsonObject;
    },
  };
}

/** What may be left out may be null as well: some models have to write every argument. */
function withoutNulls(shape: z.ZodRawShape, args: unknown): unknown {
  if (typeof args !== "object" || args === null || Array.isArray(args)) return args;
  const isLeftOut = (name: string, value: unknown) =>
    value === null && Object.hasOwn(shape, name) && z.safeParse(shape[name]!, undefined).success;
  return Object.fromEntries(Object.entries(args).filter(([name, value]) => !isLeftOut(name, value)));
}

/**
 * Calls the tool of that name. Every text of the reply is cleaned for an
 * agent, and every instant is there in ISO 8601 too. A refusal comes back as a reply; what is thrown is a bug.
 *
 * @param tools The tools that this caller may see: any other name is refused.
 */
export function callTool(tools: readonly Tool[], context: () => ToolContext, name: string, args: unknown): Called {
  try {
    const found = tools.find((known) => known.name === name);
    if (found === undefined) throw unknownTool(tools, name);
    return { ok: true, reply: withIsoTimes(agentValue(found.call(context(), args))) };
  } catch (error) {
    if (!(error instanceof KanbanError)) throw error;
    return { ok: false, reply: agentValue({ error: sentence(error) }) };
  }
}

/** The message and what to do about it, as one text; a command line is no advice for a model with tools. */
export function sentence({ message, hint }: KanbanError): string {
  return hint === undefined || /\bkanban [a-z]/.test(hint) ? message : `${message}. ${hint}`;
}

function unknownTool(tools: readonly Tool[], name: string): KanbanError {
  if (tools.length === 0) {
    return new KanbanError(
      "refused",
      `Cannot call ${JSON.stringify(name)}: the tools belong to a worker, KANBAN_TASK and KANBAN_RUN must be set`,
      "Outside a run use the verbs of the command line, see kanban --help",
    );
  }
  const names = tools.map((known) => known.name).join(", ");
  return new KanbanError("invalid", `Cannot call ${JSON.stringify(name)}: it must be one of ${names}`);
}

/** The schema without what no model needs: the dialect, and the limits of a safe integer. */
function jsonSchema(schema: z.ZodType): JsonObject {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io: "input",
    override: ({ jsonSchema }) => {
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  });
  return rest as JsonObject;
}

/** One cause, in words: which field, what was needed, what was found. */
function explain(name: string, issue: z.core.$ZodIssue): string {
  const field = issue.path.join(".");
  const found = excerpt(issue.input);
  switch (issue.code) {
    case "unrecognized_keys":
      return `Cannot use ${name}: there is no argument ${issue.keys.map((key) => JSON.stringify(key)).join(", ")}`;
    case "invalid_type":
      if (issue.input === undefined) return `Cannot use ${name}: ${field || "its arguments"} must be given`;
      return `Cannot use ${name}: ${field || "its arguments"} must be ${article(issue.expected)}, got ${found}`;
    case "invalid_union":
      return `Cannot use ${name}: ${field} must be a list of texts, got ${found}`;
    case "invalid_value":
      return `Cannot use ${name}: ${field} must be one of ${issue.values.join(", ")}, got ${found}`;
    default:
      return `Cannot use ${name}: ${field === "" ? "" : `${field} `}${issue.message}`;
  }
}

const KINDS: Readonly<Record<string, string>> = {
  string: "a text",
  int: "a whole number",
  number: "a number",
  boolean: "true or false",
  record: "an object",
  object: "an object",
  array: "a list",
};

function article(expected: string): string {
  return KINDS[expected] ?? expected;
}
