/**
 * Columns as this viewer wants them: collapsed ones, opened rails, and on a phone the tab of the
 * column in sight.
 *
 * @module
 */
import { $, $$, act } from "./dom.js";

const KEY = "kanban.collapsed";

function collapsed() {
  try {
    return new Set(JSON.parse(localStorage.getItem(KEY) ?? "[]"));
  } catch {
    return new Set();
  }
}

function apply() {
  const names = collapsed();
  for (const column of $$(".col")) column.toggleAttribute("data-local-collapsed", names.has(column.dataset.col));
}

document.addEventListener("kanban:collapse", ({ detail }) => {
  if (!detail) return;
  localStorage.setItem(KEY, JSON.stringify([...collapsed().add(detail)]));
  apply();
});
act("rail", (_, button) => {
  const column = button.closest(".col");
  const names = collapsed();
  if (names.delete(column.dataset.col)) localStorage.setItem(KEY, JSON.stringify([...names]));
  else column.toggleAttribute("data-local-open", true);
  apply();
  $("h2", column).scrollIntoView({ block: "nearest", inline: "nearest" });
});

// A page of cards that was loaded: the focus goes to its first card, not to nowhere. The request itself
// knows which: what the stream swaps in meanwhile is not the answer.
document.addEventListener("htmx:before:request", ({ detail }) => {
  const row = detail.ctx?.sourceElement?.closest?.(".more-row");
  if (row?.contains(document.activeElement)) detail.ctx.after = row.previousElementSibling;
});
document.addEventListener("htmx:after:swap", ({ detail }) => {
  const last = detail.ctx?.after;
  if (last) $("a[data-open]", last.nextElementSibling ?? document)?.focus({ preventScroll: true });
});

// ── tabs of a phone ─────────────────────────────────────────────────────────
let observer = null;

function spy() {
  observer?.disconnect();
  const board = $("#board");
  if (!board || !matchMedia("(max-width: 720px)").matches) return;
  observer = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        if (!entry.isIntersecting) continue;
        for (const tab of $$(".tabs a")) {
          const here = tab.dataset.tab === entry.target.dataset.col;
          if (here) tab.setAttribute("aria-current", "true");
          else tab.removeAttribute("aria-current");
          if (here) tab.parentNode.scrollTo({ left: tab.offsetLeft - 60 });
        }
      }
    },
    { root: board, threshold: 0.6 },
  );
  for (const column of $$(".col", board)) observer.observe(column);
}

/** On a phone the first page one sees is what runs, or what waits. */
function start() {
  if (!matchMedia("(max-width: 720px)").matches || location.hash) return;
  const column = ["running", "blocked", "ready", "todo"]
    .map((name) => document.getElementById(`col-${name}`))
    .find((col) => col && $(".item", col));
  const board = $("#board");
  if (column && board) board.scrollLeft = column.offsetLeft - 12;
}

apply();
start();
spy();
document.addEventListener("htmx:after:swap", ({ detail }) => {
  if (detail.ctx?.target?.id !== "view") return;
  apply();
  spy();
});
