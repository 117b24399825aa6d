/**
 * Fields: values edited in place, the comment box, the search for a parent.
 *
 * Enter saves a one-line field, Ctrl+Enter a long one, Escape restores.
 *
 * @module
 */
import { $, $$, act, on } from "./dom.js";
import { forget, purposeOf } from "./drafts.js";
import { shownEvent } from "./edit_base.js";
import { isBlank } from "./form_values.js";

// ── in place ────────────────────────────────────────────────────────────────
act("edit", (_, button) => {
  const edit = button.closest(".edit");
  edit.toggleAttribute("data-local-editing", true);
  const field = $("input:not([type=hidden]), textarea", edit);
  field.focus();
  field.setSelectionRange?.(field.value.length, field.value.length);
});
act("edit-cancel", (_, button) => giveUp(button.closest(".edit")));

/** Shows what is there again, in place of what was typed. */
export function giveUp(edit) {
  const field = $("input:not([type=hidden]), textarea", edit);
  field.value = field.dataset.was;
  $(".error", edit).textContent = "";
  finish(edit);
}

function finish(edit) {
  forget(purposeOf($(".field", edit)));
  edit.toggleAttribute("data-local-editing", false);
  delete edit.dataset.localBase;
  const unset = edit.closest(".unset");
  $(unset ? '[data-do="add-property"]' : ".pen", unset?.closest(".sheet") ?? edit)?.focus({ preventScroll: true });
}

/** What was saved is what is there; where the answer says it in other words, these. */
function settle(field) {
  if (field.dataset.was === field.dataset.sent) field.dataset.was = field.value;
  else field.value = field.dataset.was;
}
document.addEventListener("htmx:config:request", ({ detail }) => {
  const form = detail.ctx.sourceElement;
  const field = form instanceof HTMLFormElement && form.matches(".edit .field") && $("[data-was]", form);
  if (field) field.dataset.sent = field.dataset.was;
});

on("keydown", ".edit .field", (event, form) => {
  if (event.key === "Escape") {
    event.preventDefault();
    event.stopPropagation();
    giveUp(form.closest(".edit"));
  } else if (
    event.key === "Enter" &&
    !event.isComposing &&
    event.target.matches("textarea") &&
    (event.target.name === "title" || event.ctrlKey || event.metaKey)
  ) {
    event.preventDefault();
    form.requestSubmit();
  }
});

// ── the comment box and the other forms ─────────────────────────────────────
on("keydown", "[data-send=enter]", (event, box) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  if (box.value.trim()) box.form.requestSubmit();
});
on("keydown", "#create-form, #new-form", (event, form) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  form.requestSubmit();
});
// Enter takes the first task that was found, and waits for it where the answer is still to come.
on("keydown", "[data-picker]", (event, picker) => {
  if (event.key !== "Enter" || event.ctrlKey || event.metaKey || event.isComposing) return;
  event.preventDefault();
  if (picker.dataset.answered === picker.value) first(picker)?.click();
  else picker.dataset.hurried = picker.value;
});
const first = (picker) => $(".picks button", picker.closest(".parents"));

document.addEventListener("htmx:before:request", ({ detail }) => {
  const picker = detail.ctx?.sourceElement;
  if (picker?.matches?.("[data-picker]")) picker.dataset.asked = picker.value;
});
document.addEventListener("htmx:after:swap", ({ detail }) => {
  const picker = detail.ctx?.sourceElement;
  if (!picker?.matches?.("[data-picker]")) return;
  picker.dataset.answered = picker.dataset.asked;
  const { hurried, answered } = picker.dataset;
  delete picker.dataset.hurried;
  if (hurried === answered && answered === picker.value && answered !== "") first(picker)?.click();
});

// Saved: the field closes, unless more was typed since.
document.addEventListener("kanban:delivered", ({ target }) => {
  const field = target.matches(".edit .field") ? $("[data-was]", target) : null;
  if (field && saved.get(target) === field.value) {
    settle(field);
    finish(target.closest(".edit"));
  } else if (field && field.dataset.was === saved.get(target)) {
    target.closest(".edit").dataset.localBase = shownEvent(target); // What is typed on follows what was saved.
  }
  const description = target.closest("[hx-trigger=saved]");
  description?.dispatchEvent(new Event("saved"));
});
const saved = new WeakMap();
document.addEventListener("htmx:before:request", ({ detail }) => {
  const form = detail.ctx?.sourceElement;
  if (form?.matches?.(".edit .field")) saved.set(form, $("[data-was]", form).value);
});
// A form that unfolds folds again.
document.addEventListener("htmx:finally:request", ({ detail }) => {
  const { sourceElement: form, response } = detail.ctx ?? {};
  const fold = form instanceof HTMLFormElement && response && response.status < 400 ? form.closest("details") : null;
  if (fold && isBlank(form)) fold.open = false;
});

// A form that is sent again starts without the old complaint.
document.addEventListener("htmx:before:request", ({ detail }) => {
  const form = detail.ctx?.sourceElement;
  if (!(form instanceof HTMLFormElement)) return;
  for (const line of $$(".error", form.closest("#d-deps") ?? form)) line.textContent = "";
});
