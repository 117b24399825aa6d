/**
 * Garbage collection of rows: old events of finished tasks, and the room they leave. Tasks, runs and comments are
 * never deleted.
 *
 * Files (scratch workspaces, logs) are the dispatcher's to remove; it asks here which tasks' may go.
 *
 * @module
 */
import { all, type Board, one, read, run, write } from "../store/db.ts";
import { KanbanError } from "../errors.ts";
import { latestEventId } from "../tasks/events.ts";
import { foldCounts } from "../store/counts.ts";
import { inStatus } from "../store/lanes.ts";
import { Pace } from "../store/pace.ts";
import type { WorkspaceKind } from "../schema.ts";

export interface Retention {
  retentionMs: number;
  /** Count, and change nothing. */
  dryRun?: boolean;
  /** Runs one batch as a transaction; default `write`. */
  transact?: (batch: () => number) => number;
}

/**
 * Deletes events of done and archived tasks that are older than the retention, batch by batch: of each task the
 * first ones, so that the rest is still a chain. The newest event of the board always stays: the ids after it follow
 * from it.
 *
 * Every event is looked at once, behind a cursor and outside any transaction; only what has something to delete
 * takes the write lock. An event that comes to be old meanwhile may wait for the next time, and so does a task that
 * something happens to meanwhile.
 *
 * @returns Per batch, how many were, or with `dryRun` would be, deleted; see `givingWay`.
 */
export function* eventSweep(
  board: Board,
  { retentionMs, dryRun = false, transact = (batch) => write(board, batch) }: Retention,
): Generator<number> {
  const before = board.now() - retentionMs;
  const newest = latestEventId(board);
  const pace = new Pace();
  const { wal_autocheckpoint } = one<{ wal_autocheckpoint: number }>(board, "PRAGMA wal_autocheckpoint")!;
  // Whoever fills the log empties it: others would wait for the disk at their commits.
  run(board, "PRAGMA wal_autocheckpoint = 500");
  try {
    for (let after = -1; ;) {
      const window = look(board, { after, before, newest, size: pace.size });
      if (window.last === null) return;
      const range = { after, last: window.last, newest };
      if (dryRun) yield window.old;
      else if (window.old > 0) yield pace.run(() => transact(() => deleteOld(board, range)));
      if (window.isEnd) return;
      after = window.last;
    }
  } finally {
    board.db.run(`PRAGMA wal_autocheckpoint = ${Math.trunc(wal_autocheckpoint)}`);
  }
}

/** The condition that an event may go, of those before the first that is not old. */
const MAY_GO = `e.id < $newest AND EXISTS (SELECT 1 FROM tasks t WHERE t.key = e.task_key
  AND +t.status IN ('done', 'archived') AND t.last_event_id <= $newest)`;

interface Window {
  /** Where the next events end; null after the newest. */
  last: number | null;
  /** How many of them may go. */
  old: number;
  /** The one after them is not old: the clock may have stepped back since, but ids go on. */
  isEnd: boolean;
}

function look(
  board: Board,
  { before, ...at }: { after: number; before: number; newest: number; size: number },
): Window {
  const rows = all<{ id: number; created_at: number; old: number }>(
    board,
    `SELECT e.id, e.created_at, (${MAY_GO}) AS old FROM task_events e WHERE e.id > +$after ORDER BY e.id LIMIT $size + 0`,
    at,
  );
  const end = rows.findIndex(({ created_at }) => created_at >= before);
  const looked = end === -1 ? rows : rows.slice(0, end);
  return {
    last: looked.at(-1)?.id ?? null,
    old: looked.reduce((sum, { old }) => sum + old, 0),
    isEnd: end !== -1,
  };
}

function deleteOld(board: Board, range: { after: number; last: number; newest: number }): number {
  foldCounts(board); // They are counted from the events that come after the last folding.
  const OLD = `e.id > $after AND e.id <= $last AND ${MAY_GO}`;
  run(
    board,
    `UPDATE tasks SET events = events - gone.n
     FROM (SELECT e.task_key, count(*) AS n FROM task_events e WHERE ${OLD} GROUP BY e.task_key) gone
     WHERE key = gone.task_key`,
    range,
  );
  return run(board, `DELETE FROM task_events AS e WHERE ${OLD}`, range);
}

/** The size of the database, and how much of it holds nothing. */
export function boardSize(board: Board): { bytes: number; free_bytes: number } {
  const pragma = (name: "page_size" | "page_count" | "freelist_count") => {
    const sql = {
      page_size: "PRAGMA page_size",
      page_count: "PRAGMA page_count",
      freelist_count: "PRAGMA freelist_count",
    };
    return Object.values(one<Record<string, number>>(board, sql[name])!)[0]!;
  };
  return read(board, () => {
    const page = pragma("page_size");
    return { bytes: page * pragma("page_count"), free_bytes: page * pragma("freelist_count") };
  });
}

/**
 * Writes the database anew without what was deleted, so that the disk has it back. Nothing else may have the
 * board open: it would wait for all of that time. The board is this connection's alone until it is closed.
 *
 * @throws {KanbanError} `refused` when another program has it open, or the disk has no room for a second one.
 */
export function compactBoard(board: Board): void {
  try {
    // The lock is taken with the next transaction, and fails at once while any other connection is there.
    run(board, "PRAGMA busy_timeout = 0");
    one(board, "PRAGMA locking_mode = EXCLUSIVE");
    write(board, () => {});
  } catch (error) {
    if (!(error instanceof KanbanError) || error.code !== "busy") throw error;
    throw new KanbanError(
      "refused",
      "Cannot compact the board: nothing else may have it open, another program does",
      "Stop up, daemon and serve, wait for the workers, then repeat: kanban gc --compact",
    );
  }
  run(board, "VACUUM");
  one(board, "PRAGMA wal_checkpoint(TRUNCATE)");
}

/** A workspace that gc may look at: its task is archived and no process of it is left. */
export interface AbandonedWorkspace {
  task_id: string;
  workspace_kind: WorkspaceKind;
  workspace_path: string;
  /** When something happened to the task last, at the latest: it was archived then, or before. */
  quiet_since: number;
}

/** Workspaces of archived tasks with no process left, except `dir` ones: those belong to the user. */
export function abandonedWorkspaces(board: Board): AbandonedWorkspace[] {
  return all<AbandonedWorkspace>(
    board,
    // Where gc has removed its newest event, the next one that is left was no earlier; the board's newest always is.
    `SELECT id AS task_id, workspace_kind, workspace_path,
       coalesce((SELECT created_at FROM task_events WHERE id >= coalesce(t.last_event_id, 0) ORDER BY id LIMIT 1), 0)
         AS quiet_since FROM tasks t
     WHERE ${inStatus("t", "archived")} AND workspace_kind <> 'dir'
       AND workspace_path IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM task_runs r
                       WHERE r.task_key = t.key AND r.boot_id IS NOT NULL AND r.process_gone_at IS NULL)
     ORDER BY key`,
  );
}

/** Of these tasks, the ones that are finished: their old logs may go. Unknown ids count as finished. */
export function finishedTasks(board: Board, ids: readonly string[]): string[] {
  return all<{ id: string }>(
    board,
    `SELECT i.value AS id FROM json_each($ids) i LEFT JOIN tasks t ON t.id = i.value
     WHERE t.key IS NULL OR +t.status IN ('done', 'archived')`,
    { ids: JSON.stringify(ids) },
  ).map(({ id }) => id);
}
