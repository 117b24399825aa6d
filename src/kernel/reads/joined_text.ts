/**
 * Two texts that were made from the same one, joined: what each of them changed is in the result.
 *
 * Both are read as edits of the base, word by word (`word_diff.ts`). Edits of different places are all made; where
 * both changed the same place, the result has both versions one after the other, for a person to choose from.
 *
 * ```ts
 * const text = joinedText("Keep the tone.", "Keep the style.", "Always keep the tone.");
 * if (text !== "Always keep the style.") throw new Error("both changes are in it");
 * ```
 *
 * @module
 */
import { wordDiff } from "./word_diff.ts";

/** The characters of the base from `from` to `to` become `text`. */
interface Edit {
  from: number;
  to: number;
  text: string;
}

/** What both changed of the base, in one text; without a base the one after the other. */
export function joinedText(base: string | null, theirs: string, mine: string): string {
  if (base === null) return theirs === mine ? mine : `${theirs}${gap(theirs, mine)}${mine}`;
  const [left, right] = [editsOf(base, theirs), editsOf(base, mine)];
  let result = "";
  let at = 0;
  while (left.length > 0 || right.length > 0) {
    const place = takePlace(left, right);
    result += base.slice(at, place.from);
    const [one, other] = [applied(base, place, place.left), applied(base, place, place.right)];
    if (place.right.length === 0) result += one;
    else if (place.left.length === 0 || one === other) result += other;
    else result += `${one}${gap(one, other)}${other}`;
    at = place.to;
  }
  return result + base.slice(at);
}

function editsOf(base: string, text: string): Edit[] {
  const edits: Edit[] = [];
  let at = 0;
  for (const piece of wordDiff(base, text)) {
    if (piece.kind === "added") {
      const last = edits.at(-1);
      if (last !== undefined && last.to === at && last.text === "" && last.from < at) last.text = piece.text;
      else edits.push({ from: at, to: at, text: piece.text });
      continue;
    }
    if (piece.kind === "removed") edits.push({ from: at, to: at + piece.text.length, text: "" });
    at += piece.text.length;
  }
  return edits;
}

/** The next place that was changed, with the edits of each side in it; takes them out of the lists. */
function takePlace(left: Edit[], right: Edit[]): { from: number; to: number; left: Edit[]; right: Edit[] } {
  const first =
    left[0] !== undefined && (right[0] === undefined || left[0].from <= right[0].from) ? left[0] : right[0]!;
  const place = { from: first.from, to: first.to, left: [] as Edit[], right: [] as Edit[] };
  const within = ({ from, to }: Edit) =>
    from < place.to || (from === place.from && to === place.to) || from === first.from;
  for (let grown = true; grown;) {
    grown = false;
    for (const [list, taken] of [
      [left, place.left],
      [right, place.right],
    ] as const) {
      while (list[0] !== undefined && within(list[0])) {
        const edit = list.shift()!;
        taken.push(edit);
        place.to = Math.max(place.to, edit.to);
        grown = true;
      }
    }
  }
  return place;
}

/** The base between the ends of a place, after the edits in it. */
function applied(base: string, { from, to }: { from: number; to: number }, edits: readonly Edit[]): string {
  let text = "";
  let at = from;
  for (const edit of edits) {
    text += base.slice(at, edit.from) + edit.text;
    at = edit.to;
  }
  return text + base.slice(at, to);
}

/** What stands between two versions, so that they do not run together. */
function gap(one: string, other: string): string {
  if (one === "" || other === "" || /\s$/.test(one) || /^\s/.test(other)) return "";
  return one.includes("\n") || other.includes("\n") ? "\n\n" : " ";
}
