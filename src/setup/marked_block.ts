/**
 * A block of lines between two marks, at the end of a text file that is otherwise its owner's.
 *
 * @module
 */

export interface Marks {
  readonly begin: string;
  readonly end: string;
}

/** HTML comments, for Markdown. */
export const MARKDOWN: Marks = {
  begin: "<!-- kanban:begin (written by kanban setup, taken out by kanban setup AGENT --remove) -->",
  end: "<!-- kanban:end -->",
};

/** Comments of TOML. */
export const TOML: Marks = {
  begin: "# kanban:begin (written by kanban setup, taken out by kanban setup AGENT --remove)",
  end: "# kanban:end",
};

/** Puts the lines, marked, at the end of a text; returns the new text and the one span that is new in it. */
export function appendBlock(text: string, marks: Marks, lines: readonly string[]): { text: string; inserted: string } {
  const newline = text.includes("\r\n") ? "\r\n" : "\n";
  const gap = text === "" ? "" : text.endsWith("\n") ? newline : newline + newline;
  const inserted = gap + [marks.begin, ...lines, marks.end, ""].join(newline);
  return { text: text + inserted, inserted };
}

/** The lines of the block of a text, or null when it has none. */
export function blockLines(text: string, marks: Marks): string[] | null {
  const span = spanOf(text, marks);
  if (span === null) return null;
  const lines = text.slice(span.start, span.end).trimEnd().split(/\r?\n/);
  return lines.slice(1, -1);
}

/** Takes the block out, with the empty line before it. */
export function removeBlock(text: string, marks: Marks): string {
  const span = spanOf(text, marks);
  if (span === null) return text;
  const before = text.slice(0, span.start);
  return before.replace(/(\r?\n)\r?\n$/, "$1") + text.slice(span.end);
}

/** A mark that has lost its other half counts as its owner's text. */
function spanOf(text: string, { begin, end }: Marks): { start: number; end: number } | null {
  let last = text.indexOf(end);
  while (last !== -1 && !text.slice(0, last).includes(begin)) last = text.indexOf(end, last + 1);
  if (last === -1) return null;
  const start = text.lastIndexOf(begin, last);
  const lineEnd = /^\r?\n/.exec(text.slice(last + end.length))?.[0] ?? "";
  return { start, end: last + end.length + lineEnd.length };
}
