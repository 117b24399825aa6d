/**
 * Reading one task with everything about it.
 *
 * @module
 */
import { listComments } from "../tasks/comments.ts";
import { type Board, one, read } from "../store/db.ts";
import { type Event, taskEvents } from "../tasks/events.ts";
import { neighbours, type Relative } from "./relatives.ts";
import { listRuns } from "../tasks/runs.ts";
import type { Comment, Run, Task } from "../schema.ts";
import { getTask } from "../tasks/task_rows.ts";

/** A task and everything about it that a page shows; newest entries, oldest first. */
export interface TaskPage {
  task: Task;
  parents: Relative[];
  children: Relative[];
  comments: Comment[];
  events: Event[];
  runs: Run[];
  /** How many there are of each, so that a page can say what it leaves out. */
  totals: {
    comments: number;
    events: number;
    runs: number;
    parents: number;
    unfinished_parents: number;
    children: number;
  };
}

/**
 * Reads a task with its neighbours, comments, events and runs from one snapshot.
 *
 * @param limits Newest entries of each kind; default 50 events, 50 runs, 100 comments; and of the oldest parents and
 * children, default 100 of each.
 * @throws {KanbanError} `not_found`.
 */
export function showTask(
  board: Board,
  id: string,
  limits: { events?: number; runs?: number; comments?: number; relatives?: number } = {},
): TaskPage {
  return read(board, () => {
    const task = getTask(board, id);
    return {
      task,
      parents: neighbours(board, id, "parents", { limit: limits.relatives ?? 100 }),
      children: neighbours(board, id, "children", { limit: limits.relatives ?? 100 }),
      comments: listComments(board, id, { limit: limits.comments ?? 100 }),
      events: taskEvents(board, id, { limit: limits.events ?? 50 }),
      runs: listRuns(board, id, { limit: limits.runs ?? 50 }),
      totals: totalsOf(board, id),
    };
  });
}

function totalsOf(board: Board, id: string): TaskPage["totals"] {
  return one<TaskPage["totals"]>(
    board,
    `SELECT (SELECT count(*) FROM task_comments WHERE task_key = t.key) AS comments,
       t.events,
       t.runs + (t.current_run_id IS NOT NULL) AS runs,
       (SELECT count(*) FROM task_links WHERE child_key = t.key) AS parents,
       (SELECT count(*) FROM task_links l JOIN tasks p ON p.key = l.parent_key
        WHERE l.child_key = t.key AND p.completed_at IS NULL) AS unfinished_parents,
       (SELECT count(*) FROM task_links WHERE parent_key = t.key) AS children
     FROM tasks t WHERE t.id = $id`,
    { id },
  )!;
}
