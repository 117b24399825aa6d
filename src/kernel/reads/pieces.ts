/**
 * The pieces that a text for an agent is put together from: each knows what it costs, and how it looks when cut.
 *
 * What is cut says so where it ends, between the marks, and is followed by a line of ours, outside the marks,
 * with the call that fetches the rest. A call inside the marks would be one that others could have written.
 *
 * @module
 */
import { agentText } from "./agent_text.ts";
import type { Part } from "./budget.ts";
import { quote } from "./quoted_text.ts";

/** How much an agent reads by default, in bytes of UTF-8: about half of what the strictest agent accepts. */
export const READ_BYTES = 48 * 1024;
/** The smallest budget: below it not even the names of a task and the beginning of its body have room. */
export const READ_BYTES_MIN = 16 * 1024;

/** For whom a text is made, and how much of it. */
export interface Reading {
  /** The bytes that all of it may take, from `READ_BYTES_MIN`; default `READ_BYTES`. */
  budget?: number;
  /** What is counted: the text as it is, or as a string of JSON, in which a newline takes two bytes. */
  form?: "text" | "json";
  /** The call that fetches a field from one of its bytes on, in words of ours. Default: of the tool. */
  call?: (taskId: string, field: string, from: number) => string;
  /** The mark of quotations; default random. Tests pass one to compare texts. */
  boundary?: string;
}

/** The same for one text, with everything decided. */
export interface Setting {
  readonly mark: string;
  readonly cost: (text: string) => number;
  /** The sentence that says how the rest of a field is fetched. */
  readonly rest: (field: string, from: number) => string;
}

/** A part of the text that can write itself. */
export interface Piece extends Part {
  /** The piece in at most `room` bytes, which is at least its minimum. */
  write(room: number): string;
}

/** What a text costs in each form. Both add up: two texts cost together what they cost apart. */
export const COSTS: Readonly<Record<NonNullable<Reading["form"]>, (text: string) => number>> = {
  text: (text) => Buffer.byteLength(text),
  json: (text) => Buffer.byteLength(JSON.stringify(text)) - 2,
};

/** How the tool is called for a field. */
export function toolCall(taskId: string, field: string, from: number): string {
  return `kanban_show {"task_id": "${taskId}", "field": "${field}"${from === 0 ? "" : `, "from": ${from}`}}`;
}

type Worth = Pick<Part, "worth" | "reserved">;

/**
 * A piece that is whole or left out.
 *
 * @param given.gap What stands before or behind it.
 * @param given.beside The longest text that its owner may write with it.
 */
export function solid({ cost }: Setting, text: string, given: Worth & { gap?: string; beside?: string }): Piece {
  const { worth, reserved = false, gap = GAP, beside = "" } = given;
  const size = cost(text + gap + beside);
  return { worth, reserved, min: size, max: size, write: () => text };
}

/** A short text of others that no call fetches: a path, a name. */
export function shortened(text: string, most: number, cost: Setting["cost"]): string {
  const kept = cutAt(text, most, cost);
  if (kept.length === text.length) return text;
  return `${kept} … ${Buffer.byteLength(text) - Buffer.byteLength(kept)} bytes omitted …`;
}

/** What stands between two pieces. */
export const GAP = "\n\n";

export interface QuotedText extends Worth {
  /** What it is, in our own words. */
  readonly what: string;
  /** Words of others that come before it and are never cut. */
  readonly head?: string;
  readonly text: string;
  /** The name under which the rest is fetched. */
  readonly field: string;
  /** As much of the text as is shown at most, and as is worth showing. */
  readonly most: number;
  readonly least: number;
}

/** A quotation that is cut where it gets less room than it needs. */
export function quoted(setting: Setting, { what, head = "", text, field, most, least, ...worth }: QuotedText): Piece {
  const { mark, cost } = setting;
  const { clean, whole } = beginningOf(text, most);
  const bytes = whole ? Buffer.byteLength(clean) : Buffer.byteLength(text);
  const frame = cost(quote(mark, what, head)) + cost(GAP);
  const note = cost(omittedBytes(bytes)) + cost(`\n${setting.rest(field, bytes)}`);
  const beginning = cutAt(clean, most, cost);
  const uncut = whole && beginning.length === clean.length;
  const max = frame + cost(beginning) + (uncut ? 0 : note);
  return {
    worth: worth.worth,
    reserved: worth.reserved ?? false,
    max,
    min: Math.min(max, frame + note + least),
    write(room) {
      if (room >= max && uncut) return quote(mark, what, head + beginning);
      const kept = cutAt(beginning, room - frame - note, cost);
      const from = Buffer.byteLength(kept);
      return `${quote(mark, what, `${head}${kept}${omittedBytes(bytes - from)}`)}\n${setting.rest(field, from)}`;
    },
  };
}

/** A text as an agent reads it, or a beginning of it that is long enough: cleaning a megabyte can take a second. */
function beginningOf(text: string, most: number): { clean: string; whole: boolean } {
  const enough = most + PICTURE_MAX;
  for (let length = 2 * enough; length < text.length; length *= 4) {
    const clean = agentText(text.slice(0, length));
    // Near the cut it may have been cleaned in another way than inside the whole.
    if (clean.length >= enough + PICTURE_MAX) return { clean: clean.slice(0, enough), whole: false };
  }
  return { clean: agentText(text), whole: true };
}

function omittedBytes(bytes: number): string {
  return `\n… ${bytes} bytes omitted …`;
}

/** The longest beginning of a text that costs at most `room`, ended between two characters. */
export function cutAt(text: string, room: number, cost: Setting["cost"]): string {
  // No character costs less than one byte, so what is behind it never fits.
  let most = Math.min(text.length, Math.max(0, room));
  if (most === text.length && cost(text) <= room) return text;
  let least = 0;
  while (least < most) {
    const middle = Math.ceil((least + most) / 2);
    if (cost(text.slice(0, middle).toWellFormed()) <= room) least = middle;
    else most = middle - 1;
  }
  return text.slice(0, boundaryAt(text, least));
}

/** Joiners and the selector of a coloured picture belong to what is before them; a joiner also to what is behind. */
const BOUND = /[\u200c\u200d\ufe0f]/;

/** The last place up to `at` where a character ends; half a picture is none, unless it has no end. */
function boundaryAt(text: string, at: number): number {
  if (at >= text.length) return text.length;
  const between = /[\udc00-\udfff]/.test(text[at]!) && /[\ud800-\udbff]/.test(text[at - 1] ?? "") ? at - 1 : at;
  for (let place = between; place > Math.max(0, between - PICTURE_MAX); place--) {
    const inPair = /[\udc00-\udfff]/.test(text[place]!) && /[\ud800-\udbff]/.test(text[place - 1]!);
    if (!inPair && !BOUND.test(text[place]!) && text[place - 1] !== "\u200d") return place;
  }
  return between;
}

/** Longer than any picture of several that has a meaning, in UTF-16 units. */
const PICTURE_MAX = 64;
