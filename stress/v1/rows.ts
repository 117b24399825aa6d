/**
 * The rows of version 1 as the stories hand them over, with the defaults of columns that are NOT NULL.
 *
 * @module
 */

export type Value = string | number | null;
export type Row = Record<string, Value>;
export type TableName =
  | "tasks"
  | "task_links"
  | "task_runs"
  | "task_comments"
  | "task_events"
  | "notify_subs"
  | "notify_deliveries"
  | "usage_totals"
  | "worktrees"
  | "holds"
  | "board_counts";

/** Where rows go. */
export interface Sink {
  put(table: TableName, row: Row): void;
  setPaused(by: string, at: number): void;
}

/** A task as it is created; what a version has not is left out when it is written. */
export function newTask(given: Row): Row {
  return {
    workspace_kind: "scratch",
    skills: "[]",
    priority: 0,
    review: 0,
    held: 0,
    failures: 0,
    depth: 0,
    asked: 0,
    ...given,
  };
}

/** A run as it is opened, or a zero-length one. */
export function newRun(given: Row): Row {
  return { may: "[]", ...given };
}
