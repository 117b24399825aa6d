/**
 * Tasks as they are stored, and the way from a row to what callers see.
 *
 * @module
 */
import { type Board, one } from "../store/db.ts";
import { noSuchTask } from "../store/ids.ts";
import { FIELD_COLUMNS, type FieldName } from "../fields.ts";
import type { BriefTask, Task } from "../schema.ts";

/** The columns of a task that callers see, with what is selected for each. */
const COLUMNS = {
  id: "t.id",
  title: "t.title",
  body: "(SELECT body FROM task_bodies WHERE task_key = t.key)",
  assignee: "t.assignee",
  status: "t.status",
  created_by: "t.created_by",
  created_at: "t.created_at",
  ready_at: "t.ready_at",
  started_at: "t.started_at",
  completed_at: "t.completed_at",
  workspace_kind: "t.workspace_kind",
  workspace_path: "t.workspace_path",
  result: "(SELECT result FROM task_results WHERE task_key = t.key)",
  idempotency_key: "t.idempotency_key",
  held: "t.held",
  retry_at: "t.retry_at",
  failures: "t.failures",
  last_error: "t.last_error",
  current_run_id: "t.current_run_id",
  depth: "t.depth",
  from_task: "t.from_task",
  asked: "t.asked",
  ...(Object.fromEntries(FIELD_COLUMNS.map((name) => [name, `t.${name}`])) as Record<
    Exclude<FieldName, "body">,
    string
  >),
  claimer: "t.run_claimer",
  claim_expires_at: "t.run_claim_expires_at",
  worker_pid: "t.run_pid",
  last_heartbeat_at: "t.run_last_heartbeat_at",
  last_event_id: "coalesce(t.last_event_id, 0)",
} as const satisfies Record<keyof Task, string>;

type Column = keyof typeof COLUMNS;

/** The result and the body of a task `t`, which stand in tables of their own. */
export const { body: BODY, result: RESULT } = COLUMNS;

function selectList(without: readonly Column[] = [], instead: Partial<Record<Column, string>> = {}): string {
  const names = (Object.keys(COLUMNS) as Column[]).filter((name) => !without.includes(name));
  return names.map((name) => `${instead[name] ?? COLUMNS[name]} AS ${name}`).join(", ");
}

/** The select list of a task `t`, for `asTask`. */
export const SELECT_TASK = `SELECT ${selectList()}`;
/** The same without the texts that may be long; of the last error only its beginning. */
export const SELECT_BRIEF = `SELECT ${selectList(["body", "result"], {
  last_error: "CASE WHEN length(t.last_error) > 1000 THEN substr(t.last_error, 1, 1000) || ' …' ELSE t.last_error END",
})}`;
/** The same without the body alone. */
export const SELECT_BODILESS = `SELECT ${selectList(["body"])}`;

/** A task as it is stored, with the columns of its open run. */
export type TaskRow = Omit<Task, "skills" | "review" | "held"> & { skills: string; review: number; held: number };

export type BriefRow = Omit<TaskRow, "body" | "result">;

/** A task as it is stored, with its key. */
export type KeyedRow = TaskRow & { key: number };

const SELECT_KEYED = `${SELECT_TASK}, t.key FROM tasks t`;
const KEYED_BY_ID = `${SELECT_KEYED} WHERE t.id = +$id`;
const KEYED_BY_KEY = `${SELECT_KEYED} WHERE t.key = +$key`;

/**
 * Reads a task as it is stored, as a verb does before it changes one.
 *
 * @param act What fails without it, for the message: "comment on".
 * @throws {KanbanError} `not_found`.
 */
export function stateOf(board: Board, id: string, act: string): KeyedRow {
  const row = one<KeyedRow>(board, KEYED_BY_ID, { id });
  if (row === null) throw noSuchTask(act, id);
  return row;
}

/** The same for a task whose key was found a moment ago. */
export function stateAt(board: Board, key: number): KeyedRow {
  return one<KeyedRow>(board, KEYED_BY_KEY, { key })!;
}

/** A stored task as callers see it. */
export function asTask(row: TaskRow): Task;
export function asTask(row: BriefRow): BriefTask;
export function asTask(row: BriefRow): BriefTask {
  return { ...row, skills: JSON.parse(row.skills) as string[], review: row.review === 1, held: row.held === 1 };
}

/** A task whose row is at hand, without reading it again. */
export function taskOf(row: KeyedRow): Task {
  // Taken out by a rest pattern, the others would be copied name by name: ten times as long.
  const task: Task & { key?: number } = asTask(row);
  delete task.key;
  return task;
}

/**
 * A task by its full id.
 *
 * @throws {KanbanError} `not_found`.
 */
export function getTask(board: Board, id: string): Task {
  const row = one<TaskRow>(board, `${SELECT_TASK} FROM tasks t WHERE t.id = +$id`, { id });
  if (row === null) throw noSuchTask("find", id);
  return asTask(row);
}
