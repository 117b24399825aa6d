/**
 * What callers may pass: one check per kind of value, the same for the CLI, the web and the tools.
 *
 * Everything here judges without looking at the board and throws `invalid` with the field's name.
 *
 * @module
 */
import { KanbanError } from "./errors.ts";
import { visible } from "../text.ts";
import { printable } from "./store/ids.ts";
import type { JsonObject, WorkspaceKind } from "./schema.ts";

/** Longest title, in characters. */
export const TITLE_MAX = 500;
/** Longest text field, in bytes of UTF-8. */
export const TEXT_MAX = 1024 * 1024;
/** Longest assignee or tenant, in characters. */
export const NAME_MAX = 200;
/** Longest length of time that a user sets, in seconds: a hundred years. */
export const SECONDS_MAX = 3_155_760_000;
/** Latest instant that a Date can show, in epoch milliseconds. */
export const INSTANT_MAX = 8_640_000_000_000_000;
/** Profile and skill names become path segments and argv elements. */
export const NAME_PATTERN = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** Deepest nesting of metadata. SQLite's own JSON parser stops at 1,000. */
const JSON_DEPTH_MAX = 200;

/** The error for a value that can never work. */
export function invalid(field: string, needed: string, found: string, hint?: string): KanbanError {
  return new KanbanError("invalid", `Cannot use ${field}: it must be ${needed}, got ${found}`, hint, field);
}

/** A title: trimmed, not blank, one task's worth of characters. */
export function requireTitle(value: unknown): string {
  const title = requireText(value, "title").trim();
  const length = [...title].length;
  if (length > TITLE_MAX) throw invalid("title", `at most ${TITLE_MAX} characters`, `${length}`);
  return title;
}

/** A text that is not blank, has no NUL and fits a text field. Returned as given. */
export function requireText(value: unknown, field: string): string {
  const text = optionalText(value, field);
  if (text === null || text.trim() === "") throw invalid(field, "a text that is not blank", describe(value));
  return text;
}

/** A text or null, as it is stored: half of a surrogate pair becomes U+FFFD. An empty one stays empty. */
export function optionalText(value: unknown, field: string): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== "string") throw invalid(field, "a text", describe(value));
  if (value.includes("\0")) throw invalid(field, "a text without NUL", "a NUL character");
  if (value.length * 3 > TEXT_MAX && Buffer.byteLength(value) > TEXT_MAX) {
    throw invalid(field, "at most 1 MiB of text", `${Buffer.byteLength(value)} bytes`);
  }
  return value.toWellFormed();
}

/** An assignee or tenant: any text up to 200 characters, stored as given; blank means none. */
export function optionalName(value: unknown, field: string): string | null {
  const name = optionalText(value, field);
  if (name === null || name.trim() === "") return null;
  const length = [...name].length;
  if (length > NAME_MAX) throw invalid(field, `at most ${NAME_MAX} characters`, `${length}`);
  return name;
}

/** Format and control characters, and a sign that is blank: a name that has them looks like another one, or like none. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}\u2800]/u;

/** Whether a value can be a person's name: some printable characters, at most 200 of them. */
export function isPersonName(value: unknown): value is string {
  if (typeof value !== "string" || UNPRINTABLE.test(value)) return false;
  if (visible(value) !== value) return false; // A letter without a shape.
  const length = [...value.trim()].length;
  return length > 0 && length <= NAME_MAX;
}

/** A whole number within limits. */
export function requireInteger(value: unknown, field: string, { min, max }: { min: number; max: number }): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < min || value > max) {
    throw invalid(field, `a whole number from ${min} to ${max}`, describe(value));
  }
  return value;
}

/** A list of task ids, without repeats, in order; a single text is none. */
export function requireIds(value: unknown, field: string): string[] {
  if (!Array.isArray(value)) throw invalid(field, "a list of task ids", describe(value));
  return [...new Set(value.map((id) => requireText(id, field).trim()))];
}

/** Metadata: a JSON object that survives being stored. */
export function requireObject(value: unknown, field: string): JsonObject {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalid(field, "a JSON object", describe(value));
  }
  if (depthOf(value) > JSON_DEPTH_MAX) throw invalid(field, `at most ${JSON_DEPTH_MAX} levels deep`, "more");
  optionalText(JSON.stringify(value), field);
  return value as JsonObject;
}

const PRIORITY_WORDS: Readonly<Record<string, number>> = {
  urgent: 4,
  high: 3,
  medium: 2,
  low: 1,
  none: 0,
  p0: 4,
  p1: 3,
  p2: 2,
  p3: 1,
  p4: 0,
};

/** Parses an integer, P0 to P4, or urgent, high, medium, low, none (4, 3, 2, 1, 0). */
export function parsePriority(value: string | number, field = "priority"): number {
  const word = typeof value === "string" ? value.trim().toLowerCase() : value;
  const number =
    typeof word === "number" ? word : Object.hasOwn(PRIORITY_WORDS, word) ? PRIORITY_WORDS[word]! : asInteger(word);
  if (number === null || !Number.isSafeInteger(number) || Math.abs(number) > 1_000_000) {
    throw invalid(
      field,
      "a whole number, P0 to P4, or urgent, high, medium, low, none",
      `"${printable(String(value))}"`,
    );
  }
  return number;
}

/** Trims, drops repeats in order and checks each skill's name. */
export function parseSkills(list: readonly string[]): string[] {
  if (!Array.isArray(list)) throw invalid("skills", "a list of names", describe(list));
  const names = [...new Set(list.map((name) => requireText(name, "skill").trim()))];
  for (const name of names) {
    if (!NAME_PATTERN.test(name)) {
      throw invalid("skill", "a name of lower-case letters, digits, dot, dash and underscore", `"${printable(name)}"`);
    }
  }
  return names;
}

/** Parses `scratch`, `dir:PATH` or `worktree[:PATH]`; a leading `~` means `home`. */
export function parseWorkspace(
  text: string,
  home: string,
): { workspace_kind: WorkspaceKind; workspace_path: string | null } {
  const colon = text.indexOf(":");
  const kind = colon === -1 ? text : text.slice(0, colon);
  return checkWorkspace(kind, colon === -1 ? null : expandHome(text.slice(colon + 1), home));
}

/**
 * Checks that a workspace's kind and path go together. The path may be relative: it is refused when used.
 * What means nothing in a path is left out, so that one place is stored in one way; links are not looked at.
 */
export function checkWorkspace(
  kind: string,
  path: string | null,
): { workspace_kind: WorkspaceKind; workspace_path: string | null } {
  const form = "scratch, dir:PATH, worktree or worktree:PATH";
  if (kind !== "scratch" && kind !== "dir" && kind !== "worktree") {
    throw invalid("workspace", form, `"${printable(kind)}"`);
  }
  const given = optionalText(path, "workspace")?.trim() || null;
  if (kind === "scratch" && path !== null) throw invalid("workspace", form, "a path for scratch");
  if (kind === "dir" && given === null) throw invalid("workspace", form, "dir without a path");
  return { workspace_kind: kind, workspace_path: given && canonicalPath(given) };
}

/** A path without empty and `.` segments and without a slash at its end. `..` stays: it may follow a link. */
function canonicalPath(path: string): string {
  const names = path.split("/").filter((name) => name !== "" && name !== ".");
  return `${path.startsWith("/") ? "/" : ""}${names.join("/")}` || ".";
}

/** `~` and `~/…` with the home folder in its place; anything else as it is. */
export function expandHome(path: string, home: string): string {
  return path === "~" || path.startsWith("~/") ? home + path.slice(1) : path;
}

/** The first line of a text, cut to `max` characters with an ellipsis. */
export function firstLine(text: string, max = 400): string {
  const line = text
    .trimStart()
    .split(/\r?\n|\r|\u2028/, 1)[0]!
    .trimEnd();
  return line.length > max ? `${line.slice(0, max - 1).replace(/[\ud800-\udbff]$/, "")}…` : line;
}

function asInteger(text: string): number | null {
  return /^[+-]?\d{1,9}$/.test(text) ? Number(text) : null;
}

function describe(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (typeof value === "string") return value.trim() === "" ? "a blank text" : `"${printable(value)}"`;
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : String(value);
}

function depthOf(value: unknown): number {
  let depth = 0;
  let level: unknown[] = [value];
  while (level.length > 0 && depth <= JSON_DEPTH_MAX) {
    level = level.flatMap((item) => (typeof item === "object" && item !== null ? Object.values(item) : []));
    depth++;
  }
  return depth;
}
