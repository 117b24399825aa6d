/**
 * What this tab gets of the browser's one stream: it says what it shows, swaps in what comes, shows the state of the
 * connection, and acts on the named messages. What was missed is caught up by event id.
 *
 * A tab that is hidden watches nothing. It catches up when it is shown.
 *
 * @module
 */
import { $, $$, on, say, typing } from "./dom.js";
import { distrustStream, leaveStream, onStream, watchStream } from "./leader.js";
import { setClock } from "./tick.js";
import { toast } from "./toast.js";
import { at, here } from "./paths.js";

const WORDS = {
  live: ["Live", ""],
  delayed: [
    "Delayed",
    "A proxy between this page and the board holds messages back, so the page asks every 5 seconds.",
  ],
  reconnecting: ["Reconnecting", ""],
  offline: ["Offline", ""],
  connecting: ["Connecting", ""],
};
let since = document.body.dataset.since ?? "0";
let watching = null;
let openTask = "";
/** What was seen of what moves without an event. A page that comes out of the browser's cache has seen something old. */
let mark = performance.getEntriesByType("navigation")[0]?.type === "back_forward" ? "old" : null;
let over = false;
/** The browser had kept the page, and the server has not answered it since. */
let restored = mark !== null;
/** Messages are worked off one after the other. */
let work = Promise.resolve();

/** Watches what is on screen now; does nothing when it is watched already, unless `again`. */
export function watch({ again = false } = {}) {
  const view = $("#view")?.dataset.view ?? document.body.dataset.path;
  const open = $("#drawer .sheet")?.dataset.id ?? "";
  const what = JSON.stringify([view, open]);
  if (over || document.hidden || (what === watching && !again)) return;
  // An id also says up to where the log in the drawer was sent; a drawer that was loaded since shows more.
  if (again || open !== openTask) since = since.split(".")[0];
  openTask = open;
  watching = what;
  const size = $("#d-log")?.dataset.size;
  watchStream({ view, open, since, ...(mark && { mark }), ...(size && { log: size }) });
}

/** Watches nothing, until `wake`. */
function rest() {
  watching = null;
  leaveStream();
}

/** Watches again, over a new connection: what was missed comes with it. */
function wake() {
  if (over || document.hidden) return;
  state("reconnecting");
  distrustStream();
  watch();
}

onStream({
  state: (name) => (name === "over" ? signedOut() : state(name)),
  message(message) {
    if (message.id) since = message.id;
    if (message.event === "mark") mark = message.data;
    work = work.then(() => take(message)).catch((error) => reportError(error));
  },
});

/** Swaps in the partials of a message; one with a name becomes an event. */
function take({ event, data }) {
  const element = $("#stream");
  if (event === "hello") {
    restored = false;
    state("live");
    setClock(Number(data));
  } else if (event) htmx.trigger(element, event, { data: data ?? "" });
  else if (data)
    return htmx.swap({ text: data, sourceElement: element, target: element, swap: "none swapEmpty:false" });
}

function state(name) {
  const live = $("#live");
  if (!live || live.dataset.state === name) return;
  const [text, title] = WORDS[name];
  live.dataset.state = name;
  live.title = title;
  $("[data-live-text]", live).textContent = text;
  if (name === "delayed") toast(title, "error", "nginx: proxy_buffering off", "delayed");
}

/** The session is over: stops everything and says how to come back. */
function signedOut() {
  if (over) return;
  over = true;
  leaveStream();
  if (restored) return location.reload(); // Back shows no page of a session that is over.
  state("offline");
  const notice = $("#signed-out");
  if (!notice) return;
  $("a", notice).href = at(`/login?next=${encodeURIComponent(here())}`);
  notice.hidden = false;
}

for (const type of ["htmx:error", "htmx:response:error"]) {
  document.addEventListener(type, ({ detail }) => detail?.ctx?.response?.status === 401 && signedOut());
}
document.addEventListener("visibilitychange", () => (document.hidden ? rest() : wake()));
document.addEventListener("freeze", rest);
document.addEventListener("resume", wake);
// A page that is kept for Back must hold no connection; one that comes back has missed something.
addEventListener("pagehide", rest);
addEventListener("pageshow", ({ persisted }) => {
  if (!persisted) return;
  restored = true;
  if (over) location.reload();
  else wake();
});
addEventListener("offline", () => state("offline"));
addEventListener("online", wake);

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
on("say", "#stream", ({ detail }) => {
  const text = String(detail.data);
  toast(text, "ok", "", "needs");
  say(text);
});
on("reset", "#stream", ({ detail }) => {
  if (detail.data === "gap") refresh();
  else reloadWhenFree();
});

/** Loads the page's body again, in place. */
function refresh() {
  const view = $("#view");
  if (!view) return;
  htmx.ajax("GET", view.dataset.view, { source: "#pager", target: "#view", select: "#view", swap: "outerHTML" });
}

/** A new build serves other scripts, another sign-in other pages: reloads as soon as the user is not typing. */
function reloadWhenFree() {
  if (!typing()) return location.reload();
  addEventListener("focusout", () => setTimeout(reloadWhenFree, 300), { once: true });
}
