/**
 * Declares CLI verbs, each a citty command: typed arguments, strict flags, one board, one way to print and to fail.
 *
 * A verb parses nothing itself: it declares its arguments and gets their values. It opens nothing: the
 * board is opened when it is first used, after every argument was judged, so that a usage error never
 * touches a file. Results go to stdout, everything else to stderr; the number that comes back is the
 * exit status.
 *
 * A verb declares what kind of write it is. Whether this process may do that is judged here, before it runs,
 * and again in the transaction of the write: that is what `write` is for.
 *
 * ```ts no-run
 * export default verb({
 *   name: "unblock",
 *   act: "unblock",
 *   args: { ids: tasks("Tasks to unblock") },
 *   examples: ["kanban unblock t_1a2b"],
 *   run({ board, args, each, write, out }) {
 *     each(args.ids, (id) => out(write([id], () => unblockTask(board, id)), (task) => `unblocked ${task.id}`));
 *   },
 * });
 * ```
 *
 * @module
 */
import { type ArgsDef, type CommandDef, defineCommand } from "citty";
import { environment, type Home, homeOf, type WorkerEnv, whoami, workerEnv } from "../home.ts";
import { ERROR_CODES, KanbanError } from "../kernel/errors.ts";
import { asOneAct } from "../kernel/store/db.ts";
import { underRun } from "../kernel/tasks/fence.ts";
import { resolveId } from "../kernel/store/ids.ts";
import type { Act, Board, Run, UnderRun } from "../kernel/mod.ts";
import { actingBoard, type ActingBoard } from "./acting.ts";
import { type Args, GLOBAL_FLAGS, type Values } from "./args.ts";
import { json, type Paint, paint } from "./print/format.ts";
import { type Output, stderr, stdout } from "./output.ts";
import { parse } from "./parse.ts";
import { harmless } from "../text.ts";

/** What a verb gets to work with. */
export interface Context<A extends Args> {
  readonly args: Values<A>;
  readonly home: Home;
  /** Opened at the first use. */
  readonly board: Board;
  /** The environment of a worker, when this process lives in one. */
  readonly worker: WorkerEnv | null;
  /** The run that this process works under, for a verb that writes; null for a person. */
  readonly claim: UnderRun | null;
  /** Who acts: the profile of a worker's run, else the login name. */
  readonly who: string;
  readonly json: boolean;
  readonly style: Paint;
  readonly stdout: Output;
  /** The full id of a unique prefix. */
  id(typed: string): string;
  /**
   * Writes, in one transaction with the check that this process may do the verb's act to these tasks.
   *
   * @param fn Gets the run that it works under; null for a person.
   * @param options.run A person's write is made only while this run is open.
   */
  write<T>(ids: readonly string[], fn: (run: Run | null) => T, options?: { run?: number | undefined }): T;
  /** The run that this process works under, for another act. @throws {KanbanError} as `claimOfProcess`. */
  claimFor(act: Act): UnderRun | null;
  /**
   * Acts on each task, by its full id. One refusal does not stop the rest: it is reported, and the exit status says
   * so. With --json the answer is `{results: [{id, ok, task?, error?}]}`, whatever the number of tasks.
   *
   * @param options.as The name of what `act` prints, where that is no task.
   */
  each(typed: readonly string[], act: (id: string) => void, options?: { as?: string }): void;
  /** Prints the result: the data itself under --json, else a text about it. */
  out<T>(data: T, text: (data: T) => string): void;
  /** Prints one line of JSON whatever the number of results: for verbs that go on and on. */
  line(data: unknown): void;
  /** Tells something that is no result, on stderr. */
  note(text: string): void;
  /** The same for advice; null is none. */
  hint(text: string | null): void;
}

/**
 * What a verb does to the board: nothing (`read`), one or more kinds of write, or what a worker's tool does
 * (`tools`), which each tool answers for itself.
 */
export type Need = "read" | "tools" | Act | readonly Act[];

export interface VerbDef<A extends Args> {
  readonly name: string;
  /** Decides who may use it: see `ACTS`. It may depend on the flags. */
  readonly act: Need | ((args: Values<A>) => Need);
  readonly args: A;
  /** Command lines that work as they stand, but for the ids. */
  readonly examples: readonly [string, ...string[]];
  /** What else a person should know, for the help. */
  readonly notes?: string;
  run(context: Context<A>): void | number | Promise<void | number>;
}

/** The citty command of a verb, whatever its arguments; what else the help shows; and what it needs. */
export interface Verb extends CommandDef, Pick<VerbDef<Args>, "name" | "examples" | "notes"> {
  /** Its own, then those of every verb. */
  readonly args: Args;
  /** What it would do with these words. */
  needOf(words: readonly string[]): Need;
}

/** Thrown for an exit status other than 0, after its reason was reported: citty drops what a subcommand returns. */
export class EndedWith extends Error {
  constructor(readonly status: number) {
    super(`Ended with ${status}`);
  }
}

/** Makes a verb of its declaration. */
export function verb<const A extends Args>(def: VerbDef<A>): Verb {
  const { name, examples, notes } = def;
  const args: Args = { ...def.args, ...GLOBAL_FLAGS };
  const command = defineCommand<ArgsDef>({
    meta: { name },
    args,
    // citty's own values are not used: of a repeated flag they hold the last one alone.
    run: async ({ rawArgs }) => {
      const status = await start(def, rawArgs);
      if (status !== 0) throw new EndedWith(status);
    },
  });
  const needed = (words: readonly string[]) => needOf(def.act, parse(def, words, null).values);
  return { ...command, name, args, examples, ...(notes !== undefined && { notes }), needOf: needed };
}

function needOf<A extends Args>(act: VerbDef<A>["act"], values: Values<A>): Need {
  return typeof act === "function" ? act(values) : act;
}

function actsOf(need: Need): readonly Act[] {
  if (need === "read" || need === "tools") return [];
  return typeof need === "string" ? [need] : need;
}

async function start<A extends Args>(def: VerbDef<A>, words: readonly string[]): Promise<number> {
  let asJson = words.includes("--json"); // Errors in the arguments themselves are told in the same form.
  let acting: ActingBoard | undefined;
  try {
    const worker = workerEnv();
    const parsed = parse(def, words, worker);
    asJson = parsed.json;
    const home = homeOf(environment(), parsed.board);
    const need = needOf(def.act, parsed.values);
    const named = parsed.board !== undefined || Boolean(environment()["KANBAN_DB"]);
    acting = actingBoard(home, worker, { note, mustExist: need === "read" && named && def.name !== "init" });
    acting.admit(actsOf(need), { tools: need === "tools" });
    const { context, status } = contextOf<A>({ values: parsed.values, json: asJson, home, worker, acting, need });
    return (await def.run(context)) ?? status();
  } catch (error) {
    return report(error, { json: asJson });
  } finally {
    acting?.close();
  }
}

interface Setting<A extends Args> {
  values: Values<A>;
  json: boolean;
  home: Home;
  worker: WorkerEnv | null;
  acting: ActingBoard;
  need: Need;
}

function contextOf<A extends Args>(setting: Setting<A>): { context: Context<A>; status: () => number } {
  const { values, json: asJson, home, worker, acting, need } = setting;
  let board: Board | undefined;
  // What one command does to several tasks is one act: it is undone together.
  const open = () => (board ??= "ids" in values ? asOneAct(acting.open()) : acting.open());
  let failed: number | null = null;
  let printed: unknown[] | null = null;
  let style: Paint | undefined;
  const line = (data: unknown) => stdout.write(`${json(data)}\n`);
  const print = (data: unknown) => stdout.write(`${json(data, { indent: stdout.terminal })}\n`);
  const context: Context<A> = {
    args: values,
    home,
    worker,
    json: asJson,
    stdout,
    line,
    get claim() {
      return acting.claim;
    },
    get who() {
      return worker === null && acting.claim === null ? whoami() : open().actor;
    },
    get board() {
      return open();
    },
    get style() {
      return (style ??= paint(stdout));
    },
    id: (typed) => resolveId(open(), typed),
    write(ids, fn, { run } = {}) {
      const [act, ...more] = actsOf(need);
      if (act === undefined) throw new TypeError("Cannot write: the verb declares that it only reads");
      const claim = acting.claim ?? (run === undefined ? null : { runId: run });
      return underRun(open(), claim, act, ids, (found) => {
        for (const other of more) underRun(open(), claim, other, ids, () => {});
        return fn(found);
      });
    },
    claimFor: (act) => acting.claimFor(act),
    each(typed, act, { as = "task" } = {}) {
      const seen = new Set<string>();
      const results: unknown[] = [];
      for (const one of typed) {
        try {
          const id = resolveId(open(), one);
          if (seen.has(id)) continue;
          seen.add(id);
          printed = [];
          act(id);
          results.push({ id, ok: true, ...(printed.length === 0 ? {} : { [as]: printed[0] }) });
        } catch (error) {
          if (!(error instanceof KanbanError)) throw error;
          if (!asJson) report(error, { json: false });
          results.push({ id: one, ok: false, error: describe(error) });
          const { exit } = ERROR_CODES[error.code];
          failed = failed === null ? exit : Math.min(failed, exit);
        }
      }
      printed = null;
      if (asJson) print({ results });
    },
    out(data, text) {
      if (!asJson) stdout.write(endLine(text(data)));
      else if (printed !== null) printed.push(data);
      else print(data);
    },
    note,
    hint: (text) => text !== null && stderr.write(`${paint(stderr).dim("hint:")} ${text}\n`),
  };
  return { context, status: () => failed ?? 0 };
}

function note(text: string): void {
  stderr.write(endLine(text));
}

/** A refusal as JSON. */
function describe({ code, message, hint, conflicts }: KanbanError): object {
  return { code, message, hint: hint ?? null, ...(conflicts === undefined ? {} : { conflicts }) };
}

/** Tells of a failure on stderr; returns the exit status that goes with it. */
export function report(error: unknown, { json: asJson }: { json: boolean }): number {
  const known = error instanceof KanbanError;
  const code = known ? error.code : "internal";
  const message = known ? error.message : `Internal error: ${error instanceof Error ? error.message : String(error)}`;
  const hint = known ? (error.hint ?? null) : "This is a bug in kanban; the board is as it was before this step";
  if (asJson) {
    stderr.write(`${json({ error: known ? describe(error) : { code, message, hint } })}\n`);
  } else {
    const { red, dim } = paint(stderr);
    stderr.write(`${red("error:")} ${harmless(message)}\n`);
    if (!known && error instanceof Error && error.stack) stderr.write(`${dim(harmless(error.stack))}\n`);
    if (hint !== null) stderr.write(`${dim("hint:")} ${harmless(hint)}\n`);
  }
  return known ? ERROR_CODES[error.code].exit : 70;
}

function endLine(text: string): string {
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}
