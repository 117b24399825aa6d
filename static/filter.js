/**
 * Filters: typing narrows the page in place, chips and choices are links that do the same, the address
 * always says what is shown.
 *
 * @module
 */
import { $, on } from "./dom.js";
import { watch } from "./stream.js";

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
