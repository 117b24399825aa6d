/**
 * What changed between two texts, word by word.
 *
 * The shortest way from one text to the other (Myers, "An O(ND) difference algorithm"), over words and what stands
 * between them. Its cost grows with the square of what changed, so past a limit the lines are compared first and the
 * words only inside what changed; texts that have hardly anything in common are one removal and one addition. Anyone can
 * write texts that are the worst case, and a server waits while it compares: so all searches of a call share one effort.
 *
 * ```ts
 * const pieces = wordDiff("Translate README", "Translate it");
 * if (pieces.map(({ kind }) => kind).join() !== "same,removed,added") throw new Error("one word was replaced");
 * ```
 *
 * @module
 */

/** A stretch of text that both have, or that one of them has alone. */
export interface DiffPiece {
  kind: "same" | "removed" | "added";
  text: string;
}

/** Most differences that are looked for; each costs as many steps as there were before it. */
const EDITS_MAX = 400;
/** Steps of all searches together: about a tenth of a second. */
const STEPS_MAX = 4_000_000;

/** What is left of them. */
interface Effort {
  steps: number;
}

/** The pieces of both texts in order: without the added ones they are the first text, without the removed ones the second. */
export function wordDiff(before: string, after: string): DiffPiece[] {
  // The first search may take half: where it fails, the lines are to be compared after it.
  const words = shortest(wordsOf(before), wordsOf(after), { steps: STEPS_MAX / 2 });
  if (words !== null) return joined(words);
  const effort = { steps: STEPS_MAX / 2 };
  const lines = shortest(linesOf(before), linesOf(after), effort);
  if (lines === null) return joined(replaced(before, after));
  return joined(hunks(joined(lines), effort));
}

/** Where lines were replaced by others, the words in them. */
function hunks(lines: readonly DiffPiece[], effort: Effort): DiffPiece[] {
  return lines.flatMap((piece, at) => {
    const [last, next] = [lines[at - 1], lines[at + 1]];
    if (piece.kind === "added" && last?.kind === "removed") return []; // Told with the removal before it.
    if (piece.kind !== "removed" || next?.kind !== "added") return [piece];
    return shortest(wordsOf(piece.text), wordsOf(next.text), effort) ?? replaced(piece.text, next.text);
  });
}

function wordsOf(text: string): string[] {
  return text.match(/[\p{L}\p{N}\p{M}_]+|\s+|[^\p{L}\p{N}\p{M}_\s]/gu) ?? [];
}

function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function replaced(before: string, after: string): DiffPiece[] {
  return [
    { kind: "removed", text: before },
    { kind: "added", text: after },
  ];
}

/** The shortest way between two lists, or null when it has too many steps. */
function shortest(a: readonly string[], b: readonly string[], effort: Effort): DiffPiece[] | null {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const middle = path(a.slice(start, a.length - end), b.slice(start, b.length - end), effort);
  if (middle === null) return null;
  const same = (words: readonly string[]): DiffPiece[] => words.map((text) => ({ kind: "same", text }));
  return [...same(a.slice(0, start)), ...middle, ...same(a.slice(a.length - end))];
}

/** Myers' greedy search: after `d` differences, how far each diagonal reaches; then the way back through them. */
function path(a: readonly string[], b: readonly string[], effort: Effort): DiffPiece[] | null {
  const reached: Int32Array[] = [];
  let furthest = new Int32Array(3);
  for (let d = 0; d <= Math.min(EDITS_MAX, a.length + b.length); d++) {
    const next = new Int32Array(2 * d + 3);
    for (let k = -d; k <= d; k += 2) {
      const [below, above] = [at(furthest, k - 1), at(furthest, k + 1)];
      let x = k === -d || (k !== d && below < above) ? above : below + 1;
      if (d === 0) x = 0;
      const from = x;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x++;
      next[k + d + 1] = x;
      effort.steps -= 1 + x - from;
      if (x >= a.length && x - k >= b.length) return wayBack(a, b, reached, d);
    }
    if (effort.steps < 0) return null;
    reached.push(next);
    furthest = next;
  }
  return null;
}

/** How far a diagonal reached; beyond the outermost ones nothing was. */
function at(furthest: Int32Array, k: number): number {
  return furthest[k + (furthest.length - 1) / 2] ?? -1;
}

function wayBack(
  a: readonly string[],
  b: readonly string[],
  reached: readonly Int32Array[],
  edits: number,
): DiffPiece[] {
  const pieces: DiffPiece[] = [];
  let [x, y] = [a.length, b.length];
  for (let d = edits; d > 0; d--) {
    const furthest = reached[d - 1]!;
    const k = x - y;
    const down = k === -d || (k !== d && at(furthest, k - 1) < at(furthest, k + 1));
    const from = down ? at(furthest, k + 1) : at(furthest, k - 1);
    const fromY = from - (down ? k + 1 : k - 1);
    while (x > from + (down ? 0 : 1) || y > fromY + (down ? 1 : 0)) (pieces.push({ kind: "same", text: a[--x]! }), y--);
    pieces.push(down ? { kind: "added", text: b[--y]! } : { kind: "removed", text: a[--x]! });
  }
  while (x > 0) pieces.push({ kind: "same", text: a[--x]! });
  return pieces.reverse();
}

/** Neighbours of one kind as one piece; within a change what was removed comes first. */
function joined(pieces: readonly DiffPiece[]): DiffPiece[] {
  const result: DiffPiece[] = [];
  let [removed, added, same] = ["", "", ""];
  const flush = () => {
    if (removed !== "") result.push({ kind: "removed", text: removed });
    if (added !== "") result.push({ kind: "added", text: added });
    if (same !== "") result.push({ kind: "same", text: same });
    removed = added = same = "";
  };
  for (const { kind, text } of pieces) {
    if (kind === "same") same += text;
    else {
      if (same !== "") flush();
      if (kind === "removed") removed += text;
      else added += text;
    }
  }
  flush();
  return result;
}
