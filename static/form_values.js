/**
 * What is typed into a form: taken out of it, put back, and thrown away.
 *
 * @module
 */
import { $, $$ } from "./dom.js";

const FIELDS = "input[name], textarea[name], select[name]";
const TEXTS = "textarea, input:not([type=checkbox], [type=radio])";

/** What a person fills in; not what the page put there, and not the search for a parent. */
const fields = (form) =>
  $$(FIELDS, form).filter((field) => !field.matches("[type=hidden], [type=submit], [data-picker]") && !field.disabled);

/** The texts of a form, by name; a choice that is not the first says so too. */
export function valuesOf(form) {
  // A text that is restored is still an edit of what was there when it was begun.
  const base = form.closest(".edit")?.dataset.localBase ?? $("[name=base]", form)?.value;
  return {
    ...(base === undefined ? {} : { base }),
    fields: fields(form).map(({ name, type, value, checked }) => [name, type === "checkbox" ? checked : value]),
    parents: $$("[data-parent]", form).map((chip) => [chip.dataset.parent, $(".ell", chip)?.textContent ?? ""]),
  };
}

/** Puts values back into a form. */
export function fill(form, { fields: values, parents = [] }) {
  const named = new Map(values);
  for (const field of fields(form)) {
    if (!named.has(field.name)) continue;
    if (field.type === "checkbox") field.checked = named.get(field.name);
    else field.value = named.get(field.name);
    const fold = field.closest("details");
    if (fold && !isInitial(field)) fold.open = true;
  }
  for (const [id, title] of parents) addParent(form, id, title);
}

/** Empties a form. */
export function clear(form) {
  for (const field of fields(form)) {
    if (field.type === "checkbox") field.checked = field.defaultChecked;
    else if (field.matches("select")) field.selectedIndex = Math.max(0, [...field.options].findIndex(isDefault));
    else field.value = "";
  }
  for (const line of $$(".error", form)) line.textContent = "";
  for (const chip of $$("[data-parent]", form)) chip.remove();
  $(".picks", form)?.replaceChildren();
}

/** Whether a field says what it says in an empty form. */
function isInitial(field) {
  if (field.type === "checkbox") return field.checked === field.defaultChecked;
  if (!field.matches("select")) return field.value === "";
  return field.selectedIndex === Math.max(0, [...field.options].findIndex(isDefault));
}

const isDefault = (option) => option.defaultSelected;

/** Whether nothing is typed: what the page filled in by itself does not count. */
export function isBlank(form) {
  const typed = ({ value, dataset }) => value.trim() !== "" && value !== dataset.filled;
  return !fields(form).some((field) => field.matches(TEXTS) && typed(field)) && $("[data-parent]", form) === null;
}

/** Whether a person types something into it that is sent and then no longer needed there. */
export const holdsText = (form) => form.matches("form") && fields(form).some((field) => field.matches(TEXTS));

/** The typed texts as one. */
export const textOf = ({ fields: values }) =>
  values
    .map(([, value]) => (typeof value === "string" ? value.trim() : ""))
    .filter(Boolean)
    .join("\n\n");

/** Makes a task that a new one waits for part of its form. */
export function addParent(form, id, title) {
  const list = $("[data-parents]", form);
  if (!list || $(`[data-parent="${id}"]`, list)) return;
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
  list.append(box);
}
