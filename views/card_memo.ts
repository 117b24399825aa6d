/**
 * Remembers how cards look, so that a page renders only those that changed since they were last shown.
 *
 * Of 300 cards hardly one changes between two looks at a board, and rendering them all is a quarter of
 * what a page costs. A card is shown again as it was while everything in its view is what it was, and
 * while the words that it takes from the clock are the same.
 *
 * @module
 */
import type { CardView } from "./card.tsx";
import { type Html, markup } from "./html.ts";

/** Cards kept: some boards' worth of first pages, at a kilobyte or two each. */
const KEPT_MAX = 2_000;

interface Shown {
  view: CardView;
  said: string;
  item: Html;
}
const kept = new Map<string, Shown>();

/** The list item of `view`: as it was last rendered, or rendered now. `said` is what it says of the clock. */
export function remembered(view: CardView, said: string, render: (view: CardView) => Html): Html {
  const { id } = view.card;
  const last = kept.get(id);
  if (last !== undefined && last.said === said && same(last.view, view)) return last.item;
  const item = markup(flat(String(render(view))));
  kept.delete(id); // A card that changes stays among the newest.
  kept.set(id, { view, said, item });
  if (kept.size > KEPT_MAX) kept.delete(kept.keys().next().value!);
  return item;
}

/** A text that was glued from a hundred pieces, in one piece: gluing it into pages would walk the pieces each time. */
function flat(text: string): string {
  return [text, ""].join("");
}

/** Whether two views say the same. `now` and the ages that follow from it pass with time: `said` stands for them. */
function same(a: CardView, b: CardView): boolean {
  return (
    a.since === b.since &&
    a.stale === b.stale &&
    a.waits?.words === b.waits?.words &&
    a.tail === b.tail &&
    sameCard(a.card, b.card)
  );
}

function sameCard(a: CardView["card"], b: CardView["card"]): boolean {
  for (const key in a) {
    const field = key as keyof CardView["card"];
    if (field !== "age" && a[field] !== b[field] && !sameParts(a[field], b[field])) return false;
  }
  return true;
}

/** Whether two lists or counts are alike: they are one level deep. */
function sameParts(a: unknown, b: unknown): boolean {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const [one, other] = [a as Record<string, unknown>, b as Record<string, unknown>];
  for (const key in one) if (one[key] !== other[key]) return false;
  for (const key in other) if (!(key in one)) return false;
  return true;
}
