/**
 * Signals to processes and their groups.
 *
 * @module
 */

/** What a dispatcher ever sends: to end, to end at once, and to continue. */
export type Signal = "SIGTERM" | "SIGKILL" | "SIGCONT";

/** Sends a signal; false when no process got it. */
export function sendSignal(pid: number, signal: Signal): boolean {
  // 0 and −1 mean "my own group" and "everybody": no bug of ours may ever get there.
  if (!Number.isSafeInteger(pid) || Math.abs(pid) <= 1) throw new RangeError(`Cannot signal process ${pid}`);
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false; // ESRCH: gone. EPERM: not ours any more.
  }
}
