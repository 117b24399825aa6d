/**
 * Notices that the wall clock was moved, or that this process did not run for a while.
 *
 * No lease could be renewed in that time, so none counts as expired for the length of one lease, and
 * the time is not counted against any worker.
 *
 * @module
 */

/** A wall clock that moved this much against the monotonic one was set, or the machine slept. */
const STEP_MS = 2_000;
/** Being woken this late means that the whole process was stopped. */
const LATE_MS = 5_000;

/**
 * Compares both clocks at each call of what it returns, which answers by how many milliseconds the wall
 * clock ran ahead of the time that this process was awake; negative when it was set back, 0 when all is
 * normal.
 *
 * @param expectedMs The longest time that normally passes between two calls.
 */
export function watchClocks(
  expectedMs: number,
  wallNow: () => number = Date.now,
  monotonicNow: () => number = () => performance.now(),
): () => number {
  let wall = wallNow();
  let mono = monotonicNow();
  return () => {
    const passedWall = wallNow() - wall;
    const passedMono = monotonicNow() - mono;
    wall += passedWall;
    mono += passedMono;
    const step = passedWall - passedMono;
    const late = passedMono - expectedMs;
    return (Math.abs(step) < STEP_MS ? 0 : step) + (late < LATE_MS ? 0 : late);
  };
}
