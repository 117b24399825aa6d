/**
 * Making tasks: the full form, as a dialog and as a page, and the one line at the head of a column.
 *
 * @module
 */
import { $, act, on } from "./dom.js";
import { addParent, isBlank } from "./form_values.js";

const FILTERED = ["tenant", "assignee"];

/** A new task belongs to what the page is filtered to, unless something else was typed. */
function prefill(form) {
  const filter = new URLSearchParams($("#view")?.dataset.query);
  for (const name of FILTERED) {
    const field = $(`[name=${name}]`, form);
    if (field.value !== (field.dataset.filled ?? "")) continue;
    field.value = field.dataset.filled = filter.get(name) ?? "";
  }
}

/** Opens the full form. */
export function openCreate() {
  const dialog = $("#create");
  if (!dialog || dialog.open) return;
  prefill($("#create-form"));
  dialog.showModal();
  $("[name=title]", dialog).focus();
}
// Emptied by being sent: the next task starts from the same filter, and its title can be typed at once.
document.addEventListener("kanban:sent", ({ target }) => {
  if (target.id === "create-form") {
    for (const name of FILTERED) delete $(`[name=${name}]`, target).dataset.filled;
    prefill(target);
  }
  if (target.matches("#create-form, #new-form")) $("[name=title]", target).focus();
});
document.addEventListener("kanban:delivered", ({ target }) => {
  if (target.id === "create-form" && !$("[data-stay]", target).checked && isBlank(target)) $("#create").close();
});
// What was not made is in the form, which may be closed by now.
document.addEventListener("kanban:returned", ({ target }) => {
  if (target.id === "create-form" && !$("#create").open && !$("dialog[open]")) openCreate();
  if (target.matches(".quick")) target.hidden = false;
});
document.addEventListener("kanban:restored", ({ target }) => {
  if (target.matches(".quick")) target.hidden = false;
});
act("create", () => openCreate());
act("create-close", () => $("#create").close());
act("quick", (_, button) => quick(button.closest(".col")));

/** Shows the one-line form of a column, or hides it when nothing is typed in it. */
function quick(column) {
  const form = $(".quick", column);
  if (!form) return;
  form.hidden = !form.hidden && isBlank(form);
  if (!form.hidden) $("[name=title]", form).focus();
}

on("keydown", ".quick", (event, form) => {
  if (event.key !== "Escape") return;
  event.preventDefault();
  form.hidden = true;
  $('[data-do="quick"]', form.closest(".col"))?.focus();
});

act("pick-parent", (_, button) => {
  const fields = button.closest(".parents");
  const { id, title } = button.dataset;
  addParent(fields, id, title);
  $(".picks", fields).replaceChildren();
  const search = $("[data-picker]", fields);
  search.value = "";
  delete search.dataset.answered;
  search.focus();
  changed(fields);
});
act("drop-parent", (_, button) => {
  const fields = button.closest(".parents");
  button.closest("[data-parent]").remove();
  changed(fields);
});

/** What was picked belongs to the draft, as what is typed does. */
const changed = (fields) => fields.dispatchEvent(new Event("input", { bubbles: true }));
