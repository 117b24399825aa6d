/**
 * Fields: values edited in place, the comment box, the create form and the quick add.
 *
 * Enter saves a one-line field, Ctrl+Enter a long one, Escape restores. What was sent successfully is
 * cleared here, because a morph never empties a field.
 *
 * @module
 */
import { $, $$, act, on } from "./dom.js";
import { forget } from "./drafts.js";

// ── in place ────────────────────────────────────────────────────────────────
act("edit", (_, button) => {
  const edit = button.closest(".edit");
  edit.toggleAttribute("data-local-editing", true);
  const field = $("input:not([type=hidden]), textarea", edit);
  field.focus();
  field.setSelectionRange?.(field.value.length, field.value.length);
});
act("edit-cancel", (_, button) => restore(button.closest(".edit")));

function restore(edit) {
  const field = $("input:not([type=hidden]), textarea", edit);
  field.value = field.dataset.was;
  $(".error", edit).textContent = "";
  finish(edit);
}

function finish(edit) {
  forget($("input:not([type=hidden]), textarea", edit));
  edit.toggleAttribute("data-local-editing", false);
  const unset = edit.closest(".unset");
  $(unset ? '[data-do="add-property"]' : ".pen", unset?.closest(".sheet") ?? edit)?.focus({ preventScroll: true });
}

on("keydown", ".edit .field", (event, form) => {
  if (event.key === "Escape") {
    event.preventDefault();
    event.stopPropagation();
    restore(form.closest(".edit"));
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
on("keydown", "#create-form", (event, form) => {
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

const ok = (ctx) => ctx?.response && ctx.response.status < 400;

document.addEventListener("htmx:finally:request", ({ detail }) => {
  const form = detail.ctx?.sourceElement;
  if (!(form instanceof HTMLFormElement) || !ok(detail.ctx)) return;
  if (form.matches(".edit .field")) {
    finish(form.closest(".edit"));
    form.closest("[hx-trigger=saved]")?.dispatchEvent(new Event("saved"));
  } else if (form.matches(".compose, .quick")) clear(form);
  else if (form.id === "create-form") created(form);
  else if (form.closest("details")) form.closest("details").open = false;
});

function clear(form) {
  for (const field of $$("input:not([type=hidden]), textarea", form)) {
    field.value = "";
    forget(field);
  }
  for (const line of $$(".error", form)) line.textContent = "";
}

function created(form) {
  const stay = $("[data-stay]", form).checked;
  form.reset();
  for (const name of FILTERED) delete $(`[name=${name}]`, form).dataset.filled;
  prefill(form);
  $("[data-stay]", form).checked = stay;
  $$("[data-parent]", form).forEach((chip) => chip.remove());
  $("#create-picks").replaceChildren();
  $("#error-create").textContent = "";
  if (stay) $("[name=title]", form).focus();
  else $("#create").close();
}

// A form that is sent again starts without the old complaint.
document.addEventListener("htmx:before:request", ({ detail }) => {
  const form = detail.ctx?.sourceElement;
  if (!(form instanceof HTMLFormElement)) return;
  for (const line of $$(".error", form.closest("#d-deps") ?? form)) line.textContent = "";
});

// ── creating ────────────────────────────────────────────────────────────────
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
act("create", () => openCreate());
act("create-close", () => $("#create").close());
act("quick", (_, button) => quick(button.closest(".col")));

/** Shows or hides the one-line form of a column. */
function quick(column) {
  const form = $(".quick", column);
  if (!form) return;
  form.hidden = !form.hidden;
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
  if (!$(`[data-parent="${id}"]`, fields)) $("[data-parents]", fields).append(chip(id, title));
  $(".picks", fields).replaceChildren();
  const search = $("[data-picker]", fields);
  search.value = "";
  delete search.dataset.answered;
  search.focus();
});
act("drop-parent", (_, button) => button.closest("[data-parent]").remove());

function chip(id, title) {
  const box = document.createElement("span");
  box.className = "chip";
  box.dataset.parent = id;
  const name = document.createElement("span");
  name.className = "ell";
  name.textContent = title;
  const hidden = document.createElement("input");
  hidden.type = "hidden";
  hidden.name = "parents";
  hidden.value = id;
  const off = document.createElement("button");
  off.type = "button";
  off.dataset.do = "drop-parent";
  off.textContent = "×";
  off.setAttribute("aria-label", `Do not wait for ${title}`);
  box.append(name, hidden, off);
  return box;
}
