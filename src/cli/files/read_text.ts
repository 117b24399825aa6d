/**
 * Reads a long text from a file or from standard input.
 *
 * Reading stops where a text field ends, so that an endless input is refused and not waited for.
 *
 * @module
 */
import { closeSync, openSync, readSync } from "node:fs";
import { KanbanError } from "../../kernel/errors.ts";
import { TEXT_MAX } from "../../kernel/input.ts";
import { oneLine } from "../../text.ts";

const STDIN = 0;
let stdinReader: string | null = null;

/**
 * What a long text stands for: `@FILE` and `-` are read, `@@` begins a text with one `@`.
 *
 * @throws {KanbanError} `invalid`, naming the argument.
 */
export function longText(typed: string, name: string): string {
  if (typed === "-") return readText("-", name);
  if (typed.startsWith("@@")) return typed.slice(1);
  if (!typed.startsWith("@")) return typed;
  return readText(typed.slice(1), name, "A text that begins with @ names a file; to begin a text with @, write @@");
}

/** The UTF-8 text of a file, or of standard input for `-`, which one argument alone can have. */
export function readText(path: string, name: string, hint?: string): string {
  if (path === "-" && stdinReader !== null) {
    throw new KanbanError("invalid", `Cannot read ${name}: only one argument can be standard input, ${stdinReader} is`);
  }
  if (path === "-") stdinReader = name;
  let bytes: Uint8Array;
  try {
    bytes = path === "-" ? readAll(STDIN) : readFile(path);
  } catch (error) {
    throw new KanbanError("invalid", `Cannot read ${name}: ${whyNot(path, error as NodeJS.ErrnoException)}`, hint);
  }
  if (bytes.length > TEXT_MAX) throw new KanbanError("invalid", `Cannot use ${name}: it must be at most 1 MiB of text`);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new KanbanError("invalid", `Cannot use ${name}: it must be UTF-8 text, it has other bytes`);
  }
}

function whyNot(path: string, { code, message }: NodeJS.ErrnoException): string {
  const shown = JSON.stringify(oneLine(path));
  if (code === "ENOENT") return `there is no file ${shown}`;
  if (code === "EISDIR") return `${shown} must be a file, it is a folder`;
  if (code === "EACCES") return `${shown} must be readable to this user, it is not`;
  return oneLine(message);
}

function readFile(path: string): Uint8Array {
  const fd = openSync(path, "r");
  try {
    return readAll(fd);
  } finally {
    closeSync(fd);
  }
}

/** Everything there is, and one byte more than a text field holds at most. */
function readAll(fd: number): Uint8Array {
  const bytes = new Uint8Array(TEXT_MAX + 1);
  let size = 0;
  while (size < bytes.length) {
    try {
      const read = readSync(fd, bytes, size, bytes.length - size, null);
      if (read === 0) break;
      size += read;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
      Bun.sleepSync(5); // Another program made the pipe non-blocking, and nothing has come yet.
    }
  }
  return bytes.subarray(0, size);
}
