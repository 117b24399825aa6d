/**
 * What came of a contestant's call: an answer, a refusal that the contract allows, or neither.
 *
 * @module
 */
import { KanbanError } from "../../src/kernel/mod.ts";

/** Refusals, by code, and everything that must never reach a caller. */
export interface Tally {
  refused: Record<string, number>;
  errors: string[];
}

export const emptyTally = (): Tally => ({ refused: {}, errors: [] });

/** Calls `fn`; counts a refusal and returns null. `busy`, and anything that is no KanbanError, is an error. */
export function attempt<T>(tally: Tally, what: string, fn: () => T): T | null {
  try {
    return fn();
  } catch (error) {
    if (error instanceof KanbanError && error.code !== "busy") {
      tally.refused[error.code] = (tally.refused[error.code] ?? 0) + 1;
    } else if (tally.errors.length < 20) tally.errors.push(`${what}: ${String(error)}`);
    return null;
  }
}

/** The tallies of all contestants in one. */
export function mergeTallies(tallies: readonly Tally[]): Tally {
  const all = emptyTally();
  for (const { refused, errors } of tallies) {
    all.errors.push(...errors);
    for (const [code, n] of Object.entries(refused)) all.refused[code] = (all.refused[code] ?? 0) + n;
  }
  return all;
}
