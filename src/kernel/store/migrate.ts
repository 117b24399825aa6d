/**
 * Makes the tables of a new board, and brings those of an older one up to date.
 *
 * @module
 */
import { type Board, read, write } from "./db.ts";
import { continueRunIds, countLanes } from "./counts.ts";
import { APPLICATION_ID, FIRST_VERSION, MIGRATIONS, schemaVersion, versionOf, idOf } from "./migrations.ts";
import { type FileMark, isBusy, refuseForeign } from "./sqlite_errors.ts";
import { TABLES_OF_TASKS } from "./tables.ts";
import { TABLES_AROUND } from "./tables_around.ts";
import { dropCopy, OLD_VERSION_MAX, rewriteTables, underUpgrade, withCopy } from "./upgrade.ts";

/** How long an opener waits for another process that makes the tables. */
const OPENING_MS = 5_000;

/**
 * Creates or upgrades the tables of a board that is not current, once, whichever process comes first.
 *
 * @param upgraded Called with the path of the copy when the board was rewritten from an older design.
 */
export function migrate(
  board: Board,
  { busyMs, upgraded }: { busyMs: number; upgraded: (copy: string) => void },
): void {
  const { db } = board;
  db.run(`PRAGMA busy_timeout = ${Math.max(OPENING_MS, Math.trunc(busyMs))}`);
  const mark = markOf(board);
  refuseForeign(board.path, mark, schemaVersion);
  // A write costs its dirty pages, so they are small. It takes effect in a file that is still empty.
  if (mark.empty) db.run("PRAGMA page_size = 2048");
  untilFree(() => db.run("PRAGMA journal_mode = WAL"));
  let copy: string | null = null;
  try {
    write(board, () => {
      const from = versionOf(db); // Again, now under the lock: another process may have been quicker.
      if (from === schemaVersion) return;
      if (from > 0 && from <= OLD_VERSION_MAX) copy = upgrade(board);
      if (from === 0) db.run(`${TABLES_OF_TASKS}${TABLES_AROUND}`);
      for (const sql of MIGRATIONS.slice(Math.max(0, from - FIRST_VERSION))) db.run(sql);
      db.run(`PRAGMA application_id = ${APPLICATION_ID}`);
      db.run(`PRAGMA user_version = ${schemaVersion}`);
    });
  } catch (error) {
    if (copy !== null) dropCopy(copy); // The board is as it was.
    throw underUpgrade(error, board.path);
  }
  db.run(`PRAGMA busy_timeout = ${Math.trunc(busyMs)}`);
  if (copy !== null) upgraded(copy);
}

/** Rewrites a board of the first design; returns the path of its copy. Call it inside `write`. */
function upgrade(board: Board): string {
  return withCopy(board.path, () => {
    rewriteTables(board.db);
    countLanes(board);
    continueRunIds(board);
  });
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
