/**
 * Runs statements on an open board, alone or in a transaction.
 *
 * Every change goes through `write`: one BEGIN IMMEDIATE transaction, so that a check and the change
 * it allows cannot be separated by another process. Statements are literals at the place of use and
 * are prepared once per board.
 *
 * ```ts
 * const board = openBoard(":memory:");
 * const { task } = createTask(board, { title: "Translate README" });
 * assertThrows(() => write(board, () => { archiveTask(board, task.id); throw new KanbanError("refused", "no"); }), "refused");
 * if (getTask(board, task.id).status !== "ready") throw new Error("a refused write left a trace");
 * ```
 *
 * @module
 */
import type { Database, Statement } from "bun:sqlite";
import { KanbanError } from "../errors.ts";
import { codeOf, explain, isBusy } from "./sqlite_errors.ts";

/** An open board. Made by `openBoard`, shared by reference, closed once. */
export interface Board {
  readonly db: Database;
  readonly path: string;
  /** Milliseconds since the epoch. Tests pass a clock they move by hand. */
  readonly now: () => number;
  /** Who acts: every event is signed with it. */
  readonly actor: string;
  readonly statements: Map<string, Statement>;
  /** People that are known without the board; asked for only where a text may mention one. */
  readonly people: () => Iterable<string>;
  /** How often BEGIN is tried again after the busy timeout ran out. */
  readonly retries: number;
  /** Set for a worker's board: it is written to inside `underRun` alone. Null for everybody else's. */
  readonly fence: { inside: boolean } | null;
  /** The act that the events written through this board belong to, by its first event; see `asOneAct`. */
  readonly act?: ActMark;
}

/** What ties the events of one act together, in however many transactions. */
export interface ActMark {
  first: number | null;
  /** What is done now takes this event back. */
  undoes?: number | undefined;
}

export type Params = Record<string, string | number | null>;

const READING = "Cannot read the board";
const WRITING = "Cannot write to the board";

/** Releases the file. Statements are finalised first: a prepared one would keep the locks until collected. */
export function closeBoard(board: Board): void {
  for (const statement of board.statements.values()) statement.finalize();
  board.statements.clear();
  board.db.close();
}

/** The same board with another name under its events. */
export function asActor(board: Board, actor: string): Board {
  return { ...board, actor };
}

/** The same board for a worker that acts under this name: a write outside `underRun` is a bug, and throws. */
export function asWorker(board: Board, actor: string): Board {
  return { ...board, actor, fence: { inside: false } };
}

/** The same board for one act: what is done through it, and through others with its mark, is undone together. */
export function asOneAct(board: Board, act: ActMark = board.act ?? { first: null }): Board & { readonly act: ActMark } {
  return { ...board, act };
}

/**
 * Runs `fn` as one BEGIN IMMEDIATE transaction; inside another `write` it joins that one.
 *
 * @throws {KanbanError} `busy` when another process kept the lock; `refused` when the file cannot be written.
 * @throws {TypeError} when `fn` is async, or the board is a worker's and its run was not checked; then
 * nothing has changed.
 */
export function write<T>(board: Board, fn: () => T): T {
  if (board.fence?.inside === false) throw new TypeError("Cannot write: a worker's board is written to under its run");
  if (board.db.inTransaction) return atOnce(fn);
  begin(board);
  const first = board.act?.first ?? null;
  try {
    return finish(board, fn, WRITING);
  } catch (error) {
    if (board.act !== undefined) board.act.first = first; // The next event gets the id of the one that is gone.
    throw error;
  }
}

/** Runs `fn` against one unchanging snapshot; point reads are six times cheaper inside. */
export function read<T>(board: Board, fn: () => T): T {
  if (board.db.inTransaction) return atOnce(fn);
  prepare(board, "BEGIN").run();
  return finish(board, fn, READING);
}

/**
 * Calls `fn` until the board is not busy, giving the event loop back in between.
 *
 * @param options.deadlineMs How long to go on trying; default 10,000.
 * @throws {KanbanError} whatever `fn` throws, `busy` only after the deadline.
 */
export async function patiently<T>(fn: () => T, { deadlineMs = 10_000 } = {}): Promise<T> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    try {
      return fn();
    } catch (error) {
      if (!(error instanceof KanbanError) || error.code !== "busy" || performance.now() >= deadline) throw error;
      await new Promise((done) => setTimeout(done, 5 + Math.random() * 20));
    }
  }
}

/** A number that changes when another connection commits. This board's own commits do not move it. */
export function dataVersion(board: Board): number {
  return one<{ data_version: number }>(board, "PRAGMA data_version")!.data_version;
}

/**
 * Writes a consistent copy of the board to `path`, which must not exist.
 *
 * @throws {KanbanError} `refused` when the copy cannot be written.
 */
export function backupBoard(board: Board, path: string): void {
  try {
    prepare(board, "VACUUM INTO $path").run({ path });
  } catch (error) {
    // SQLite says that the file exists, or that what is there is no database: both mean the same here.
    const taken = codeOf(error) === "SQLITE_NOTADB" || /already exists/.test(String(error));
    if (!taken) throw explain(error, `Cannot back up to "${path}"`);
    throw new KanbanError(
      "refused",
      `Cannot back up to "${path}": the file must not exist yet, it does`,
      "Choose another name",
    );
  }
}

/** First row of a statement, or null. */
export function one<Row>(board: Board, sql: string, params: Params = {}): Row | null {
  return attempt(READING, () => prepare(board, sql).get(params) as Row | null);
}

/** Every row of a statement. */
export function all<Row>(board: Board, sql: string, params: Params = {}): Row[] {
  return attempt(READING, () => prepare(board, sql).all(params) as Row[]);
}

/** The rows of a statement one by one, for results that memory should not hold. Call it inside `read`. */
export function* each<Row>(board: Board, sql: string, params: Params = {}): Generator<Row> {
  const statement = board.db.prepare(sql); // Not kept: a walk that is given up would leave it half done.
  try {
    for (const row of statement.iterate(params)) yield row as Row;
  } catch (error) {
    throw explain(error, READING);
  } finally {
    statement.finalize();
  }
}

/** Runs a statement and returns how many rows it changed. */
export function run(board: Board, sql: string, params: Params = {}): number {
  return attempt(WRITING, () => prepare(board, sql).run(params).changes);
}

/** Inserts one row and returns its integer key. */
export function insert(board: Board, sql: string, params: Params): number {
  return attempt(WRITING, () => Number(prepare(board, sql).run(params).lastInsertRowid));
}

/**
 * `db.query` keeps only a few statements and `db.prepare` none; the kernel's SQL is a finite set of literals.
 *
 * SQLite plans a statement anew at each use when its planner has peeked at a bare parameter: in a join
 * (6 µs and more for a point read of 0.6 µs) and in LIMIT (a column of cards took twice as long). It
 * does not peek into an expression: that is what `= +$id` and `LIMIT $limit + 0` are for.
 */
function prepare(board: Board, sql: string): Statement {
  let statement = board.statements.get(sql);
  if (statement === undefined) board.statements.set(sql, (statement = board.db.prepare(sql)));
  return statement;
}

function attempt<T>(act: string, fn: () => T): T {
  try {
    return fn();
  } catch (error) {
    throw explain(error, act);
  }
}

function begin(board: Board): void {
  for (let tries = 0; ; tries++) {
    try {
      prepare(board, "BEGIN IMMEDIATE").run();
      return;
    } catch (error) {
      if (!isBusy(error) || tries >= board.retries) throw explain(error, WRITING);
    }
  }
}

function finish<T>(board: Board, fn: () => T, act: string): T {
  try {
    const result = atOnce(fn);
    prepare(board, "COMMIT").run();
    return result;
  } catch (error) {
    // SQLite itself rolls back after some errors (disk full); then there is nothing left to undo.
    if (board.db.inTransaction) prepare(board, "ROLLBACK").run();
    throw explain(error, act);
  }
}

/** An async function would have committed before its first await, and gone on outside any transaction. */
function atOnce<T>(fn: () => T): T {
  const result = fn();
  if (result instanceof Promise) throw new TypeError("Cannot run a transaction: it must end at once, it is async");
  return result;
}
