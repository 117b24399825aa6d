/**
 * Files that a worker can reach: opened only if they are files.
 *
 * A worker runs as the same user, so it may put anything in the place of what we are about to read:
 * opening a pipe would hold the dispatcher up for ever, and with it every other task.
 *
 * @module
 */
import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";

/**
 * An open descriptor of a plain file, for the caller to close.
 *
 * @throws {Error} what the system says, also of a link; `EINVAL` for anything that is no file.
 */
export function openPlain(path: string, flags: number): number {
  const fd = openSync(path, flags | constants.O_NOFOLLOW | constants.O_NONBLOCK, 0o600);
  if (fstatSync(fd).isFile()) return fd;
  closeSync(fd);
  throw Object.assign(new Error("it is none"), { code: "EINVAL" });
}

/**
 * The text of a plain file.
 *
 * @throws {Error} as `openPlain`.
 */
export function readPlain(path: string): string {
  const fd = openPlain(path, constants.O_RDONLY);
  try {
    return readFileSync(fd, "utf8");
  } finally {
    closeSync(fd);
  }
}
