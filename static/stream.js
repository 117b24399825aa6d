/**
 * One stream per tab: what to watch follows the page and the open drawer, what was missed is caught
 * up by event id.
 *
 * htmx's SSE extension reads the messages and swaps the unnamed ones; this script opens the stream
 * (again, when the view or the drawer changes), shows its state, and acts on the named messages.
 *
 * @module
 */
import { $, $$, say, typing } from "./dom.js";
import { toast } from "./toast.js";

const FAILURES_UNTIL_OFFLINE = 4;
let since = document.body.dataset.since ?? "0";
let watching = null;
let connection = null;
let failures = 0;
let retry = 0;
let over = false;

/** Opens the stream for what is on screen now; does nothing when it watches that already, unless `again`. */
export function watch({ again = false } = {}) {
  const view = $("#view")?.dataset.view ?? document.body.dataset.path;
  const open = $("#drawer .sheet")?.dataset.id ?? "";
  const what = `view=${encodeURIComponent(view)}&open=${open}`;
  if (over || (what === watching && !again)) return;
  watching = what;
  connect();
}

function connect() {
  clearTimeout(retry);
  if (over) return;
  const fresh = document.createElement("div");
  fresh.id = "stream";
  fresh.hidden = true;
  fresh.setAttribute("hx-sse:connect", address());
  fresh.setAttribute("hx-swap", "none");
  const old = connection;
  connection = null;
  $("#stream").replaceWith(fresh);
  old?.abortController?.abort();
  htmx.process(fresh);
}

/** What to watch, from which event on, and for a drawer from which byte of its log on. */
function address() {
  const size = $("#d-log")?.dataset.size;
  const build = encodeURIComponent(document.body.dataset.build ?? "");
  return `/stream?${watching}&since=${encodeURIComponent(since)}&build=${build}${size === undefined ? "" : `&log=${size}`}`;
}

function state(name) {
  const live = $("#live");
  if (!live || live.dataset.state === name) return;
  live.dataset.state = name;
  $("[data-live-text]", live).textContent = {
    live: "Live",
    reconnecting: "Reconnecting",
    offline: "Offline",
    connecting: "Connecting",
  }[name];
}

const ours = (event) => event.target?.id === "stream";

document.addEventListener("htmx:sse:after:connection", (event) => {
  if (!ours(event)) return;
  connection = event.detail.connection;
  failures = 0;
  state("live");
});
document.addEventListener("htmx:sse:after:message", ({ detail }) => {
  if (detail.message?.id) since = detail.message.id;
});
document.addEventListener("htmx:sse:error", (event) => {
  if (!ours(event)) return;
  if (event.detail.status === 401) signedOut();
  else failed();
});
// The extension reconnects by itself once it was connected; a first connection that fails is ours to repeat.
for (const type of ["htmx:error", "htmx:response:error"]) {
  document.addEventListener(type, (event) => {
    if (!ours(event)) {
      if (event.detail?.ctx?.response?.status === 401) signedOut();
      return;
    }
    if (event.detail?.ctx?.response?.status === 401) return signedOut();
    if (connection) return;
    failed();
    clearTimeout(retry);
    retry = setTimeout(connect, Math.min(30_000, 500 * 2 ** failures));
  });
}

function failed() {
  failures++;
  state(!navigator.onLine || failures >= FAILURES_UNTIL_OFFLINE ? "offline" : "reconnecting");
}

/** The session is over: stops everything and says how to come back. */
function signedOut() {
  if (over) return;
  over = true;
  clearTimeout(retry);
  $("#stream")?.remove();
  connection?.abortController?.abort();
  state("offline");
  const notice = $("#signed-out");
  if (notice) notice.hidden = false;
}

addEventListener("offline", () => state("offline"));
addEventListener("online", () => {
  if (over) return;
  state("reconnecting");
  connect();
});

document.addEventListener("stale", ({ detail }) => {
  for (const token of String(detail.data).split(/\s+/)) {
    for (const element of [document.getElementById(`list-${token}`), ...$$(`[data-stale="${CSS.escape(token)}"]`)]) {
      if (element) htmx.trigger(element, "kanban:stale", {}, false);
    }
  }
});
document.addEventListener("kanban:count", ({ detail }) => {
  for (const element of $$(`[data-n="${CSS.escape(String(detail.status))}"]`))
    element.textContent = Number(detail.total).toLocaleString("en-US");
});
document.addEventListener("say", (event) => {
  if (!ours(event)) return;
  const text = String(event.detail.data);
  toast(text, "ok", "", "needs");
  say(text);
});
document.addEventListener("reset", (event) => {
  if (!ours(event)) return;
  if (event.detail.data === "build") reloadWhenFree();
  else refresh();
});

/** Loads the page's body again, in place. */
function refresh() {
  const view = $("#view");
  if (!view) return;
  htmx.ajax("GET", view.dataset.view, { source: "#pager", target: "#view", select: "#view", swap: "outerHTML" });
}

/** A new build serves other scripts: reloads as soon as the user is not typing. */
function reloadWhenFree() {
  if (!typing()) return location.reload();
  addEventListener("focusout", () => setTimeout(reloadWhenFree, 300), { once: true });
}
