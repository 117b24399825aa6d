/**
 * When the next pass is needed, found from everything that is unfinished.
 *
 * A step of a pass may ask for an earlier look, because it knows more. None has to: what is unfinished at the end of
 * a pass is checked again in time, so that a step that forgets to ask costs two seconds at most and never a time
 * limit.
 *
 * @module
 */
import { nextInstant, type WorkerRun } from "../kernel/mod.ts";
import { nextStepMs } from "./endings/ending.ts";
import { nextSampleMs } from "./endings/life.ts";
import { isOurChild } from "./start/spawn.ts";
import { type Dispatcher, elapsedMs, wakeAt, wakeIn } from "./state.ts";

/** How often a run is checked whose next change is not reported. */
const LOOK_MS = 2_000;

/**
 * Sets the next wake-up after a pass.
 *
 * @param runs Every run whose process is not confirmed gone.
 * @param began When the pass began: what became due since then may have come too late for its step.
 */
export function armWakeups(d: Dispatcher, runs: readonly WorkerRun[], began: number): void {
  for (const run of runs) wakeIn(d, nextLookMs(d, run));
  for (const { run, waitsFor } of d.starting.values()) {
    if (waitsFor !== null) wakeIn(d, Math.max(1, d.startMs - elapsedMs(d, run)));
  }
  const pauseMs = d.trouble.current === null ? 0 : d.trouble.current.retryAt - d.clock.monotonic();
  if (pauseMs > 0) wakeIn(d, pauseMs);
  const next = nextInstant({ ...d.board, now: () => began });
  if (next !== null) wakeAt(d, next);
}

/** In how many milliseconds a run has to be checked. */
function nextLookMs(d: Dispatcher, run: WorkerRun): number {
  if (d.starting.has(run.id)) return Infinity; // The start has a deadline of its own.
  const watched = d.watched.get(run.id);
  if (watched === undefined) return Infinity; // This pass has dealt with it.
  if (watched.ending !== null) return nextStepMs(d, watched.ending);
  // The system reports the end of a child of ours. Everything else is only seen by looking.
  if (run.ended_at !== null || run.pid === null || !isOurChild(run)) return LOOK_MS;
  const limitMs = run.max_runtime_seconds === null ? Infinity : run.max_runtime_seconds * 1_000;
  const renewMs = run.claim_expires_at - run.ttl_seconds * 500 - d.board.now();
  // A lease that was due and is not renewed belongs to a stopped worker, which may continue.
  return Math.max(1, Math.min(renewMs > 0 ? renewMs : LOOK_MS, limitMs - elapsedMs(d, run), nextSampleMs(d, run)));
}
