/**
 * Reads a file, or standard input, line by line, in the memory of one line.
 *
 * @module
 */
import { closeSync, constants, fstatSync, openSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import { discard, openRegular } from "../../files.ts";
import { ofHome } from "../../home_trouble.ts";
import { KanbanError } from "../../kernel/mod.ts";
import { oneLine } from "../../text.ts";

/** Longest line, in bytes: a few texts of 1 MiB, each character escaped. */
const LINE_MAX = 32 * 1024 * 1024;
const CHUNK = 256 * 1024;
const STDIN = 0;
const NEWLINE = 0x0a;

export interface Lines {
  /** Without their line breaks; a last line without a break is a line too. To be taken once. */
  readonly lines: Iterable<string>;
  close(): void;
}

export interface LinesOptions {
  /** A folder for a nameless file with what comes from a pipe. */
  readonly spool: string;
  /** Judges each line of a pipe as it comes: one that never ends is refused at its first wrong line. */
  check(line: string, number: number): void;
}

/**
 * Opens a UTF-8 file; `-` is standard input. What may keep its reader waiting (a pipe, a slow network
 * behind it) is first kept in a nameless file in the folder `spool`: the lines may then be taken inside
 * a transaction, which others wait for.
 *
 * @throws {KanbanError} `invalid` for a file that cannot be read; taking the lines, and at once for a pipe, for
 * one that is no UTF-8 text, or has a line that is too long.
 */
export function openLines(path: string, { spool, check }: LinesOptions): Lines {
  const shown = path === "-" ? "standard input" : `"${oneLine(path)}"`;
  const given = path === "-" ? STDIN : openFile(path, shown);
  const isFile = fstatSync(given).isFile();
  const fd = isFile ? given : keep(given, shown, { spool, check });
  if (!isFile && given !== STDIN) closeSync(given);
  return { lines: linesOf(chunks(fd, shown), shown), close: () => fd !== STDIN && closeSync(fd) };
}

/** Each line is looked for, joined and decoded once, whatever its length. */
function* linesOf(pieces: Iterable<Uint8Array>, shown: string): Generator<string> {
  let number = 1;
  let begun: Uint8Array[] = [];
  let length = 0;
  const take = (bytes: Uint8Array) => {
    length += bytes.length;
    if (length > LINE_MAX) throw tooLong(shown, number);
    begun.push(bytes);
  };
  const line = () => {
    const text = decoded(begun.length === 1 ? begun[0]! : Buffer.concat(begun), shown, number++);
    begun = [];
    length = 0;
    return text;
  };
  for (const bytes of pieces) {
    let from = 0;
    for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, from)) {
      take(bytes.subarray(from, end));
      yield line();
      from = end + 1;
    }
    if (from < bytes.length) take(bytes.slice(from)); // A copy: the next piece comes into the same place.
  }
  if (length > 0) yield line();
}

function decoded(bytes: Uint8Array, shown: string, line: number): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new KanbanError(
      "invalid",
      `Cannot read ${shown}: line ${line} must be UTF-8 text, it has other bytes`,
      "If it is compressed, unpack it first, for example with gunzip",
    );
  }
}

function tooLong(shown: string, line: number): KanbanError {
  return new KanbanError(
    "invalid",
    `Cannot read ${shown}: line ${line} must be at most ${LINE_MAX / 1024 / 1024} MiB long, it is longer`,
    "Nothing was read: an export has one record on each line",
  );
}

function openFile(path: string, shown: string): number {
  try {
    return openSync(path, constants.O_RDONLY);
  } catch (error) {
    throw unreadable(shown, error);
  }
}

/** Copies everything there is into a file without a name, and returns it at its beginning. */
function keep(given: number, shown: string, { spool, check }: LinesOptions): number {
  const path = join(spool, `import.${crypto.randomUUID()}`);
  const copy = ofHome(path, () => openRegular(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL));
  let again: number | null = null;
  try {
    again = openRegular(path, constants.O_RDONLY);
    discard(path); // Its content exists while it is open.
    let number = 0;
    for (const line of linesOf(copied(chunks(given, shown), copy), shown)) check(line, ++number);
    return again;
  } catch (error) {
    if (again !== null) closeSync(again);
    if (error instanceof KanbanError) throw error;
    throw unreadable(shown, error);
  } finally {
    closeSync(copy);
  }
}

/** The same pieces, each written to a file too. */
function* copied(pieces: Iterable<Uint8Array>, copy: number): Generator<Uint8Array> {
  for (const bytes of pieces) {
    for (let done = 0; done < bytes.length;) done += writeSync(copy, bytes, done);
    yield bytes;
  }
}

/** What is there, piece by piece; each is overwritten by the next. */
function* chunks(fd: number, shown: string): Generator<Uint8Array> {
  const bytes = new Uint8Array(CHUNK);
  for (;;) {
    let read: number;
    try {
      read = readSync(fd, bytes, 0, bytes.length, null);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw unreadable(shown, error);
      Bun.sleepSync(5); // Another program made the pipe non-blocking, and nothing has come yet.
      continue;
    }
    if (read === 0) return;
    yield bytes.subarray(0, read);
  }
}

function unreadable(shown: string, error: unknown): KanbanError {
  const { code, message } = error as NodeJS.ErrnoException;
  const why =
    code === "ENOENT" ? "there is no such file" : code === "EISDIR" ? "it must be a file, it is a folder" : message;
  return new KanbanError("invalid", `Cannot read ${shown}: ${oneLine(why)}`);
}
