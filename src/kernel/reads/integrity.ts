/**
 * What `doctor` asks of the rows: whether the file is sound, and which tasks wait in vain.
 *
 * @module
 */
import { all, type Board } from "../store/db.ts";
import { inStatus } from "../store/lanes.ts";

/** Problems told at most, per kind: a damaged file has thousands. */
const TOLD_MAX = 20;

/**
 * What is wrong with the file, in sentences; empty when it is sound. It reads every page: on a board
 * of a gigabyte that takes a while.
 *
 * @throws {KanbanError} `refused` when the file is too damaged to be read at all.
 */
export function checkBoard(board: Board): string[] {
  // Each statement has a snapshot of its own: while one of them is kept the log of the board cannot be emptied.
  return [...damagedPages(board), ...danglingRows(board), ...wrongCounts(board)];
}

/** A task that waits for parents that will never release it. */
export interface StuckTask {
  id: string;
  title: string;
  /** The parents that were archived unfinished. */
  parents: string[];
}

/** Tasks in todo with a parent that was archived unfinished, oldest first. */
export function stuckTasks(board: Board, limit = 20): StuckTask[] {
  // Only what waits is looked at, lane after lane.
  const rows = all<{ id: string; title: string; parents: string }>(
    board,
    `SELECT t.id, t.title, json_group_array(p.id ORDER BY p.key) AS parents
     FROM tasks t CROSS JOIN task_links l ON l.child_key = t.key CROSS JOIN tasks p ON p.key = l.parent_key
     WHERE ${inStatus("t", "todo")}
       AND p.status = 'archived' AND p.completed_at IS NULL
     GROUP BY t.key ORDER BY t.key LIMIT $limit + 0`,
    { limit },
  );
  return rows.map((row) => ({ ...row, parents: JSON.parse(row.parents) as string[] }));
}

/** Tasks that gave up with the same error: one cause, most likely of something that they share. */
export interface GaveUpAlike {
  error: string;
  /** Oldest first. */
  ids: string[];
}

/** Errors that at least two tasks gave up with and wait for a person, the most frequent first. */
export function gaveUpAlike(board: Board, limit = 5): GaveUpAlike[] {
  // Blocked tasks alone, lane after lane.
  const rows = all<{ error: string; ids: string }>(
    board,
    `SELECT t.last_error AS error, json_group_array(t.id ORDER BY t.key) AS ids
     FROM tasks t
     WHERE ${inStatus("t", "blocked")} AND t.last_error IS NOT NULL
       AND (SELECT outcome FROM task_runs WHERE id = t.last_run_id) = 'gave_up'
     GROUP BY t.last_error HAVING count(*) > 1 ORDER BY count(*) DESC, t.last_error LIMIT $limit + 0`,
    { limit },
  );
  return rows.map(({ error, ids }) => ({ error, ids: JSON.parse(ids) as string[] }));
}

function damagedPages(board: Board): string[] {
  const rows = all<{ integrity_check: string }>(board, `PRAGMA integrity_check(${TOLD_MAX})`);
  return rows.map((row) => row.integrity_check).filter((text) => text !== "ok");
}

function danglingRows(board: Board): string[] {
  const rows = all<{ table: string; rowid: number | null; parent: string }>(board, "PRAGMA foreign_key_check");
  return rows
    .slice(0, TOLD_MAX)
    .map(({ table, rowid, parent }) => `row ${rowid ?? "(without id)"} of ${table} points to nothing in ${parent}`);
}

/** Triggers and folding keep the counters; a program that went around them did not. */
function wrongCounts(board: Board): string[] {
  const rows = all<{ assignee: string; tenant: string; status: string; counted: number; there: number }>(
    board,
    `SELECT assignee, tenant, status, sum(counted) AS counted, sum(there) AS there FROM (
       SELECT assignee, tenant, status, n AS counted, 0 AS there FROM board_counts
       UNION ALL
       SELECT coalesce(assignee, ''), coalesce(tenant, ''), status, 0, 1 FROM tasks)
     GROUP BY assignee, tenant, status HAVING sum(counted) <> sum(there) LIMIT ${TOLD_MAX}`,
  );
  return rows.map(
    ({ assignee, tenant, status, counted, there }) =>
      `the counter of ${status} tasks of "${assignee}" in "${tenant}" says ${counted}, there are ${there}`,
  );
}
