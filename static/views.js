/**
 * Saved views: the dialog in which one is saved, renamed, shared and removed, and the mark of the one that is shown.
 *
 * They are on the server; those that this browser kept by itself before are sent there once.
 *
 * @module
 */
import { $, $$, act, on, post } from "./dom.js";
import { at, here } from "./paths.js";

const KEPT = "kanban.views";
const COUNT_MS = 30_000;

const dialog = () => $("#view-dialog");
const form = () => $("#view-form");

/** Opens the dialog for a new view, or for the one that a button belongs to. */
function open(button) {
  const { viewId: id, name = "", shared } = button?.dataset ?? {};
  form().reset();
  $("#error-view").textContent = "";
  form().elements.path.value = $("#view")?.dataset.view ?? "/";
  form().elements.name.value = name;
  form().elements.shared.checked = shared === "1";
  form().dataset.viewId = id ?? "";
  form().setAttribute("hx-post", id ? `/views/${id}` : "/views");
  $("#view-title").textContent = id ? "Change the view" : "Save this view";
  for (const other of $$('[data-do="removeview"], [data-do="raiseview"]', form())) other.hidden = !id;
  htmx.process(form());
  dialog().showModal();
  form().elements.name.select();
}

act("saveview", () => open(null));
act("changeview", (_, button) => open(button));
act("closeview", () => dialog().close());
act("removeview", () => post(`/views/${form().dataset.viewId}/remove`, {}));
act("raiseview", () => post(`/views/${form().dataset.viewId}`, { up: "1" }));
document.addEventListener("kanban:viewsaved", () => dialog()?.close());

/** Marks the view whose address this is. */
function mark() {
  const shown = at(here());
  for (const link of $$("#views .nav")) {
    if (link.getAttribute("href") === shown) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}
document.addEventListener("htmx:after:history:update", mark);

const count = () => $("#views") && !document.hidden && htmx.trigger($("#views"), "kanban:views", {}, false);
if ($("#views")?.dataset.uncounted) setTimeout(count, 0);
setInterval(() => $("#views .view-row") && count(), COUNT_MS);

/** What this browser kept by itself. */
async function hand() {
  let kept;
  try {
    kept = JSON.parse(localStorage.getItem(KEPT) ?? "[]");
  } catch {
    kept = [];
  }
  if (!Array.isArray(kept) || kept.length === 0 || !$("#views")) return;
  localStorage.removeItem(KEPT);
  for (const { name, path } of kept) {
    if (typeof name === "string" && typeof path === "string") await post("/views", { name, path });
  }
}
hand();

on("submit", "#view-form", () => ($("#error-view").textContent = ""));
