/**
 * The swap style `place`: puts a card where it belongs in a sorted column, whether it is new there,
 * came from another column, or only changed.
 *
 * The card is morphed first and moved after, with `moveBefore` where the browser has it, so focus,
 * typed text and open details survive. Doing it twice changes nothing: the echo of one's own move and
 * a replayed event are harmless. A card that sorts behind the loaded part of a column is left out; the
 * "Show 50 more" row brings it.
 *
 * @module
 */
import { $, $$, still } from "./dom.js";
import { isBlank } from "./form_values.js";
import { regroup } from "./lanes.js";

let api;
htmx.registerExtension("place", {
  init: (internals) => {
    api = internals;
  },
  handle_swap: (style, target, fragment) => {
    if (style !== "place") return false;
    return [...fragment.children].flatMap((item) => place(target, item));
  },
});

/** Morphs or inserts `item` (fresh from the server) in `list`; returns the elements to activate. */
function place(list, item) {
  const old = document.getElementById(item.id);
  const from = old?.getBoundingClientRect();
  if (old) {
    const fragment = document.createDocumentFragment();
    fragment.append(item);
    api.morph(old, fragment, false);
  }
  const card = old ?? item;
  card.classList.remove("busy");
  if (!settle(list, card)) {
    card.remove();
    return [];
  }
  glide(card, from);
  return [card];
}

/** Moves a card to its place in a list; false when that is behind what is loaded. */
export function settle(list, card) {
  const before = successor(list, card);
  if (before === null && $(":scope > .more-row", list)) return false;
  const end = before ?? $(":scope > .empty", list);
  if (card.parentNode !== list || nextItem(card) !== before) insert(list, card, end);
  if (list.dataset.lanes !== undefined) regroup(list);
  return true;
}

/** The first card of a list that comes after `card`, or after one with the sort key `key`; null if none does. */
export function successor(list, card, key = keyOf(card)) {
  return $$(":scope > .item", list).find((other) => other !== card && compare(card, key, other) < 0) ?? null;
}

function compare(card, [a, b], other) {
  const [otherA, otherB] = keyOf(other);
  if (a !== otherA) return a - otherA;
  if (b !== otherB) return b - otherB;
  // The order of equal keys is known only to the kernel; a card that is there already stays.
  return card.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1;
}

const keyOf = ({ dataset }) => [Number(dataset.a), Number(dataset.b)];

/** The sort key that a card gets in a column, as `place` of `views/card/card.tsx` says: last of those ready, first of those done. */
export function keyIn(card, status) {
  if (card.dataset.status === status) return keyOf(card);
  if (status === "done" || status === "archived") return [-Infinity, 0];
  if (status === "running") return [Infinity, 0];
  const [a, b] = keyOf(card);
  // Where these are sorted by an instant, the glyph has the priority.
  const unranked = ["running", "done", "archived"].includes(card.dataset.status);
  const urgency = unranked ? -Number($(".prio", card).dataset.p) : a;
  return [urgency, status === "ready" ? Infinity : Number(card.dataset.c ?? Math.abs(b))];
}

function nextItem(card) {
  let next = card.nextElementSibling;
  while (next && !next.classList.contains("item")) next = next.nextElementSibling;
  return next;
}

/** Inserts without losing focus or state. */
export function insert(list, node, before) {
  const active = node.contains(document.activeElement) ? document.activeElement : null;
  if (list.moveBefore && node.isConnected) {
    const places = isAnswered(active) ? placesAround(list) : [];
    list.moveBefore(node, before);
    for (const [box, left, top] of places) box.scrollTo({ left, top, behavior: "instant" });
  } else {
    list.insertBefore(node, before);
    if (active && document.activeElement !== active) active.focus({ preventScroll: true });
  }
}

/** Whether the keyboard is still in the line of an answer that was sent: its person goes on where the card was. */
function isAnswered(active) {
  const form = active?.closest(".answer");
  return Boolean(form) && isBlank(form);
}

/** How far everything around a list is scrolled: the browser scrolls to a focused element that is moved. */
function placesAround(list) {
  const places = [];
  for (let box = list; box; box = box.parentElement) places.push([box, box.scrollLeft, box.scrollTop]);
  return places;
}

/** Lets the eye follow: a short slide from the old place, a short fade when it is new. */
function glide(card, from) {
  if (still() || document.hidden) return;
  const to = card.getBoundingClientRect();
  if (!from) {
    card.animate([{ opacity: 0 }, { opacity: 1 }], { duration: 160, easing: "ease-out" });
  } else if (Math.abs(from.left - to.left) > 4 && to.width > 0) {
    const transform = `translate(${from.left - to.left}px, ${from.top - to.top}px)`;
    card.animate(
      [
        { transform, zIndex: 1 },
        { transform: "none", zIndex: 1 },
      ],
      { duration: 200, easing: "cubic-bezier(.2,.8,.2,1)" },
    );
  }
}
