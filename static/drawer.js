/**
 * The drawer: opens beside any page, has an address of its own, closes with Escape or a click outside,
 * and gives the focus back to where it came from.
 *
 * @module
 */
import { $, act, on } from "./dom.js";
import { focusCard, neighbour } from "./focus.js";
import { load, stopLoading } from "./opening.js";
import { watch } from "./stream.js";
import { at, here, herePath, inBoard } from "./paths.js";

const PATH = /^\/t\/(t_[0-9a-f]{8})$/;
const sheet = () => $("#drawer .sheet");
const base = () => $("#view")?.dataset.view ?? document.body.dataset.path ?? "/";

/** Opens a task in the drawer; `push` makes it the page's address. */
export function openTask(id, { push = true } = {}) {
  return load(id, push);
}

/** Closes it; the address is again that of the page beneath. */
export function closeDrawer({ push = true } = {}) {
  const id = sheet()?.dataset.id;
  if (!id) return false;
  stopLoading();
  $("#drawer").replaceChildren();
  if (push && PATH.test(herePath())) {
    // A page that was opened cold is marked too, so that Back brings its drawer again.
    history.replaceState({ htmx: true }, "");
    history.pushState({ htmx: true }, "", at(base()));
  }
  document.title = document.title.replace(/^.* · /, `${$(".bar h1")?.textContent ?? "Board"} · `);
  focusCard(id);
  watch();
  return true;
}

document.addEventListener("htmx:after:swap", ({ detail }) => {
  if (detail.ctx?.target?.id !== "drawer") return;
  const open = sheet();
  if (open) {
    $(".body", open).focus({ preventScroll: true });
    document.title = document.title.replace(/^.* · /, `${$("#d-title")?.textContent ?? open.dataset.id} · `);
    followLog();
  }
  watch();
});

// The address of a task keeps the filters of the board it was opened from.
document.addEventListener("htmx:before:history:update", ({ detail }) => {
  const { history: step } = detail;
  if (PATH.test(inBoard(step.path)) && base().startsWith("/?")) step.path += base().slice(1);
});
// Back and forward between a page and its drawer need no reload.
document.addEventListener("htmx:before:history:restore", (event) => {
  const task = PATH.exec(herePath());
  if (task) {
    event.preventDefault();
    openTask(task[1], { push: false });
  } else if (here() === base()) {
    event.preventDefault();
    closeDrawer({ push: false });
  }
});

act("close", () => closeDrawer());
act("load-again", (_, button) => openTask(button.closest(".sheet").dataset.id));
act("prev", () => turn(-1));
act("next", () => turn(1));
act("wide", () => $("#drawer").toggleAttribute("data-local-wide"));

/** Opens the task before or after the open one. */
export function turn(direction) {
  const id = sheet()?.dataset.id;
  const next = id && neighbour(id, direction);
  if (next) openTask(next);
}

// A press outside closes it, unless it opens something itself.
document.addEventListener("pointerdown", (event) => {
  if (!sheet() || event.button !== 0 || !(event.target instanceof Element)) return;
  if (
    event.target.closest(
      "#drawer, .menu, dialog, .toasts, #bulk, .signed-out, a, button, input, textarea, select, summary, label, .card, .node",
    )
  )
    return;
  closeDrawer();
});

// ── the log ─────────────────────────────────────────────────────────────────
const LOG_MAX = 200_000;
let following = true;

function followLog() {
  following = true;
  const log = $("#d-log .log");
  if (log) log.scrollTop = log.scrollHeight;
}

document.addEventListener("log", ({ detail }) => {
  const id = sheet()?.dataset.id;
  const log = id && document.getElementById(`log-${id}`);
  if (!log) return;
  if (log.matches("[data-log-empty]")) return reloadLog();
  // Made and escaped by the server's own renderer; it holds text and colour spans only.
  log.insertAdjacentHTML("beforeend", detail.data);
  while (log.textContent.length > LOG_MAX && log.firstChild) log.firstChild.remove();
  if (following) log.scrollTop = log.scrollHeight;
});
document.addEventListener("log-reset", () => reloadLog());

/** Shows the log again; the stream then continues from its end, so that nothing appears twice. */
async function reloadLog() {
  const id = sheet()?.dataset.id;
  if (!id) return;
  await htmx.ajax("GET", `/t/${id}/log`, { source: "#d-log", target: "#d-log", swap: "outerHTML" });
  followLog();
  watch({ again: true });
}

function follow(state) {
  following = state;
  const button = $('#d-log [data-do="follow"]');
  if (!button) return;
  button.setAttribute("aria-pressed", String(state));
  $("[data-follow-text]", button).textContent = state ? "Following" : "Follow";
}

act("follow", () => {
  follow(!following);
  if (following) followLog();
});
document.addEventListener(
  "scroll",
  (event) => {
    if (!(event.target instanceof Element) || !event.target.matches("#d-log .log")) return;
    const atEnd = event.target.scrollHeight - event.target.scrollTop - event.target.clientHeight < 24;
    if (atEnd !== following) follow(atEnd);
  },
  true,
);
if (sheet()) followLog();
// A card's link, and a task's id in a text.
on("click", "a[data-open], a.ref", (event, link) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  $("#palette")?.close();
  openTask(link.dataset.open ?? PATH.exec(link.pathname)[1]);
});
