/**
 * The signals that ask a process to end: Ctrl-C, SIGTERM, a terminal that was closed.
 *
 * A program that was started with SIGHUP ignored (`nohup kanban up &`) is meant to outlive its terminal. A
 * handler would replace that inherited answer, so none is installed for it then.
 *
 * @module
 */
import { isatty } from "node:tty";
import { readSmall } from "./files.ts";

/** SIGHUP's bit in the mask of ignored signals that Linux shows. */
const HUP_BIT = 1n;
const STATUS_BYTES_MAX = 64 * 1024;

/** Calls `listener` for each signal that asks this process to end. Returns the way to stop that. */
export function onEndSignal(listener: () => void): () => void {
  const names: NodeJS.Signals[] = ignoresHangUp() ? ["SIGINT", "SIGTERM"] : ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const name of names) process.on(name, listener);
  return () => {
    for (const name of names) process.off(name, listener);
  };
}

/** Whether this process was started with SIGHUP ignored. */
function ignoresHangUp(): boolean {
  try {
    const mask = /^SigIgn:\s*([0-9a-f]+)$/m.exec(readSmall("/proc/self/status", STATUS_BYTES_MAX))?.[1];
    if (mask !== undefined) return (BigInt(`0x${mask}`) & HUP_BIT) !== 0n;
  } catch {
    // No /proc: macOS.
  }
  // nohup takes the output away from the terminal. Without a handler the inherited action stays as it is.
  return !isatty(1) && !isatty(2);
}
