/**
 * Where a home may be, and who may read it: what is refused before anything is made, and what is
 * closed afterwards.
 *
 * @module
 */
import { chmodSync, existsSync, readdirSync, type Stats, statSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { existing, type FileSystem, isReadOnly } from "./file_system.ts";
import { readSmall } from "./files.ts";
import { KanbanError } from "./kernel/errors.ts";
import { expandHome } from "./kernel/input.ts";

/** Set to any text, it allows a home on a network file system. */
export const NETWORK_ALLOWED = "KANBAN_ALLOW_NETWORK_DISK";

/** The content of a home. */
const OURS: ReadonlySet<string> = new Set([
  ...["kanban.db", "kanban.db-wal", "kanban.db-shm", "config.yaml"],
  ...["profiles", "skills", "workspaces", "logs", "run"],
]);

/**
 * The path that a variable names, `~` expanded. A relative one would mean another place in each folder that a
 * command is typed in: it is refused, for a worker and a cron job are started elsewhere.
 */
export function pathOfVariable(name: string, value: string, userHome: string): string {
  const path = expandHome(value, userHome);
  if (isAbsolute(path)) return path;
  throw new KanbanError(
    "invalid",
    `Cannot use ${name}=${value}: it is relative; it must be absolute or begin with ~/`,
    `From this folder it is: ${name}=${resolve(path)}`,
  );
}

/**
 * Refuses a home of another user, who could swap its profiles and with them the programs that this user starts,
 * and one that others may write to, for the same reason.
 */
export function refuseOpenHome(dir: string): void {
  if (!existsSync(dir) || !statSync(dir).isDirectory()) return;
  const stat = statSync(dir);
  refuseForeign("home", dir, stat);
  const { mode } = stat;
  if ((mode & 0o022) === 0) return;
  throw new KanbanError(
    "refused",
    `Cannot use home "${dir}": other users may write to it: its mode is ${(mode & 0o777).toString(8)}`,
    `Check its content for files of other users, then: chmod 700 '${dir.replaceAll("'", `'\\''`)}'`,
  );
}

/**
 * Refuses what another user owns and could change at any time; root, who can change everything, is none.
 *
 * @param what "home", "access token", …
 */
export function refuseForeign(what: string, path: string, stat: Pick<Stats, "uid">): void {
  const own = process.geteuid?.();
  if (own === undefined || stat.uid === own || stat.uid === 0) return;
  throw new KanbanError(
    "refused",
    `Cannot use ${what} "${path}": it must belong to this user (uid ${own}), it belongs to ${ownerInWords(stat)}`,
    `Use it as that user, or set KANBAN_HOME to a home of this one`,
  );
}

/** `ann (uid 1000)`. */
export function ownerInWords({ uid }: Pick<Stats, "uid">): string {
  const name = accountName(uid);
  return name === undefined ? `uid ${uid}` : `${name} (uid ${uid})`;
}

const ACCOUNTS_BYTES_MAX = 4 * 1024 * 1024;

/** The name of an account; a container's user may have none. */
export function accountName(uid: number | undefined): string | undefined {
  try {
    const accounts = readSmall("/etc/passwd", ACCOUNTS_BYTES_MAX, { links: "follow" }).split("\n");
    return accounts.find((line) => line.split(":")[2] === String(uid))?.split(":")[0];
  } catch {
    return undefined;
  }
}

/**
 * Closes a home that others may look into. A folder that holds other things too (`/`, a project) is not ours to
 * close, its other users would be locked out: there the settings are closed, which may hold keys and were perhaps
 * written under another umask. What this program writes is closed in any case.
 */
export function closeHome(dir: string): void {
  if ((statSync(dir).mode & 0o055) === 0) return;
  const shared = readdirSync(dir).some((name) => !OURS.has(name));
  for (const path of shared ? [join(dir, "config.yaml"), join(dir, "profiles")] : [dir]) {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined || (stat.mode & 0o077) === 0 || stat.uid !== process.getuid?.() || isReadOnly(path))
      continue;
    chmodSync(path, stat.mode & 0o700);
  }
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
    log = statSync(`${db}-wal`, { throwIfNoEntry: false }); // First: a new board begins with the file.
    found = statSync(db, { throwIfNoEntry: false });
  } catch {
    return; // What cannot be read, SQLite cannot open either, and reports.
  }
  if ((found?.size ?? 0) === 0 && (log?.size ?? 0) > 0 && (found?.isFile() ?? true)) {
    throw new KanbanError(
      "refused",
      `Cannot open board "${db}": its write-ahead log must be beside its file, the file is ${found ? "empty" : "gone"}`,
      `Nothing was changed. Put the file back, or for a new board move "${db}-wal" and "${db}-shm" away`,
    );
  }
  if (found?.isFile() && found.nlink > 1) {
    throw new KanbanError(
      "refused",
      `Cannot open board "${db}": its file must have one name, it has ${found.nlink} (hard links)`,
      `By each name it would have another write-ahead log, and be damaged. Find them with: find / -xdev -inum ${found.ino}; keep one`,
    );
  }
  // SQLite takes a file of one byte for an empty one, and would write over it.
  if (found === undefined || (found.isFile() && found.size !== 1)) return;
  const what = found.isFile() ? "a file of one byte" : found.isDirectory() ? "a folder" : "a pipe or a device";
  throw new KanbanError(
    "refused",
    `Cannot open board "${db}": it must be a kanban board, it is ${what}`,
    "Nothing was changed. Set another file with --board or KANBAN_DB",
  );
}

/** The error for a folder that could not be made. */
export function unmade(path: string, error: unknown): KanbanError {
  const { code = "", message } = error as NodeJS.ErrnoException;
  return new KanbanError(
    "refused",
    `Cannot use "${path}": it must be a folder this user can write to, ${UNMADE[code] ?? message}`,
    "Set another folder with KANBAN_HOME, or another database with --board",
  );
}

const UNMADE: Readonly<Record<string, string>> = {
  EEXIST: "something else is in its place",
  ENOTDIR: "its parent is not a folder",
  EACCES: "permission denied in its parent folder",
  EPERM: "permission denied in its parent folder",
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
    `Cannot use "${path}": it must be on a disk of this machine, it is on a network file system (${network})`,
    `Set KANBAN_HOME to another folder, or ${NETWORK_ALLOWED}=1 if no other machine ever uses it`,
  );
}
