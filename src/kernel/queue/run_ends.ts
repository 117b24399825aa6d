/**
 * How runs end without a handoff: failures, back-off and the breaker; rate limits; faults of shared things; lost
 * claims; and the clock that releases scheduled tasks.
 *
 * `failures` counts consecutive failed attempts of any kind. Each waits longer than the one before;
 * at the limit the last run closes as gave_up and the task waits, blocked, for a person.
 *
 * @module
 */
import { all, type Board, run, write } from "../store/db.ts";
import type { EventPayloads } from "../tasks/events.ts";
import { meetFault, type SharedFault } from "../tasks/holds.ts";
import { promoteIfFree } from "../tasks/links.ts";
import { readable } from "./run_reports.ts";
import { listRuns } from "../tasks/runs.ts";
import type { Task } from "../schema.ts";
import { type KeyedRow, stateOf, taskOf } from "../tasks/task_rows.ts";
import { type Move, type Moved, transition } from "../tasks/transition.ts";
import { reclaimTask } from "../tasks/person_verbs.ts";
import { recordGone } from "./worker_runs.ts";

/** What a dispatcher saw. `error` is the sentence a person will read. */
export type Failure = { error: string; last_words?: string | undefined } & (
  | { kind: "crashed"; pid: number | null; exit_code: number | null; signal: string | null; log_tail: string }
  | { kind: "abandoned"; pid: number | null; log_tail: string }
  | ({ kind: "timed_out" } & EventPayloads["timed_out"])
  | { kind: "spawn_failed" }
);

export interface Breaker {
  /** Consecutive failures at which the task is blocked; at least 1. */
  failureLimit: number;
  /** How long to wait after so many consecutive failures, in milliseconds. */
  backoffMs(failures: number): number;
}

/** How its process ended. */
interface RunEnd {
  exit_code?: number | null;
  signal?: string | null;
}

interface OpenRun {
  taskId: string;
  runId: number;
}

/**
 * Ends a run as failed: back to ready after a back-off, or blocked when the breaker trips.
 *
 * @throws {KanbanError} `not_found`; `conflict` when the task is no longer running under this run.
 */
export function failRun(
  board: Board,
  { taskId, runId }: OpenRun,
  failure: Failure,
  breaker: Breaker,
): { gaveUp: boolean; task: Task } {
  const error = readable(failure.error);
  return write(board, () => {
    const task = stateOf(board, taskId, "fail");
    const failures = task.failures + 1;
    const gaveUp = failures >= breaker.failureLimit;
    const move = {
      runId,
      failures,
      lastError: error,
      leaves: {
        error,
        exit_code: failure.kind === "crashed" ? failure.exit_code : failure.kind === "abandoned" ? 0 : null,
        signal: failure.kind === "crashed" ? failure.signal : null,
      },
    };
    const moved = gaveUp
      ? transition(board, "give-up", task, {
          ...move,
          to: "blocked",
          payload: { error, failures, ...wordsOf(failure) },
        })
      : retry(board, task, failure, { ...move, retryAt: board.now() + Math.round(breaker.backoffMs(failures)) });
    if (failure.kind === "spawn_failed") recordGone(board, runId); // There never was a process to wait for.
    return { gaveUp, task: taskOf(moved.task) };
  });
}

/** How long a run showed no sign of life, and how it was ended. */
export interface Silence {
  pid: number | null;
  silent_seconds: number;
  limit_seconds: number;
  sigkill: boolean;
  /** What is known about the cause, to be appended to the reason. */
  note?: string;
}

/**
 * Ends a run whose worker showed no sign of life for too long. The first time the task is simply taken back:
 * the worker may have been unlucky. When the run before it ended in the same way, it counts as a failure.
 *
 * @throws {KanbanError} `not_found`; `conflict` when the task is no longer running under this run.
 */
export function endSilentRun(
  board: Board,
  ids: OpenRun,
  { silent_seconds, note = "", ...silence }: Silence,
  breaker: Breaker,
): { counted: boolean; gaveUp: boolean; task: Task } {
  const minutes = Math.floor(silent_seconds / 60);
  const reason = `no sign of life for ${minutes < 1 ? `${silent_seconds} s` : `${minutes} min`}`;
  return write(board, () => {
    const before = listRuns(board, ids.taskId, { limit: 1, before: ids.runId }).at(0);
    const counted = before !== undefined && before.silent_seconds !== null;
    const end = counted
      ? failRun(
          board,
          ids,
          {
            kind: "timed_out",
            error: `${reason}, as the run before${note}`,
            elapsed_seconds: silent_seconds,
            silent: true,
            ...silence,
          },
          breaker,
        )
      : { gaveUp: false, task: reclaimTask(board, ids.taskId, { runId: ids.runId, reason: `${reason}${note}` }) };
    run(board, "UPDATE task_runs SET silent_seconds = $silent_seconds WHERE id = $runId", {
      silent_seconds,
      runId: ids.runId,
    });
    return { counted, ...end };
  });
}

/**
 * Ends a run that its provider throttled: not a failure, tried again later. With the fault of what it shares with
 * others, the hold on that decides when; without, its task alone waits.
 *
 * @throws {KanbanError} `not_found`; `conflict` when the task is no longer running under this run.
 */
export function rateLimitRun(
  board: Board,
  { taskId, runId }: OpenRun,
  { retryMs, error, fault }: { retryMs: number; error?: string; fault?: SharedFault },
): Task {
  return write(board, () => {
    const task = stateOf(board, taskId, "rate-limit");
    const until = board.now() + retryMs;
    if (fault !== undefined) meetFault(board, legible(fault), { taskKey: task.key, runId });
    const moved = transition(board, "rate-limit", task, {
      to: "ready",
      runId,
      ...(fault === undefined ? { retryAt: until } : {}),
      leaves: { error: readable(error ?? "the worker was rate limited") },
      payload: { until },
    });
    return taskOf(moved.task);
  });
}

/**
 * Ends a run that met a fault of something that tasks share. The fault is booked there: the task has failed no more
 * often than before, is ready again, and waits for the hold alone.
 *
 * @throws {KanbanError} `not_found`; `conflict` when the task is no longer running under this run.
 */
export function endUnavailable(board: Board, { taskId, runId }: OpenRun, fault: SharedFault, end: RunEnd = {}): Task {
  return write(board, () => {
    const task = stateOf(board, taskId, "find-unavailable");
    const { on, reason: error } = legible(fault);
    meetFault(board, legible(fault), { taskKey: task.key, runId });
    const moved = transition(board, "find-unavailable", task, {
      to: "ready",
      runId,
      leaves: { error, ...end },
      payload: { ...on, error },
    });
    return taskOf(moved.task);
  });
}

/** The reason as a person reads it. */
function legible(fault: SharedFault): SharedFault {
  return { ...fault, reason: readable(fault.reason).trim() || "it gave no reason" };
}

/**
 * Takes a run back because its lease ran out or its worker was presumed wedged.
 *
 * @throws {KanbanError} `not_found`; `conflict` when the task is no longer running under this run.
 */
export function reclaimRun(board: Board, { taskId, runId }: OpenRun, { reason }: { reason: string }): Task {
  return reclaimTask(board, taskId, { runId, reason });
}

/**
 * Promotes every waiting task whose `not_before` has come and that waits for nothing else. Returns their
 * ids. Where nothing is due no lock is taken, so that it may be asked on every pass.
 */
export function promoteDue(board: Board): string[] {
  if (dueTasks(board).length === 0) return [];
  return write(board, () => dueTasks(board).filter((id) => promoteIfFree(board, stateOf(board, id, "promote"))));
}

function dueTasks(board: Board): string[] {
  return all<{ id: string }>(
    board,
    `SELECT id FROM tasks INDEXED BY tasks_not_before WHERE not_before <= $now AND not_before IS NOT NULL AND status = 'todo' AND held = 0
     AND NOT EXISTS (SELECT 1 FROM task_links l JOIN tasks p ON p.key = l.parent_key
                     WHERE l.child_key = tasks.key AND p.completed_at IS NULL)
     ORDER BY not_before, key`,
    { now: board.now() },
  ).map(({ id }) => id);
}

/** Back to ready, with what was seen of the failure in its event. */
function retry(board: Board, task: KeyedRow, failure: Failure, ends: Omit<Move, "to" | "payload">): Moved {
  const move = { ...ends, to: "ready" as const };
  const error = readable(failure.error);
  switch (failure.kind) {
    case "crashed": {
      const { pid, exit_code, signal } = failure;
      const log_tail = readable(failure.log_tail);
      return transition(board, "crash", task, { ...move, payload: { pid, exit_code, signal, log_tail, error } });
    }
    case "abandoned": {
      const { pid } = failure;
      const payload = { pid, exit_code: 0 as const, log_tail: readable(failure.log_tail), error, ...wordsOf(failure) };
      return transition(board, "abandon", task, { ...move, payload });
    }
    case "timed_out": {
      const { kind: _, last_words: __, ...seen } = failure;
      return transition(board, "time-out", task, { ...move, payload: { ...seen, error } });
    }
    case "spawn_failed":
      return transition(board, "fail-to-start", task, { ...move, payload: { error, failures: move.failures! } });
  }
}

function wordsOf({ last_words }: Failure): { last_words?: string } {
  return last_words === undefined ? {} : { last_words: readable(last_words) };
}
