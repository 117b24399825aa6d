/**
 * The command palette: opens on the focused task, is walked with the arrow keys, runs with Enter.
 *
 * @module
 */
import { $, $$, act, on, post } from "./dom.js";
import { closeDrawer } from "./drawer.js";
import { openCreate } from "./create.js";
import { focusedTask } from "./focus.js";
import { meant } from "./meaning.js";
import { perform } from "./menu.js";
import { move } from "./moves.js";
import { openHelp } from "./help.js";
import { openNotify } from "./attention.js";
import { openPerson } from "./person.js";
import { theme } from "./theme.js";
import { at } from "./paths.js";

let subject = null;
// What was asked for and what the list answers: Enter before the answer waits for it.
let asked = null;
let shown = null;
let hurried = false;

export function openPalette() {
  const dialog = $("#palette");
  if (!dialog || dialog.open) return;
  subject = focusedTask();
  const input = $("#palette-q");
  input.value = "";
  shown = null;
  hurried = false;
  $("#palette-focus").value = subject?.id ?? "";
  dialog.showModal();
  input.focus();
  htmx.trigger(input, "kanban:palette", {}, false);
}
act("palette", () => openPalette());

const options = () => $$("#palette-list .option");

function select(option) {
  const input = $("#palette-q");
  for (const other of options()) other.setAttribute("aria-selected", String(other === option));
  if (option) {
    option.id ||= `option-${options().indexOf(option)}`;
    input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  } else {
    input.removeAttribute("aria-activedescendant");
  }
}

document.addEventListener("htmx:after:swap", ({ detail }) => {
  if (detail.ctx?.target?.id !== "palette-list") return;
  options().forEach((option, index) => (option.id = `option-${index}`));
  select(options()[0] ?? null);
  shown = asked;
  if (hurried && shown === $("#palette-q").value && $("#palette").open) options()[0]?.click();
  hurried = false;
});
document.addEventListener("htmx:before:request", ({ detail }) => {
  if (detail.ctx?.sourceElement?.id === "palette-q") asked = $("#palette-q").value;
});
on("input", "#palette-q", () => (hurried = false));
on("keydown", "#palette-q", (event) => {
  const all = options();
  const at = all.findIndex((option) => option.getAttribute("aria-selected") === "true");
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    const next = event.key === "ArrowDown" ? at + 1 : at - 1;
    select(all[(next + all.length) % all.length] ?? null);
  } else if (event.key === "Enter" && !event.isComposing) {
    event.preventDefault();
    if (shown === event.target.value) all[at]?.click();
    else hurried = true;
  }
});
on("click", "#palette [data-act], #palette [data-to]", (_, option) => {
  const { act: name, to } = option.dataset;
  const task = subject;
  $("#palette").close();
  if (to) move(meant(task), to);
  else run(name, task);
});

/** Commands that are not about a task. */
function run(name, task) {
  const anchor = task ? (document.getElementById(`card-${task.id}`) ?? null) : null;
  if (name === "create") openCreate();
  else if (name === "filter") filter();
  else if (name === "help") openHelp();
  else if (name === "notify") openNotify();
  else if (name === "close") closeDrawer();
  else if (name?.startsWith("theme-")) theme(name.slice(6));
  else if (["dispatch", "pause", "resume"].includes(name)) post(`/${name}`, {});
  else if (name === "person") openPerson();
  else if (name === "logout") $("#person form[action$='/logout']")?.requestSubmit();
  else perform(name, task ? meant(task) : null, anchor);
}

/** Puts the keyboard on the text filter; a page without one leads to the board, which has it. */
function filter() {
  const field = $("#search");
  if (field) field.select();
  else location.href = at("/");
}
