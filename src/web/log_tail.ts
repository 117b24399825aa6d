/**
 * The log of the task that one client has open, as it grows.
 *
 * A client knows up to which byte its page shows the log; its stream goes on exactly there, so nothing
 * is missing and nothing appears twice. A worker that prints without end is shown in part: what does
 * not fit is skipped and said so.
 *
 * @module
 */
import { closeSync, constants, fstatSync, readSync } from "node:fs";
import { type AnsiState, ansiHtml, ansiStart } from "../../views/ansi.ts";
import { openRegular, statOrNull } from "../files.ts";
import { type Home, logPath } from "../home.ts";

/** Bytes of one message. */
const CHUNK = 16 * 1024;
/** A client that is further behind skips to the end. */
const BEHIND_MAX = 8 * CHUNK;

/** What there is to send: more of the log, or the word that it is another file now. */
export type LogStep = { html: string; position: number } | "reset" | null;

export class LogTail {
  readonly path: string;
  #position: number;
  #ino: number | null;
  #colours: AnsiState = ansiStart();
  #over = false;

  /** Goes on at byte `from`; without it, at the end of what there is now. */
  constructor(home: Home, taskId: string, from: number | null) {
    this.path = logPath(home, taskId);
    const found = statOrNull(this.path);
    this.#ino = found?.ino ?? null;
    this.#position = from ?? found?.size ?? 0;
    // The page shows more than there is: it is the log of an earlier file.
    if (found !== null && this.#position > found.size) this.#ino = -1;
  }

  get position(): number {
    return this.#position;
  }

  /** What came since the last step; null when nothing did. A file that cannot be read is another file. */
  step(): LogStep {
    if (this.#over) return null;
    try {
      return this.#look();
    } catch {
      this.#over = true; // Taken away, or put behind a link, between two looks.
      return "reset";
    }
  }

  #look(): LogStep {
    const found = statOrNull(this.path);
    if (found === null) return null;
    if (found.ino !== this.#ino || found.size < this.#position) {
      this.#over = true; // The client fetches the new log and opens a new stream.
      return "reset";
    }
    if (found.size === this.#position) return null;
    return this.#readOn(found.size);
  }

  #readOn(size: number): LogStep {
    const skipped = size - this.#position > BEHIND_MAX ? size - CHUNK - this.#position : 0;
    const bytes = readPart(this.path, this.#position + skipped, CHUNK);
    const whole = bytes.subarray(0, wholeLength(bytes));
    if (whole.length === 0) return null;
    this.#position += skipped + whole.length;
    const note =
      skipped === 0 ? "" : `\n… ${Math.round(skipped / 1024)} KB left out here, all of it is in the file …\n`;
    const text = new TextDecoder().decode(whole);
    return { html: ansiHtml(note + text, this.#colours), position: this.#position };
  }
}

/** How many bytes do not end inside a character or an escape sequence. */
function wholeLength(bytes: Uint8Array): number {
  let end = bytes.length;
  for (let back = 1; back <= Math.min(4, end); back++) {
    const byte = bytes[end - back]!;
    if ((byte & 0xc0) === 0x80) continue; // The middle of a character; its first byte comes before.
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    if (length > back) end -= back;
    break;
  }
  const escape = bytes.subarray(0, end).lastIndexOf(0x1b);
  if (escape === -1 || end - escape > 64) return end;
  const rest = new TextDecoder("latin1").decode(bytes.subarray(escape, end));
  return /^\x1b(?:\[[0-9;:?]*[ -/]*[@-~]|[^[\]PX^_])/.test(rest) ? end : escape;
}

function readPart(path: string, from: number, length: number): Uint8Array {
  const fd = openRegular(path, constants.O_RDONLY);
  try {
    const buffer = Buffer.alloc(Math.max(0, Math.min(length, fstatSync(fd).size - from)));
    return buffer.subarray(0, readSync(fd, buffer, 0, buffer.length, from));
  } finally {
    closeSync(fd);
  }
}
