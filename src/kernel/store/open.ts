/**
 * Opens the board file.
 *
 * @module
 */
import { Database } from "bun:sqlite";
import { type Board, closeBoard } from "./db.ts";
import { isCurrent } from "./migrations.ts";
import { explain } from "./sqlite_errors.ts";

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
  /** People that are known without the board, for mentions of them. */
  people?: () => Iterable<string>;
  /** Called after the board was rewritten from an older design of the tables, with the path of the copy of before. */
  upgraded?: (copy: string) => void;
}

/** The text for a person. */
export function upgradeNote(copy: string): string {
  return `The board was upgraded to the tables of this version. What it was before is in ${copy}: an older kanban can still open that, and it may be deleted. What was started before (kanban up, daemon or serve) has to be started again.`;
}

/**
 * Opens `path`, creating and migrating it if needed; twenty processes may do so at once.
 * `":memory:"` gives a board that lives as long as the process.
 *
 * @throws {KanbanError} `refused` when the file is no board, damaged, newer than this program or out
 * of reach; `busy` when it stayed locked.
 */
export function openBoard(path: string, options: OpenOptions = {}): Board {
  const {
    now = Date.now,
    actor = "kanban",
    busyMs = 5_000,
    synchronous = "NORMAL",
    upgraded = () => {},
    people = () => [],
  } = options;
  let board: Board | undefined;
  try {
    const db = new Database(path, { create: true, readwrite: true, strict: true });
    board = { db, path, now, actor, people, statements: new Map(), retries: busyMs >= 1_000 ? 3 : 0, fence: null };
    db.run(`PRAGMA busy_timeout = ${Math.trunc(busyMs)}`);
    // What makes the tables is loaded for that alone: most commands find them there.
    if (!isCurrent(db)) {
      const { migrate } = require("./migrate.ts") as typeof import("./migrate.ts");
      migrate(board, { busyMs, upgraded });
    }
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
