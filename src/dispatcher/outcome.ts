/**
 * Closes runs whose processes are gone, and keeps what became of them.
 *
 * @module
 */
import {
  asActor,
  completeTask,
  endSilentRun,
  type Failure,
  failRun,
  KanbanError,
  rateLimitRun,
  reclaimRun,
  recordGone,
  recordUsage,
  type Silence,
  type Task,
  type WorkerRun,
  write,
} from "../kernel/mod.ts";
import { backoffMs } from "./breaker.ts";
import type { Ending } from "./ending.ts";
import { cutLog, markOf } from "./log_limit.ts";
import { lastLines } from "./logs.ts";
import type { Verdict } from "./plan.ts";
import { removeRunFiles } from "./run_files.ts";
import { type Exit, forgetChild } from "./spawn.ts";
import { type Dispatcher, report } from "./state.ts";
import { type End, lookAtEnd, readable, summaryOf } from "./verdict.ts";

const TAIL_CHARACTERS = 2_000;

/** Closes an open run by the way its process ended. Its whole group must be gone. */
export async function concludeExited(d: Dispatcher, run: WorkerRun): Promise<void> {
  const end = lookAtEnd(d, run);
  const { outcome } = end;
  const done = await report(() =>
    write(d.board, () => {
      recordGone(d.board, run.id, end.exit);
      if (outcome === "completed") return { gaveUp: false, task: complete(d, run, end) };
      if (outcome === "rate_limited") return { gaveUp: false, task: limit(d, run, end) };
      return fail(d, run, outcome === "abandoned" ? abandoned(run, end) : crashed(d, run, end));
    }),
  );
  if (done === null) return concludeClosed(d, run); // The worker or a person was first.
  if (outcome === "crashed" || outcome === "abandoned") countFailure(d, "crashed", done.gaveUp);
  await keepUsage(d, run, end.verdict);
  forget(d, run);
}

/** Closes an open run whose processes we ended, or forgets those of a run that is closed already. */
export async function concludeEnded(d: Dispatcher, run: WorkerRun, { why, killedAt }: Ending): Promise<void> {
  if (why.kind === "exited") return concludeExited(d, run);
  if (why.kind === "closed") return concludeClosed(d, run);
  const end = lookAtEnd(d, run);
  const sigkill = killedAt !== null;
  const done = await report(() =>
    write(d.board, () => {
      recordGone(d.board, run.id, end.exit);
      if (why.kind === "silent") return endSilent(d, run, { ...why, pid: run.pid, sigkill });
      if (why.kind === "reclaimed") {
        const task = reclaimRun(d.board, idsOf(run), { reason: why.reason });
        return { counted: false, gaveUp: false, task };
      }
      const { elapsed_seconds, limit_seconds } = why;
      const error = `ran for ${elapsed_seconds} s, its time limit is ${limit_seconds} s`;
      const failure: Failure = { kind: "timed_out", error, pid: run.pid, elapsed_seconds, limit_seconds, sigkill };
      return { counted: true, ...fail(d, run, failure) };
    }),
  );
  if (done === null) return concludeClosed(d, run); // The worker finished within its grace.
  if (done.counted) countFailure(d, "timed_out", done.gaveUp);
  else d.tally.reclaimed++;
  if (why.kind === "silent") tellOfSilence(d, run, why.silent_seconds, done.counted);
  await keepUsage(d, run, end.verdict);
  forget(d, run);
}

/** Keeps that the processes of a closed run are gone, how they ended and what the agent reported. */
export async function concludeClosed(d: Dispatcher, run: WorkerRun): Promise<void> {
  const { exit, verdict } = lookAtEnd(d, run);
  await report(() => recordGone(d.board, run.id, exit));
  await keepUsage(d, run, verdict);
  forget(d, run);
}

/** Ends a run that never got a process. */
export async function concludeUnstarted(
  d: Dispatcher,
  run: Pick<WorkerRun, "id" | "task_id">,
  error: string,
): Promise<void> {
  const done = await report(() =>
    write(d.board, () => {
      recordGone(d.board, run.id);
      return fail(d, run, { kind: "spawn_failed", error });
    }),
  );
  if (done === null) await report(() => recordGone(d.board, run.id));
  else if (done.gaveUp) d.tally.auto_blocked++;
  forget(d, { ...run, pid: null });
}

/** Gives a run back that no process works on, through no fault of its task. */
export async function giveBack(
  d: Dispatcher,
  run: Pick<WorkerRun, "id" | "task_id" | "boot_id">,
  reason: string,
): Promise<void> {
  const done = await report(() =>
    write(d.board, () => {
      if (run.boot_id !== null) recordGone(d.board, run.id); // A person's claim never had a process.
      return reclaimRun(d.board, idsOf(run), { reason });
    }),
  );
  if (done === null) await report(() => recordGone(d.board, run.id));
  else d.tally.reclaimed++;
  forget(d, { ...run, pid: null });
}

function complete(d: Dispatcher, run: WorkerRun, end: End): Task {
  const completion = { runId: run.id, summary: summaryOf(end) };
  return completeTask(asActor(d.board, run.profile ?? d.board.actor), run.task_id, completion);
}

function limit(d: Dispatcher, run: WorkerRun, { verdict }: End): Task {
  const retryMs = (verdict?.retry_seconds ?? d.settings.rate_limit_seconds) * 1_000;
  return rateLimitRun(d.board, idsOf(run), { retryMs, ...(verdict?.error ? { error: verdict.error } : {}) });
}

function fail(d: Dispatcher, run: Pick<WorkerRun, "id" | "task_id">, failure: Failure) {
  return failRun(d.board, idsOf(run), failure, { failureLimit: d.settings.failure_limit, backoffMs });
}

function endSilent(d: Dispatcher, run: WorkerRun, { silent_seconds, limit_seconds, pid, sigkill }: Silence) {
  const breaker = { failureLimit: d.settings.failure_limit, backoffMs };
  return endSilentRun(d.board, idsOf(run), { silent_seconds, limit_seconds, pid, sigkill }, breaker);
}

function tellOfSilence(d: Dispatcher, { id, task_id }: WorkerRun, silentSeconds: number, counted: boolean): void {
  const what = counted ? "the second run in a row, so it counts as a failure" : "it is taken back and tried again";
  const minutes = Math.floor(silentSeconds / 60);
  d.warn(
    `the worker of task ${task_id} (run ${id}) showed no sign of life for ${minutes} min: ${what}. Its log: kanban log ${task_id}`,
  );
}

function abandoned({ pid }: WorkerRun, { verdict, output }: End): Failure {
  const error = verdict?.error ?? "exited without completing or blocking its task";
  return { kind: "abandoned", error, pid, log_tail: tailOf(output) };
}

function crashed(d: Dispatcher, run: WorkerRun, { exit, verdict, output }: End): Failure {
  const last = lastLines(output, 200).split("\n").at(-1) ?? "";
  const error = verdict?.error ?? `${howItEnded(d, run, exit)}${last === "" ? "" : `: ${last}`}`;
  return { kind: "crashed", error, pid: run.pid, ...exit, log_tail: tailOf(output) };
}

function howItEnded(d: Dispatcher, run: WorkerRun, { exit_code, signal }: Exit): string {
  if (signal !== null) return `killed by ${signal}`;
  if (exit_code !== null) return `exit code ${exit_code}`;
  if (run.boot_id !== d.processes.bootId) return "gone without an exit status, the machine was restarted";
  return "gone without an exit status, probably killed";
}

function tailOf(output: string): string {
  return readable(lastLines(output, TAIL_CHARACTERS));
}

async function keepUsage(d: Dispatcher, run: WorkerRun, verdict: Verdict | null): Promise<void> {
  if (verdict?.usage === undefined && verdict?.session_id === undefined) return;
  const { usage = null, session_id = null } = verdict;
  try {
    await report(() => recordUsage(d.board, run.id, { usage, session_id }));
  } catch (error) {
    // The board does not take it; the run is closed, and goes without.
    if (!(error instanceof KanbanError && error.code === "invalid")) throw error;
    d.warn(`what the agent of task ${run.task_id} (run ${run.id}) reported is not kept: ${error.message}`);
  }
}

function countFailure(d: Dispatcher, kind: "crashed" | "timed_out", gaveUp: boolean): void {
  d.tally[kind]++;
  if (gaveUp) d.tally.auto_blocked++;
}

function forget(d: Dispatcher, run: Pick<WorkerRun, "id" | "task_id" | "pid">): void {
  if (run.pid !== null) shortenLog(d, run); // What it printed since the last look.
  removeRunFiles(d.home, run.id);
  if (run.pid !== null) forgetChild(run.pid);
  d.watched.delete(run.id);
}

function shortenLog(d: Dispatcher, { id, task_id }: Pick<WorkerRun, "id" | "task_id">): void {
  try {
    const log = markOf(d.home, id, task_id);
    if (log !== null) cutLog(d.home, task_id, log, d.settings.log_bytes_max);
  } catch (error) {
    d.warn(`cannot keep the log of task ${task_id} (run ${id}) short: ${(error as Error).message}`);
  }
}

function idsOf(run: Pick<WorkerRun, "id" | "task_id">): { taskId: string; runId: number } {
  return { taskId: run.task_id, runId: run.id };
}
