/**
 * The shared menu: filled from the page's templates for the task it is opened on, placed beside what
 * opened it, walked with the arrow keys.
 *
 * @module
 */
import { $, $$, act, leave, on, taskOf } from "./dom.js";
import { assign, move, prioritize, targets } from "./moves.js";
import { copy, openTask } from "./drawer.js";
import { focusedTask } from "./focus.js";
import { selectColumn } from "./select.js";

let subject = null;
let opener = null;

const menu = () => $("#menu");

/** Opens a menu (`move`, `assign`, `priority`, `actions`, `column`) for a task beside `anchor`. */
export function openMenu(kind, task, anchor) {
  const box = menu();
  const template =
    document.getElementById(kind === "move" ? `menu-move-${task?.status ?? ""}` : `menu-${kind}`) ??
    (kind === "move" ? anyMove() : null);
  if (!box || !template) return;
  subject = task;
  opener = anchor ?? document.activeElement;
  box.replaceChildren(template.content.cloneNode(true));
  box.setAttribute("role", kind === "assign" ? "dialog" : "menu");
  box.setAttribute(
    "aria-label",
    { move: "Move to", assign: "Assign to", priority: "Priority", actions: "Actions", column: "Column" }[kind],
  );
  if (box.matches(":popover-open")) box.hidePopover();
  box.showPopover();
  placeBy(box, anchor);
  ($("input", box) ?? choices()[0] ?? box).focus();
}

/** Several cards of different columns: every target that is legal from some status. */
function anyMove() {
  const { ids, all } = targets(null);
  if (!all && ids.length === 0) return null;
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
  const task = subject;
  const from = opener;
  const { to, assign: assignee, priority, act: name } = button.dataset;
  close();
  if (to !== undefined) move(task, to);
  else if (assignee !== undefined) assign(task, assignee);
  else if (priority !== undefined) prioritize(task, priority);
  else if (name) perform(name, task, from);
});

/** Does a named action on a task; shared with the palette. */
export function perform(name, task, anchor) {
  if (name === "open" && task) openTask(task.id);
  else if (name === "menu") openMenu("move", task, anchor);
  else if (name === "assign" || name === "priority") openMenu(name, task, anchor);
  else if (name === "copy" && task) copy(`/t/${task.id}`);
  else if (name === "take" && task) move(task, "running");
  else if (name === "deps" && task) location.href = `/deps?id=${task.id}`;
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
    const task = subject;
    const first = $("[data-first]", menu());
    close();
    if (typed) assign(task, first.dataset.assign);
  } else if (/^[0-4]$/.test(event.key) && $("[data-priority]", menu())) {
    event.preventDefault();
    $(`[data-priority="${event.key}"]`, menu())?.click();
  } else if (event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.target.matches("input")) {
    items
      .find((item, index) => index > at && item.textContent.trim().toLowerCase().startsWith(event.key.toLowerCase()))
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

/** The task a pressed button is about; in the bulk bar it is the selection. */
function about(element) {
  if (element.closest("#bulk")) return null;
  return taskOf(element) ?? focusedTask();
}

act("menu", (_, button) => openMenu("move", about(button), button));
act("assign", (_, button) => openMenu("assign", about(button), button));
act("priority", (_, button) => openMenu("priority", about(button), button));
act("actions", (_, button) => openMenu("actions", about(button), button));
act("column", (_, button) => openMenu("column", null, button));
act("bulk-to", (_, button) => move(null, button.dataset.to));
act("go", (_, button) => move(about(button), button.dataset.to));
