/**
 * What an edit was made from: the newest event of the task at the moment when the person began.
 *
 * The drawer says its event in `#d-base`, and an update brings a newer one. An edit that is under way keeps that of
 * its beginning, and what was typed: an update shows the other text around the field, never in it. So the server sees
 * that both were changed, and answers with both texts (`conflict.js`).
 *
 * @module
 */
import { $, $$, act } from "./dom.js";

const FIELD = "textarea, input:not([type=hidden])";
const OPEN = "#drawer .edit[data-local-editing]";
const CHANGED = "Somebody else has changed this. Saving shows both texts.";

/** The event that a part of the drawer shows: a description that was asked for by itself has its own. */
export function shownEvent(element = null) {
  return (element?.closest("section[data-event]") ?? $("#d-base"))?.dataset.event ?? "";
}

const fieldOf = (edit) => $(FIELD, edit);
const isTyped = (field) => field.value !== (field.dataset.was ?? "");

act("edit", (_, button) => {
  const edit = button.closest(".edit");
  edit.dataset.localBase ??= shownEvent(edit);
});

// A draft that names no base is an edit of the first text there was: each other change is a conflict.
document.addEventListener("kanban:restored", ({ target, detail }) => {
  const edit = target.closest(".edit");
  if (edit) edit.dataset.localBase = detail.base ?? "0";
});

// A field that shows what is there, word for word, is as good as just begun.
document.addEventListener("htmx:after:swap", () => {
  for (const edit of $$(OPEN)) if (!isTyped(fieldOf(edit))) edit.dataset.localBase = shownEvent(edit);
});

// A morph writes the new text into a field that has not the focus: what was typed there would be lost.
htmx.registerExtension("typed", {
  htmx_before_morph_node: (field, { newNode }) => {
    if (!(field instanceof HTMLElement) || !field.matches(`.edit[data-local-editing] :is(${FIELD})`)) return true;
    if (!isTyped(field)) {
      // It has the focus, so the morph leaves its text alone: it would be an old one under a new base.
      if (newNode.dataset.was !== undefined) field.value = newNode.dataset.was;
      return true;
    }
    if (field.dataset.was !== newNode.dataset.was) {
      field.dataset.was = newNode.dataset.was;
      const line = $(".error", field.form);
      if (isTyped(field)) line.textContent = CHANGED;
    }
    return false;
  },
});

document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
  const form = ctx.sourceElement;
  const body = ctx.request.body;
  if (!(form instanceof HTMLFormElement) || !form.matches("#drawer form[hx-post$='/edit']")) return;
  const edit = form.closest(".edit");
  body.set("base", edit?.dataset.localBase ?? shownEvent(form));
});
