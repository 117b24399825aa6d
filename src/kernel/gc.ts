/**
 * Garbage collection of rows: old events of finished tasks. Tasks, runs and comments are never deleted.
 *
 * Files (scratch workspaces, logs) are the dispatcher's to remove; it asks here which tasks' may go.
 *
 * @module
 */
import { all, type Board, one, run, write } from "./db.ts";
import { inStatus } from "./lanes.ts";
import type { WorkspaceKind } from "./schema.ts";

/** Events deleted per transaction, so that a large backlog never holds the write lock for long. */
const BATCH = 5_000;

/**
 * Deletes events of done and archived tasks that are older than the retention. The newest event of the
 * board always stays: without AUTOINCREMENT its id would be given out again.
 *
 * @returns How many were, or with `dryRun` would be, deleted.
 */
export function collectEvents(
  board: Board,
  { retentionMs, dryRun = false }: { retentionMs: number; dryRun?: boolean },
): number {
  const before = board.now() - retentionMs;
  if (dryRun) {
    return one<{ n: number }>(
      board,
      `SELECT count(*) AS n FROM task_events e JOIN tasks t ON t.key = e.task_key
       WHERE e.created_at < $before AND +t.status IN ('done', 'archived')
         AND e.id < (SELECT max(id) FROM task_events)`,
      { before },
    )!.n;
  }
  let deleted = 0;
  for (;;) {
    const batch = write(board, () =>
      run(
        board,
        `DELETE FROM task_events WHERE id IN (
           SELECT e.id FROM task_events e JOIN tasks t ON t.key = e.task_key
           WHERE e.created_at < $before AND +t.status IN ('done', 'archived')
             AND e.id < (SELECT max(id) FROM task_events) LIMIT $batch + 0)`,
        { before, batch: BATCH },
      ),
    );
    deleted += batch;
    if (batch < BATCH) return deleted;
  }
}

/** A workspace that gc may look at: its task is archived and no process of it is left. */
export interface AbandonedWorkspace {
  task_id: string;
  workspace_kind: WorkspaceKind;
  workspace_path: string;
}

/** Workspaces of archived tasks with no process left, except `dir` ones: those belong to the user. */
export function abandonedWorkspaces(board: Board): AbandonedWorkspace[] {
  return all<AbandonedWorkspace>(
    board,
    `SELECT id AS task_id, workspace_kind, workspace_path FROM tasks t
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
