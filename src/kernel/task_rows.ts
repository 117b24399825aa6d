/**
 * Tasks as they are stored, and the way from a row to what callers see.
 *
 * @module
 */
import type { BriefTask, Run, Task } from "./schema.ts";

const COLUMNS = [
  "id",
  "title",
  "body",
  "assignee",
  "status",
  "priority",
  "tenant",
  "created_by",
  "created_at",
  "ready_at",
  "started_at",
  "completed_at",
  "workspace_kind",
  "workspace_path",
  "result",
  "idempotency_key",
  "max_runtime_seconds",
  "skills",
  "review",
  "held",
  "not_before",
  "retry_at",
  "failures",
  "last_error",
  "current_run_id",
  "depth",
  "from_task",
  "asked",
  "workflow_template_id",
  "current_step_key",
] as const satisfies (keyof Task)[];

/** What an UPDATE of tasks gives back for `withRun`. */
export const RETURNING_TASK = `RETURNING ${COLUMNS.join(", ")}`;

/** The select list and joins of a task with its open run, for `asTask`. */
export const SELECT_TASK = `SELECT ${COLUMNS.map((name) => `t.${name}`).join(", ")},
  r.claimer, r.claim_expires_at, r.pid AS worker_pid, r.last_heartbeat_at`;
/** The same without the texts that may be long; of the last error only its beginning. */
export const SELECT_BRIEF = SELECT_TASK.replace("t.body, ", "")
  .replace("t.result, ", "")
  .replace(
    "t.last_error",
    "CASE WHEN length(t.last_error) > 1000 THEN substr(t.last_error, 1, 1000) || ' …' ELSE t.last_error END AS last_error",
  );
export const FROM_TASK = "FROM tasks t LEFT JOIN task_runs r ON r.id = t.current_run_id";

/** A task as it is stored, with the columns of its open run. */
export type TaskRow = Omit<Task, "skills" | "review" | "held"> & { skills: string; review: number; held: number };

export type BriefRow = Omit<TaskRow, "body" | "result">;

/** A task as it is stored, alone. */
export type BareTaskRow = Omit<TaskRow, "claimer" | "claim_expires_at" | "worker_pid" | "last_heartbeat_at">;

/** A stored task as callers see it. */
export function asTask(row: TaskRow): Task;
export function asTask(row: BriefRow): BriefTask;
export function asTask(row: BriefRow): BriefTask {
  return { ...row, skills: JSON.parse(row.skills) as string[], review: row.review === 1, held: row.held === 1 };
}

/** A stored task as callers see it while the given run, or none, is open: without reading it again. */
export function withRun(row: BareTaskRow, run: Run | null): Task {
  return asTask({
    ...row,
    claimer: run?.claimer ?? null,
    claim_expires_at: run?.claim_expires_at ?? null,
    worker_pid: run?.pid ?? null,
    last_heartbeat_at: run?.last_heartbeat_at ?? null,
  });
}
