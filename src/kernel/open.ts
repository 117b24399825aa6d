/**
 * Opens the board file and brings its tables up to date.
 *
 * @module
 */
import { Database } from "bun:sqlite";
import { type Board, closeBoard, read, write } from "./db.ts";
import { continueRunIds } from "./events.ts";
import { countLanes } from "./lanes.ts";
import { APPLICATION_ID, FIRST_VERSION, MIGRATIONS, schemaVersion, TABLES } from "./migrations.ts";
import { explain, type FileMark, isBusy, refuseForeign } from "./sqlite_errors.ts";
import { keepCopy, OLD_VERSION_MAX, rewriteTables } from "./upgrade.ts";

export interface OpenOptions {
  now?: () => number;
  /** Who acts; default "kanban". */
  actor?: string;
  /**
   * How long a statement waits for another process's lock, in milliseconds. It blocks the whole event
   * loop: keep it at 50 or less in a process that serves others, and call through `patiently` there.
   */
  busyMs?: number;
  /** FULL survives a power cut at the price of a disk sync per commit; NORMAL survives every crash of a process. */
  synchronous?: "NORMAL" | "FULL";
  /** Called after the board was rewritten from an older design of the tables, with the path of the copy of before. */
  upgraded?: (copy: string) => void;
}

/** How long whoever opens a board waits for another process that makes its tables. */
const OPENING_MS = 5_000;

/**
 * Opens `path`, creating and migrating it if needed; twenty processes may do so at once.
 * `":memory:"` gives a board that lives as long as the process.
 *
 * @throws {KanbanError} `refused` when the file is no board, damaged, newer than this program or out
 * of reach; `busy` when it stayed locked.
 */
export function openBoard(path: string, options: OpenOptions = {}): Board {
  const { now = Date.now, actor = "kanban", busyMs = 5_000, synchronous = "NORMAL", upgraded = () => {} } = options;
  let board: Board | undefined;
  try {
    const db = new Database(path, { create: true, readwrite: true, strict: true });
    board = { db, path, now, actor, statements: new Map(), retries: busyMs >= 1_000 ? 3 : 0, fence: null };
    // Others may be making or rewriting the tables: whoever opens a board waits for that.
    db.run(`PRAGMA busy_timeout = ${Math.max(OPENING_MS, Math.trunc(busyMs))}`);
    migrate(board, upgraded);
    db.run(`PRAGMA busy_timeout = ${Math.trunc(busyMs)}`);
    db.run("PRAGMA foreign_keys = ON");
    db.run(`PRAGMA synchronous = ${synchronous === "FULL" ? "FULL" : "NORMAL"}`);
    // 16 MB: a fourth of it made the p99 of a write 20 times longer.
    db.run("PRAGMA wal_autocheckpoint = 8000");
    return board;
  } catch (error) {
    if (board !== undefined) closeUntouched(board);
    throw explain(error, `Cannot open board "${path}"`);
  }
}

/**
 * Closes a file that was refused, and leaves it as it was found. The last connection to be closed plays the
 * write-ahead log into the file and deletes it: into a damaged one, and with it what could have been saved.
 * One that only reads may not, and while it is there no other is the last.
 */
function closeUntouched(board: Board): void {
  let reader: Database | undefined;
  try {
    reader = new Database(board.path, { readonly: true });
    reader.run("PRAGMA user_version"); // It takes its lock with this, also where the answer is an error.
  } catch {
    // It has seen what we have seen.
  }
  closeBoard(board);
  reader?.close();
}

/** Creates or upgrades the schema, once, whoever comes first. */
function migrate(board: Board, upgraded: (copy: string) => void): void {
  const { db } = board;
  if (versionOf(db) === schemaVersion && idOf(db) === APPLICATION_ID) return;
  const mark = markOf(board);
  refuseForeign(board.path, mark, schemaVersion);
  // A write costs its dirty pages, so they are small. It takes effect in a file that is still empty.
  if (mark.empty) db.run("PRAGMA page_size = 2048");
  untilFree(() => db.run("PRAGMA journal_mode = WAL"));
  const copy = write(board, () => {
    const from = versionOf(db); // Again, now under the lock: another process may have been quicker.
    if (from === schemaVersion) return null;
    const kept = from > 0 && from <= OLD_VERSION_MAX ? upgrade(board) : null;
    if (from === 0) db.run(TABLES);
    for (const sql of MIGRATIONS.slice(Math.max(0, from - FIRST_VERSION))) db.run(sql);
    db.run(`PRAGMA application_id = ${APPLICATION_ID}`);
    db.run(`PRAGMA user_version = ${schemaVersion}`);
    return kept;
  });
  if (copy !== null) upgraded(copy);
}

/** Rewrites a board of the first design; returns the path of its copy. Call it inside `write`. */
function upgrade(board: Board): string {
  const copy = keepCopy(board.path);
  rewriteTables(board.db);
  countLanes(board);
  continueRunIds(board);
  return copy;
}

/** What a file says about itself, as one snapshot: of a board that is just being made it would be half of it. */
function markOf(board: Board): FileMark {
  const { db } = board;
  return read(board, () => ({
    version: versionOf(db),
    id: idOf(db),
    empty: db.query<{ n: number }, []>("SELECT count(*) AS n FROM sqlite_schema").get()!.n === 0,
  }));
}

/** Switching to WAL needs the file alone, and that one lock does not honour the busy timeout. */
function untilFree(fn: () => void): void {
  const deadline = performance.now() + 10_000;
  for (;;) {
    try {
      return fn();
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) throw error;
      Bun.sleepSync(2 + Math.random() * 8);
    }
  }
}

function versionOf(db: Database): number {
  return db.query<{ user_version: number }, []>("PRAGMA user_version").get()!.user_version;
}

function idOf(db: Database): number {
  return db.query<{ application_id: number }, []>("PRAGMA application_id").get()!.application_id;
}
