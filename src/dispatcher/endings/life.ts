/**
 * Signs of life of a worker: its heartbeats, what it prints, and the processor time that it uses.
 *
 * One witness is not enough: a program that knows nothing of heartbeats prints or computes, and an agent that
 * thinks for an hour sends some. A worker is silent when all three are. A program that merely waits uses
 * processor time too, for timers and the collection of garbage, so a little of it proves nothing.
 *
 * @module
 */
import { lstatSync } from "node:fs";
import { logPath } from "../../home.ts";
import type { WorkerRun } from "../../kernel/mod.ts";
import type { VisibleRun } from "../processes/liveness.ts";
import { readStartRecord } from "../logs/run_files.ts";
import { type Dispatcher, elapsedMs, membersSeen, watchedRun } from "../state.ts";

/** A worker may be silent from its start until this far into its run, for any `stale_after_seconds`. */
const WEDGED_AFTER_MS = 4 * 3_600_000;
/** Longest and shortest time between two samples. */
const SAMPLE_MS = { max: 5 * 60_000, min: 1_000 };
/** Part of the time that a worker must have computed to count as alive; an idle agent needs a tenth of it. */
const CPU_SHARE = 0.01;

/** The newest sample, and when one last differed from the one before it. */
export interface Life {
  readonly logBytes: number;
  readonly cpuMs: number;
  readonly sampledAt: Awake;
  readonly signAt: Awake;
}

/** An instant, and `Dispatcher.jumps` then: what the clock jumped since does not count. */
interface Awake {
  readonly at: number;
  readonly jumps: number;
}

/** How long a worker has been silent if that is too long, and how long it may be; null when it may continue. */
export function tooSilent(
  d: Dispatcher,
  run: VisibleRun<WorkerRun>,
): { silent_seconds: number; limit_seconds: number } | null {
  const limitMs = limitOf(d, run);
  if (limitMs === 0 || nextSampleMs(d, run) > 0) return null;
  const life = sample(d, run, watchedRun(d, run).life);
  watchedRun(d, run).life = life;
  const silentMs = Math.min(since(d, life.signAt), elapsedMs(d, run, run.last_heartbeat_at));
  if (silentMs < limitMs || elapsedMs(d, run) < WEDGED_AFTER_MS) return null;
  return { silent_seconds: Math.floor(silentMs / 1_000), limit_seconds: limitMs / 1_000 };
}

/** In how many milliseconds the next sample is due; Infinity where silence is no reason to end a worker. */
export function nextSampleMs(d: Dispatcher, run: WorkerRun): number {
  const limitMs = limitOf(d, run);
  if (limitMs === 0) return Infinity;
  const { life } = watchedRun(d, run);
  // Nothing before counts: a worker that is silent since then may be ended at the earliest.
  if (life === null) return Math.max(0, WEDGED_AFTER_MS - limitMs - elapsedMs(d, run));
  return Math.max(0, Math.min(SAMPLE_MS.max, Math.max(SAMPLE_MS.min, limitMs / 10)) - since(d, life.sampledAt));
}

/** How long a worker may be silent, as it was recorded at its start; 0 means for ever. */
function limitOf(d: Dispatcher, run: WorkerRun): number {
  const watched = watchedRun(d, run);
  watched.staleSeconds ??= readStartRecord(d.home, run.id)?.stale_after_seconds ?? "as set";
  return (watched.staleSeconds === "as set" ? d.settings.stale_after_seconds : watched.staleSeconds) * 1_000;
}

function sample(d: Dispatcher, run: VisibleRun<WorkerRun>, before: Life | null): Life {
  const now: Awake = { at: d.board.now(), jumps: d.clock.jumps };
  const logBytes = lstatSync(logPath(d.home, run.task_id), { throwIfNoEntry: false })?.size ?? 0;
  const cpuMs = d.processes.cpuMs(membersSeen(d, run).map(({ pid }) => pid));
  const isAlive =
    before === null ||
    logBytes !== before.logBytes ||
    cpuMs - before.cpuMs >= CPU_SHARE * Math.max(1_000, since(d, before.sampledAt));
  return { logBytes, cpuMs, sampledAt: now, signAt: isAlive ? now : before.signAt };
}

function since(d: Dispatcher, { at, jumps }: Awake): number {
  return Math.max(0, d.board.now() - at - (d.clock.jumps - jumps));
}
