/**
 * Completing `@` in a text that people read: the names of people and profiles that begin with what is typed.
 *
 * The field keeps the keyboard. The list is a listbox that it names as active, so a screen reader says the name that
 * Enter or Tab would take; Escape closes the list and nothing else. The names are those of the assign menu.
 *
 * @module
 */
import { $, $$, on } from "./dom.js";

const FIELD = "[data-mention]";
const SHOWN_MAX = 8;
/** What is typed of a name: after an `@` that begins a word. */
const TYPED = /(?<![\p{L}\p{N}_.@/+-])@([\p{L}\p{N}_.-]*)$/u;

let field = null;
let at = 0;

const list = () => document.getElementById("mention-list");
const options = () => $$("[role=option]", list() ?? document.createElement("div"));

/** The names with what they are; a name that begins with the text comes before one that has it inside. */
function matching(typed) {
  const template = document.getElementById("menu-assign");
  const names = $$("[data-assign]:not([data-assign=''], [data-me])", template?.content ?? document).map((button) => ({
    name: button.dataset.assign,
    kind: $(".faint", button)?.textContent ?? "",
  }));
  const part = typed.toLowerCase();
  const rank = ({ name }) => (name.toLowerCase().startsWith(part) ? 0 : 1);
  return names
    .filter(({ name, kind }) => kind !== "" && name.toLowerCase().includes(part))
    .sort((a, b) => rank(a) - rank(b))
    .slice(0, SHOWN_MAX);
}

function typedIn(box) {
  if (box.selectionStart !== box.selectionEnd) return null;
  return TYPED.exec(box.value.slice(0, box.selectionStart))?.[1] ?? null;
}

function open(box, names) {
  field = box;
  at = 0;
  const popup = list() ?? document.createElement("ul");
  popup.id = "mention-list";
  popup.className = "menu mentions";
  popup.setAttribute("role", "listbox");
  popup.setAttribute("aria-label", "Mention");
  popup.popover = "manual";
  popup.replaceChildren(...names.map(option));
  // A field of a dialog needs its list inside: the rest of the page is inert.
  const home = box.closest("dialog") ?? $("#menu").parentNode;
  if (popup.parentNode !== home) home.append(popup);
  if (!popup.matches(":popover-open")) popup.showPopover();
  const { left, top, bottom } = box.getBoundingClientRect();
  const { height } = popup.getBoundingClientRect();
  popup.style.left = `${Math.max(8, left)}px`;
  popup.style.top = `${top - height - 4 > 8 ? top - height - 4 : bottom + 4}px`;
  box.setAttribute("aria-controls", popup.id);
  choose(0);
}

function option({ name, kind }, index) {
  const item = document.createElement("li");
  item.id = `mention-${index}`;
  item.className = "choice";
  item.setAttribute("role", "option");
  item.dataset.name = name;
  const about = document.createElement("span");
  about.className = "faint";
  about.textContent = kind;
  item.append(name, about);
  return item;
}

function choose(index) {
  const all = options();
  at = (index + all.length) % all.length;
  all.forEach((item, i) => item.setAttribute("aria-selected", String(i === at)));
  all[at].scrollIntoView({ block: "nearest" });
  field.setAttribute("aria-activedescendant", all[at].id);
}

function close() {
  const popup = list();
  if (popup?.matches(":popover-open")) popup.hidePopover();
  for (const name of ["aria-controls", "aria-activedescendant"]) field?.removeAttribute(name);
  field = null;
}

function take(name) {
  const box = field;
  const end = box.selectionStart;
  const start = end - typedIn(box).length;
  close();
  box.setRangeText(`${name} `, start, end, "end");
  box.dispatchEvent(new Event("input", { bubbles: true }));
  box.focus();
}

on("input", FIELD, (_, box) => {
  const typed = typedIn(box);
  const names = typed === null ? [] : matching(typed);
  // A name that is complete needs no list.
  if (names.length === 0 || (names.length === 1 && names[0].name === typed)) close();
  else open(box, names);
});
// Before anything else hears of the key: Enter would send, and Escape would close the drawer.
document.addEventListener(
  "keydown",
  (event) => {
    if (field === null || event.target !== field || event.isComposing || !options()[at]) return;
    const act = {
      ArrowDown: () => choose(at + 1),
      ArrowUp: () => choose(at - 1),
      Enter: () => take(options()[at].dataset.name),
      Tab: () => take(options()[at].dataset.name),
      Escape: close,
    }[event.shiftKey ? "" : event.key];
    if (!act) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    act();
  },
  true,
);
// The field keeps the focus while a name is pressed.
on("pointerdown", "#mention-list", (event) => event.preventDefault());
on("click", "#mention-list [role=option]", (_, item) => take(item.dataset.name));
on("focusout", FIELD, close);
