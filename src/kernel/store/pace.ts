/**
 * Long work on the board in small transactions, so that no other writer waits for its end.
 *
 * A writer that finds the board locked looks again after pauses of its own, up to 100 ms apart. Transactions
 * back to back let it find the lock taken each time: one waited 20 s. So batches are short, by measure and not
 * by count, and after each the board is left alone for twice as long.
 *
 * @module
 */

/** How long one batch should hold the lock. */
const BATCH_MS = 3;
const SIZE_MAX = 10_000;

/** How many rows a batch may take, from what the ones before took. */
export class Pace {
  size = 250;

  /** Runs one batch and measures it. */
  run<T>(batch: (size: number) => T): T {
    const started = performance.now();
    const result = batch(this.size);
    const took = Math.max(0.1, performance.now() - started);
    // Half of the way at most: one batch that was disturbed says little.
    const factor = Math.min(2, Math.max(0.5, BATCH_MS / took));
    this.size = Math.max(20, Math.min(SIZE_MAX, Math.round(this.size * factor)));
    return result;
  }
}

/**
 * Runs the batches of some work, each a transaction, with pauses between them.
 *
 * @returns The sum of what the batches yielded.
 */
export async function givingWay(batches: Iterator<number>): Promise<number> {
  let sum = 0;
  for (;;) {
    const started = performance.now();
    const { done, value } = batches.next();
    if (done) return sum;
    sum += value;
    await new Promise((ready) => setTimeout(ready, 2 * (performance.now() - started)));
  }
}

/** The same at once, for a board that nothing else writes to. */
export function drain(batches: Iterable<number>): number {
  let sum = 0;
  for (const n of batches) sum += n;
  return sum;
}
