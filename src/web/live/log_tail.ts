/**
 * The log of the task that one client has open, as it grows.
 *
 * A client knows up to which byte its page shows the log; its stream continues exactly there, so nothing
 * is missing and nothing appears twice, also when the middle of the log is cut out meanwhile. A worker that
 * prints without end is shown in part: what does not fit is skipped and said so.
 *
 * @module
 */
import { closeSync, constants } from "node:fs";
import { type AnsiState, ansiHtml, ansiStart } from "../../../views/parts/ansi.ts";
import { LogPlace } from "../../dispatcher/mod.ts";
import { openRegular, statOrNull } from "../../files.ts";
import { type Home, logPath } from "../../home.ts";

/** Bytes of one message. */
const CHUNK = 16 * 1024;
/** A client that is further behind skips to the end. */
const BEHIND_MAX = 8 * CHUNK;

/** What there is to send: more of the log, or the word that it is another file now. */
export type LogStep = { html: string; position: number } | "reset" | null;

export class LogTail {
  readonly path: string;
  readonly #from: number;
  #place: LogPlace | null = null;
  #ino: number | null;
  #colours: AnsiState = ansiStart();
  #over = false;

  /** Continues at byte `from`; without it, at the end of what there is now. */
  constructor(home: Home, taskId: string, from: number | null) {
    this.path = logPath(home, taskId);
    const found = statOrNull(this.path);
    this.#ino = found?.ino ?? null;
    this.#from = from ?? found?.size ?? 0;
    // The page shows more than there is: it is the log of an earlier file.
    if (found !== null && this.#from > found.size) this.#ino = -1;
    else if (found !== null) this.#place = placeIn(this.path, this.#from);
  }

  get position(): number {
    return this.#place?.position ?? this.#from;
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
    if (found.ino !== this.#ino) {
      this.#over = true; // The client fetches the new log and opens a new stream.
      return "reset";
    }
    if (this.#place !== null && found.size === this.#place.position) return null;
    const fd = openRegular(this.path, constants.O_RDONLY);
    try {
      return this.#readOn(fd, found.size);
    } finally {
      closeSync(fd);
    }
  }

  #readOn(fd: number, size: number): LogStep {
    const place = (this.#place ??= new LogPlace(fd, this.#from)); // It could not be read before.
    const skipped = size - place.position > BEHIND_MAX ? size - CHUNK - place.position : 0;
    if (skipped > 0) place.moveTo(fd, size - CHUNK);
    const bytes = place.peek(fd, CHUNK);
    const whole = bytes.subarray(0, wholeLength(bytes));
    if (whole.length === 0) return null;
    place.take(whole);
    const note = skipped > 0 || place.takeLost() ? `\n… ${leftOut(skipped)} left out here …\n` : "";
    const text = new TextDecoder().decode(whole);
    return { html: ansiHtml(note + text, this.#colours), position: place.position };
  }
}

/** A place in a log as it is now, before anything is cut out of it; null when it cannot be read. */
function placeIn(path: string, position: number): LogPlace | null {
  try {
    const fd = openRegular(path, constants.O_RDONLY);
    try {
      return new LogPlace(fd, position);
    } finally {
      closeSync(fd);
    }
  } catch {
    return null;
  }
}

function leftOut(bytes: number): string {
  return bytes === 0 ? "some output was" : `${Math.round(bytes / 1024)} KB`;
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
