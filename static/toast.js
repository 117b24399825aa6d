/**
 * Notices: good news goes after ten seconds, errors stay until they are dismissed; a pointer or the
 * focus on one holds it. At most four are on screen.
 *
 * @module
 */
import { $, $$, act } from "./dom.js";

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
    for (const old of $$(":scope > .toast:not(.kept)", list).slice(0, -MAX)) old.remove();
  }).observe(list, { childList: true });
}

act("dismiss", (_, button) => button.closest(".toast")?.remove());

/** Presses the newest Undo; false if none. */
export function undo() {
  const button = $$("#toasts [data-undo] button").at(-1);
  if (!button) return false;
  const item = button.closest(".toast");
  button.click();
  setTimeout(() => item.remove(), 50);
  return true;
}
