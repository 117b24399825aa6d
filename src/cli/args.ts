/**
 * The arguments of a verb: each one declared once, with its type, its help and how it is read.
 *
 * A reader judges without the board: whatever it refuses is a usage error, before anything is opened.
 *
 * @module
 */
import { KanbanError } from "../kernel/errors.ts";
import { parsePriority, parseSkills, requireText, requireTitle } from "../kernel/input.ts";
import { parseDuration, parseInstant } from "../kernel/time_input.ts";
import { suggest } from "../kernel/queue/suggest.ts";
import type { JsonObject } from "../kernel/mod.ts";
import { longText, readText } from "./files/read_text.ts";
import { oneLine } from "../text.ts";

/**
 * One argument: citty's definition of it, and beside it what citty has no word for.
 *
 * `raw` is what was typed: every value of a flag, or the words of a positional.
 */
export interface Arg<T> {
  readonly type: "positional" | "boolean" | "string";
  readonly description: string;
  /** What stands for the value in the help: `--assignee NAME`. */
  readonly valueHint?: string;
  /** The one letter of a short flag. */
  readonly alias?: string;
  /** Another long name that means the same: help names it, and nothing but the parser needs it. */
  readonly also?: string;
  /** Of a positional: citty needs one that does not say. */
  readonly required?: boolean;
  /** Takes every further word (positional). */
  readonly many?: boolean;
  /** May be left out in a worker's environment, where it means the worker's own task. */
  readonly ownTask?: boolean;
  read(raw: readonly string[], name: string): T;
}
export type Args = Readonly<Record<string, Arg<unknown>>>;
export type Values<A extends Args> = { readonly [K in keyof A]: A[K] extends Arg<infer T> ? T : never };

type Options = { hint?: string; short?: string };

/** `maxRuntime` is typed `--max-runtime`. */
export function flagOf(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** A positional stands in usage and messages as `ID`. */
export function placeOf(key: string, { many }: { many?: boolean } = {}): string {
  const name = many ? key.replace(/s$/, "") : key;
  return flagOf(name).toUpperCase().replaceAll("-", "_");
}

/** A flag that takes a value. */
function flag<T>(description: string, { hint = "TEXT", short }: Options, read: Arg<T>["read"]): Arg<T> {
  return { type: "string", description, valueHint: hint, ...(short !== undefined && { alias: short }), read };
}

/** One task, by its id or a unique prefix. In a worker's environment it may be left out. */
export function task(description: string): Arg<string> {
  return { type: "positional", description, required: true, ownTask: true, read: ([id]) => id! };
}

/** One or more tasks. `-` is the first word of each line of standard input: what `kanban list` prints in a pipe. */
export function tasks(description: string): Arg<string[]> {
  const read = (raw: readonly string[], name: string) =>
    raw.flatMap((id) => (id === "-" ? idsIn(readText("-", name), name) : [id]));
  return {
    type: "positional",
    description: `${description} (or - for standard input)`,
    required: true,
    many: true,
    ownTask: true,
    read,
  };
}

function idsIn(text: string, name: string): string[] {
  const ids = text
    .split("\n")
    .flatMap((line) => line.trim().split(/\s/, 1))
    .filter((word) => word !== "");
  const other = ids.find((id) => !id.startsWith("t_"));
  if (other !== undefined) throw wrong(name, "the id of a task at the beginning of each line of standard input", other);
  return ids;
}

/** A word that must be there. */
export function word(description: string): Arg<string> {
  return { type: "positional", description, required: true, read: ([text]) => text! };
}

/** A word that may be left out. */
export function optionalWord(description: string): Arg<string | undefined> {
  return { type: "positional", description, required: false, read: ([text]) => text };
}

/** Any number of words. */
export function words(description: string): Arg<string[]> {
  return { type: "positional", description, required: false, many: true, read: (raw) => [...raw] };
}

/** A text in a positional; `@FILE` reads a file, `-` standard input, `@@` stands for one `@`. */
export function longWord(description: string): Arg<string> {
  return {
    ...word(`${description} (or @FILE, or - for standard input)`),
    read: ([text], name) => longText(text!, name),
  };
}

/** On or off. */
export function toggle(description: string, { short }: { short?: string } = {}): Arg<boolean> {
  const named = short === undefined ? {} : { alias: short };
  return { type: "boolean", description, ...named, read: (raw) => raw.length > 0 };
}

/** A text as it was typed. */
export function text(description: string, options: Options = {}): Arg<string | undefined> {
  return flag(description, options, (raw) => raw.at(-1));
}

/** A project, which the data call tenant; the flag has both names. */
export function project(description: string): Arg<string | undefined> {
  return { ...text(`${description} (also --tenant)`, { hint: "NAME" }), also: "tenant" };
}

/** Several projects, by either name of the flag. */
export function projects(description: string): Arg<string[]> {
  return { ...list(`${description} (also --tenant)`, { hint: "NAME" }), also: "tenant" };
}

/** Any number of texts. */
export function list(description: string, options: Options = {}): Arg<string[]> {
  return flag(description, options, (raw) => [...raw]);
}

/** A text that may also come from `@FILE` or `-`. */
export function longValue(description: string, options: Options = {}): Arg<string | undefined> {
  const read = (raw: readonly string[], name: string) => optional(raw, (typed) => longText(typed, name));
  return flag(`${description} (or @FILE, or -)`, options, read);
}

/** The same text, refused when it is blank: one that came out empty is not one that was left out. */
export function notBlank<T extends string | undefined>(arg: Arg<T>): Arg<T> {
  const read = (raw: readonly string[], name: string) => {
    const text = arg.read(raw, name);
    if (text !== undefined) requireText(text, name);
    return text;
  };
  return { ...arg, read };
}

/** The same text, as the title of a task. */
export function asTitle<T extends string | undefined>(arg: Arg<T>): Arg<T> {
  const read = (raw: readonly string[], name: string) => {
    const text = arg.read(raw, name);
    if (text !== undefined) requireTitle(text);
    return text;
  };
  return { ...arg, read };
}

/** The content of a file, or of standard input for `-`. */
export function fileText(description: string): Arg<string | undefined> {
  const read = (raw: readonly string[], name: string) => optional(raw, (path) => readText(path, name));
  return flag(description, { hint: "FILE" }, read);
}

/** A JSON object, also from `@FILE` or `-`. */
export function jsonObject(description: string): Arg<JsonObject | undefined> {
  const read = (raw: readonly string[], name: string) =>
    optional(raw, (typed) => parseObject(longText(typed, name), name));
  return flag(`${description} (or @FILE, or -)`, { hint: "JSON" }, read);
}

/** A whole number from `min` to `max`. */
export function integer(
  description: string,
  { min = 0, max = Number.MAX_SAFE_INTEGER, hint = "N", short }: { min?: number; max?: number } & Options = {},
): Arg<number | undefined> {
  const read = (raw: readonly string[], name: string) =>
    optional(raw, (typed) => {
      const value = /^\d{1,16}$/.test(typed) ? Number(typed) : NaN;
      if (value >= min && value <= max && Number.isSafeInteger(value)) return value;
      const range = max === Number.MAX_SAFE_INTEGER ? `${min} or more` : `from ${min} to ${max}`;
      throw wrong(name, `a whole number, ${range}`, typed);
    });
  return flag(description, { hint, ...(short !== undefined && { short }) }, read);
}

/** A length of time, in seconds; at least one. */
export function duration(description: string): Arg<number | undefined> {
  const read = (raw: readonly string[], name: string) =>
    optional(raw, (typed) => {
      const seconds = parseDuration(typed, name);
      if (seconds < 1) throw wrong(name, "a second or more", typed);
      return seconds;
    });
  return flag(description, { hint: "DURATION" }, read);
}

/** A length of time, in seconds, that `none` takes away. */
export function limit(description: string): Arg<number | null | undefined> {
  const read = (raw: readonly string[], name: string) =>
    optional(raw, (typed) => (typed === "none" ? null : parseDuration(typed, name)));
  return flag(description, { hint: "DURATION" }, read);
}

/** Epoch milliseconds of a moment; `none` is null. */
export function moment(description: string): Arg<number | null | undefined> {
  const read = (raw: readonly string[], name: string) =>
    optional(raw, (typed) => (typed === "none" ? null : parseInstant(typed, Date.now(), name)));
  return flag(description, { hint: "WHEN" }, read);
}

/** A priority: a whole number, P0 to P4, or urgent, high, medium, low, none. */
export function priority(description: string): Arg<number | undefined> {
  const read = (raw: readonly string[], name: string) => optional(raw, (typed) => parsePriority(typed, name));
  return flag(description, { hint: "P", short: "p" }, read);
}

/** Skill names; repeats are dropped. */
export function skills(description: string): Arg<string[] | undefined> {
  const read = (raw: readonly string[]) =>
    raw.length === 0 ? undefined : parseSkills(raw.filter((name) => name !== ""));
  return flag(description, { hint: "NAME" }, read);
}

/** Any of a closed list, repeated or with commas. */
export function choices<const T extends string>(
  known: readonly T[],
  description: string,
  options: Options = {},
): Arg<T[]> {
  const read = (raw: readonly string[], name: string) =>
    raw.flatMap((typed) => typed.split(",")).map((typed) => choose(known, typed.trim(), name));
  return flag(description, options, read);
}

/** One of a closed list. */
export function choice<const T extends string>(
  known: readonly T[],
  description: string,
  options: Options = {},
): Arg<T | undefined> {
  const read = (raw: readonly string[], name: string) => optional(raw, (typed) => choose(known, typed, name));
  return flag(description, options, read);
}

/** One of a closed list, as a positional. */
export function choiceWord<const T extends string>(known: readonly T[], description: string): Arg<T> {
  return { type: "positional", description, required: true, read: ([typed], name) => choose(known, typed!, name) };
}

/** Flags that every verb has. */
export const GLOBAL_FLAGS = {
  json: toggle("Print JSON"),
  board: text("Use this database (default: KANBAN_DB, else the one in KANBAN_HOME)", { hint: "FILE" }),
  help: toggle("Show this help", { short: "h" }),
};

/** The usage error of a value: which flag, what was needed, what was typed. */
export function wrong(name: string, needed: string, typed: string): KanbanError {
  const found = oneLine(typed);
  return new KanbanError(
    "invalid",
    `Cannot use ${name}: it must be ${needed}, got "${found.length > 80 ? `${found.slice(0, 80)}…` : found}"`,
  );
}

function optional<T>(raw: readonly string[], read: (typed: string) => T): T | undefined {
  const typed = raw.at(-1);
  return typed === undefined ? undefined : read(typed);
}

function choose<T extends string>(known: readonly T[], typed: string, name: string): T {
  const found = known.find((value) => value === typed.toLowerCase());
  if (found !== undefined) return found;
  const { message } = wrong(name, `one of ${known.join(", ")}`, typed);
  const near = suggest(typed, known);
  throw new KanbanError("invalid", message, near === null ? undefined : `Did you mean: ${near}`);
}

function parseObject(typed: string, name: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(typed);
  } catch (error) {
    throw new KanbanError(
      "invalid",
      `Cannot use ${name}: it must be a JSON object, ${(error as Error).message}`,
      `Quote it for the shell: --metadata '{"files": 3}'`,
    );
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrong(name, "a JSON object", typed);
  return value as JsonObject;
}
