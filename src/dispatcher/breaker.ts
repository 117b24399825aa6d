/**
 * How long a task waits after a failed attempt, and which troubles are not the task's fault.
 *
 * @module
 */
import { HomeTrouble } from "../home_trouble.ts";

const FIRST_MS = 1_000;
const LONGEST_MS = 300_000;

/**
 * The pause after so many consecutive failures: 1 s, doubling up to 5 min. A random quarter is taken
 * off, so that tasks that failed together do not come back together.
 */
export function backoffMs(failures: number, random: () => number = Math.random): number {
  const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(30, Math.max(0, failures - 1)));
  return full * (1 - random() / 4);
}

/** Failures of the machine: starting anything else now would fail too, and burn every task's attempts. */
const OF_THE_MACHINE = new Set(["ENOSPC", "EDQUOT", "EROFS", "EIO", "EMFILE", "ENFILE", "ENOMEM", "EAGAIN"]);

/**
 * What is wrong with the machine or with the home, in words, or null when the failure has another cause.
 * Errors of the board say so with their cause.
 */
export function machineTrouble(error: unknown): string | null {
  if (error instanceof HomeTrouble) return error.text;
  if (!(error instanceof Error)) return null;
  const code = String((error as NodeJS.ErrnoException).code ?? "");
  const ofDatabase = /^SQLITE_(FULL|IOERR|READONLY|CANTOPEN)/.test(code);
  if (OF_THE_MACHINE.has(code) || ofDatabase) return error.message;
  return error.cause !== undefined && machineTrouble(error.cause) !== null ? error.message : null;
}
