/**
 * Runs: the rows of attempts. Opening, closing and reading them.
 *
 * A run is opened by a claim and closed exactly once, with an outcome. Runs are never deleted, so
 * their ids are never reused and can serve as fencing tokens.
 *
 * @module
 */
import { all, type Board, insert, one, run, write } from "./db.ts";
import { KanbanError } from "./errors.ts";
import { settleProbe } from "./probes.ts";
import { invalid, optionalName, requireObject } from "./input.ts";
import type { JsonObject, Outcome, Run } from "./schema.ts";

/** What a run leaves for people and for downstream workers. */
export interface Handoff {
  summary?: string | null;
  metadata?: JsonObject | null;
  error?: string | null;
  exit_code?: number | null;
  signal?: string | null;
}

export interface NewRun {
  profile: string | null;
  step_key: string | null;
  claimer: string;
  ttl_seconds: number;
  max_runtime_seconds: number | null;
  boot_id: string | null;
  /** Beyond what every worker may. */
  may: readonly string[];
  host: string | null;
  pid_namespace: string | null;
}

/** Opens a run and returns it. The unique index over the slot refuses a second open one. */
export function openRun(board: Board, task: { key: number; id: string }, fresh: NewRun): Run {
  const now = board.now();
  const claim_expires_at = now + fresh.ttl_seconds * 1_000;
  const id = insert(
    board,
    `INSERT INTO task_runs (task_key, profile, step_key, claimer, claim_expires_at, ttl_seconds, boot_id,
       host, pid_namespace, max_runtime_seconds, last_heartbeat_at, started_at, may)
     VALUES ($taskKey, $profile, $step_key, $claimer, $expiresAt, $ttl_seconds, $boot_id, $host, $pid_namespace,
       $max_runtime_seconds, $now, $now, $may)`,
    { taskKey: task.key, ...fresh, may: JSON.stringify(fresh.may), expiresAt: claim_expires_at, now },
  );
  return {
    id,
    task_id: task.id,
    ...fresh,
    may: [...fresh.may],
    claim_expires_at,
    last_heartbeat_at: now,
    started_at: now,
    ...UNTOLD,
  };
}

/** What a run that was just opened cannot know yet. */
const UNTOLD = {
  pid: null,
  pid_started: null,
  ended_at: null,
  process_gone_at: null,
  outcome: null,
  exit_code: null,
  signal: null,
  summary: null,
  metadata: null,
  error: null,
  usage: null,
  session_id: null,
  silent_seconds: null,
  last_words: null,
  log_tail: null,
  tools_at: null,
};

/** Closes an open run. The clock may have stepped back since: it never ends before it started. */
export function closeRun(board: Board, runId: number, outcome: Outcome, handoff: Handoff = {}): void {
  run(
    board,
    `UPDATE task_runs SET ended_at = max($now, started_at), outcome = $outcome, summary = $summary, metadata = $metadata,
       error = $error, exit_code = coalesce($exitCode, exit_code), signal = coalesce($signal, signal)
     WHERE id = $runId AND ended_at IS NULL`,
    { now: board.now(), runId, outcome, ...columns(handoff) },
  );
  settleProbe(board, runId, outcome);
}

/** Keeps a handoff for which nobody ever claimed the task: a run of zero length. */
export function recordInstantRun(
  board: Board,
  taskKey: number,
  outcome: Outcome,
  { profile, step_key, claimer }: Pick<NewRun, "profile" | "step_key" | "claimer">,
  handoff: Handoff,
): number {
  return insert(
    board,
    `INSERT INTO task_runs (task_key, profile, step_key, claimer, claim_expires_at, ttl_seconds, last_heartbeat_at,
       started_at, ended_at, outcome, summary, metadata, error, exit_code, signal)
     VALUES ($taskKey, $profile, $step_key, $claimer, $now, 0, $now, $now, $now, $outcome, $summary, $metadata, $error,
       $exitCode, $signal)`,
    { taskKey, profile, step_key, claimer, now: board.now(), outcome, ...columns(handoff) },
  );
}

/** The select list of a run `r` of a task `t`, for `asRun`. */
export const RUN_COLUMNS = `r.id, t.id AS task_id, r.profile, r.step_key, r.claimer, r.claim_expires_at, r.ttl_seconds,
  r.pid, r.pid_started, r.boot_id, r.host, r.pid_namespace, r.max_runtime_seconds, r.last_heartbeat_at, r.started_at,
  r.ended_at, r.process_gone_at, r.outcome, r.exit_code, r.signal, r.summary, r.metadata, r.error, r.usage,
  r.session_id, r.may, r.silent_seconds, r.last_words, r.log_tail, r.tools_at`;

/** The newest runs of a task, oldest first. `before` pages back: only runs with a smaller id. */
export function listRuns(board: Board, taskId: string, page: { limit?: number; before?: number } = {}): Run[] {
  return all<RunRow>(
    board,
    `SELECT ${RUN_COLUMNS} FROM tasks t JOIN task_runs r ON r.task_key = t.key
     WHERE t.id = +$taskId AND ($before IS NULL OR r.id < $before) ORDER BY r.slot DESC LIMIT $limit + 0`,
    { taskId, before: page.before ?? null, limit: page.limit ?? 1_000_000 },
  )
    .reverse()
    .map(asRun);
}

/** A run by its id, or null. */
export function getRun(board: Board, runId: number): Run | null {
  const row = one<RunRow>(
    board,
    `SELECT ${RUN_COLUMNS} FROM task_runs r JOIN tasks t ON t.key = r.task_key WHERE r.id = +$runId`,
    { runId },
  );
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
    `SELECT ${RUN_COLUMNS}, t.title, t.assignee FROM task_runs r JOIN tasks t ON t.key = r.task_key
     WHERE r.ended_at IS NOT NULL AND r.id > (SELECT coalesce(max(id), 0) FROM task_runs) - 20000
     ORDER BY r.id DESC LIMIT $limit + 0`,
    { limit },
  ).map(asRun);
}

/** Which attempt at its task a run is, from 1; 0 when there is no such run. Counted in the index alone. */
export function attemptOf(board: Board, runId: number): number {
  return one<{ n: number }>(
    board,
    `SELECT count(*) AS n FROM task_runs r JOIN task_runs o ON o.task_key = r.task_key AND o.id <= r.id
     WHERE r.id = +$runId`,
    { runId },
  )!.n;
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
    run(board, "UPDATE task_runs SET usage = $usage, session_id = coalesce($sessionId, session_id) WHERE id = $runId", {
      runId,
      usage: merged === null ? null : JSON.stringify(merged),
      sessionId,
    });
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

function columns({ summary, metadata, error, exit_code, signal }: Handoff) {
  return {
    summary: summary ?? null,
    metadata: metadata == null ? null : JSON.stringify(metadata),
    error: error ?? null,
    exitCode: exit_code ?? null,
    signal: signal ?? null,
  };
}
