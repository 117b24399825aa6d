/**
 * What an imported record must be beside the others, where no CHECK of the schema can see it.
 *
 * A record is judged against those above it as it comes in; what refers forward, and what only the
 * whole tells, is looked at before the commit.
 *
 * @module
 */
import { all, type Board, each, one } from "../store/db.ts";
import { KanbanError } from "../errors.ts";
import type { KindName, StoredRow } from "./records.ts";
import { PROGRAM_NAMES } from "../store/known_names.ts";
import { inStatus } from "../store/lanes.ts";
import { getRun } from "../tasks/runs.ts";

/** What is wrong with a row in words, needed and found; null when it fits the rows above it. */
export function misfit(board: Board, kind: KindName, row: StoredRow): [needed: string, found: string] | null {
  if (kind === "task") return unlikelyTask(row) ?? strangeOrigin(board, row);
  if (kind === "run" && row["ended_at"] === null) return unlikelyOpenRun(board, row);
  if (kind === "event" && row["run_id"] !== null) {
    const { run_id, task_id } = row as { run_id: number; task_id: string };
    if (getRun(board, run_id, task_id)?.task_id !== task_id)
      return [`an event of a run of ${task_id} above it`, `run ${run_id}`];
  }
  if (kind === "known_name" && row["acts_as"] === "person" && PROGRAM_NAMES.has(`${row["name"]}`))
    return ["a person whose name no program signs with", `${row["name"]}`];
  if (kind === "delivery") {
    const { sub_id } = row as { sub_id: number };
    const sub = one(board, "SELECT 1 FROM notify_subs WHERE id = $sub_id", { sub_id });
    if (sub === null) return ["a delivery of a subscription above it", `${sub_id}`];
  }
  return null;
}

/** What only an ended run has. */
const OF_ENDED = ["outcome", "summary", "metadata", "error", "silent_seconds"];

function unlikelyOpenRun(board: Board, row: StoredRow): [string, string] | null {
  if (row["ttl_seconds"] === 0) return ["an open run with a lease", "a ttl_seconds of 0"];
  const early = OF_ENDED.find((column) => (row[column] ?? null) !== null);
  if (early !== undefined) return [`an open run without ${early}`, `${row[early]}`.slice(0, 80)];
  const { id, task_id } = row as { id: number; task_id: string };
  const task = one<{ current_run_id: number | null }>(board, "SELECT current_run_id FROM tasks WHERE id = $task_id", {
    task_id,
  });
  if (task === null || task.current_run_id === id) return null;
  return [`the open run that ${task_id} points at`, `run ${id}`];
}

/** Columns that follow from the status: the verbs keep them so, and rely on it. */
function unlikelyTask({ status, started_at, retry_at, failures }: StoredRow): [string, string] | null {
  if (status === "running" && started_at === null) return ["a running task with a started_at", "null"];
  if (status !== "ready" && retry_at !== null) return ["a task that backs off only while it is ready", `${status}`];
  if ((status === "done" || status === "review") && failures !== 0) {
    return [`a task without failures when it is in ${status}`, `${failures}`];
  }
  return null;
}

/** No reference of the schema holds this one: it would have all tasks walked at each insert of one. */
function strangeOrigin(board: Board, row: StoredRow): [string, string] | null {
  const from_task = row["from_task"] ?? null;
  if (from_task === null || one(board, "SELECT 1 FROM tasks WHERE id = $from_task", { from_task })) return null;
  return ["a task that was created under a task above it", `${from_task}`];
}

/**
 * Looks at what rows promise each other.
 *
 * @param lines The line that each task came from, in the order in which they came in.
 * @throws {KanbanError} `invalid`, naming a task and its line, or a table.
 */
export function checkWhole(board: Board, lines: readonly number[]): void {
  const refuse = (needed: string, { id, nth }: NamedTask, found: string) =>
    broken(needed, `task ${id} (line ${lines[nth - 1]}), ${found}`);
  const torn = one<NamedTask>(
    board,
    `SELECT id, key AS nth FROM tasks t WHERE ${inStatus("t", "running")} AND run_claimer IS NULL LIMIT 1`,
  );
  if (torn !== null) throw refuse("whole", torn, "which does not point at its open run");
  const loose = one<{ table: string }>(board, `SELECT "table" FROM pragma_foreign_key_check LIMIT 1`);
  if (loose !== null) throw broken("whole", `a row of ${loose.table} that refers to one that is not there`);
  const idle = one<NamedTask>(
    board,
    // Promotion looks at the children of what changes: this one would never be looked at.
    `SELECT t.id, t.key AS nth FROM tasks t
     WHERE ${inStatus("t", "todo")} AND t.held = 0 AND t.not_before IS NULL
       AND NOT EXISTS (SELECT 1 FROM task_links l JOIN tasks p ON p.key = l.parent_key
                       WHERE l.child_key = t.key AND p.completed_at IS NULL) LIMIT 1`,
  );
  if (idle !== null) throw refuse("without tasks that wait for nothing", idle, "in todo and not held");
  const cyclic = onCycle(board);
  if (cyclic !== null) throw refuse("without cycles", cyclic, "which waits for itself");
}

/** A task and which one it was of those that came in: an empty board counts its keys from 1. */
interface NamedTask {
  id: string;
  nth: number;
}

function broken(needed: string, found: string): KanbanError {
  return new KanbanError(
    "invalid",
    `Cannot import: the export must be ${needed}, got ${found}`,
    "Nothing was imported",
  );
}

/**
 * A task on a cycle of links, or null. Removes tasks that wait for none, until none is left to remove; what is
 * left has a cycle above it. Four bytes per task, however many links there are.
 */
function onCycle(board: Board): NamedTask | null {
  const { size } = one<{ size: number }>(board, "SELECT coalesce(max(key), 0) + 1 AS size FROM tasks")!;
  const waits = new Int32Array(size);
  for (const { child } of each<{ child: number }>(board, "SELECT child_key AS child FROM task_links")) waits[child]!++;
  const free: number[] = [];
  for (let key = 1; key < size; key++) if (waits[key] === 0) free.push(key);
  for (let key = free.pop(); key !== undefined; key = free.pop()) {
    for (const child of ends(board, "SELECT child_key AS end FROM task_links WHERE parent_key = $key", key)) {
      if (--waits[child]! === 0) free.push(child);
    }
  }
  let key = waits.findIndex((left) => left > 0);
  if (key === -1) return null;
  // Upwards through what is left, until a task comes again: that one waits for itself.
  for (const seen = new Set<number>(); !seen.has(key);) {
    seen.add(key);
    const parents = ends(board, "SELECT parent_key AS end FROM task_links WHERE child_key = $key", key);
    key = parents.find((parent) => waits[parent]! > 0)!;
  }
  return one<NamedTask>(board, "SELECT id, key AS nth FROM tasks WHERE key = $key", { key });
}

function ends(board: Board, sql: string, key: number): number[] {
  return all<{ end: number }>(board, sql, { key }).map(({ end }) => end);
}
