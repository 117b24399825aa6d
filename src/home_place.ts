/**
 * Where a home may lie: what is refused before anything is made in it.
 *
 * @module
 */
import { chmodSync, existsSync, readdirSync, type Stats, statSync } from "node:fs";
import { dirname } from "node:path";
import { existing, type FileSystem, isReadOnly } from "./file_system.ts";
import { KanbanError } from "./kernel/mod.ts";

/** Set to any text, it allows a home on a network file system. */
export const NETWORK_ALLOWED = "KANBAN_ALLOW_NETWORK_DISK";

/** By one of these a folder is known as a home, whatever else lies in it. */
const OURS = ["kanban.db", "config.yaml", "profiles"];

/**
 * Refuses a home that others may write to, and closes one that others may look into. A folder that was
 * made for other things (`/`, a project) is not ours to close: whoever needs it would be locked out.
 */
export function refuseOpenHome(dir: string): void {
  if (!existsSync(dir) || !statSync(dir).isDirectory()) return;
  const { mode, uid } = statSync(dir);
  const shown = (mode & 0o777).toString(8);
  const close = `chmod 700 '${dir.replaceAll("'", `'\\''`)}'`;
  if ((mode & 0o022) !== 0) {
    // Whoever can write here could swap the profiles, and with them the programs that are started.
    throw new KanbanError(
      "refused",
      `Cannot use home "${dir}": only its owner may write to it, its mode is ${shown}`,
      `Look whether somebody left something in it, then: ${close}`,
    );
  }
  // Settings may hold keys, and were perhaps written under another umask.
  if ((mode & 0o055) === 0 || uid !== process.getuid?.() || isReadOnly(dir)) return;
  const found = readdirSync(dir);
  if (found.length === 0 || found.some((name) => OURS.includes(name))) return chmodSync(dir, 0o700);
  throw new KanbanError(
    "refused",
    `Cannot use home "${dir}": it must be a folder of its own, it holds other things that others may read`,
    `Set KANBAN_HOME to a new folder; or, if nobody else needs this one: ${close}`,
  );
}

/** SQLite would only say that it cannot open it. A board that some process has open can at least be read. */
export function refuseReadOnly(db: string): void {
  if (existsSync(`${db}-shm`) || !isReadOnly(existing(dirname(db)))) return;
  const message = `Cannot open board "${db}": it must be writable, its disk is read-only`;
  throw new KanbanError("refused", message, "Make the disk writable, or set KANBAN_HOME to a folder on another one");
}

/** Refuses what is no file: SQLite would put it down to the disk, or to permissions. */
export function refuseOtherFile(db: string): void {
  let log: Stats | undefined;
  let found: Stats | undefined;
  try {
    log = statSync(`${db}-wal`, { throwIfNoEntry: false }); // First: whoever makes a board makes the file first.
    found = statSync(db, { throwIfNoEntry: false });
  } catch {
    return; // What cannot be looked at, SQLite cannot open either, and says so.
  }
  if ((found?.size ?? 0) === 0 && (log?.size ?? 0) > 0 && (found?.isFile() ?? true)) {
    throw new KanbanError(
      "refused",
      `Cannot open board "${db}": its write-ahead log must lie beside its file, the file is ${found ? "empty" : "gone"}`,
      `Nothing was changed. Put the file back, or for a new board move "${db}-wal" and "${db}-shm" away`,
    );
  }
  // SQLite takes a file of one byte for an empty one, and would write over it.
  if (found === undefined || (found.isFile() && found.size !== 1)) return;
  const what = found.isFile() ? "a file of one byte" : found.isDirectory() ? "a folder" : "a pipe or a device";
  throw new KanbanError(
    "refused",
    `Cannot open board "${db}": it must be a kanban board, it is ${what}`,
    "Nothing was changed. Name another file with --board or KANBAN_DB",
  );
}

/** The error for a folder that could not be made. */
export function unmade(path: string, error: unknown): KanbanError {
  const { code = "", message } = error as NodeJS.ErrnoException;
  return new KanbanError(
    "refused",
    `Cannot use "${path}": it must be a folder this user can write to, ${UNMADE[code] ?? message}`,
    "Name another place with KANBAN_HOME, or with --board for the database alone",
  );
}

const UNMADE: Readonly<Record<string, string>> = {
  EEXIST: "something else is in its place",
  ENOTDIR: "what it lies in is no folder",
  EACCES: "what it lies in is closed to this user",
  EPERM: "what it lies in is closed to this user",
  EROFS: "its disk is read-only",
  ENOSPC: "its disk is full",
};

/** Two machines may both believe that they hold a lock there, and the WAL's shared memory is not shared. */
export function refuseNetwork(path: string, look: (path: string) => Pick<FileSystem, "network">): void {
  const { network } = look(existing(path));
  // Sandboxes and virtual machines show the disk of their one host as 9P; `doctor` has a word on it.
  if (network === null || network === "9P") return;
  throw new KanbanError(
    "refused",
    `Cannot use "${path}": it must lie on a disk of this machine, it lies on a network file system (${network})`,
    `Set KANBAN_HOME to another folder, or ${NETWORK_ALLOWED}=1 if no other machine ever uses it`,
  );
}
