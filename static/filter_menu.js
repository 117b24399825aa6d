/**
 * The menu of a filter: opens beside its chip, narrows as one types, toggles values while it stays open. What it sets
 * is the address of the page, like every filter.
 *
 * @module
 */
import { $, $$, act, on } from "./dom.js";
import { show } from "./filter.js";

const box = () => $("#filter-pop");
const menu = () => $("#filter-pop .fm");
const field = () => $("#filter-find");
const options = () => $$("#filter-list > li");
const visible = () => options().filter((option) => !option.hidden);
let opener = "";
let changed = false;
let pause = 0;

/** Opens the menu that a link of the bar leads to. */
async function open(link) {
  opener = link.id;
  changed = false;
  const anchor = link.getBoundingClientRect();
  await load(link.getAttribute("href"), link.dataset.op ?? "any");
  if (!menu()) return;
  box().showPopover();
  const { width } = box().getBoundingClientRect();
  box().style.left = `${Math.max(8, Math.min(anchor.left, innerWidth - width - 8))}px`;
  box().style.top = `${Math.min(anchor.bottom + 4, innerHeight - 160)}px`;
  box().style.maxHeight = `${innerHeight - Math.min(anchor.bottom + 4, innerHeight - 160) - 8}px`;
  field().focus();
}

async function load(href, op) {
  await htmx.ajax("GET", `${href}&op=${op}`, { source: "#filter-pop", target: "#filter-pop", swap: "innerHTML" });
  narrow();
}

act("filter", (_, link) => open(link));
on("input", "#filter-find", () => {
  narrow();
  if (menu().dataset.more !== "1") return;
  clearTimeout(pause);
  pause = setTimeout(async () => {
    await htmx.ajax("GET", `${address(menu().dataset.field)}&find=${encodeURIComponent(field().value.trim())}`, {
      source: "#filter-pop",
      target: "#filter-list",
      swap: "innerHTML",
    });
    narrow();
  }, 150);
});

/** Where the menu of a field is fetched, with the filter as it is now. */
function address(name) {
  const params = current();
  params.set("page", menu().dataset.page);
  if (name) params.set("field", name);
  params.set("op", menu().dataset.op);
  return `/filter?${params}`;
}

function current() {
  return new URLSearchParams($("#view")?.dataset.query ?? menu().dataset.query);
}

/** Hides what does not have the typed text, marks where it is, and goes to the first that is left. */
function narrow() {
  const text = field().value.trim().toLowerCase();
  for (const option of options()) {
    const words = $("[data-text]", option) ?? $(".grow", option);
    const name = words.textContent;
    const at = text === "" ? -1 : name.toLowerCase().indexOf(text);
    option.hidden = text !== "" && at < 0;
    if (at < 0) words.textContent = name;
    else {
      const mark = document.createElement("mark");
      mark.textContent = name.slice(at, at + text.length);
      words.replaceChildren(name.slice(0, at), mark, name.slice(at + text.length));
    }
  }
  point(visible()[0]);
  count();
}

function count() {
  const all = options();
  const chosen = all.filter((option) => option.getAttribute("aria-selected") === "true").length;
  const label = $("[data-filter-count]", menu());
  label.textContent = menu().dataset.field === "" ? "" : `${chosen} of ${all.length} ${label.dataset.many}`;
}

/** Makes an option the one that Enter toggles. */
function point(option) {
  for (const other of options()) other.classList.toggle("at", other === option);
  if (option) {
    field().setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  } else field().removeAttribute("aria-activedescendant");
}

on("keydown", "#filter-pop", (event) => {
  const all = visible();
  const at = all.findIndex((option) => option.classList.contains("at"));
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step !== undefined) {
    event.preventDefault();
    point(all[(at + step + all.length) % all.length]);
  } else if (event.key === "Enter" && event.target.matches("#filter-find, input[type=date]")) {
    event.preventDefault();
    if (event.target.type === "date") dates(event.target.form);
    else if (all[at]) choose(all[at]);
  } else if (event.key === "Escape") {
    event.preventDefault();
    box().hidePopover();
  } else if (
    event.key === "Backspace" &&
    field().value === "" &&
    menu().dataset.field !== "" &&
    event.target === field()
  ) {
    event.preventDefault();
    go("");
  }
});
on("click", "#filter-list > li", (_, option) => choose(option));
on("change", ".fm-dates", (_, form) => dates(form));
document.addEventListener(
  "toggle",
  (event) => {
    if (event.target.id !== "filter-pop" || event.newState !== "closed") return;
    // The chip may be another element by now, or gone.
    const back = document.getElementById(opener) ?? $("#filter-add");
    if (document.activeElement === document.body || box().contains(document.activeElement)) back?.focus();
  },
  true,
);

async function go(name) {
  await load(address(name), menu().dataset.op);
  field().focus();
}

function choose(option) {
  if (option.dataset.go !== undefined) return go(option.dataset.go);
  const params = current();
  const on = option.getAttribute("aria-selected") !== "true";
  if (option.dataset.key !== undefined) setOne(params, option, on);
  else setValue(params, option.dataset.value, on);
  option.setAttribute("aria-selected", String(on));
  apply(params);
}

/** One value more or less of a choice. */
function setValue(params, value, on) {
  const { field: name, op } = menu().dataset;
  const key = op === "none" ? `not_${name}` : name;
  const values = params.getAll(key).filter((one) => one !== value && one !== "*");
  replace(params, key, on ? [...values, value] : values);
  if (name === "tenant" && !params.has("tenant") && !params.has("not_tenant")) params.set("tenant", "*");
}

function replace(params, key, values) {
  params.delete(key);
  for (const value of values) params.append(key, value);
}

/** One option of those that exclude each other; the switches of Blocked and Archived do not. */
function setOne(params, option, on) {
  const { key, set } = option.dataset;
  const name = menu().dataset.field;
  if (name !== "more") {
    for (const other of options()) {
      params.delete(other.dataset.key);
      if (other !== option) other.setAttribute("aria-selected", "false");
    }
  }
  params.delete(key);
  if (on) params.set(key, set);
  else if (key === "archived") params.set(key, "0");
}

function dates(form) {
  const params = current();
  for (const input of $$("input", form)) {
    params.delete(input.name);
    if (input.value) params.set(input.name, input.value);
  }
  for (const option of options()) option.setAttribute("aria-selected", "false");
  apply(params);
}

/** "is any of" and "is not": the values go over to the other side. */
act("filter-op", (_, button) => {
  const { field: name, op } = menu().dataset;
  if (op === button.dataset.op) return;
  const params = current();
  const [from, to] = op === "none" ? [`not_${name}`, name] : [name, `not_${name}`];
  replace(params, to, [...new Set([...params.getAll(to), ...params.getAll(from).filter((value) => value !== "*")])]);
  params.delete(from);
  menu().dataset.op = button.dataset.op;
  for (const other of $$(".seg [role=radio]", menu())) {
    other.setAttribute("aria-checked", String(other === button));
  }
  apply(params);
});

/** Shows the page with this filter; the first change of an opened menu is a step to go back from. */
function apply(params) {
  count();
  const text = params.toString();
  show(text ? `${menu().dataset.page}?${text}` : menu().dataset.page, { push: !changed });
  changed = true;
}
