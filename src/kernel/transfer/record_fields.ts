/**
 * What each field of an exported board may hold: an export can be edited, and a row that came in is
 * trusted like any other.
 *
 * Fields that people fill have the limits of `input.ts`. What the program wrote itself (errors, actors,
 * comments that quote a reason) may be as long as it can have been written: a board must be able to read
 * whatever it held.
 *
 * @module
 */
import { WORD_PATTERN } from "../fields.ts";
import { QUERY_MAX } from "../store/saved_views.ts";
import { INSTANT_MAX, NAME_MAX, NAME_PATTERN, SECONDS_MAX, TEXT_MAX, TITLE_MAX } from "../input.ts";

/** One field of a record. */
export interface Field {
  /** What it must be, in words. */
  readonly needs: string;
  holds(value: unknown): boolean;
  /** How it is stored where that is not as it is: as JSON text, or as 0 or 1. */
  readonly stored?: "json" | "flag";
  /** What is stored for a record without it: it came with a later schema than the first. */
  readonly absent?: string | number | null;
}

/** The ids that follow an imported one have to be exact numbers, too. */
const ID_MAX = 1_000_000_000_000_000;
/** A text field with what is put before it: `BLOCKED: …`. */
const SAID_MAX = TEXT_MAX + 1024;
/** JSON of an event, in bytes: a reason of 1 MiB may be six times as long there. */
const JSON_MAX = 8 * TEXT_MAX;
/** Input stops at 200 levels, SQLite's own JSON parser at 1,000. */
const DEPTH_MAX = 500;

/** The id of a saved view. */
export const viewId: Field = {
  needs: "an id of a view such as v_0a1b2c3d",
  holds: (value) => isText(value) && /^v_[0-9a-f]{8}$/.test(value),
};

export const text: Field = {
  needs: "a text of at most 1 MiB without NUL",
  holds: (value) => isText(value) && !value.includes("\0") && fits(value, TEXT_MAX),
};
/** What the program itself wrote: the output of processes may be anything. */
/** The filter of a saved view. It is in every page, percent-encoded: up to nine characters for one. */
const VIEW_QUERY_MAX = 9 * QUERY_MAX;
export const viewQuery: Field = {
  needs: `a text of at most ${VIEW_QUERY_MAX} characters without NUL`,
  holds: (value) => text.holds(value) && `${value}`.length <= VIEW_QUERY_MAX,
};

export const said: Field = {
  needs: "a text of at most 1 MiB",
  holds: (value) => isText(value) && fits(value, SAID_MAX),
};
export const name: Field = {
  needs: `a text of 1 to ${NAME_MAX} characters`,
  holds: (value) => isText(value) && text.holds(value) && isShort(value, NAME_MAX),
};
export const word: Field = {
  needs: "a word of at most 200 letters, digits and . _ : / @ + -",
  holds: (value) => isText(value) && WORD_PATTERN.test(value),
};
export const title: Field = {
  needs: `a text of 1 to ${TITLE_MAX} characters without blanks around it`,
  holds: (value) => isText(value) && text.holds(value) && isShort(value, TITLE_MAX) && value.trim() === value,
};
export const taskId: Field = {
  needs: "a task id (t_ and 8 hex digits)",
  holds: (value) => isText(value) && /^t_[0-9a-f]{8}$/.test(value),
};
export const instant: Field = { ...whole(0, INSTANT_MAX), needs: "an instant in milliseconds since 1970" };
export const number: Field = whole(0, ID_MAX);
export const seconds: Field = whole(0, SECONDS_MAX);
export const id: Field = whole(1, ID_MAX);
export const flag: Field = { needs: "true or false", holds: (value) => typeof value === "boolean", stored: "flag" };
export const object: Field = {
  needs: `an object of at most ${DEPTH_MAX} levels and 8 MiB`,
  holds: (value) => isObject(value) && isWithin(value, DEPTH_MAX) && fits(JSON.stringify(value), JSON_MAX),
  stored: "json",
};
export const metadata: Field = {
  needs: `an object of at most ${DEPTH_MAX} levels and 1 MiB`,
  holds: (value) => object.holds(value) && fits(JSON.stringify(value), TEXT_MAX),
  stored: "json",
};
/** Their names become segments of paths. */
export const skills: Field = {
  needs: "a list of skill names, at most 1 MiB",
  holds: (value) =>
    Array.isArray(value) &&
    value.every((skill) => isText(skill) && NAME_PATTERN.test(skill)) &&
    fits(JSON.stringify(value), TEXT_MAX),
  stored: "json",
};

/** Words that a later program may add to: one that is not known allows nothing. */
export const acts: Field = {
  needs: "a list of texts",
  holds: (value) => Array.isArray(value) && value.every(isText),
  stored: "json",
};

/** A whole number within limits. */
export function whole(min: number, max: number): Field {
  return {
    needs: `a whole number from ${min} to ${max}`,
    holds: (value) => Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max,
  };
}

/** One of a closed list. */
export function oneOf(words: readonly string[]): Field {
  return { needs: `one of ${words.join(", ")}`, holds: (value) => isText(value) && words.includes(value) };
}

/** The field, or null. */
export function maybe(field: Field): Field {
  return { ...field, needs: `${field.needs} or null`, holds: (value) => value === null || field.holds(value) };
}

/** The field of a column that came later than the first exports, or null. */
export function added(field: Field): Field {
  return { ...maybe(field), absent: null };
}

/** Whether a value that was JSON is an object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a text has at most so many bytes of UTF-8. */
function fits(text: string, bytes: number): boolean {
  return text.length * 3 <= bytes || Buffer.byteLength(text) <= bytes;
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isShort(value: string, max: number): boolean {
  return value.trim() !== "" && (value.length <= max || [...value].length <= max);
}

function isWithin(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  return depth > 0 && Object.values(value).every((inner) => isWithin(inner, depth - 1));
}
