/**
 * Ends a worker: SIGTERM to its group, five seconds of grace, SIGKILL.
 *
 * Nothing waits here. An ending is a small state that each pass moves on; the claim is released only
 * when no process of the run is left, however long that takes.
 *
 * @module
 */
import type { WorkerRun } from "../../kernel/mod.ts";
import { leaderOf, membersOf, type VisibleRun } from "../processes/liveness.ts";
import type { Signal } from "../processes/signal.ts";
import { type Dispatcher, membersSeen, wakeIn, watchedRun } from "../state.ts";

/** What becomes of the run when its processes are gone. */
export type EndReason =
  | { readonly kind: "timed_out"; readonly elapsed_seconds: number; readonly limit_seconds: number }
  | { readonly kind: "silent"; readonly silent_seconds: number; readonly limit_seconds: number }
  | { readonly kind: "reclaimed"; readonly reason: string }
  /** Its leader ended by itself; what it left behind is ended before the exit is judged. */
  | { readonly kind: "exited" }
  /** The run is closed already. */
  | { readonly kind: "closed" };

export interface Ending {
  readonly why: EndReason;
  /** On the monotonic clock. */
  readonly termAt: number;
  killedAt: number | null;
  reportedAt: number;
}

export const GRACE_MS = 5_000;
/** How long after a SIGKILL a process may still be there before that is worth a word. */
const UNKILLABLE_MS = 5_000;
const REPORT_EVERY_MS = 60_000;

/** Asks a run's processes to end, and sees to it that the next step of the ending comes in time. */
export function beginEnding(d: Dispatcher, run: VisibleRun<WorkerRun>, why: EndReason): void {
  const watched = watchedRun(d, run);
  if (watched.ending !== null) return;
  // A stopped process receives the SIGTERM only when it continues.
  signalAll(d, run, ["SIGTERM", "SIGCONT"]);
  watched.ending = { why, termAt: d.clock.monotonic(), killedAt: null, reportedAt: -Infinity };
  wakeIn(d, nextStepMs(d, watched.ending));
}

/** Moves an ending on; true when no process of the run is left. */
export function stepEnding(d: Dispatcher, run: VisibleRun<WorkerRun>, ending: Ending): boolean {
  const now = d.clock.monotonic();
  const killed = ending.killedAt;
  const killDue = killed === null ? now - ending.termAt >= GRACE_MS : now - killed >= 1_000;
  if (!killDue && leaderOf(d.processes, run) !== null) return false;
  const left = membersSeen(d, run);
  if (left.length === 0) return true;
  if (killDue) {
    signalAll(d, run, ["SIGKILL"]);
    ending.killedAt ??= now;
  }
  if (killed !== null && now - killed >= UNKILLABLE_MS && now - ending.reportedAt >= REPORT_EVERY_MS) {
    ending.reportedAt = now;
    const pids = left.map(({ pid }) => pid).join(", ");
    d.warn(
      `cannot end process ${pids} of task ${run.task_id} (run ${run.id}): it survives SIGKILL; the task stays claimed until it has exited`,
    );
  }
  return false;
}

/** When to check the next step of an ending, in milliseconds from now. */
export function nextStepMs(d: Dispatcher, ending: Ending): number {
  const since = d.clock.monotonic() - (ending.killedAt ?? ending.termAt);
  const look = Math.min(500, 10 + since / 8);
  return ending.killedAt === null ? Math.max(1, Math.min(look, GRACE_MS - since)) : look;
}

/** Signals the group if its leader is provably ours, and every other process of the run. */
function signalAll(d: Dispatcher, run: VisibleRun<WorkerRun>, signals: readonly Signal[]): void {
  const { processes, home } = d;
  const group = leaderOf(processes, run) === null ? null : run.pid!;
  const members = membersOf(processes, home, run, { witnessed: watchedRun(d, run).witnessed });
  for (const signal of signals) {
    if (group !== null) processes.signal(-group, signal);
    for (const member of members) if (member.group !== group) processes.signal(member.pid, signal);
  }
}
