/**
 * The changes of a task in lines: who replaced what, with a word diff of texts for a person.
 *
 * @module
 */
import { type Change, type FieldChange, type Json, TEXT_FIELDS, wordDiff } from "../../kernel/mod.ts";
import { harmless, instant, oneLine } from "../../text.ts";
import { indent, type Paint, priorityLabel, relative } from "./format.ts";

/** Characters of unchanged text that are shown on each side of a change. */
const CONTEXT = 60;

export interface Setting {
  readonly style: Paint;
  /** A person reads it: with a word diff, and times as they are from now. */
  readonly terminal: boolean;
  readonly color: boolean;
  readonly width: number;
  readonly now: number;
}

/** A change: the line of its event, then one or more for each field. */
export function changeLines(change: Change, setting: Setting): string[] {
  const { style, terminal, now } = setting;
  const at = terminal ? relative(change.at, now) : instant(change.at);
  const kind = change.kind ?? "replaced a text";
  const by = `${oneLine(change.by)}${change.worker ? " (a worker)" : ""}`;
  const head = `${style.bold(String(change.event_id))}  ${style.dim(at)}  ${by}  ${style.cyan(kind)}`;
  return [head, ...change.fields.flatMap((field) => fieldLines(field, setting))];
}

function fieldLines(change: FieldChange, setting: Setting): string[] {
  const { field, was, now } = change;
  const { style } = setting;
  const name = `  ${style.dim(field)}`;
  if (!isText(field)) return [`${name}  ${short(field, was)} → ${short(field, now)}`];
  if (was === undefined || now === undefined) return [`${name}  what it was is not known`];
  const [before, after] = [harmless(String(was ?? "")), harmless(String(now ?? ""))];
  const text = setting.terminal ? diff(before, after, setting) : sides(before, after);
  if (!text.includes("\n") && text.length < 80) return [`${name}  ${text}`];
  return [name, indent(text, "    ", setting.width)];
}

/** Both texts whole, as `diff` marks their lines. */
function sides(before: string, after: string): string {
  const marked = (text: string, sign: string) => (text === "" ? [] : text.split("\n").map((line) => `${sign} ${line}`));
  return [...marked(before, "-"), ...marked(after, "+")].join("\n");
}

function diff(before: string, after: string, { style, color }: Setting): string {
  const pieces = wordDiff(before, after);
  return pieces
    .map(({ kind, text }, at) => {
      if (kind === "same") return nearby(text, { first: at === 0, last: at === pieces.length - 1 });
      if (kind === "removed") return color ? style.red(text) : `[-${text}-]`;
      return color ? style.green(text) : `{+${text}+}`;
    })
    .join("");
}

/** What is near to a change of an unchanged text. */
function nearby(text: string, { first, last }: { first: boolean; last: boolean }): string {
  const [before, after] = [first ? 0 : CONTEXT, last ? 0 : CONTEXT];
  if (text.length <= before + after + 3) return text;
  return `${text.slice(0, before).toWellFormed()} … ${after === 0 ? "" : text.slice(-after).toWellFormed()}`;
}

const isText = (field: string) => TEXT_FIELDS.some((text) => text === field);

function short(field: string, value: Json | undefined): string {
  if (value === undefined) return "?";
  if (value === null || value === "" || (Array.isArray(value) && value.length === 0)) return "none";
  if (field === "priority") return priorityLabel(Number(value)) || "none";
  if (field === "not_before") return instant(Number(value));
  return oneLine(Array.isArray(value) ? value.join(", ") : String(value));
}
