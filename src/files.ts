/**
 * Reads, replaces and removes small files: the one way to do so in `src`, a test sees to that.
 *
 * A worker runs as the same user as the dispatcher, so it can put anything in the place of a file that is about to be
 * read or written: a pipe would block the process for ever, a link would lead it elsewhere, a file of 6 GB would fill
 * its memory. So a file is opened without following a link and without waiting, must turn out to be a regular file,
 * and is read up to a limit. New content is written to a draft with an unguessable name, which replaces the old file
 * atomically.
 *
 * @module
 */
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  type Stats,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";

export interface OpenOptions {
  /** "follow" where a link is the user's own choice, as for settings that are kept elsewhere. Default "refuse". */
  readonly links?: "refuse" | "follow";
}

/**
 * An open descriptor of a regular file, for the caller to close.
 *
 * @param flags As of `open(2)`; a file that they create gets mode 0600.
 * @throws {Error} with the system's `code`: `ENOENT`, `EACCES`, …; `ELOOP` for a link; `EINVAL` for a folder, a
 * pipe or a device.
 */
export function openRegular(path: string, flags: number, { links = "refuse" }: OpenOptions = {}): number {
  const noFollow = links === "refuse" ? constants.O_NOFOLLOW : 0;
  let fd: number;
  try {
    fd = openSync(path, flags | constants.O_NONBLOCK | noFollow, 0o600);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ELOOP" && links === "refuse") throw failure("ELOOP", path, "it is a link");
    // The system's errors on opening a pipe without a reader, a socket, or a folder for writing.
    if (code === "ENXIO" || code === "EISDIR") throw failure("EINVAL", path, kindOf(statSync(path)));
    throw error;
  }
  const stat = fstatSync(fd);
  if (stat.isFile()) return fd;
  closeSync(fd);
  throw failure("EINVAL", path, kindOf(stat));
}

/**
 * The text of a regular file of at most `maxBytes` bytes, as UTF-8.
 *
 * @throws {Error} as `openRegular`; `EFBIG` when it is larger.
 */
export function readSmall(path: string, maxBytes: number, options: OpenOptions = {}): string {
  return readBytes(path, maxBytes, options).toString("utf8");
}

/** The same as bytes, for what may be no text. */
export function readBytes(path: string, maxBytes: number, options: OpenOptions = {}): Buffer {
  const fd = openRegular(path, constants.O_RDONLY, options);
  try {
    const { size } = fstatSync(fd);
    if (size > maxBytes) throw tooLarge(path, maxBytes);
    const parts: Buffer[] = [];
    let total = 0;
    // Until its end, not for its size: that may change while it is read, and files of /proc have none.
    for (;;) {
      const part = Buffer.allocUnsafe(Math.min(maxBytes + 1 - total, Math.max(size - total + 1, 4_096)));
      const got = readSync(fd, part, 0, part.length, total);
      if (got === 0) return Buffer.concat(parts);
      total += got;
      if (total > maxBytes) throw tooLarge(path, maxBytes);
      parts.push(part.subarray(0, got));
    }
  } finally {
    closeSync(fd);
  }
}

/**
 * Gives `path` a new content in one step: a reader sees the old one or the new one whole, also after a
 * crash. What is in the place of the file is replaced, but for a folder; a link is replaced, not followed.
 *
 * @param options.mode Of the new file, independent of the umask. Default 0600.
 * @param options.flush False for what may be lost with the machine: the old content, or none, is then there.
 * @throws {Error} with the system's `code`; then `path` is as it was and no draft is left.
 */
export function replaceFile(
  path: string,
  content: string | Uint8Array,
  { mode = 0o600, flush = true }: { mode?: number; flush?: boolean } = {},
): void {
  const draft = join(dirname(path), `.draft-${crypto.randomUUID()}`);
  try {
    createFile(draft, content, { mode, flush });
    renameSync(draft, path);
  } catch (error) {
    discard(draft);
    throw error;
  }
}

/**
 * Writes a file that must not be there yet.
 *
 * @param options.flush Waits until it is on the disk.
 * @throws {Error} with the system's `code`, and then there is no new file; `EEXIST` when anything is in its
 * place, a link included.
 */
export function createFile(
  path: string,
  content: string | Uint8Array,
  { mode = 0o600, flush = false }: { mode?: number; flush?: boolean } = {},
): void {
  const fd = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, mode);
  try {
    fchmodSync(fd, mode);
    const bytes = typeof content === "string" ? Buffer.from(content) : content;
    for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at, bytes.length - at);
    if (flush) fsyncSync(fd);
  } catch (error) {
    discard(path); // A part of it would pass for the whole.
    throw error;
  } finally {
    closeSync(fd);
  }
}

/** The file at a path, links followed; null if there is no file, or a parent is not a folder. */
export function statOrNull(path: string): Stats | null {
  try {
    return statSync(path);
  } catch {
    return null;
  }
}

/** What is wrong with a file that could not be opened, read or written, in words: the second half of a message. */
export function fileProblem(path: string, error: unknown): string {
  const { message } = error as Error;
  const own = `"${path}" `;
  return message.startsWith(own) ? `it ${message.slice(own.length)}` : message;
}

/** Removes what is at `path`, of any kind, and never throws: for clean-up. True when the path is free. */
export function discard(path: string): boolean {
  try {
    rmSync(path, { recursive: true, force: true });
    return true;
  } catch {
    return false;
  }
}

function tooLarge(path: string, maxBytes: number): Error {
  return failure("EFBIG", path, `it is larger than ${inWords(maxBytes)}`);
}

function failure(code: "ELOOP" | "EINVAL" | "EFBIG", path: string, found: string): Error {
  return Object.assign(new Error(`"${path}" must be a regular file, ${found}`), { code, path });
}

function kindOf(stat: Stats): string {
  if (stat.isDirectory()) return "it is a folder";
  if (stat.isFIFO()) return "it is a pipe";
  if (stat.isSocket()) return "it is a socket";
  return "it is a device";
}

function inWords(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  return bytes < 1024 * 1024 ? `${Math.floor(bytes / 1024)} KiB` : `${Math.floor(bytes / 1024 / 1024)} MiB`;
}
