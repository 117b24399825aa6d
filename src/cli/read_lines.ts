/**
 * Reads a file, or standard input, line by line, in the memory of one line.
 *
 * @module
 */
import { closeSync, openSync, readSync } from "node:fs";
import { KanbanError } from "../kernel/mod.ts";
import { cleanLine } from "./format.ts";

/** Longest line, in characters: a few texts of 1 MiB, each character escaped. */
const LINE_MAX = 64 * 1024 * 1024;
const CHUNK = 256 * 1024;
const STDIN = 0;

/**
 * The lines of a UTF-8 file without their line breaks; `-` is standard input. A last line without a
 * break is a line too.
 *
 * @throws {KanbanError} `invalid` for a file that cannot be read, is no UTF-8 text, or has a line that never ends.
 */
export function* readLines(path: string): Generator<string> {
  const shown = path === "-" ? "standard input" : `"${cleanLine(path)}"`;
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const decode = (bytes: Uint8Array, stream: boolean) => {
    try {
      return decoder.decode(bytes, { stream });
    } catch {
      throw new KanbanError("invalid", `Cannot read ${shown}: it must be UTF-8 text, it has other bytes`);
    }
  };
  const fd = open(path, shown);
  try {
    let rest = "";
    for (const bytes of chunks(fd, shown)) {
      const lines = (rest + decode(bytes, true)).split("\n");
      rest = lines.pop()!;
      if (rest.length > LINE_MAX) throw new KanbanError("invalid", `Cannot read ${shown}: a line of it never ends`);
      yield* lines;
    }
    rest += decode(new Uint8Array(), false);
    if (rest !== "") yield rest;
  } finally {
    if (fd !== STDIN) closeSync(fd);
  }
}

function open(path: string, shown: string): number {
  try {
    return path === "-" ? STDIN : openSync(path, "r");
  } catch (error) {
    throw unreadable(shown, error);
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
