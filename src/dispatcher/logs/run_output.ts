/**
 * What one run printed, as its end is judged by.
 *
 * A program says what it is first and how it fared last, so the beginning and the end are kept as one text. The part
 * between may be many megabytes: its lines are read one piece at a time, by those who count something in them.
 *
 * @module
 */
import { closeSync, constants, readSync } from "node:fs";
import type { Home } from "../../home.ts";
import { type LogMark, logOf, openLogFile, readEnd } from "./logs.ts";

export interface RunOutput {
  /** The whole lines at its beginning and at its end; all of it when it is short. */
  readonly text: string;
  /** What was left out of that; null when nothing was. */
  readonly between: Between | null;
}

export interface Between {
  /** Where in the text it would be, in characters. */
  readonly at: number;
  /** Its whole lines, in order. The log is read meanwhile. */
  lines(): Iterable<string>;
}

const EMPTY: RunOutput = { text: "", between: null };
const PIECE_BYTES = 1024 * 1024;
/** A line that is longer is no event with numbers. */
const LINE_BYTES_MAX = 4 * 1024 * 1024;

/** What a run printed: up to `bytes` of its end and, where that is not all, up to `head` bytes of its beginning. */
export function outputOfRun(
  home: Home,
  taskId: string,
  mark: LogMark,
  { bytes, head }: { bytes: number; head: number },
): RunOutput {
  const file = logOf(home, taskId, mark);
  const end = file === null ? null : readEnd(file, mark.offset, bytes);
  if (file === null || end === null) return EMPTY;
  if (!end.truncated) return { text: end.content, between: null };
  const begin = readHead(file, mark.offset, Math.min(head, end.from - mark.offset));
  const [from, to] = [mark.offset + begin.length, end.from];
  const text = begin.toString();
  return {
    text: text + end.content,
    between: from >= to ? null : { at: text.length, lines: () => linesOf(file, from, to) },
  };
}

/** The whole lines among the first bytes from `start`. */
function readHead(path: string, start: number, bytes: number): Buffer {
  const fd = openLogFile("read", path, constants.O_RDONLY);
  try {
    const read = readAt(fd, start, bytes);
    return read.subarray(0, read.lastIndexOf(10) + 1);
  } finally {
    closeSync(fd);
  }
}

function* linesOf(path: string, start: number, end: number): Generator<string> {
  const fd = openLogFile("read", path, constants.O_RDONLY);
  try {
    let rest: Buffer = Buffer.alloc(0);
    for (let at = start; at < end;) {
      const piece = readAt(fd, at, Math.min(PIECE_BYTES, end - at));
      if (piece.length === 0) break; // It was cut meanwhile.
      at += piece.length;
      const bytes = Buffer.concat([rest, piece]);
      const whole = bytes.lastIndexOf(10) + 1;
      rest = bytes.length - whole > LINE_BYTES_MAX ? Buffer.alloc(0) : bytes.subarray(whole);
      if (whole > 0) yield* bytes.toString("utf8", 0, whole - 1).split("\n");
    }
    if (rest.length > 0) yield rest.toString();
  } finally {
    closeSync(fd);
  }
}

function readAt(fd: number, position: number, length: number): Buffer {
  const buffer = Buffer.alloc(length);
  return buffer.subarray(0, readSync(fd, buffer, 0, length, position));
}
