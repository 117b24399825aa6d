/**
 * Measuring: medians, because a shared machine disturbs a few calls much and most calls little.
 *
 * @module
 */

/** The middle value; of an even number, the lower of the two. */
export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

/** The value that so many in a hundred do not exceed. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil((p / 100) * sorted.length) - 1))] ?? Number.NaN;
}

/** How long `fn` takes, in microseconds. */
export function time(fn: () => void): number {
  const started = Bun.nanoseconds();
  fn();
  return (Bun.nanoseconds() - started) / 1_000;
}

/** A number with as many digits as it deserves. */
export function round(value: number): number {
  if (!Number.isFinite(value)) return value;
  return value >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}
