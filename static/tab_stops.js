/**
 * One tab stop per column and group: a full board has hundreds of controls, and Tab would walk them all.
 *
 * In each column one card can be reached with Tab: the one that had the focus last, else the first. While a card has
 * the focus, its checkbox and its buttons are stops too. From card to card lead J, K, H, L and the arrows
 * (`keys.js`). Without this script every control is a stop, as the server sends them.
 *
 * @module
 */
import { $$, on } from "./dom.js";

/** Columns of the board and groups of the list. */
const LISTS = "#board .list, .trs";
const ITEMS = "#board .list > .item, .trs > .item";
const CONTROLS = "a, button, input, textarea, select";
/** By the id of a list: the card that is its stop. */
const stops = new Map();
let planned = false;

function arrange() {
  planned = false;
  for (const list of $$(LISTS)) {
    const items = $$(":scope > .item", list);
    const stop = items.find((item) => item.dataset.id === stops.get(list.id)) ?? items[0];
    for (const item of items) admit(item, item === stop);
  }
}

/** Makes a card reachable with Tab or not; all of its controls while it has the focus. */
function admit(item, isStop, focused = isStop && item.contains(document.activeElement)) {
  for (const control of $$(CONTROLS, item)) {
    const reached = focused || (isStop && control.matches("a[data-open]"));
    if (reached && control.tabIndex < 0) control.removeAttribute("tabindex");
    else if (!reached && control.tabIndex >= 0) control.tabIndex = -1;
  }
}

on("focusin", ITEMS, (_, item) => {
  const list = item.parentElement;
  const before = document.getElementById(`card-${stops.get(list.id)}`);
  stops.set(list.id, item.dataset.id);
  for (const other of new Set([before, list.querySelector(":scope > .item")]))
    if (other && other !== item && other.parentElement === list) admit(other, false);
  admit(item, true);
});
on("focusout", ITEMS, (event, item) => {
  if (event.relatedTarget instanceof Node && item.contains(event.relatedTarget)) return;
  admit(item, stops.get(item.parentElement?.id) === item.dataset.id, false);
});
// Cards that came, left or were morphed.
document.addEventListener("htmx:after:swap", () => {
  if (planned) return;
  planned = true;
  requestAnimationFrame(arrange);
});
arrange();
