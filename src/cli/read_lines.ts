/**
 * Reads a file, or standard input, line by line, in the memory of one line.
 *
 * @module
 */
import { closeSync, constants, fstatSync, openSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import { discard, openRegular } from "../files.ts";
import { ofHome } from "../home_trouble.ts";
import { KanbanError } from "../kernel/mod.ts";
import { cleanLine } from "./format.ts";

/** Longest line, in characters: a few texts of 1 MiB, each character escaped. */
const LINE_MAX = 64 * 1024 * 1024;
const CHUNK = 256 * 1024;
const STDIN = 0;

export interface Lines {
  /** Without their line breaks; a last line without a break is a line too. To be taken once. */
  readonly lines: Iterable<string>;
  close(): void;
}

/**
 * Opens a UTF-8 file; `-` is standard input. What may keep its reader waiting (a pipe, a slow network
 * behind it) is first kept in a nameless file in the folder `spool`: the lines may then be taken inside
 * a transaction, which others wait for.
 *
 * @throws {KanbanError} `invalid` for a file that cannot be read; taking the lines, for one that is no
 * UTF-8 text, or has a line that never ends.
 */
export function openLines(path: string, { spool }: { spool: string }): Lines {
  const shown = path === "-" ? "standard input" : `"${cleanLine(path)}"`;
  const given = path === "-" ? STDIN : openFile(path, shown);
  const isFile = fstatSync(given).isFile();
  const fd = isFile ? given : keep(given, shown, spool);
  if (!isFile && given !== STDIN) closeSync(given);
  return { lines: linesOf(fd, shown), close: () => fd !== STDIN && closeSync(fd) };
}

function* linesOf(fd: number, shown: string): Generator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const decode = (bytes: Uint8Array, stream: boolean) => {
    try {
      return decoder.decode(bytes, { stream });
    } catch {
      throw new KanbanError(
        "invalid",
        `Cannot read ${shown}: it must be UTF-8 text, it has other bytes`,
        "If it is compressed, unpack it first, for example with gunzip",
      );
    }
  };
  let rest = "";
  for (const bytes of chunks(fd, shown)) {
    const lines = (rest + decode(bytes, true)).split("\n");
    rest = lines.pop()!;
    if (rest.length > LINE_MAX) throw new KanbanError("invalid", `Cannot read ${shown}: a line of it never ends`);
    yield* lines;
  }
  rest += decode(new Uint8Array(), false);
  if (rest !== "") yield rest;
}

function openFile(path: string, shown: string): number {
  try {
    return openSync(path, constants.O_RDONLY);
  } catch (error) {
    throw unreadable(shown, error);
  }
}

/** Copies everything there is into a file without a name, and returns it at its beginning. */
function keep(given: number, shown: string, folder: string): number {
  const path = join(folder, `import.${crypto.randomUUID()}`);
  const copy = ofHome(path, () => openRegular(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL));
  try {
    const again = openRegular(path, constants.O_RDONLY);
    discard(path); // It lives as long as somebody has it open.
    for (const bytes of chunks(given, shown)) {
      for (let done = 0; done < bytes.length;) done += writeSync(copy, bytes, done);
    }
    return again;
  } catch (error) {
    if (error instanceof KanbanError) throw error;
    throw unreadable(shown, error);
  } finally {
    closeSync(copy);
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
  return new KanbanError("invalid", `Cannot read ${shown}: ${cleanLine(why)}`);
}
