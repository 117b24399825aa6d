/**
 * How a run is written: into its task's row while it is open, into a row of its own when it ends.
 *
 * `transition` alone calls these.
 *
 * @module
 */
import { type Board, run } from "../store/db.ts";
import { settleProbe } from "./probes.ts";
import { RUN_COLUMNS_SHARED } from "../store/run_columns.ts";
import type { JsonObject, Outcome, Run } from "../schema.ts";
import type { KeyedRow } from "./task_rows.ts";

/** A new run, as its claim describes it. */
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

/** What a run leaves for people and for downstream workers. */
export interface Handoff {
  summary?: string | null;
  metadata?: JsonObject | null;
  error?: string | null;
  exit_code?: number | null;
  signal?: string | null;
}

/** The assignments that open a run in its task's row, for `openRunParams`. */
export const SET_OPEN_RUN = `run_profile = $profile, run_step_key = $step_key, run_claimer = $claimer,
  run_claim_expires_at = $expires, run_ttl_seconds = $ttl_seconds, run_boot_id = $boot_id, run_host = $host,
  run_pid_namespace = $pid_namespace, run_max_runtime_seconds = $max_runtime_seconds,
  run_last_heartbeat_at = $beat, run_started_at = $beat, run_may = $may`;

/** The parameters of a new run whose lease and first heartbeat are in the row already. */
export function openRunParams(fresh: NewRun, row: Pick<KeyedRow, "claim_expires_at" | "last_heartbeat_at">) {
  return { ...fresh, may: JSON.stringify(fresh.may), expires: row.claim_expires_at, beat: row.last_heartbeat_at };
}

/** The assignments that leave no run open. */
export const SET_NO_RUN = RUN_COLUMNS_SHARED.map((name) => `run_${name} = NULL`).join(", ");

const SHARED = RUN_COLUMNS_SHARED.join(", ");
/** What the end of a run may add to what was known of its process. */
const ENDED = RUN_COLUMNS_SHARED.map((name) =>
  name === "exit_code"
    ? "coalesce($exitCode, run_exit_code)"
    : name === "signal"
      ? "coalesce($signal, run_signal)"
      : `run_${name}`,
).join(", ");

const KEEP_RUN = `INSERT INTO task_runs (id, task_key, prev_id, attempt, ${SHARED}, ended_at, outcome, summary, metadata, error)
  SELECT current_run_id, key, last_run_id, runs + 1, ${ENDED},
    max($now, run_started_at), $outcome, $summary, $metadata, $error
  FROM tasks WHERE key = $key`;

/** Gives the open run of a task a row of its own. The clock may have stepped back since: it never ends before it started. */
export function endRun(board: Board, task: KeyedRow, outcome: Outcome, handoff: Handoff): void {
  run(board, KEEP_RUN, { key: task.key, now: board.now(), outcome, ...columns(handoff) });
  settleProbe(board, task.current_run_id!, outcome, { started: task.worker_pid !== null });
}

/** Keeps a handoff for which the task was never claimed: a run of zero length. */
export function keepInstantRun(board: Board, id: number, task: KeyedRow, outcome: Outcome, handoff: Handoff): void {
  const { assignee: profile, current_step_key: step_key } = task;
  run(
    board,
    `INSERT INTO task_runs (id, task_key, prev_id, attempt, profile, step_key, claimer, claim_expires_at, ttl_seconds,
       last_heartbeat_at, started_at, exit_code, signal, ended_at, outcome, summary, metadata, error)
     SELECT $id, key, last_run_id, runs + 1, $profile, $step_key, $claimer, $now, 0, $now, $now, $exitCode, $signal,
       $now, $outcome, $summary, $metadata, $error
     FROM tasks WHERE key = $key`,
    { id, key: task.key, profile, step_key, claimer: board.actor, now: board.now(), outcome, ...columns(handoff) },
  );
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

/** The run that a claim opened, as callers see it. */
export function newRun(
  { id: task_id, current_run_id, claim_expires_at, last_heartbeat_at }: KeyedRow,
  fresh: NewRun,
): Run {
  return {
    ...NOT_KNOWN_YET,
    ...fresh,
    id: current_run_id!,
    task_id,
    may: [...fresh.may],
    claim_expires_at: claim_expires_at!,
    last_heartbeat_at: last_heartbeat_at!,
    started_at: last_heartbeat_at!,
  };
}

/** What a run that was just opened cannot know. */
const NOT_KNOWN_YET = {
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
