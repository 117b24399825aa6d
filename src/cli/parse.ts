/**
 * What citty lets pass is refused here: the words of a command line, judged strictly by a verb's arguments.
 *
 * citty passes over an unknown flag and a word too many, gives a flag the next flag as its value, and keeps the last
 * of a repeated one. So it gets words that can be read in one way alone (`judge`), and the values of a verb are read
 * from those words by the same rules (`parse`). Nothing is guessed: an unknown flag, a missing word and one word too
 * many are usage errors that name themselves. In a worker's environment a task that was left out is the worker's own.
 *
 * @module
 */
import type { WorkerEnv } from "../home.ts";
import { KanbanError } from "../kernel/errors.ts";
import { suggest } from "../kernel/queue/suggest.ts";
import { type Arg, type Args, flagOf, GLOBAL_FLAGS, placeOf, type Values } from "./args.ts";
import { oneLine } from "../text.ts";

interface Signature<A extends Args> {
  readonly name: string;
  readonly args: A;
}

/** Words by what they belong to: every value of a flag, in order, by its long name; the words of a positional. */
interface Sorted {
  readonly flags: ReadonlyMap<string, readonly string[]>;
  readonly places: ReadonlyMap<string, readonly string[]>;
}

export interface Parsed<A extends Args> {
  values: Values<A>;
  json: boolean;
  board: string | undefined;
}

/**
 * The same words, written out: each flag with its value in one word, then every positional.
 *
 * @throws {KanbanError} `invalid`, with the verb's help as the hint.
 */
export function judge(verb: Signature<Args>, words: readonly string[], worker: WorkerEnv | null): string[] {
  const { flags, places } = sort(verb, words, worker);
  const known = flagsOf(verb);
  const written = [...flags].flatMap(([name, values]) =>
    values.map((value) => (known.get(name)!.type === "string" ? `--${name}=${value}` : `--${name}`)),
  );
  return [...written, "--", ...[...places.values()].flat()];
}

/** Reads every argument of a verb. @throws {KanbanError} as `judge`. */
export function parse<A extends Args>(
  verb: Signature<A>,
  words: readonly string[],
  worker: WorkerEnv | null,
): Parsed<A> {
  const { flags, places } = sort(verb, words, worker);
  const read: Record<string, unknown> = {};
  for (const [key, arg] of Object.entries(verb.args)) {
    if (arg.type === "positional") read[key] = arg.read(places.get(key) ?? [], placeOf(key, arg));
    else read[key] = arg.read(flags.get(flagOf(key)) ?? [], `--${flagOf(key)}`);
  }
  const board = flags.get("board")?.at(-1);
  if (board === "") throw usage(verb, "--board needs a value"); // An unset variable must not mean the real board.
  return { values: read as Values<A>, json: flags.has("json"), board };
}

function sort(verb: Signature<Args>, words: readonly string[], worker: WorkerEnv | null): Sorted {
  const known = flagsOf(verb);
  const flags = new Map<string, string[]>();
  const positionals: string[] = [];
  const left = [...words];
  const take = (typed: string, shown: string, attached: string | undefined) => {
    const name = [...known].find(([, { also }]) => also === typed)?.[0] ?? typed;
    const type = known.get(name)?.type;
    if (type === undefined) throw unknownFlag(verb, shown, [...known.keys()]);
    if (type === "boolean" && attached !== undefined) throw usage(verb, `${shown} takes no value`);
    const value = type === "boolean" ? "" : (attached ?? valueAfter(verb, shown, left));
    flags.set(name, [...(flags.get(name) ?? []), value]);
  };
  while (left.length > 0) {
    const word = left.shift()!;
    if (word === "--") positionals.push(...left.splice(0));
    else if (word === "-" || !word.startsWith("-")) positionals.push(word);
    else if (word.startsWith("--")) {
      const end = word.indexOf("=");
      if (end === -1) take(word.slice(2), word, undefined);
      else take(word.slice(2, end), word.slice(0, end), word.slice(end + 1));
    } else {
      const [name, arg] = [...known].find(([, { alias }]) => alias === word[1]) ?? [];
      if (name === undefined) throw unknownFlag(verb, word.slice(0, 2), []);
      const rest = word.slice(2);
      if (arg!.type === "boolean" && rest !== "") left.unshift(`-${rest}`); // `-vq` is `-v -q`.
      take(name, word.slice(0, 2), arg!.type === "string" && rest !== "" ? rest.replace(/^=/, "") : undefined);
    }
  }
  return { flags, places: fill(verb, positionals, worker) };
}

/** Every flag of a verb, by its long name. */
function flagsOf(verb: Signature<Args>): ReadonlyMap<string, Arg<unknown>> {
  const all = Object.entries<Arg<unknown>>({ ...verb.args, ...GLOBAL_FLAGS });
  return new Map(all.filter(([, { type }]) => type !== "positional").map(([key, arg]) => [flagOf(key), arg]));
}

/** `--parent --json` is a forgotten value far more often than a parent of that name; `--priority -1` is none. */
function valueAfter(verb: Signature<Args>, shown: string, left: string[]): string {
  const next = left.shift();
  if (next === undefined) throw usage(verb, `${shown} needs a value`);
  if (next === "-" || !next.startsWith("-") || /^-\d+$/.test(next)) return next;
  throw usage(verb, `${shown} needs a value; one that begins with a dash is written ${shown}=-…`);
}

/** Gives each positional its words. */
function fill(verb: Signature<Args>, words: readonly string[], worker: WorkerEnv | null): Map<string, string[]> {
  const places = Object.entries(verb.args).filter(([, arg]) => arg.type === "positional");
  const given = new Map<string, string[]>();
  const left = [...words];
  let missing = places.filter(([, arg]) => arg.required).length - words.length;
  for (const [at, [key, arg]] of places.entries()) {
    // `assign ID… NAME`: the words at the end belong to what must follow.
    const after = places.slice(at + 1).filter(([, later]) => later.required).length;
    if (arg.ownTask && worker !== null && missing > 0) {
      given.set(key, [worker.task]);
      missing--;
    } else if (left.length === 0 && arg.required) {
      throw usage(verb, `missing ${placeOf(key, arg)}`);
    } else {
      const taken = left.splice(0, arg.many ? Math.max(1, left.length - after) : 1);
      if (taken.length > 0) given.set(key, taken);
    }
  }
  if (left.length > 0) {
    const found = `one word too many, "${oneLine(left[0]!)}"`;
    throw usage(verb, found, `Quote a text with spaces; see kanban ${verb.name} --help`);
  }
  return given;
}

function usage(verb: Signature<Args>, found: string, hint = `See kanban ${verb.name} --help`): KanbanError {
  return new KanbanError("invalid", `Cannot run ${verb.name}: ${found}`, hint);
}

function unknownFlag(verb: Signature<Args>, shown: string, flags: readonly string[]): KanbanError {
  const near = suggest(shown.replace(/^-+/, ""), flags);
  const meant = near === null ? "" : `Did you mean --${near}? `;
  return usage(verb, `unknown flag "${oneLine(shown)}"`, `${meant}See kanban ${verb.name} --help`);
}
