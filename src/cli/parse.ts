/**
 * From the words of a command line to the values of a verb's arguments, strictly.
 *
 * Nothing is guessed: an unknown flag, a missing word and one word too many are usage errors that
 * name themselves. In a worker's environment a task that was left out is the worker's own. The rules
 * are those of `parseArgs` in strict mode; loading node:util for it took 2.5 of the 20 ms of `kanban show`.
 *
 * @module
 */
import type { WorkerEnv } from "../home.ts";
import { KanbanError } from "../kernel/errors.ts";
import { suggest } from "../kernel/queue/suggest.ts";
import type { Arg, Args, Values } from "./args.ts";
import { cleanLine } from "./print/format.ts";

/** Flags that every verb has. */
export const GLOBAL_FLAGS = {
  json: { type: "boolean", description: "Print JSON" },
  board: {
    type: "string",
    hint: "FILE",
    description: "Use this database (default: KANBAN_DB, else the one in KANBAN_HOME)",
  },
  help: { type: "boolean", short: "h", description: "Show this help" },
} as const;

interface Signature<A extends Args> {
  readonly name: string;
  readonly args: A;
}

export interface Parsed<A extends Args> {
  values: Values<A>;
  json: boolean;
  board: string | undefined;
}

/** `maxRuntime` is typed `--max-runtime`. */
export function flagOf(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** A positional stands in usage and messages as `ID`. */
export function placeOf(key: string, { many }: { many?: boolean } = {}): string {
  const name = many ? key.replace(/s$/, "") : key;
  return flagOf(name).toUpperCase().replaceAll("-", "_");
}

/**
 * Reads every argument of a verb.
 *
 * @throws {KanbanError} `invalid`, with the verb's help as the hint.
 */
export function parse<A extends Args>(
  verb: Signature<A>,
  words: readonly string[],
  worker: WorkerEnv | null,
): Parsed<A> {
  const { flags, positionals } = split(verb, words);
  const places = Object.entries(verb.args).filter(([, arg]) => arg.form === "positional");
  const given = fill(verb, places, positionals, worker);
  const read: Record<string, unknown> = {};
  for (const [key, arg] of Object.entries(verb.args)) {
    if (arg.form === "positional") read[key] = arg.read(given.get(key) ?? [], placeOf(key, arg));
    else read[key] = arg.read(flags.get(flagOf(key)) ?? [], `--${flagOf(key)}`);
  }
  const board = flags.get("board")?.at(-1);
  if (board === "") throw usage(verb, "--board needs a value"); // An unset variable must not mean the real board.
  return { values: read as Values<A>, json: flags.has("json"), board };
}

/** Sorts words into flags, with every value they were given in order, and positionals. */
function split(
  verb: Signature<Args>,
  words: readonly string[],
): { flags: Map<string, string[]>; positionals: string[] } {
  const known = flagsOf(verb);
  const flags = new Map<string, string[]>();
  const positionals: string[] = [];
  const left = [...words];
  const take = (name: string, shown: string, attached: string | undefined) => {
    const takesValue = known.get(name);
    if (takesValue === undefined) throw unknownFlag(verb, shown, [...known.keys()]);
    if (!takesValue && attached !== undefined) throw usage(verb, `${shown} takes no value`);
    const value = takesValue ? (attached ?? valueAfter(verb, shown, left)) : "";
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
      const name = longName(verb, word[1]!);
      if (name === undefined) throw unknownFlag(verb, word.slice(0, 2), []);
      const rest = word.slice(2);
      if (known.get(name) === false && rest !== "") left.unshift(`-${rest}`); // `-vq` is `-v -q`.
      take(name, word.slice(0, 2), known.get(name) && rest !== "" ? rest.replace(/^=/, "") : undefined);
    }
  }
  return { flags, positionals };
}

/** Every flag of a verb, and whether it takes a value. */
function flagsOf(verb: Signature<Args>): Map<string, boolean> {
  const own = Object.entries(verb.args).filter(([, arg]) => arg.form !== "positional");
  return new Map([
    ...own.map(([key, arg]): [string, boolean] => [flagOf(key), arg.form === "value"]),
    ...Object.entries(GLOBAL_FLAGS).map(([key, { type }]): [string, boolean] => [key, type === "string"]),
  ]);
}

function longName(verb: Signature<Args>, short: string): string | undefined {
  const own = Object.entries(verb.args).find(([, arg]) => arg.short === short);
  if (own !== undefined) return flagOf(own[0]);
  return short === GLOBAL_FLAGS.help.short ? "help" : undefined;
}

/** `--parent --json` is a forgotten value far more often than a parent of that name; `--priority -1` is none. */
function valueAfter(verb: Signature<Args>, shown: string, left: string[]): string {
  const next = left.shift();
  if (next === undefined) throw usage(verb, `${shown} needs a value`);
  if (next === "-" || !next.startsWith("-") || /^-\d+$/.test(next)) return next;
  throw usage(verb, `${shown} needs a value; one that begins with a dash is written ${shown}=-…`);
}

/** Gives each positional its words. */
function fill(
  verb: Signature<Args>,
  places: readonly (readonly [string, Arg<unknown>])[],
  words: readonly string[],
  worker: WorkerEnv | null,
): Map<string, string[]> {
  const given = new Map<string, string[]>();
  const needed = places.filter(([, arg]) => arg.required).length;
  const left = [...words];
  let missing = needed - words.length;
  for (const [key, arg] of places) {
    if (arg.ownTask && worker !== null && missing > 0) {
      given.set(key, [worker.task]);
      missing--;
    } else if (left.length === 0 && arg.required) {
      throw usage(verb, `missing ${placeOf(key, arg)}`);
    } else {
      const taken = left.splice(0, arg.many ? left.length : 1);
      if (taken.length > 0) given.set(key, taken);
    }
  }
  if (left.length > 0) {
    throw usage(
      verb,
      `one word too many, "${cleanLine(left[0]!)}"`,
      `Quote a text with spaces; see kanban ${verb.name} --help`,
    );
  }
  return given;
}

function usage(verb: Signature<Args>, found: string, hint = `See kanban ${verb.name} --help`): KanbanError {
  return new KanbanError("invalid", `Cannot run ${verb.name}: ${found}`, hint);
}

function unknownFlag(verb: Signature<Args>, shown: string, flags: readonly string[]): KanbanError {
  const near = suggest(shown.replace(/^-+/, ""), flags);
  const meant = near === null ? "" : `Did you mean --${near}? `;
  return usage(verb, `unknown flag "${cleanLine(shown)}"`, `${meant}See kanban ${verb.name} --help`);
}
