/**
 * Runs: attempts at tasks. Reading them, and what is kept about them.
 *
 * A run is opened by a claim and ended exactly once, with an outcome, both by `transition`. While it is open it is
 * part of its task's row; then it is a row of `task_runs`, for good. So its id is never reused and can serve as a
 * fencing token.
 *
 * @module
 */
import { all, type Board, one, run, write } from "../store/db.ts";
import { KanbanError } from "../errors.ts";
import { invalid, optionalName, requireObject } from "../input.ts";
import { inStatus } from "../store/lanes.ts";
import { RUN_COLUMNS_SHARED } from "../store/run_columns.ts";
import type { JsonObject, Run } from "../schema.ts";

type SharedColumn = (typeof RUN_COLUMNS_SHARED)[number];

/** What a run has when it ended. */
const ENDED = ["ended_at", "outcome", "summary", "metadata", "error", "silent_seconds"] as const;

/** The select list of an ended run `r` of a task `t`, for `asRun`. */
export const ENDED_RUN = `r.id, t.id AS task_id, ${[...RUN_COLUMNS_SHARED, ...ENDED].map((name) => `r.${name}`).join(", ")}`;

/** The select list of the open run of a task `t`, for `asRun`. */
export const OPEN_RUN = `t.current_run_id AS id, t.id AS task_id,
  ${RUN_COLUMNS_SHARED.map((name) => `t.run_${name} AS ${name}`).join(", ")},
  ${ENDED.map((name) => `NULL AS ${name}`).join(", ")}`;

/** The condition that a task `t` has an open run. */
export const HAS_OPEN_RUN = inStatus("t", "running");

/**
 * A query for the ids of a task's ended runs, newest first, for a statement in which the task has this alias. A WHERE
 * over the columns of `o`, a run, and a LIMIT may follow: no more of the chain is read than they take.
 */
export function runChain(task: string): string {
  return `WITH RECURSIVE chain (id, prev_id) AS (
    SELECT id, prev_id FROM task_runs WHERE id = ${task}.last_run_id
    UNION ALL SELECT p.id, p.prev_id FROM chain c JOIN task_runs p ON p.id = c.prev_id
  ) SELECT o.id FROM chain JOIN task_runs o ON o.id = chain.id`;
}

/** The summary of the newest ended run of a task that left one. */
export function latestSummary(task: string): string {
  return `(SELECT summary FROM task_runs WHERE id = (${runChain(task)} WHERE o.summary IS NOT NULL LIMIT 1))`;
}

/** The id of the newest completed run of a task. */
export function latestCompleted(task: string): string {
  return `(${runChain(task)} WHERE o.outcome = 'completed' LIMIT 1)`;
}

/** The newest runs of a task, oldest first. `before` pages back: only runs with a smaller id. */
export function listRuns(board: Board, taskId: string, page: { limit?: number; before?: number } = {}): Run[] {
  const { limit = 1_000_000, before = Number.MAX_SAFE_INTEGER } = page;
  const open = one<RunRow>(
    board,
    `SELECT ${OPEN_RUN} FROM tasks t WHERE t.id = +$taskId AND t.current_run_id < $before`,
    { taskId, before },
  );
  const ended = all<RunRow>(
    board,
    `SELECT ${ENDED_RUN} FROM tasks t JOIN task_runs r ON r.id IN (${runChain("t")} WHERE o.id < $before LIMIT $limit + 0)
     WHERE t.id = +$taskId ORDER BY r.id`,
    { taskId, before, limit: limit - (open === null ? 0 : 1) },
  );
  return [...ended, ...(open === null || limit < 1 ? [] : [open])].map(asRun);
}

/** A run by its id, or null. Given its task, an open one is found without reading those of other tasks. */
export function getRun(board: Board, runId: number, taskId?: string): Run | null {
  const row =
    (taskId === undefined
      ? null
      : one<RunRow>(board, `SELECT ${OPEN_RUN} FROM tasks t WHERE t.id = +$taskId AND t.current_run_id = $runId`, {
          taskId,
          runId,
        })) ??
    one<RunRow>(board, `SELECT ${ENDED_RUN} FROM task_runs r JOIN tasks t ON t.key = r.task_key WHERE r.id = +$runId`, {
      runId,
    }) ??
    one<RunRow>(board, `SELECT ${OPEN_RUN} FROM tasks t WHERE ${HAS_OPEN_RUN} AND t.current_run_id = +$runId`, {
      runId,
    });
  return row && asRun(row);
}

/** A run with what a list of runs shows of its task. */
export interface ListedRun extends Run {
  title: string;
  assignee: string | null;
}

/** The newest ended runs of any task, newest first; among the board's newest 20,000 runs. */
export function recentRuns(board: Board, { limit = 50 }: { limit?: number } = {}): ListedRun[] {
  return all<RunRow & { title: string; assignee: string | null }>(
    board,
    `SELECT ${ENDED_RUN}, t.title, t.assignee FROM task_runs r JOIN tasks t ON t.key = r.task_key
     WHERE r.id > (SELECT coalesce(max(id), 0) FROM task_runs) - 20000
     ORDER BY r.id DESC LIMIT $limit + 0`,
    { limit },
  ).map(asRun);
}

/** Which attempt at its task a run is, from 1; 0 when there is no such run. */
export function attemptOf(board: Board, runId: number): number {
  const row =
    one<{ attempt: number }>(board, "SELECT attempt FROM task_runs WHERE id = $runId", { runId }) ??
    one<{ attempt: number }>(
      board,
      `SELECT t.runs + 1 AS attempt FROM tasks t WHERE ${HAS_OPEN_RUN} AND t.current_run_id = +$runId`,
      { runId },
    );
  return row?.attempt ?? 0;
}

/**
 * Changes a run in the table that stores it; call it inside `write`.
 *
 * @param set Assignments in terms of the run's columns, each written as `{name}`.
 * @param where A further condition, in the same terms.
 */
export function updateRun(
  board: Board,
  runId: number,
  { set, where = "true" }: { set: string; where?: string },
  params: Record<string, string | number | null> = {},
): void {
  const given = { ...params, runId };
  const named = (sql: string, prefix: string) =>
    sql.replace(/\{(\w+)\}/g, (_, name: SharedColumn) => `${prefix}${name}`);
  const open = run(
    board,
    `UPDATE tasks AS t SET ${named(set, "run_")}
     WHERE ${HAS_OPEN_RUN} AND current_run_id = $runId AND (${named(where, "run_")})`,
    given,
  );
  if (open === 0) {
    run(board, `UPDATE task_runs SET ${named(set, "")} WHERE id = $runId AND (${named(where, "")})`, given);
  }
}

/** Most names in one report of usage: each one is a row of the sums for good. */
const USAGE_NAMES_MAX = 100;

/**
 * Keeps what the agent reported about a run; a later report replaces the fields it names. The sums
 * over all runs change by the difference, so that reading them never walks the runs.
 *
 * @throws {KanbanError} `not_found`; `invalid` when usage is no JSON object.
 */
export function recordUsage(
  board: Board,
  runId: number,
  report: { usage?: JsonObject | null; session_id?: string | null },
): void {
  const { usage, sessionId } = requireUsage(report);
  write(board, () => {
    const known = getRun(board, runId);
    if (known === null) throw new KanbanError("not_found", `Cannot record the usage of run ${runId}: no such run`);
    const merged = usage === null ? known.usage : { ...known.usage, ...usage };
    updateRun(
      board,
      runId,
      { set: "{usage} = $usage, {session_id} = coalesce($sessionId, {session_id})" },
      { usage: merged === null ? null : JSON.stringify(merged), sessionId },
    );
    if (usage !== null) addToTotals(board, known.usage, usage);
  });
}

/**
 * What an agent reported, if the board takes it.
 *
 * @throws {KanbanError} `invalid` when usage is no JSON object or has too many names, or the session is no name.
 */
export function requireUsage(report: { usage?: JsonObject | null; session_id?: string | null }) {
  const usage = report.usage == null ? null : requireObject(report.usage, "usage");
  if (Object.keys(usage ?? {}).length > USAGE_NAMES_MAX) {
    throw invalid("usage", `at most ${USAGE_NAMES_MAX} names`, `${Object.keys(usage!).length}`);
  }
  return { usage, sessionId: optionalName(report.session_id, "session_id") };
}

/** Counts what a run reported towards the sums; `known` is what had been counted of it. Call it inside `write`. */
export function addToTotals(board: Board, known: JsonObject | null, usage: JsonObject): void {
  if (known === null) addTotal(board, "", 1);
  for (const [name, value] of Object.entries(usage)) {
    const difference = countable(value) - countable(known?.[name]);
    if (name !== "" && difference !== 0) addTotal(board, name, difference);
  }
}

/** What a reported value adds to the sums: nothing unless it is a number, and never beyond measure. */
function countable(value: unknown): number {
  return typeof value === "number" ? Math.min(1e30, Math.max(-1e30, value)) : 0;
}

function addTotal(board: Board, name: string, difference: number): void {
  run(
    board,
    "INSERT INTO usage_totals (name, total) VALUES ($name, $difference) ON CONFLICT DO UPDATE SET total = total + $difference",
    { name, difference },
  );
}

/** A run as it is stored; JSON columns are text. */
export type RunRow = Omit<Run, ParsedColumn> & { metadata: string | null; usage: string | null; may: string };
type ParsedColumn = "metadata" | "usage" | "may";

/** A stored run as callers see it. */
export function asRun<Row extends RunRow>(row: Row): Omit<Row, ParsedColumn> & Pick<Run, ParsedColumn> {
  const parse = (text: string | null) => (text === null ? null : (JSON.parse(text) as JsonObject));
  const may = row.may === "[]" ? [] : (JSON.parse(row.may) as string[]);
  return { ...row, metadata: parse(row.metadata), usage: parse(row.usage), may };
}
