/**
 * Trouble of the home: the board's own files or folders cannot be used.
 *
 * It is no failure of the task at hand, the next one would meet it too: the dispatcher stops claiming, says
 * what is wrong and how to mend it, and tries again by itself. What a task names, its program and its own
 * folder, is never trouble of the home.
 *
 * @module
 */
import { dirname } from "node:path";
import { fileProblem } from "./files.ts";
import { KanbanError } from "./kernel/errors.ts";

/** One file or folder of the home that cannot be used, and how to mend that. */
export class HomeTrouble extends KanbanError {
  constructor(path: string, problem: string, mend: string, cause?: unknown) {
    super("refused", `Cannot use "${path}": ${problem}`, mend);
    this.cause = cause;
  }

  /** All of it in one line. */
  get text(): string {
    return `${this.message}. ${this.hint}`;
  }
}

/**
 * Runs what reads or writes a file of the home.
 *
 * @throws {HomeTrouble} where the system refuses it; any other error as it is.
 */
export function ofHome<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof KanbanError || typeof (error as NodeJS.ErrnoException).code !== "string") throw error;
    throw refusedBySystem(path, error as NodeJS.ErrnoException);
  }
}

/** A path as a shell takes it. */
export function shellPath(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}

/** What to do about a thing in the place of a file or a folder. */
export function moveAway(path: string): string {
  return `Move it away, and a new one is made: mv ${shellPath(path)} ${shellPath(`${path}.away`)}`;
}

function refusedBySystem(path: string, error: NodeJS.ErrnoException): HomeTrouble {
  const { code = "" } = error;
  const known = Object.hasOwn(BY_CODE, code) ? BY_CODE[code]! : null;
  if (known !== null) return new HomeTrouble(path, known.problem, known.mend(path), error);
  const inItsPlace = ["EINVAL", "ELOOP", "EFBIG"].includes(code);
  return new HomeTrouble(
    path,
    fileProblem(path, error),
    inItsPlace ? moveAway(path) : "Look at the system's log",
    error,
  );
}

interface Known {
  readonly problem: string;
  mend(path: string): string;
}

const CLOSED: Known = {
  problem: "this user must be allowed to write to it, permission denied",
  mend: (path) => `Look at its permissions and those of its folder: ls -ld ${shellPath(path)}`,
};
const FULL: Known = {
  problem: "its disk must have room, it is full",
  mend: () => "Make room; what can go says: kanban gc --dry-run",
};
const OTHER_KIND: Known = { problem: "it must be a file, it is a folder", mend: moveAway };

const BY_CODE: Readonly<Record<string, Known>> = {
  EACCES: CLOSED,
  EPERM: CLOSED,
  ENOSPC: FULL,
  EDQUOT: FULL,
  EROFS: {
    problem: "its disk must be writable, it is read-only",
    mend: (path) => `Make the disk writable; where it is mounted says: findmnt -T ${shellPath(path)}`,
  },
  EISDIR: OTHER_KIND,
  ENOTEMPTY: OTHER_KIND,
  ENOTDIR: { problem: "its folder must be a folder, it is a file", mend: (path) => moveAway(dirname(path)) },
  EEXIST: { problem: "its place must be free, something else is there", mend: moveAway },
  ENOENT: {
    problem: "its folder must be there, it is gone",
    mend: () => "It is made again at the next try",
  },
};
