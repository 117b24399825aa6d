/**
 * What SQLite's refusals mean for a person, and which files we refuse ourselves.
 *
 * @module
 */
import { type ErrorCode, KanbanError } from "../errors.ts";
import { APPLICATION_ID } from "./migrations.ts";

/**
 * What to do about a file that is not a board, or no longer a whole one. Its log goes with it: SQLite would
 * play what the old one holds into the backup, and damage that as well. And no worker may be left: in the
 * backup its run may not have begun, another gets its number, and the fence takes the one for the other.
 */
export const HINT_RESTORE =
  "Nothing was changed. When no worker runs any more, move the file away with its -wal and -shm and restore a backup to its place; or set KANBAN_DB to another file";

/** SQLite's own code of an error, or an empty text. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

/** Whether another process holds a lock that was needed. */
export function isBusy(error: unknown): boolean {
  return codeOf(error).startsWith("SQLITE_BUSY");
}

/** What SQLite's refusals mean for a person. Constraint failures stay what they are: bugs. */
const EXPLANATIONS: readonly [prefix: string, code: ErrorCode, found: string, hint: string][] = [
  ["SQLITE_BUSY", "busy", "it must be free, another process holds its lock", "Try again in a moment"],
  ["SQLITE_LOCKED", "busy", "it must be free, another statement holds its lock", "Try again in a moment"],
  ["SQLITE_NOTADB", "refused", "it must be a kanban board, the file is not a database", HINT_RESTORE],
  ["SQLITE_CORRUPT", "refused", "it must be intact, the file is damaged", HINT_RESTORE],
  [
    "SQLITE_CANTOPEN",
    "refused",
    "its folder and file must be open to this user, they are not",
    "Check the path and its permissions",
  ],
  [
    "SQLITE_READONLY",
    "refused",
    "it must be writable, it is read-only",
    "Check the permissions of the file and its folder",
  ],
  ["SQLITE_FULL", "refused", "the disk must have room, it is full", "Free some space; what was acknowledged is safe"],
  [
    "SQLITE_IOERR",
    "refused",
    "the disk must answer, it reported an error",
    "Check the disk; what was acknowledged is safe",
  ],
];

/** The KanbanError that `error` means for a person, or `error` itself when it means a bug. */
export function explain(error: unknown, act: string): unknown {
  const known = EXPLANATIONS.find(([prefix]) => codeOf(error).startsWith(prefix));
  if (known === undefined) return error;
  const [, code, found, hint] = known;
  const explained = new KanbanError(code, `${act}: ${found}`, hint);
  explained.cause = error;
  return explained;
}

/** What a database file says about itself. */
export interface FileMark {
  /** PRAGMA user_version. */
  version: number;
  /** PRAGMA application_id. */
  id: number;
  /** It has no tables. */
  empty: boolean;
}

/**
 * Refuses a file that is neither a board of this program, nor an older one, nor empty.
 *
 * @param known The highest version that this program knows.
 *
 * @throws {KanbanError} `refused`.
 */
export function refuseForeign(path: string, { version, id, empty }: FileMark, known: number): void {
  const refuse = (problem: string, hint: string) => {
    throw new KanbanError("refused", `Cannot open board "${path}": ${problem}`, hint);
  };
  if (id !== APPLICATION_ID && !(id === 0 && empty))
    refuse("it must be a kanban board, it is another program's database", HINT_RESTORE);
  if (version < 0 || (version === 0 && !empty))
    refuse(`the schema of a board must be 1 or higher, the file has schema ${version}`, HINT_RESTORE);
  if (version > known)
    refuse(`this program knows schema ${known}, the file has schema ${version}`, "Upgrade kanban; nothing was changed");
}
