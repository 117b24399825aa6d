/**
 * What was typed and not sent: a comment or a description that was begun is restored when the
 * drawer of its task is opened again, also after a reload, for as long as the tab lives.
 *
 * @module
 */
import { $$, on } from "./dom.js";

const FIELDS = "#drawer .compose textarea, #drawer .edit textarea[name=body]";
const key = (field) => {
  const id = field.closest(".sheet")?.dataset.id;
  return id ? `kanban.draft.${id}.${field.closest("form").className}` : null;
};

/** Drops the draft of a field: it was sent, or given up. */
export function forget(field) {
  if (field?.matches(FIELDS)) sessionStorage.removeItem(key(field));
}

on("input", FIELDS, (_, field) => {
  if (field.value === (field.dataset.was ?? "")) forget(field);
  else if (field.value.length < 100_000) sessionStorage.setItem(key(field), field.value);
});

function restore() {
  for (const field of $$(FIELDS)) {
    const draft = sessionStorage.getItem(key(field));
    if (draft === null || field.disabled) continue;
    field.value = draft;
    field.closest(".edit")?.toggleAttribute("data-local-editing", true);
  }
}

document.addEventListener("htmx:after:swap", ({ detail }) => {
  if (detail.ctx?.target?.id === "drawer") restore();
});
restore();
