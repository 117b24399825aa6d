/**
 * The keys. They never act inside fields or dialogs and never take a key the browser uses.
 *
 * @module
 */
import { $, typing } from "./dom.js";
import { closeDrawer, turn } from "./drawer.js";
import { openCreate } from "./create.js";
import { focusedTask, step } from "./focus.js";
import { openHelp } from "./help.js";
import { openNeed, turnNeed } from "./inbox.js";
import { keyOf } from "./key_names.js";
import { meant, meantBySelection } from "./meaning.js";
import { openMenu } from "./menu.js";
import { assignToMe, move } from "./moves.js";
import { openPalette } from "./palette.js";
import { chosen, clearSelection, toggle } from "./select.js";
import { undo } from "./toast.js";
import { at } from "./paths.js";

const GO = { b: "/", l: "/list", r: "/runs", d: "/deps", i: "/insights", n: "/needs", m: "/mine" };
let leader = 0;

const open = () => $("#drawer .sheet") !== null;
const anchor = () =>
  document.activeElement?.closest?.(".item, .ask, .run-item, tr[data-id]") ??
  $("#bulk:not([hidden])") ??
  $("#drawer .props") ??
  $(".pane h2");

/** What a key acts on: the task under the keyboard or in the drawer, and only without one the selection. */
function target() {
  const task = focusedTask();
  return task ? meant(task) : meantBySelection();
}

function menu(kind) {
  const meaning = target();
  if (meaning) openMenu(kind, meaning, anchor());
}

function extend(direction) {
  const before = focusedTask();
  if (before && chosen().ids.length === 0) toggle(before.id, { on: true });
  const link = step(direction);
  if (link) toggle(link.dataset.open, { range: true });
}

function selectHere() {
  const task = focusedTask();
  if (task) toggle(task.id);
}

function archive() {
  const meaning = target();
  if (meaning) move(meaning, "archived");
}

const PLAIN = {
  c: () => openCreate(),
  // A page without a filter still finds tasks.
  "/": () => ($("#search") ? $("#search").select() : openPalette()),
  j: () => walk(1),
  k: () => walk(-1),
  o: () => openNeed(),
  h: () => step(-1, { across: true }),
  l: () => step(1, { across: true }),
  J: () => extend(1),
  K: () => extend(-1),
  x: () => selectHere(),
  m: () => menu("move"),
  a: () => menu("assign"),
  i: () => assignToMe(target()),
  p: () => menu("priority"),
  ".": () => menu("actions"),
  "#": () => archive(),
  z: () => undo(),
  e: () => $('#drawer [data-edit="title"] [data-do="edit"]')?.click(),
  "?": () => openHelp(),
};

const WALKS = new Set(["j", "k", "h", "l", "J", "K"]);

/** To the next task: of the open drawer, of what needs a person, or of the page. */
function walk(direction) {
  if (open() && !anchorIsCard()) turn(direction);
  else if (!turnNeed(direction)) step(direction);
}

/** On a card the arrows lead to the others; elsewhere they scroll. */
const ARROWS = { ArrowDown: "j", ArrowUp: "k", ArrowLeft: "h", ArrowRight: "l" };

/** What a key is to the board. */
function nameOf(event) {
  const onCard = anchorIsCard() && !document.activeElement.closest(".pane") && !typing();
  const letter = onCard ? ARROWS[event.key] : undefined;
  if (letter === undefined) return keyOf(event);
  return event.shiftKey ? letter.toUpperCase() : letter;
}

const anchorIsCard = () => Boolean(document.activeElement?.closest?.("#view"));

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing) return;
  const modal = $("dialog[open]");
  const key = nameOf(event);
  if (key === "k" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey) {
    event.preventDefault();
    if (!modal) openPalette();
    return;
  }
  if (modal || $(".menu:popover-open")) return;
  if (event.key === "Escape") return escape(event);
  if (event.ctrlKey || event.metaKey || event.altKey || typing()) return;
  if (Date.now() - leader < 900 && GO[key]) {
    leader = 0;
    event.preventDefault();
    location.href = at(GO[key]);
    return;
  }
  if (key === "g") {
    leader = Date.now();
    return;
  }
  const action = PLAIN[key];
  if (!action) return;
  // A key that is held down walks on, and does nothing else twice.
  if (event.repeat && !WALKS.has(key)) return event.preventDefault();
  event.preventDefault();
  action();
});

function escape(event) {
  if (typing()) {
    document.activeElement.blur();
    return;
  }
  const { ids, all } = chosen();
  if (all || ids.length > 0) clearSelection();
  else if (!closeDrawer()) document.activeElement?.blur?.();
  event.preventDefault();
}
