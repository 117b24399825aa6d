/**
 * Reading what a request brings: bodies and queries, checked field by field before any task is read.
 *
 * A schema is a strict zod object whose fields are judged by the kernel's own checks, so that the same
 * value is refused with the same words by the CLI, the tools and here; what zod adds is the shape, the
 * names of unknown fields and the JSON schema for the API's description.
 *
 * @module
 */
import { z } from "zod";
import { KanbanError } from "../../kernel/mod.ts";
import { badInput, type Refusal } from "../failure.ts";
import { cut } from "../../text.ts";

/** Part of a JSON schema: how a field is described to the outside. */
export type Described = Record<string, unknown>;

/** A field that `check` validates and parses; its error becomes the response. */
export function field<T>(described: Described, check: (value: unknown) => T) {
  return z
    .unknown()
    .transform((value, context): T => {
      try {
        return check(value);
      } catch (error) {
        if (!(error instanceof KanbanError)) throw error;
        context.issues.push({
          code: "custom",
          message: error.message,
          params: { field: error.field, hint: error.hint },
          input: value,
        });
        return z.NEVER;
      }
    })
    .meta(described);
}

/** The JSON object in a request's body. An empty body is an empty object, with any content-type. */
export async function readBody<S extends z.ZodObject>(request: Request, schema: S): Promise<z.output<S>> {
  const text = await readText(request);
  const type = request.headers.get("content-type")?.split(";")[0]!.trim().toLowerCase();
  if (text !== "" && type !== undefined && type !== "application/json") {
    throw badInput("content-type", `Cannot read the body: its content-type must be application/json, it is ${type}`);
  }
  return checked(schema, parseJson(text), "the body");
}

/** The query of a request. A repeated name is a list; single-valued fields then refuse it. */
export function readQuery<S extends z.ZodObject>(url: URL, schema: S): z.output<S> {
  const given = [...new Set(url.searchParams.keys())].map((name) => {
    const values = url.searchParams.getAll(name);
    return [name, values.length === 1 ? values[0]! : values] as const;
  });
  // Not by assignment: a field may be named __proto__, and is then as unknown as any other.
  return checked(schema, Object.fromEntries(given), "the query");
}

/** `value` as the schema reads it. */
export function checked<S extends z.ZodObject>(schema: S, value: unknown, what: string): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw explained(parsed.error.issues[0]!, schema, value, what);
}

/** Text of a body, at most as long as the limit of the server; not UTF-8 is refused. */
async function readText(request: Request): Promise<string> {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await request.arrayBuffer());
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw badInput("body", "Cannot read the body: it is not UTF-8");
  }
}

function parseJson(text: string): unknown {
  if (text.trim() === "") return {};
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badInput("body", `Cannot read the body: it is not JSON: ${(error as Error).message}`);
  }
}

function explained(issue: z.core.$ZodIssue, schema: z.ZodObject, value: unknown, what: string): Refusal {
  if (issue.code === "unrecognized_keys") {
    const name = issue.keys[0]!;
    const known = Object.keys(schema.shape).join(", ");
    return badInput(
      name,
      `Cannot use ${JSON.stringify(cut(name, 80))}: it is not a field of ${what}`,
      known === "" ? `It takes no fields` : `Known fields: ${known}`,
    );
  }
  if (issue.code === "custom") {
    const own = issue.params as { field?: string; hint?: string } | undefined;
    return badInput(String(issue.path[0] ?? own?.field ?? "body"), issue.message, own?.hint);
  }
  return badInput(
    "body",
    `Cannot read ${what}: it must be a JSON object, it is ${Array.isArray(value) ? "a list" : JSON.stringify(value)}`,
  );
}
