/**
 * Finds the word that was probably meant.
 *
 * @module
 */

/**
 * The candidate closest to `word`: one it begins, or one a typing slip away, two for a long word; null
 * when none is near.
 */
export function suggest(word: string, candidates: readonly string[]): string | null {
  const typed = word.toLowerCase().slice(0, 40);
  const begun = typed.length >= 2 ? candidates.filter((candidate) => candidate.startsWith(typed)) : [];
  if (begun.length === 1) return begun[0]!;
  let best: { candidate: string; slips: number } | null = null;
  for (const candidate of candidates) {
    const slips = distance(typed, candidate);
    if (slips <= (typed.length < 6 ? 1 : 2) && (best === null || slips < best.slips)) best = { candidate, slips };
  }
  return best?.candidate ?? begun[0] ?? null;
}

/** Insertions, deletions, replacements and swapped neighbours between two words. */
function distance(a: string, b: string): number {
  const rows = Array.from({ length: a.length + 1 }, (_, i) => [i, ...Array<number>(b.length).fill(0)]);
  for (let j = 1; j <= b.length; j++) rows[0]![j] = j;
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min(rows[i - 1]![j]! + 1, rows[i]![j - 1]! + 1, rows[i - 1]![j - 1]! + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, rows[i - 2]![j - 2]! + 1);
      rows[i]![j] = least;
    }
  }
  return rows[a.length]![b.length]!;
}
