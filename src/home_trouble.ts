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
  return `Move it away, and a new one is created: mv ${shellPath(path)} ${shellPath(`${path}.away`)}`;
}

function refusedBySystem(path: string, error: NodeJS.ErrnoException): HomeTrouble {
  const { code = "" } = error;
  const known = Object.hasOwn(BY_CODE, code) ? BY_CODE[code]! : null;
  if (known !== null) return new HomeTrouble(path, known.problem, known.mend(path), error);
  const inItsPlace = ["EINVAL", "ELOOP", "EFBIG"].includes(code);
  return new HomeTrouble(path, fileProblem(path, error), inItsPlace ? moveAway(path) : "Check the system log", error);
}

interface Known {
  readonly problem: string;
  mend(path: string): string;
}

const CLOSED: Known = {
  problem: "permission denied",
  mend: (path) => `Check its permissions and those of its folder: ls -ld ${shellPath(path)}`,
};
const FULL: Known = {
  problem: "its disk is full",
  mend: () => "Free some space; see what can be removed with: kanban gc --dry-run",
};
const OTHER_KIND: Known = { problem: "it must be a file, it is a folder", mend: moveAway };

const BY_CODE: Readonly<Record<string, Known>> = {
  EACCES: CLOSED,
  EPERM: CLOSED,
  ENOSPC: FULL,
  EDQUOT: FULL,
  EROFS: {
    problem: "its disk is read-only",
    mend: (path) => `Make the disk writable; see its mount with: findmnt -T ${shellPath(path)}`,
  },
  EISDIR: OTHER_KIND,
  ENOTEMPTY: OTHER_KIND,
  ENOTDIR: { problem: "its parent is a file, not a folder", mend: (path) => moveAway(dirname(path)) },
  EEXIST: { problem: "another file has its name", mend: moveAway },
  ENOENT: {
    problem: "its folder does not exist",
    mend: () => "It is created again at the next try",
  },
};
