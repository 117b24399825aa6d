/**
 * Worker output as safe HTML: text escaped, colours kept as classes, every other control sequence gone.
 *
 * Output arrives in pieces, and a colour that one piece turns on continues in the next, so the state is
 * handed from call to call. A lone carriage return redraws its line, as progress bars do.
 *
 * @module
 */

/** The colours and weights that are on where the last piece ended. */
export interface AnsiState {
  fg: number | null;
  bold: boolean;
  dim: boolean;
}

/** Nothing is on: how a log begins. */
export function ansiStart(): AnsiState {
  return { fg: null, bold: false, dim: false };
}

// CSI sequences, OSC and other string sequences up to their end, single-character escapes.
const ESCAPE = /\x1b\[([0-9;:?]*)[ -/]*([@-~])|\x1b[\]PX^_][\s\S]*?(?:\x07|\x1b\\|$)|\x1b[ -/]*[0-~]?/g;
// C0 but tab and newline, C1, DEL, and the characters that reorder text.
const CONTROL = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g;

/** HTML of one piece of output; `state` is updated to what is on at its end. */
export function ansiHtml(text: string, state: AnsiState = ansiStart()): string {
  let html = "";
  let last = 0;
  const source = redrawn(text);
  for (const match of source.matchAll(ESCAPE)) {
    html += piece(source.slice(last, match.index), state);
    last = match.index + match[0].length;
    if (match[2] === "m") colour(match[1] ?? "", state);
  }
  return html + piece(source.slice(last), state);
}

/** Output without any control sequence, for one-line previews. */
export function ansiPlain(text: string): string {
  return redrawn(text).replace(ESCAPE, "").replace(CONTROL, "");
}

/** What a terminal would show of lines that were redrawn: the text after their last carriage return. */
function redrawn(text: string): string {
  const lines = text.replaceAll("\r\n", "\n");
  if (!lines.includes("\r")) return lines;
  return lines
    .split("\n")
    .map((line) => line.replace(/\r+$/, ""))
    .map((line) => line.slice(line.lastIndexOf("\r") + 1))
    .join("\n");
}

function piece(text: string, { fg, bold, dim }: AnsiState): string {
  const safe = Bun.escapeHTML(text.replace(CONTROL, ""));
  if (safe === "" || (fg === null && !bold && !dim)) return safe;
  const classes = [fg === null ? "" : `a${fg}`, bold ? "ab" : "", dim ? "ad" : ""].filter(Boolean);
  return `<span class="${classes.join(" ")}">${safe}</span>`;
}

/** Applies one SGR sequence. 256 and true colours are mapped to the nearest of the eight. */
function colour(params: string, state: AnsiState): void {
  const codes = params === "" ? [0] : params.split(/[;:]/).map(Number);
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i]!;
    if (code === 0) Object.assign(state, ansiStart());
    else if (code === 1) state.bold = true;
    else if (code === 2) state.dim = true;
    else if (code === 22) state.bold = state.dim = false;
    else if (code >= 30 && code <= 37) state.fg = code - 30;
    else if (code >= 90 && code <= 97) state.fg = code - 90;
    else if (code === 39) state.fg = null;
    else if (code === 38 || code === 48) {
      const length = codes[i + 1] === 5 ? 2 : codes[i + 1] === 2 ? 4 : 0;
      if (code === 38) state.fg = nearest(codes.slice(i + 1, i + 1 + length));
      i += length;
    }
  }
}

function nearest(codes: number[]): number | null {
  const [mode, n = 0] = codes;
  if (mode === 2) return bits(codes[1] ?? 0, codes[2] ?? 0, codes[3] ?? 0, 128);
  if (mode !== 5) return null;
  if (n < 16) return n % 8;
  if (n > 231) return 7;
  const cube = n - 16;
  return bits(Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6, 3);
}

function bits(red: number, green: number, blue: number, half: number): number {
  return (red >= half ? 1 : 0) | (green >= half ? 2 : 0) | (blue >= half ? 4 : 0);
}
