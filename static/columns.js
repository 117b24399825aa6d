/**
 * Columns as this viewer wants them: collapsed ones, opened rails, and on a phone the tab of the
 * column in sight.
 *
 * @module
 */
import { $, $$, act } from "./dom.js";
import { cookiePath } from "./paths.js";

/** The server reads it too, so that the next page has its columns in their places from its first byte. */
const COOKIE = "kanban_columns";

/** What the viewer chose: a column that is collapsed (`-done`), an empty one that is open (`+todo`). */
function choices() {
  const [, value = ""] = new RegExp(`(?:^|; )${COOKIE}=([^;]*)`).exec(document.cookie) ?? [];
  return new Map(value.split(".").flatMap((one) => (/^[-+][a-z]+$/.test(one) ? [[one.slice(1), one[0]]] : [])));
}

function choose(name, choice) {
  const chosen = choices();
  chosen.delete(name);
  if (choice) chosen.set(name, choice);
  const value = [...chosen].map(([column, sign]) => sign + column).join(".");
  document.cookie = `${COOKIE}=${value}; path=${cookiePath}; max-age=${value ? 31_536_000 : 0}; samesite=strict`;
  vacancy();
}

/** Tells the stylesheet which columns are empty and what was chosen; it knows where there is room for them. */
export function vacancy() {
  const board = $("#board");
  if (!board) return;
  const chosen = choices();
  const columns = $$(".col", board);
  for (const column of columns) column.classList.toggle("vacant", $(".item", column) === null);
  const vacant = columns.filter((column) => column.classList.contains("vacant")).map((column) => column.dataset.col);
  const having = (sign) => [...chosen].filter(([, choice]) => choice === sign).map(([name]) => name);
  const opened = having("+");
  const facts = {
    filled: String(columns.length - vacant.length),
    vacant: vacant.filter((name) => !opened.includes(name)).join(" "),
    rails: having("-").join(" "),
    opened: opened.join(" "),
  };
  // An attribute that is set anew would style the whole board anew.
  for (const [name, value] of Object.entries(facts)) if (board.dataset[name] !== value) board.dataset[name] = value;
}
document.addEventListener("htmx:after:swap", vacancy);

document.addEventListener("kanban:collapse", ({ detail }) => {
  if (detail) choose(detail, "-");
});
act("rail", (_, button) => {
  const column = button.closest(".col");
  const name = column.dataset.col;
  const collapsed = choices().get(name) === "-";
  choose(name, collapsed && !column.classList.contains("vacant") ? null : "+");
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

vacancy();
start();
spy();
document.addEventListener("htmx:after:swap", ({ detail }) => {
  if (detail.ctx?.target?.id !== "view") return;
  spy();
});
