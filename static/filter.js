/**
 * Filters: typing narrows the page in place, chips and choices are links that do the same, the address
 * always says what is shown. Views are addresses with a name; they live in this browser.
 *
 * @module
 */
import { $, $$, act, on, say } from "./dom.js";
import { ask } from "./ask.js";
import { watch } from "./stream.js";

const KEY = "kanban.views";
let pause = 0;

/** Shows another filter of this page without leaving it. */
export function show(path, { push }) {
  const go = { source: "#pager", target: "#view", select: "#view", swap: "outerHTML" };
  if (push) go.push = path;
  else go.replace = path;
  return htmx.ajax("GET", path, go).then(watch);
}

on("input", "#search", (_, input) => {
  clearTimeout(pause);
  pause = setTimeout(() => {
    const params = new URLSearchParams($("#view")?.dataset.query ?? input.dataset.base);
    if (input.value.trim()) params.set("q", input.value.trim());
    else params.delete("q");
    const query = params.toString();
    show(query ? `${input.dataset.page}?${query}` : input.dataset.page, { push: false });
  }, 200);
});
on("submit", ".search", (event) => event.preventDefault());
on("keydown", "#search", (event, input) => {
  if (event.key !== "Escape") return;
  event.preventDefault();
  if (input.value === "") return input.blur();
  input.value = "";
  input.dispatchEvent(new Event("input", { bubbles: true }));
});
on("click", ".filters a:not([data-do])", (event, link) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const search = $("#search");
  if (search) search.value = new URL(link.href).searchParams.get("q") ?? "";
  show(link.pathname + link.search, { push: true });
});
on("change", "[data-submit=change] select", (_, select) => select.form.requestSubmit());

// ── saved views ─────────────────────────────────────────────────────────────
function views() {
  try {
    const stored = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(stored)
      ? stored.filter((view) => typeof view?.name === "string" && /^\/(?!\/)/.test(view?.path))
      : [];
  } catch {
    return [];
  }
}

function store(list) {
  localStorage.setItem(KEY, JSON.stringify(list.slice(0, 30)));
  draw();
}

function draw() {
  const box = $("#views");
  if (!box) return;
  const list = views();
  box.hidden = list.length === 0;
  $$(".view-row", box).forEach((row) => row.remove());
  for (const view of list) {
    const row = document.createElement("div");
    row.className = "view-row";
    const link = document.createElement("a");
    link.className = "nav";
    link.href = view.path;
    const name = document.createElement("span");
    name.className = "ell";
    name.textContent = view.name;
    link.append(icon("layers"), name);
    if (location.pathname + location.search === view.path) link.setAttribute("aria-current", "page");
    const off = document.createElement("button");
    off.type = "button";
    off.className = "icon";
    off.dataset.do = "dropview";
    off.dataset.name = view.name;
    off.setAttribute("aria-label", `Remove the view ${view.name}`);
    off.append(icon("x"));
    row.append(link, off);
    box.append(row);
  }
}

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "i s");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

act("saveview", async () => {
  const path = $("#view")?.dataset.view ?? "/";
  const name = await ask({ title: "Save this view", field: "Name", ok: "Save", required: true });
  if (!name) return;
  store([...views().filter((view) => view.name !== name), { name, path }]);
  say(`View ${name} saved`);
});
act("dropview", (_, button) => store(views().filter((view) => view.name !== button.dataset.name)));
addEventListener("storage", (event) => event.key === KEY && draw());
document.addEventListener("htmx:after:history:update", draw);
draw();
