/**
 * Where a command's words go: results to stdout, everything else to stderr.
 *
 * Everything that is written passes `safe`, so that no stored byte can move the cursor,
 * set a title or turn text around, even where a caller forgot to clean it. A reader that went away
 * (`kanban list | head -1`) is no error: the rest is dropped in silence. A file that takes no more (its
 * disk is full) is one, told once: who reads it later must not take the half of a list for all of it.
 *
 * `process.stdout` is left alone unless a terminal may be there: touching it costs more time than the
 * whole of `kanban show`.
 *
 * @module
 */
import { fstatSync, statSync, writeSync } from "node:fs";
import { KanbanError } from "../kernel/errors.ts";
import { safe } from "./print/format.ts";
import { oneLine } from "../text.ts";

/** One of the two streams of a command. */
export interface Output {
  /** A person is looking. */
  readonly terminal: boolean;
  readonly color: boolean;
  /** Columns of the terminal; Infinity when it is not a terminal. */
  readonly width: number;
  /** The reader went away. */
  readonly closed: boolean;
  /** @throws {KanbanError} `refused` when the standard output takes no more. */
  write(text: string): void;
}

/** The standard output. */
export const stdout: Output = openOutput(1);
/** The standard error. */
export const stderr: Output = openOutput(2);

/** An output on a file descriptor. Whether it is a terminal is found out on demand. */
function openOutput(fd: 1 | 2): Output {
  let terminal: boolean | undefined;
  let color: boolean | undefined;
  let closed = false;
  return {
    get terminal() {
      return (terminal ??= isTerminal(fd));
    },
    get color() {
      return (color ??= this.terminal && !process.env["NO_COLOR"] && process.env["TERM"] !== "dumb");
    },
    get width() {
      return this.terminal ? streamOf(fd).columns || 80 : Infinity;
    },
    get closed() {
      return closed;
    },
    write(text) {
      if (closed) return;
      try {
        closed = !writeAll(fd, Buffer.from(safe(text, { color: this.color })));
      } catch (error) {
        closed = true;
        if (fd === 1) throw unwritten(error); // A full stderr cannot be reported anywhere.
      }
    },
  };
}

/** Only a character device that is not /dev/null can be a terminal; that much is known without loading a stream. */
function isTerminal(fd: 1 | 2): boolean {
  try {
    const found = fstatSync(fd);
    return found.isCharacterDevice() && found.rdev !== statSync("/dev/null").rdev && streamOf(fd).isTTY;
  } catch {
    return false; // The descriptor is closed.
  }
}

function streamOf(fd: 1 | 2): NodeJS.WriteStream {
  return fd === 1 ? process.stdout : process.stderr;
}

/** Writes every byte before it returns; false when the reader has ended. */
function writeAll(fd: number, bytes: Uint8Array): boolean {
  let done = 0;
  while (done < bytes.length) {
    try {
      done += writeSync(fd, bytes, done);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // A pipe that another program made non-blocking is full: its reader is slow, not gone.
      if (code === "EAGAIN") Bun.sleepSync(1);
      else if (code === "EPIPE" || code === "EBADF" || code === "EIO") return false;
      else throw error;
    }
  }
  return true;
}

function unwritten(error: unknown): KanbanError {
  const { code, message } = error as NodeJS.ErrnoException;
  const found = code === "ENOSPC" ? "its disk is full" : oneLine(message);
  return new KanbanError(
    "refused",
    `Cannot write to the standard output: it must take the whole output, ${found}`,
    "What was asked for may have been done before it was told: look before you repeat it",
  );
}
