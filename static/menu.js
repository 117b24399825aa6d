/**
 * The shared menu: filled from the page's templates for the task it is opened on, placed beside what
 * opened it, walked with the arrow keys.
 *
 * @module
 */
import { $, $$, act, leave, on, taskOf } from "./dom.js";
import { meantBy } from "./meaning.js";
import { assign, assignToMe, move, prioritize } from "./moves.js";
import { copyCommand, copyLink } from "./clipboard.js";
import { openTask } from "./drawer.js";
import { openHistory } from "./history.js";
import { focusedTask } from "./focus.js";
import { keyOf } from "./key_names.js";
import { selectColumn } from "./select.js";
import { at } from "./paths.js";

/** What the open menu acts on: a `Meaning`, or null for the menu of a column. */
let subject = null;
let opener = null;

const menu = () => $("#menu");

const KINDS = {
  move: "Move",
  assign: "Assign",
  priority: "Priority",
  actions: "Actions",
  column: "Column",
  task: "More",
  add: "Add",
};

/**
 * Opens a menu (one of `KINDS`) for what is meant beside `anchor`. Its items come from the page's template of that
 * kind, or from `items`.
 */
export function openMenu(kind, meaning, anchor, items = null) {
  const box = menu();
  const template = items ?? (kind === "move" ? moves(meaning) : document.getElementById(`menu-${kind}`));
  if (!box || !template) return;
  subject = meaning;
  opener = anchor ?? document.activeElement;
  box.replaceChildren(template.content.cloneNode(true));
  for (const item of $$("[data-when]", box))
    if (!item.dataset.when.split(" ").includes(meaning?.task?.status)) item.remove();
  for (const item of $$("[data-me]", box)) {
    if (document.body.dataset.me) item.dataset.assign = document.body.dataset.me;
    else item.remove();
  }
  box.setAttribute("role", kind === "assign" ? "dialog" : "menu");
  // A person sees before the act how many tasks it means.
  const title = meaning?.many ? `${KINDS[kind]} ${meaning.count}` : null;
  box.setAttribute("aria-label", title ?? KINDS[kind]);
  if (title !== null) box.prepend(heading(title));
  if (box.matches(":popover-open")) box.hidePopover();
  box.showPopover();
  placeBy(box, anchor);
  ($("input", box) ?? choices()[0] ?? box).focus();
}

function heading(text) {
  const line = document.createElement("p");
  line.className = "about";
  line.setAttribute("aria-hidden", "true"); // The name of the menu says it.
  line.textContent = text;
  return line;
}

/** The moves of one task, or those that are legal from some status of several. */
function moves(meaning) {
  if (!meaning) return null;
  if (!meaning.many) return document.getElementById(`menu-move-${meaning.statuses[0]}`) ?? anyMove();
  return anyMove();
}

/** Several cards of different columns: every target that is legal from some status. */
function anyMove() {
  const seen = new Map();
  for (const template of $$("template[id^=menu-move-]")) {
    for (const item of $$("[data-to]:not([aria-disabled])", template.content))
      if (!seen.has(item.dataset.to)) seen.set(item.dataset.to, item);
  }
  const whole = document.createElement("template");
  whole.content.append(...[...seen.values()].map((item) => item.cloneNode(true)));
  return whole;
}

function placeBy(box, anchor) {
  const at = anchor?.getBoundingClientRect?.() ?? {
    left: innerWidth / 2 - 110,
    right: 0,
    bottom: innerHeight / 3,
    top: innerHeight / 3,
    width: 0,
  };
  const { width, height } = box.getBoundingClientRect();
  const left = Math.max(8, Math.min(at.left, innerWidth - width - 8));
  const below = at.bottom + 4;
  const top = below + height > innerHeight - 8 ? Math.max(8, at.top - height - 4) : below;
  box.style.left = `${left}px`;
  box.style.top = `${top}px`;
}

const choices = () => $$("button", menu()).filter((button) => !button.hidden);

function close() {
  const box = menu();
  if (box?.matches(":popover-open")) box.hidePopover();
  if (opener?.isConnected) opener.focus({ preventScroll: true });
  else if (box) leave(box);
}

on("click", "#menu button", (_, button) => {
  if (button.getAttribute("aria-disabled") === "true") return;
  const meaning = subject;
  const from = opener;
  const { to, assign: assignee, priority, act: name } = button.dataset;
  close();
  if (to !== undefined) move(meaning, to);
  else if (assignee !== undefined) assign(meaning, assignee);
  else if (priority !== undefined) prioritize(meaning, priority);
  else if (name) perform(name, meaning, from);
});

/** Does a named action on what is meant; shared with the palette. */
export function perform(name, meaning, anchor) {
  const task = meaning?.task;
  if (name === "open" && task) openTask(task.id);
  else if (name === "menu") openMenu("move", meaning, anchor);
  else if (name === "assign-me") assignToMe(meaning);
  else if (name === "assign" || name === "priority") openMenu(name, meaning, anchor);
  else if (name === "history" && task) openHistory(task.id);
  else if (name === "copy" && task) copyLink(`/t/${task.id}`);
  else if (name === "copy-command" && task) copyCommand(task.id);
  else if (name === "duplicate" && task) location.href = at(`/new?from=${task.id}`);
  else if (name === "block") move(meaning, "blocked");
  else if (name === "archive") move(meaning, "archived");
  else if (name === "take" && task) move(meaning, "running");
  else if (name === "deps" && task) location.href = at(`/deps?id=${task.id}`);
  else if (name === "select-column") selectColumn(anchor?.closest(".col"));
  else if (name === "collapse")
    document.dispatchEvent(new CustomEvent("kanban:collapse", { detail: anchor?.closest(".col")?.dataset.col }));
}

on("keydown", "#menu", (event) => {
  const items = choices();
  const at = items.indexOf(document.activeElement);
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    const step = event.key === "ArrowDown" ? 1 : -1;
    items[(at + step + items.length) % items.length]?.focus();
  } else if (event.key === "Escape") {
    event.preventDefault();
    event.stopPropagation();
    close();
  } else if (event.key === "Enter" && event.target.matches("#assign-name")) {
    event.preventDefault();
    const typed = event.target.value.trim();
    const meaning = subject;
    const first = $("[data-first]", menu());
    close();
    if (typed) assign(meaning, first.dataset.assign);
  } else if (/^[0-4]$/.test(keyOf(event)) && $("[data-priority]", menu())) {
    event.preventDefault();
    $(`[data-priority="${keyOf(event)}"]`, menu())?.click();
  } else if (event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.target.matches("input")) {
    items
      .find((item, index) => index > at && item.textContent.trim().toLowerCase().startsWith(keyOf(event).toLowerCase()))
      ?.focus();
  }
});

on("input", "#assign-name", (_, input) => {
  const typed = input.value.trim();
  const known = $$("[data-assign]:not([data-new])", menu());
  for (const button of known)
    button.hidden = typed !== "" && !button.dataset.assign.toLowerCase().includes(typed.toLowerCase());
  // A name without a task can be entered too, also when the name is part of another's.
  const fresh = $("[data-new]", menu());
  fresh.hidden = typed === "" || known.some((button) => button.dataset.assign === typed);
  fresh.dataset.assign = typed;
  $("span", fresh).textContent = `Assign to “${typed}”`;
  const first = known.find((button) => button.dataset.assign === typed) ?? choices()[0];
  for (const button of [...known, fresh]) button.toggleAttribute("data-first", typed !== "" && button === first);
});

/** What a pressed button is about. */
const about = (element) => meantBy(element, taskOf(element) ?? focusedTask());

/** Opens a menu for what its button is about. */
function opens(kind, button) {
  const meaning = about(button);
  if (meaning) openMenu(kind, meaning, button);
}

/** Moves what a button is about. */
function go(button) {
  const meaning = about(button);
  if (meaning) move(meaning, button.dataset.to);
}

act("menu", (_, button) => opens("move", button));
act("assign", (_, button) => opens("assign", button));
act("priority", (_, button) => opens("priority", button));
act("task-menu", (_, button) => opens("task", button));
act("actions", (_, button) => opens("actions", button));
act("column", (_, button) => openMenu("column", null, button));
act("bulk-to", (_, button) => go(button));
act("go", (_, button) => go(button));
