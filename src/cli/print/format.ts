/**
 * How stored things become lines: cleaned text, times, colours, tables.
 *
 * Text in a board was written by anybody. `harmless` and `oneLine` take everything out of it that a
 * terminal would obey; printing functions are handed cleaned text and add colour themselves.
 *
 * @module
 */
import type { Status } from "../../kernel/mod.ts";
import { harmless, harmlessJson, shortSpan } from "../../text.ts";

const COLOR = /\x1b\[[0-9;:]*m/g;

/** Cleaned text that keeps its colours: for the output of programs. */
export function cleanLog(text: string): string {
  const colors: string[] = text.match(COLOR) ?? [];
  const parts = text.split(COLOR);
  return parts.map((part, index) => harmless(part) + (colors[index] ?? "")).join("");
}

/** The last filter before a stream: cleaned text, with colours only where they are wanted. */
export function safe(text: string, { color }: { color: boolean }): string {
  return color ? cleanLog(text) : harmless(text);
}

/**
 * JSON that is also safe to look at: what JSON leaves as it is but a terminal obeys is escaped.
 * Indented for a person, on one line for a program.
 */
export function json(data: unknown, { indent = false } = {}): string {
  return harmlessJson(JSON.stringify(data, null, indent ? 2 : undefined));
}

/** An array as JSON, part by part: the text of all parts and the end is that of `json` for the whole. */
export function jsonItems({ indent = false } = {}): { next(items: readonly unknown[]): string; end(): string } {
  let begun = false;
  const close = indent ? "\n]" : "]";
  return {
    next(items) {
      if (items.length === 0) return "";
      const text = json(items, { indent }).slice(1, -close.length);
      const lead = begun ? "," : "[";
      begun = true;
      return lead + text;
    },
    end: () => `${begun ? close : "[]"}\n`,
  };
}

/** Text styles; without colour each one returns its text as it is. */
export type Paint = Record<keyof typeof STYLES, (text: string) => string>;

const STYLES = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  magenta: [35, 39],
  cyan: [36, 39],
} as const;

/** The styles of an output. */
export function paint({ color }: { color: boolean }): Paint {
  const styles = {} as Paint;
  for (const [name, [on, off]] of Object.entries(STYLES) as [keyof Paint, readonly [number, number]][]) {
    styles[name] = color ? (text) => (text === "" ? "" : `\x1b[${on}m${text}\x1b[${off}m`) : (text) => text;
  }
  return styles;
}

/** Sign and colour of each status, the same in `list`, `show` and `watch`. */
export const STATUS_LOOK: Readonly<Record<Status, { glyph: string; style: keyof Paint }>> = {
  triage: { glyph: "◌", style: "dim" },
  todo: { glyph: "○", style: "dim" },
  ready: { glyph: "◇", style: "cyan" },
  running: { glyph: "●", style: "yellow" },
  review: { glyph: "◐", style: "magenta" },
  blocked: { glyph: "■", style: "red" },
  done: { glyph: "✓", style: "green" },
  archived: { glyph: "·", style: "dim" },
};

/** A status with its sign, in its colour. */
export function statusCell(status: Status, style: Paint): Cell {
  const look = STATUS_LOOK[status];
  return { text: `${look.glyph} ${status}`, style: style[look.style] };
}

/** P0 to P3 for urgent to low, nothing for none, the number itself for any other. */
export function priorityLabel(priority: number): string {
  if (priority === 0) return "";
  return priority >= 1 && priority <= 4 ? `P${4 - priority}` : String(priority);
}

const PRIORITY_WORDS = ["none", "low", "medium", "high", "urgent"];

/** A priority for a page: `P1 high`, `priority 7`, nothing for none. */
export function priorityWords(priority: number): string {
  const label = priorityLabel(priority);
  if (label === "") return "";
  return label.startsWith("P") ? `${label} ${PRIORITY_WORDS[priority]}` : `priority ${label}`;
}

/** An instant of today, in local time. */
export function timeOfDay(at: number): string {
  return new Date(at).toTimeString().slice(0, 8);
}

/** An instant as a person thinks of it: `just now`, `3m ago`, `in 2h`. */
export function relative(at: number, now: number): string {
  const seconds = Math.round((now - at) / 1_000);
  if (Math.abs(seconds) < 2) return "just now";
  return seconds > 0 ? `${shortSpan(seconds)} ago` : `in ${shortSpan(-seconds)}`;
}

/** One cell of a table: cleaned text and its colour. */
export interface Cell {
  text: string;
  style?: ((text: string) => string) | undefined;
}

/** How a column is set. One column may give way when the terminal is too narrow. */
export interface Column {
  right?: boolean;
  shrink?: boolean;
}

/**
 * Rows with aligned columns, as lines without trailing blanks. Columns that are empty in every row
 * but the first (a heading) are left out.
 */
export function table(rows: readonly (readonly Cell[])[], columns: readonly Column[], width = Infinity): string[] {
  const used = columns.map(
    (_, at) => rows.some((row, index) => index > 0 && row[at]!.text !== "") || rows.length === 1,
  );
  // A loop: a board has more rows than a call may have arguments.
  const widest = (at: number) => rows.reduce((most, row) => Math.max(most, Bun.stringWidth(row[at]!.text)), 0);
  const widths = columns.map((_, at) => (used[at] ? widest(at) : 0));
  const gaps = 2 * Math.max(0, used.filter(Boolean).length - 1);
  const over = widths.reduce((sum, size) => sum + size, 0) + gaps - width;
  const soft = columns.findIndex((column) => column.shrink);
  if (over > 0 && soft !== -1) widths[soft] = Math.max(Math.min(16, widths[soft]!), widths[soft]! - over);
  return rows.map((row) => {
    const cells = row.map(({ text, style = (same) => same }, at) => {
      if (!used[at]) return "";
      const cut = truncate(text, widths[at]!);
      const blanks = " ".repeat(widths[at]! - Bun.stringWidth(cut));
      return columns[at]!.right ? blanks + style(cut) : style(cut) + blanks;
    });
    return trimEnd(cells.filter((_, at) => used[at]).join("  "));
  });
}

/**
 * Text cut to a width in terminal columns, with an ellipsis where something is missing. Cut between
 * what is seen as one character: `Bun.sliceAnsi` lets a wide one stand across the end.
 */
export function truncate(text: string, width: number): string {
  if (Bun.stringWidth(text) <= width) return text;
  let cut = "";
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (Bun.stringWidth(cut + segment) > width - 1) break;
    cut += segment;
  }
  return width < 1 ? "" : `${cut}…`;
}

/** Every line of a cleaned text behind a margin, wrapped between words when there is a width. */
export function indent(text: string, margin: string, width = Infinity): string {
  const room = width - margin.length;
  const wrapped = room >= 20 && room < Infinity ? Bun.wrapAnsi(text, room, { trim: false }) : text;
  return wrapped
    .split("\n")
    .map((line) => trimEnd(margin + line))
    .join("\n");
}

function trimEnd(line: string): string {
  return line.replace(/ +$/, "");
}
