/**
 * Dragging cards with mouse, pen and finger.
 *
 * A small delegated pointer script: it survives morphs because nothing is bound to a card, and a card
 * may change or move while it is held. The mouse drags a card anywhere, a finger by its Move handle,
 * so that scrolling stays possible. Legal columns light up, the others say why not; the line shows
 * where the card will sort. A lost pointer, a blur, a hidden tab and Escape cancel.
 *
 * @module
 */
import { $, $$ } from "./dom.js";
import { cardsOf, meant } from "./meaning.js";
import { move } from "./moves.js";
import { keyIn, successor } from "./card_order.js";

const SLOP = 6;
const EDGE = 56;
let held = null;

const columnAt = (x, y) => document.elementFromPoint(x, y)?.closest(".col") ?? null;

document.addEventListener("pointerdown", (event) => {
  if (event.button !== 0 || !(event.target instanceof Element)) return;
  const item = event.target.closest(".board .item");
  if (!item) return;
  const handle = event.target.closest('[data-do="menu"]');
  if (
    event.pointerType === "touch"
      ? !handle
      : event.target.closest("button:not([data-do=menu]), input, textarea, select, summary, label")
  )
    return;
  held = {
    id: item.dataset.id,
    status: item.dataset.status,
    pointer: event.pointerId,
    x: event.clientX,
    y: event.clientY,
    at: [event.clientX, event.clientY],
    on: false,
    ghost: null,
    slot: null,
    frame: 0,
  };
});

document.addEventListener("pointermove", (event) => {
  if (!held || event.pointerId !== held.pointer) return;
  held.at = [event.clientX, event.clientY];
  if (!held.on) {
    if (Math.hypot(event.clientX - held.x, event.clientY - held.y) < SLOP) return;
    if (!lift()) return;
  }
  event.preventDefault();
  follow();
});

function lift() {
  const item = document.getElementById(`card-${held.id}`);
  if (!item) {
    held = null;
    return false;
  }
  const box = item.getBoundingClientRect();
  held.on = true;
  held.meaning = meant({ id: held.id, status: held.status, element: item });
  held.grip = [held.x - box.left, held.y - box.top];
  held.ghost = document.createElement("div");
  held.ghost.className = "carried";
  held.ghost.setAttribute("aria-hidden", "true");
  held.ghost.style.width = `${box.width}px`;
  const copy = item.cloneNode(true);
  copy.classList.remove("item"); // No card of the board.
  for (const element of [copy, ...$$("[id]", copy)]) element.removeAttribute("id");
  held.ghost.append(copy);
  if (held.meaning.many) held.ghost.append(badge(held.meaning.count));
  document.body.append(held.ghost);
  held.cards = [item, ...cardsOf(held.meaning)];
  for (const card of held.cards) card.classList.add("lifted");
  document.documentElement.classList.add("dragging");
  for (const column of $$(".col")) {
    const why = reason(held.status, column.dataset.col);
    column.classList.add(why === null ? "yes" : "no");
    const note = $(".whynot", column);
    if (note) note.textContent = why ?? "";
  }
  held.frame = requestAnimationFrame(scroll);
  return true;
}

/** How many tasks are dragged. */
function badge(text) {
  const mark = document.createElement("b");
  mark.className = "many";
  mark.textContent = text;
  return mark;
}

/** Why a card may not go from one status to another, or null when it may. */
function reason(from, to) {
  if (from === to) return "";
  const item = $(
    `[data-to="${to}"]`,
    document.getElementById(`menu-move-${from}`)?.content ?? document.createDocumentFragment(),
  );
  return item ? (item.dataset.why ?? null) : "";
}

function follow() {
  const [x, y] = held.at;
  held.ghost.style.transform = `translate(${x - held.grip[0]}px, ${y - held.grip[1]}px)`;
  const column = columnAt(x, y);
  for (const other of $$(".col.over")) if (other !== column) other.classList.remove("over");
  held.slot?.remove();
  held.slot = null;
  if (!column) return;
  column.classList.add("over");
  const list = $(".list", column);
  const item = document.getElementById(`card-${held.id}`);
  if (!item || !column.classList.contains("yes") || column.dataset.col === held.status) return;
  held.slot = document.createElement("li");
  held.slot.className = "slot";
  held.slot.setAttribute("aria-hidden", "true");
  list.insertBefore(
    held.slot,
    successor(list, item, keyIn(item, column.dataset.col)) ?? $(":scope > .more-row, :scope > .empty", list),
  );
}

/** Scrolls the board while the pointer is at its edge. */
function scroll() {
  if (!held?.on) return;
  const board = $("#board");
  const box = board.getBoundingClientRect();
  const [x] = held.at;
  if (x < box.left + EDGE) board.scrollLeft -= 14;
  else if (x > box.right - EDGE) board.scrollLeft += 14;
  held.frame = requestAnimationFrame(scroll);
}

function drop({ cancel }) {
  const done = held;
  held = null;
  if (!done?.on) return;
  cancelAnimationFrame(done.frame);
  swallowClick();
  // Asked before anything is changed: of a changed page the answer costs a layout of it.
  const to = cancel ? undefined : columnAt(...done.at)?.dataset.col;
  const item = document.getElementById(`card-${done.id}`);
  // The card may have moved on while it was held; where it is now decides.
  const status = item?.dataset.status;
  if (!to || !item || to === status || reason(status, to) !== null) return release(done);
  // A dialog that opens inside the pointerup would take that same pointer for a press outside itself. What shows
  // the drag goes with it, so that the browser draws once.
  setTimeout(() => {
    release(done);
    move(done.meaning.many ? done.meaning : meant({ id: done.id, status, element: item }), to);
  });
}

/** Takes away what showed the drag. */
function release({ cards, ghost, slot }) {
  ghost.remove();
  slot?.remove();
  document.documentElement.classList.remove("dragging");
  for (const column of $$(".col")) column.classList.remove("yes", "no", "over");
  for (const card of cards) card.classList.remove("lifted");
}

/** The click that follows a drag opens nothing. */
function swallowClick() {
  const stop = (event) => {
    event.preventDefault();
    event.stopPropagation();
  };
  document.addEventListener("click", stop, { capture: true, once: true });
  setTimeout(() => document.removeEventListener("click", stop, { capture: true }), 50);
}

document.addEventListener("pointerup", (event) => {
  if (held && event.pointerId === held.pointer) {
    held.at = [event.clientX, event.clientY];
    drop({ cancel: false });
  }
});
document.addEventListener(
  "pointercancel",
  (event) => held && event.pointerId === held.pointer && drop({ cancel: true }),
);
addEventListener("blur", () => drop({ cancel: true }));
document.addEventListener("visibilitychange", () => document.hidden && drop({ cancel: true }));
document.addEventListener(
  "keydown",
  (event) => {
    if (event.key !== "Escape" || !held?.on) return;
    event.preventDefault();
    event.stopPropagation();
    drop({ cancel: true });
  },
  true,
);
// The browser's own dragging of links and text would steal the pointer.
for (const type of ["dragstart", "selectstart"])
  document.addEventListener(type, (event) => held && event.preventDefault());
