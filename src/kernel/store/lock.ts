/**
 * The lock that makes a dispatcher the only one of its board.
 *
 * A small second database is held in an open BEGIN IMMEDIATE. The operating system releases it when
 * the process dies, however it dies, so no stale lock is ever left; who holds it stands in a row that
 * was committed before, for the loser's message.
 *
 * @module
 */
import { Database } from "bun:sqlite";
import { KanbanError } from "../errors.ts";
import { codeOf, explain, isBusy } from "./sqlite_errors.ts";

export interface LockHolder {
  pid: number;
  host: string;
  started_at: number;
}

/** A held lock. Keep it reachable: a collected connection releases its locks. */
export interface Lock {
  release(): void;
}

/** Connections of held locks. A Database that nothing refers to is collected, and its lock with it. */
const held = new Set<Database>();

/**
 * Takes the lock at `path`, or says who has it (null when the holder has not signed yet).
 *
 * @throws {KanbanError} `refused` when the file cannot be a lock: not ours, damaged, or out of reach.
 */
export function acquireLock(path: string, holder: LockHolder): Lock | { heldBy: LockHolder | null } {
  let db: Database | undefined;
  try {
    db = new Database(path, { create: true, readwrite: true, strict: true });
    return take(db, holder);
  } catch (error) {
    db?.close();
    throw explainLock(error, path);
  }
}

function take(db: Database, holder: LockHolder): Lock | { heldBy: LockHolder | null } {
  // Starters of the same instant may each hold it for the moment of signing: a loser looks again
  // until the winner has signed, so that its message can name it.
  for (let tries = 0; ; tries++) {
    try {
      db.run("PRAGMA busy_timeout = 0");
      db.run("BEGIN IMMEDIATE");
      db.run("CREATE TABLE IF NOT EXISTS holder (pid INTEGER, host TEXT, started_at INTEGER)");
      db.run("DELETE FROM holder");
      db.query("INSERT INTO holder VALUES ($pid, $host, $started_at)").run({
        pid: holder.pid,
        host: holder.host,
        started_at: holder.started_at,
      });
      db.run("COMMIT");
      db.run("BEGIN IMMEDIATE");
      const seen = db.query<LockHolder, []>("SELECT pid, host, started_at FROM holder").get();
      if (seen?.pid === holder.pid && seen.host === holder.host && seen.started_at === holder.started_at) break;
      db.run("ROLLBACK"); // Somebody signed between our two transactions: it is theirs.
    } catch (error) {
      if (!isBusy(error)) throw error;
      if (db.inTransaction) db.run("ROLLBACK");
    }
    // On a busy machine the winner may be stopped in the middle of signing: give it time to.
    const heldBy = tries < 20 ? null : readHolder(db);
    if (heldBy !== null || tries >= 400) {
      db.close();
      return { heldBy };
    }
    Bun.sleepSync(2 + Math.random() * 8);
  }
  return hold(db);
}

function hold(db: Database): Lock {
  held.add(db);
  return {
    release() {
      if (!held.delete(db)) return;
      db.run("ROLLBACK");
      db.close();
    },
  };
}

/**
 * Takes the lock at `path` without signing it, or returns null when it is held. Does not wait.
 *
 * @throws {KanbanError} `refused` when the file cannot be a lock.
 */
export function tryLock(path: string): Lock | null {
  let db: Database | undefined;
  try {
    db = new Database(path, { create: true, readwrite: true, strict: true });
    db.run("PRAGMA busy_timeout = 0");
    db.run("BEGIN IMMEDIATE");
    return hold(db);
  } catch (error) {
    db?.close();
    if (isBusy(error)) return null;
    throw explainLock(error, path);
  }
}

/** Who holds the lock at `path` now, or null. The file must have been made by `acquireLock`. */
export function lockHolder(path: string): LockHolder | null {
  let db: Database;
  try {
    db = new Database(path, { create: false, readwrite: true, strict: true });
  } catch {
    return null; // No dispatcher ever ran here.
  }
  try {
    db.run("PRAGMA busy_timeout = 0");
    db.run("BEGIN IMMEDIATE");
    db.run("ROLLBACK");
    return null;
  } catch (error) {
    // A file that is no database holds no lock; `acquireLock` reports it.
    return isBusy(error) ? readHolder(db) : null;
  } finally {
    db.close();
  }
}

function explainLock(error: unknown, path: string): unknown {
  if (!/^SQLITE_(NOTADB|CORRUPT)/.test(codeOf(error))) return explain(error, `Cannot take the lock "${path}"`);
  return new KanbanError(
    "refused",
    `Cannot take the lock "${path}": it must be a lock of ours, it is another file`,
    `Remove it: it holds nothing but who dispatches. Then try again`,
  );
}

function readHolder(db: Database): LockHolder | null {
  try {
    return db.query<LockHolder, []>("SELECT pid, host, started_at FROM holder").get();
  } catch {
    return null; // Its first signature is being written.
  }
}
