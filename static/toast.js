/**
 * Notices: good news goes after ten seconds, errors stay until they are dismissed; a pointer or the
 * focus on one holds it. At most four are on screen.
 *
 * @module
 */
import { $, $$, act, on, post } from "./dom.js";
import { inBoard } from "./paths.js";

const TTL_MS = 10_000;
const MAX = 4;

/** Shows a notice made by a script and returns it; with a `topic` it takes the place of the last one about the same. */
export function toast(text, tone = "ok", hint = "", topic = text) {
  const list = $("#toasts");
  const item = $(`#toast-${tone}`)?.content.firstElementChild?.cloneNode(true);
  if (!list || !item) return null;
  for (const old of $$(":scope > .toast", list)) if (old.dataset.topic === topic) old.remove();
  item.dataset.topic = topic;
  const said = $(".said", item);
  said.textContent = text;
  if (hint) {
    const small = document.createElement("small");
    small.textContent = hint;
    said.append(small);
  }
  list.append(item);
  return item;
}

function expire(item) {
  setTimeout(() => {
    if (!item.isConnected) return;
    if (item.matches(":hover, :focus-within")) expire(item);
    else item.remove();
  }, TTL_MS);
}

const list = $("#toasts");
if (list) {
  new MutationObserver((records) => {
    for (const item of records.flatMap((record) => [...record.addedNodes])) {
      if (!(item instanceof Element)) continue;
      if (item.dataset.tone === "ok") expire(item);
    }
    for (const old of $$(":scope > .toast:not(.kept, .unsent)", list).slice(0, -MAX)) old.remove();
  }).observe(list, { childList: true });
}

act("dismiss", (_, button) => button.closest(".toast")?.remove());

/** Whether an undo is under way: a second press of an impatient person would undo the act before, too. */
let undoing = false;
const isUndo = (ctx) => inBoard(ctx?.request?.action ?? "") === "/undo";
document.addEventListener("htmx:before:request", ({ detail }) => (undoing ||= isUndo(detail.ctx)));
document.addEventListener("htmx:finally:request", ({ detail }) => isUndo(detail.ctx) && (undoing = false));

/** Presses the newest Undo; where its notice is gone, the server knows the newest act of the last ten minutes. */
export function undo() {
  if (undoing) return;
  const button = $$("#toasts .toast:not(.used) [data-undo] button").at(-1);
  if (button) button.click();
  else post("/undo", {});
}

// What was sent is not offered a second time while it is under way.
on("submit", "#toasts [data-undo], #toasts [data-redo]", (_, form) => {
  const item = form.closest(".toast");
  item.classList.add("used");
  setTimeout(() => item.remove(), 50);
});
