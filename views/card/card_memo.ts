/**
 * Remembers how cards look, so that a page renders only those that changed since they were last shown.
 *
 * Of 300 cards hardly one changes between two loads of a board, and rendering them all is a quarter of
 * what a page costs. A card is shown again as it was while everything in its view is what it was, and
 * while the words that it takes from the clock are the same.
 *
 * @module
 */
import type { CardView } from "./card.tsx";
import { type Html, markup } from "../parts/html.ts";

/** Cards kept: some boards' worth of first pages, at a kilobyte or two each. */
const KEPT_MAX = 2_000;

interface Shown {
  view: CardView;
  /** The card's values, in the order of their fields, which is one for all cards; filled when it is first compared. */
  values: readonly unknown[] | null;
  said: string;
  item: Html;
}
const kept = new Map<string, Shown>();

/** The list item of `view`: as it was last rendered, or rendered now. `said` is what it says of the clock. */
export function remembered(view: CardView, said: string, render: (view: CardView) => Html): Html {
  const { id } = view.card;
  const last = kept.get(id);
  if (last !== undefined && last.said === said && same(last, view)) return last.item;
  const item = markup(flat(String(render(view))));
  kept.delete(id); // A card that changes stays among the newest.
  kept.set(id, { view, values: null, said, item });
  if (kept.size > KEPT_MAX) kept.delete(kept.keys().next().value!);
  return item;
}

/** A text that was glued from a hundred pieces, in one piece: gluing it into pages would walk the pieces each time. */
function flat(text: string): string {
  return [text, ""].join("");
}

/** Whether two views say the same. `now` and the ages that follow from it pass with time: `said` represents them. */
function same(last: Shown, b: CardView): boolean {
  const a = last.view;
  return (
    a.since === b.since &&
    a.stale === b.stale &&
    a.waits?.words === b.waits?.words &&
    a.tail === b.tail &&
    (a.card === b.card || sameValues((last.values ??= Object.values(a.card)), Object.values(b.card), a.card.age))
  );
}

/** By name it took three times as long. */
function sameValues(one: readonly unknown[], other: readonly unknown[], age: unknown): boolean {
  if (one.length !== other.length) return false;
  for (let i = 0; i < one.length; i++) {
    if (one[i] !== other[i] && one[i] !== age && !sameParts(one[i], other[i])) return false;
  }
  return true;
}

/** Whether two lists or counts are alike: they are one level deep. */
function sameParts(a: unknown, b: unknown): boolean {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) && a.length === 0) return Array.isArray(b) && b.length === 0;
  const [one, other] = [a as Record<string, unknown>, b as Record<string, unknown>];
  for (const key in one) if (one[key] !== other[key]) return false;
  for (const key in other) if (!(key in one)) return false;
  return true;
}
