/**
 * What was typed and not sent is kept, also over a reload, for as long as the tab lives.
 *
 * A draft belongs to a form by what the form does (`/t/t_1a2b3c4d/comments`), not to an element, which may be replaced:
 * a form of the same purpose that appears without a text of its own gets it back, with the key that it may have been
 * sent under.
 *
 * @module
 */
import { $, $$, on } from "./dom.js";
import { clear, fill, holdsText, isBlank, valuesOf } from "./form_values.js";

const PREFIX = "kanban.draft.";
const LONGEST = 200_000;

/** The purpose of a form, which its draft is kept under; null: nothing that is typed into it is kept. */
export function purposeOf(form) {
  if (!form.matches("form[method=post]") || !holdsText(form)) return null;
  const path = form.getAttribute("hx-post") ?? form.getAttribute("action") ?? "";
  if (form.matches(".quick")) return `${path}#${$("[name=column]", form)?.value}`;
  if (form.matches(".field")) return `${path}#${$("textarea, input:not([type=hidden])", form).name}`;
  if (path.endsWith("/move")) return `${path}#${$("[name=to]", form)?.value}`;
  return form.id === "new-form" ? `${path}#page` : path;
}

/**
 * The draft of a purpose, or null: `{ fields, parents }`; with the `key` that it may have been done under, and, while it
 * is unchanged since, what was `sent`.
 */
export function draftOf(purpose) {
  try {
    return JSON.parse(sessionStorage.getItem(PREFIX + purpose) ?? "null");
  } catch {
    return null;
  }
}

/** The purposes that have a draft. */
export const purposes = () =>
  Object.keys(sessionStorage)
    .filter((name) => name.startsWith(PREFIX))
    .map((name) => name.slice(PREFIX.length));

/** Keeps a draft. A full storage loses the draft and nothing else. */
export function keep(purpose, draft) {
  const text = JSON.stringify(draft);
  if (text.length > LONGEST) return;
  try {
    sessionStorage.setItem(PREFIX + purpose, text);
  } catch {}
}

/** Drops a draft: it was sent, or given up. */
export function forget(purpose) {
  sessionStorage.removeItem(PREFIX + purpose);
}

/** Drops all that was typed in this tab and not sent: who used it has signed out. */
export function forgetDrafts() {
  for (const purpose of purposes()) forget(purpose);
}

/** How many forms of a purpose are under way: what they sent is no draft to be put back. */
const underWay = new Map();

/** Whether a form of this purpose is under way. */
export const isSending = (purpose) => (underWay.get(purpose) ?? 0) > 0;

/** Counts the forms of a purpose that are under way. */
export function countSending(purpose, change) {
  underWay.set(purpose, (underWay.get(purpose) ?? 0) + change);
}

/** The field of an edit in place that still says what it said. */
const untouched = (form) => {
  const field = form.matches(".field") ? $("[data-was]", form) : null;
  return field ? field.value === field.dataset.was : isBlank(form);
};

on("input", "form", (_, form) => {
  const purpose = purposeOf(form);
  if (purpose === null) return;
  if (untouched(form)) forget(purpose);
  else keep(purpose, valuesOf(form));
});
/** Puts drafts back into forms that say nothing yet. Calls `kanban:restored` on each with its draft. */
export function restoreDrafts(root = document) {
  const forms = $$("form[method=post]", root);
  for (const form of root.matches?.("form") ? [root, ...forms] : forms) {
    const purpose = purposeOf(form);
    const draft = purpose === null || isSending(purpose) || !untouched(form) ? null : draftOf(purpose);
    if (draft === null) continue;
    if (!form.matches(".field")) clear(form);
    fill(form, draft);
    form.closest(".edit")?.toggleAttribute("data-local-editing", true);
    form.dispatchEvent(new CustomEvent("kanban:restored", { bubbles: true, detail: draft }));
  }
}
