/**
 * How the bytes of a text are spent on its parts: by worth.
 *
 * A part is whole, cut, or left out. First the parts that must not be missing get their minimum; then the others
 * are admitted in falling worth, and each tier of equal worth grows evenly as far as its parts can use it. Once a
 * part does not fit, no part that is worth less is admitted: what is missing is always the least valuable.
 *
 * @module
 */

/** One part of a text, in bytes as they are counted there. */
export interface Part {
  /** What is worth more gets its room first. */
  readonly worth: number;
  /** The smallest piece that is worth its place: with less room the part is left out. */
  readonly min: number;
  /** As much as it can use. */
  readonly max: number;
  /** Its minimum is reserved before parts that are worth more grow beyond theirs. */
  readonly reserved?: boolean;
}

/**
 * The bytes that each part gets, in the order of `parts`: 0, or from its minimum to its maximum. Together they
 * are never more than the budget. Of equal worth, what comes first is admitted first.
 */
export function spend(budget: number, parts: readonly Part[]): number[] {
  const granted = parts.map(() => 0);
  let free = budget;
  const admit = (index: number): boolean => {
    const { min, max } = parts[index]!;
    const least = Math.min(min, max);
    if (least > free) return false;
    granted[index] = least;
    free -= least;
    return true;
  };
  let tiers = tiersOf(parts);
  const order = tiers.flat();
  const refused = order.findIndex((index) => parts[index]!.reserved && !admit(index));
  if (refused >= 0) {
    const kept = new Set(order.slice(0, refused));
    tiers = tiers.map((tier) => tier.filter((index) => kept.has(index)));
  }
  for (const tier of tiers) {
    const stopped = tier.findIndex((index) => !parts[index]!.reserved && !admit(index));
    const growing = tier.filter((index, i) => parts[index]!.reserved || stopped < 0 || i < stopped);
    free = grow(growing, parts, granted, free);
    if (stopped >= 0) break;
  }
  return granted;
}

/** The indexes of the parts, those of equal worth together, in falling worth. */
function tiersOf(parts: readonly Part[]): number[][] {
  const tiers = Map.groupBy(parts.keys(), (index) => parts[index]!.worth);
  return [...tiers].sort(([a], [b]) => b - a).map(([, tier]) => tier);
}

/** Gives each part of a tier an even share of what is free; what one cannot use is for the others. */
function grow(tier: readonly number[], parts: readonly Part[], granted: number[], free: number): number {
  const wants = (index: number) => Math.max(0, parts[index]!.max - granted[index]!);
  const byWant = [...tier].sort((a, b) => wants(a) - wants(b));
  let left = free;
  byWant.forEach((index, i) => {
    const share = Math.min(wants(index), Math.floor(left / (byWant.length - i)));
    granted[index]! += share;
    left -= share;
  });
  return left;
}
