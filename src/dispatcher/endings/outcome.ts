/**
 * Closes runs whose processes are gone, and keeps what became of them.
 *
 * @module
 */
import {
  asActor,
  completeTask,
  endSilentRun,
  endUnavailable,
  type Failure,
  failRun,
  getRun,
  rateLimitRun,
  reclaimRun,
  recordGone,
  recordReport,
  type RunReport,
  type SharedFault,
  type Silence,
  type Task,
  type WorkerRun,
  write,
} from "../../kernel/mod.ts";
import { backoffMs } from "../breaker.ts";
import type { Ending, EndReason } from "./ending.ts";
import { cutLog, markOf } from "../logs/log_limit.ts";
import { lastLines } from "../logs/logs.ts";
import { removeRunFiles } from "../logs/run_files.ts";
import { type Exit, forgetChild } from "../start/spawn.ts";
import { type Dispatcher, report } from "../state.ts";
import { faultOf, isLimit, startFault } from "./fault.ts";
import { type End, readEnd, readable, summaryOf } from "./verdict.ts";

const TAIL_CHARACTERS = 2_000;

/** Closes an open run by the way its process ended. Its whole group must be gone. */
export async function concludeExited(d: Dispatcher, run: WorkerRun): Promise<void> {
  const end = readEnd(d, run);
  const { outcome } = end;
  const fault = faultOf(d, run, end);
  const done = await report(() =>
    write(d.board, () => {
      const closed = closeAs(d, run, end, fault);
      recordReport(d.board, run.id, reportOf(end));
      return closed;
    }),
  );
  if (done === null) return concludeClosed(d, run); // The worker or a person was first.
  if (fault === null && outcome !== "completed") countFailure(d, "crashed", done.gaveUp);
  forget(d, run);
}

/** Closes an open run whose processes we ended, or forgets those of a run that is closed already. */
export async function concludeEnded(d: Dispatcher, run: WorkerRun, { why, killedAt }: Ending): Promise<void> {
  if (why.kind === "exited") return concludeExited(d, run);
  if (why.kind === "closed") return concludeClosed(d, run);
  const end = readEnd(d, run);
  // A worker that waits for what cannot be used is silent, or runs out of time.
  const fault = why.kind === "reclaimed" || end.verdict?.fault === undefined ? null : faultOf(d, run, end);
  const done = await report(() =>
    write(d.board, () => {
      const closed =
        fault === null
          ? closeEnded(d, run, end, why, killedAt !== null)
          : { counted: false, gaveUp: false, task: meet(d, run, end, fault) };
      recordReport(d.board, run.id, reportOf(end));
      return closed;
    }),
  );
  if (done === null) return concludeClosed(d, run); // The worker finished within its grace.
  if (done.counted) countFailure(d, "timed_out", done.gaveUp);
  else if (fault === null) d.pass.tally.reclaimed++;
  if (why.kind === "silent" && fault === null) warnOfSilence(d, run, why.silent_seconds, done.counted);
  forget(d, run);
}

/** Keeps that the processes of a closed run are gone, how they ended and what the agent reported. */
export async function concludeClosed(d: Dispatcher, run: WorkerRun): Promise<void> {
  const end = readEnd(d, run);
  await report(() => recordReport(d.board, run.id, reportOf(end)));
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
  else if (done.gaveUp) d.pass.tally.auto_blocked++;
  forget(d, { ...run, pid: null });
}

/** Ends a run that never got a process, because something that its task shares with others cannot be used. */
export async function concludeUnusable(
  d: Dispatcher,
  run: Pick<WorkerRun, "id" | "task_id" | "profile">,
  { on, reason }: Pick<SharedFault, "on" | "reason">,
): Promise<void> {
  const fault = startFault(d, run, { on, reason });
  const done = await report(() =>
    write(d.board, () => {
      recordGone(d.board, run.id);
      return endUnavailable(d.board, idsOf(run), fault);
    }),
  );
  if (done === null) await report(() => recordGone(d.board, run.id));
  forget(d, { ...run, pid: null });
}

/**
 * Gives a run back whose lease ran out, with all that its worker has printed so far. A run that this dispatcher
 * cannot see may continue; what it prints later is not read any more.
 */
export async function giveBackExpired(d: Dispatcher, run: WorkerRun, reason: string): Promise<void> {
  if (run.pid === null) return giveBack(d, run, reason);
  const end = readEnd(d, run);
  const done = await report(() =>
    write(d.board, () => {
      recordReport(d.board, run.id, reportOf(end));
      return reclaimRun(d.board, idsOf(run), { reason });
    }),
  );
  if (done === null) return concludeClosed(d, run);
  d.pass.tally.reclaimed++;
  forget(d, { ...run, pid: null });
}

/** Gives a run back that never had a process, through no fault of its task. */
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
  else d.pass.tally.reclaimed++;
  forget(d, { ...run, pid: null });
}

function closeAs(d: Dispatcher, run: WorkerRun, end: End, fault: SharedFault | null) {
  if (end.outcome === "completed") return { gaveUp: false, task: complete(d, run, end) };
  if (fault !== null) return { gaveUp: false, task: meet(d, run, end, fault) };
  return fail(d, run, end.outcome === "abandoned" ? abandoned(d, run, end) : crashed(d, run, end));
}

function closeEnded(
  d: Dispatcher,
  run: WorkerRun,
  end: End,
  why: Exclude<EndReason, { kind: "exited" | "closed" }>,
  sigkill: boolean,
) {
  if (why.kind === "reclaimed") {
    return { counted: false, gaveUp: false, task: reclaimRun(d.board, idsOf(run), { reason: why.reason }) };
  }
  const note = noteOf(d, run, end);
  const { limit_seconds } = why;
  const ended = { pid: run.pid, limit_seconds, sigkill };
  if (why.kind === "silent") return endSilent(d, run, { ...ended, silent_seconds: why.silent_seconds, note });
  const { elapsed_seconds } = why;
  const error = `ran for ${elapsed_seconds} s, its time limit is ${limit_seconds} s${note}`;
  return { counted: true, ...fail(d, run, { kind: "timed_out", error, elapsed_seconds, ...ended, ...wordsOf(end) }) };
}

function complete(d: Dispatcher, run: WorkerRun, end: End): Task {
  const completion = { runId: run.id, summary: summaryOf(end) };
  return completeTask(asActor(d.board, run.profile ?? d.board.actor), run.task_id, completion);
}

/** Ends a run that met a fault of a shared thing; a limit of its account in its own words. */
function meet(d: Dispatcher, run: WorkerRun, end: End, fault: SharedFault): Task {
  if (!isLimit(end)) return endUnavailable(d.board, idsOf(run), fault, end.exit);
  const retryMs = Math.max(fault.pauseMs ?? 0, (fault.until ?? 0) - d.board.now());
  return rateLimitRun(d.board, idsOf(run), { retryMs, error: fault.reason, fault });
}

function fail(d: Dispatcher, run: Pick<WorkerRun, "id" | "task_id">, failure: Failure) {
  return failRun(d.board, idsOf(run), failure, { failureLimit: d.settings.failure_limit, backoffMs });
}

function endSilent(d: Dispatcher, run: WorkerRun, silence: Silence) {
  return endSilentRun(d.board, idsOf(run), silence, { failureLimit: d.settings.failure_limit, backoffMs });
}

function warnOfSilence(d: Dispatcher, { id, task_id }: WorkerRun, silentSeconds: number, counted: boolean): void {
  const what = counted ? "the second run in a row, so it counts as a failure" : "it is reclaimed and tried again";
  const minutes = Math.floor(silentSeconds / 60);
  d.warn(
    `the worker of task ${task_id} (run ${id}) showed no sign of life for ${minutes} min: ${what}. Its log: kanban log ${task_id}`,
  );
}

function abandoned(d: Dispatcher, run: WorkerRun, end: End): Failure {
  const error = end.verdict?.error ?? `exited without completing or blocking its task${noteOf(d, run, end)}`;
  return { kind: "abandoned", error, pid: run.pid, log_tail: tailOf(end), ...wordsOf(end) };
}

function crashed(d: Dispatcher, run: WorkerRun, end: End): Failure {
  const error = end.verdict?.error ?? `${howItEnded(d, run, end.exit)}${noteOf(d, run, end)}${lastWord(end)}`;
  return { kind: "crashed", error, pid: run.pid, ...end.exit, log_tail: tailOf(end), ...wordsOf(end) };
}

/** The last line of plain text, or else of what the agent said: an event explains nothing to a person. */
function lastWord({ verdict, output }: End): string {
  const texts = verdict === null ? [output] : [verdict.tail ?? "", verdict.summary ?? ""];
  const last = texts.map((text) => lastLines(text, 200).split("\n").at(-1) ?? "").find((line) => line !== "");
  return last === undefined ? "" : `: ${last}`;
}

/** What is known about the cause, beside how the process ended. */
function noteOf(d: Dispatcher, { id }: WorkerRun, { verdict, tools }: End): string {
  const retrying = verdict?.retrying === undefined ? "" : `, while retrying: ${verdict.retrying}`;
  const asked = !tools || getRun(d.board, id)?.tools_at !== null;
  return `${retrying}${asked ? "" : ", its agent never requested the tools of the board"}`;
}

function wordsOf({ verdict }: End): { last_words?: string } {
  return verdict?.summary === undefined ? {} : { last_words: verdict.summary };
}

/** What is kept of a run with any outcome. */
function reportOf(end: End): RunReport {
  const { usage = null, session_id = null } = end.verdict ?? {};
  return { ...end.exit, usage, session_id, log_tail: tailOf(end), ...wordsOf(end) };
}

function howItEnded(d: Dispatcher, run: WorkerRun, { exit_code, signal }: Exit): string {
  if (signal !== null) return `killed by ${signal}`;
  if (exit_code !== null) return `exit code ${exit_code}`;
  if (run.boot_id !== d.processes.bootId) return "ended without an exit status: the machine was restarted";
  return "ended without an exit status, probably killed";
}

function tailOf({ verdict, output }: End): string {
  return readable(lastLines(verdict?.tail ?? output, TAIL_CHARACTERS));
}

function countFailure(d: Dispatcher, kind: "crashed" | "timed_out", gaveUp: boolean): void {
  d.pass.tally[kind]++;
  if (gaveUp) d.pass.tally.auto_blocked++;
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
