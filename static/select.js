/**
 * Selecting cards: by checkbox, with ctrl- or shift-click without opening, with X and Shift+J/K.
 *
 * The checkbox itself is the state, so morphs keep it; this script only counts, ranges and shows the
 * bulk bar.
 *
 * @module
 */
import { $, $$, act, on, say } from "./dom.js";

let anchor = null;
let everything = false;

const boxes = () => $$(".item .pick");
const idOf = (box) => box.closest(".item").dataset.id;
const checked = () => boxes().filter((box) => box.checked);

/** What is selected: ids, or all that match the filter. */
export function chosen() {
  if ($("#bulk")?.hidden !== false) return { all: false, ids: [] };
  return { all: everything, ids: checked().map(idOf) };
}

export function clearSelection() {
  for (const box of checked()) box.checked = false;
  anchor = null;
  everything = false;
  show();
}

/** Selects or unselects a card; with `range` everything between it and the last one, too. */
export function toggle(id, { range = false, on: state } = {}) {
  const all = boxes();
  const box = all.find((candidate) => idOf(candidate) === id);
  if (!box) return;
  const from = all.findIndex((candidate) => idOf(candidate) === anchor);
  const to = all.indexOf(box);
  if (range && from >= 0) {
    for (const between of all.slice(Math.min(from, to), Math.max(from, to) + 1)) between.checked = true;
  } else {
    box.checked = state ?? !box.checked;
  }
  anchor = id;
  show();
}

function show() {
  const bar = $("#bulk");
  if (!bar) return;
  const count = checked().length;
  if (count === 0) everything = false;
  bar.hidden = count === 0;
  document.body.classList.toggle("selecting", count > 0);
  $("[data-selected]", bar).textContent = everything ? "All matching" : String(count);
  return count;
}

// With shift a checkbox takes all between it and the last one along.
on("click", ".item .pick", (event, box) => {
  if (!event.shiftKey || anchor === null || anchor === idOf(box)) return;
  const all = boxes();
  const [from, to] = [all.findIndex((other) => idOf(other) === anchor), all.indexOf(box)];
  if (from < 0) return;
  for (const between of all.slice(Math.min(from, to), Math.max(from, to) + 1)) between.checked = box.checked;
});
on("change", ".item .pick", (event, box) => {
  everything = false;
  if (!box.checked && anchor === idOf(box)) anchor = null;
  else anchor = idOf(box);
  show();
});
// Before htmx sees the click: with a key held it selects and opens nothing.
on(
  "click",
  ".item a[data-open]",
  (event, link) => {
    if (!(event.ctrlKey || event.metaKey || event.shiftKey)) return;
    event.preventDefault();
    event.stopPropagation();
    everything = false;
    toggle(link.dataset.open, { range: event.shiftKey });
  },
  true,
);
act("unselect", () => clearSelection());
act("bulk-all", () => {
  everything = true;
  for (const box of boxes()) box.checked = true;
  show();
  say("All tasks that match the filter are selected");
});
/** Selects all cards of a column. */
export function selectColumn(column) {
  for (const box of $$(".item .pick", column)) box.checked = true;
  show();
}
document.addEventListener("htmx:after:swap", show);
