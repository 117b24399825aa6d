/**
 * Which tasks share a place to work in.
 *
 * A worktree has one set of files and one branch, so two tasks never work in it at once: the second is not
 * startable while another task has an open run there, or a closed one whose processes may still be at work.
 * A folder of the user's may be shared on purpose; the creator of a second task for it gets a warning.
 *
 * Paths are compared as they are stored, see `checkWorkspace`.
 *
 * @module
 */
import { type Board, one } from "../store/db.ts";
import { KanbanError } from "../errors.ts";
import type { Task } from "../schema.ts";

/**
 * The condition that no task works in the worktree of a task `t`, as part of a WHERE clause. Only tasks
 * that name a worktree pay for it: with one look into the running ones of that path, and one at the
 * processes that may live, as many as there are workers.
 */
export const WORKTREE_IS_FREE = `(t.workspace_kind <> 'worktree' OR t.workspace_path IS NULL OR (
  NOT EXISTS (SELECT 1 FROM tasks w
              WHERE w.workspace_path = t.workspace_path AND w.workspace_kind = 'worktree' AND w.status = 'running')
  AND NOT EXISTS (SELECT 1 FROM task_runs o INDEXED BY task_runs_process JOIN tasks w ON w.key = o.task_key
                  WHERE o.boot_id IS NOT NULL AND o.process_gone_at IS NULL
                    AND w.workspace_path = t.workspace_path AND w.workspace_kind = 'worktree')))`;

/** Who works in the worktree of a task. */
export interface WorktreeUser {
  task_id: string;
  run_id: number;
  path: string;
}

/** Another task that works in the worktree of this one, or whose processes may; null when it is free. */
export function worktreeUser(board: Board, id: string): WorktreeUser | null {
  return one<WorktreeUser>(
    board,
    `SELECT w.id AS task_id, w.current_run_id AS run_id, w.workspace_path AS path
     FROM tasks t CROSS JOIN tasks w ON w.workspace_path = t.workspace_path
     WHERE t.id = +$id AND t.workspace_kind = 'worktree'
       AND w.workspace_kind = 'worktree' AND w.status = 'running' AND w.key <> t.key
     UNION ALL
     SELECT w.id, o.id, w.workspace_path
     FROM tasks t CROSS JOIN task_runs o INDEXED BY task_runs_process CROSS JOIN tasks w ON w.key = o.task_key
     WHERE t.id = +$id AND t.workspace_kind = 'worktree' AND o.boot_id IS NOT NULL AND o.process_gone_at IS NULL
       AND w.workspace_path = t.workspace_path AND w.workspace_kind = 'worktree' AND w.key <> t.key
     LIMIT 1`,
    { id },
  );
}

/** @throws {KanbanError} `conflict` while another task works in the worktree of this one. */
export function requireFreeWorktree(board: Board, id: string): void {
  const user = worktreeUser(board, id);
  if (user === null) return;
  throw new KanbanError(
    "conflict",
    `Cannot claim task "${id}": its worktree "${user.path}" must be free, task "${user.task_id}" works in it under run ${user.run_id}`,
    `Wait for that one, or choose another: kanban edit ${id} --workspace worktree:/path`,
  );
}

/**
 * Another unfinished task that works, or will work, in the same folder of the user's at the same time: one of
 * which neither waits for the other. Null if none.
 */
export function folderSharer(board: Board, { id, workspace_kind, workspace_path }: Task): string | null {
  if (workspace_kind !== "dir") return null;
  // Walks what depends on this task and what it depends on: as small as its plan.
  const row = one<{ id: string }>(
    board,
    `WITH RECURSIVE above (key) AS (
       SELECT key FROM tasks WHERE id = +$id
       UNION SELECT l.parent_key FROM above JOIN task_links l ON l.child_key = above.key
     ), below (key) AS (
       SELECT key FROM tasks WHERE id = +$id
       UNION SELECT l.child_key FROM below JOIN task_links l ON l.parent_key = below.key
     )
     SELECT id FROM tasks
     WHERE workspace_path = $path AND workspace_kind = 'dir' AND status NOT IN ('done', 'archived')
       AND key NOT IN (SELECT key FROM above) AND key NOT IN (SELECT key FROM below)
     ORDER BY key LIMIT 1`,
    { id, path: workspace_path },
  );
  return row?.id ?? null;
}
