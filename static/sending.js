/**
 * Posts on their way: each is sent once, its form is emptied when it is sent and filled again when that failed.
 *
 * Every form and button that posts goes through here, for htmx says of each when it is about to send. A form gets a
 * key when something is typed into it, the server does what was sent under a key once, and a key is given up only for
 * an answer: where none came, what was sent is back in the form with its key, and sending it again is safe. Text that
 * was typed in the meantime is never replaced: then the unsent text is in a notice.
 *
 * @module
 */
import { $, $$ } from "./dom.js";
import { countSending, draftOf, forget, keep, purposeOf, purposes, restoreDrafts } from "./drafts.js";
import { clear, fill, isBlank, textOf, valuesOf } from "./form_values.js";
import { inBoard } from "./paths.js";
import { offerAgain, sendAgain } from "./unsent.js";

/** How many requests of a form or button are under way. */
const underWay = new WeakMap();
/** The key of what is in a form, and where it is sent: an update may make another form of the same element. */
const keys = new WeakMap();
const keyOf = (holder, path) => (keys.get(holder)?.path === path ? keys.get(holder).key : null);

/** A fresh random key. `crypto.randomUUID` is missing on pages over plain http. */
const newKey = () =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** Paths of the board, whatever path a proxy serves it under: what is compared must not depend on who adds that first. */
const pathOf = (form) => inBoard(form.getAttribute("hx-post") ?? form.getAttribute("action"));
const addressOf = (request) => inBoard(request.action);

/** An edit in place keeps its text until it is saved. Everything else that is typed is sent and gone. */
const isEmptied = (form) => purposeOf(form) !== null && !form.matches(".field");

document.addEventListener("htmx:config:request", (event) => {
  const { ctx } = event.detail;
  const { method, form, body } = ctx.request;
  if (method === "GET") return;
  const holder = form ?? ctx.sourceElement;
  // Answers name their targets themselves. With its own button as the target, an answer that comes after the stream
  // has drawn the card anew would be dropped, and with it the notice and its Undo.
  ctx.target = $("#actions");
  if (holder.id === "actions") {
    // In the order in which it was sent first: the server compares the two.
    for (const [name, value] of ctx.about?.body ?? []) body.append(name, value);
    return body.set("request_key", ctx.about?.key ?? keyOfUndo(addressOf(ctx.request)) ?? newKey());
  }
  const emptied = isEmptied(holder);
  // The second press of an impatient person. Where something new was typed, it is a second act.
  if (underWay.get(holder) > 0 && !(emptied && !isBlank(holder))) return event.preventDefault();
  const key = keyOf(holder, addressOf(ctx.request)) ?? newKey();
  const purpose = purposeOf(holder);
  const values = purpose === null ? null : valuesOf(holder);
  const sent = { path: addressOf(ctx.request), body: [...body] };
  ctx.sent = { holder, key, purpose, values, emptied, sent };
  body.set("request_key", key);
  begin(ctx.sent);
});

/** The undo of which no answer came, and when. */
let lostUndo = null;
const LOST_MS = 60_000;

/** Pressed again, an undo that was lost is the same one, and not that of the act before. */
function keyOfUndo(path) {
  if (path !== "/undo") return null;
  if (lostUndo === null || Date.now() - lostUndo.at > LOST_MS) lostUndo = { key: newKey(), at: Date.now() };
  return lostUndo.key;
}
document.addEventListener("htmx:finally:request", ({ detail }) => {
  const { request, response } = detail.ctx ?? {};
  if (request && addressOf(request) === "/undo" && response && response.status < 500) lostUndo = null;
});

function begin({ holder, key, purpose, values, emptied, sent }) {
  if (purpose !== null) {
    countSending(purpose, 1);
    // Until there is an answer: the page may be left before, and the next one finishes it.
    keep(purpose, { ...values, key, sent, out: true });
  }
  if (emptied) {
    holder.setAttribute("hx-sync", "this:queue all"); // What is typed and sent meanwhile waits for its turn.
    keys.delete(holder);
    clear(holder);
    holder.dispatchEvent(new CustomEvent("kanban:sent", { bubbles: true }));
  } else {
    keys.set(holder, { key, path: sent.path });
  }
  count(holder, 1);
}

function count(holder, change) {
  const n = Math.max(0, (underWay.get(holder) ?? 0) + change);
  underWay.set(holder, n);
  for (const button of holder.matches("form") ? $$("button:not([type=button])", holder) : [holder]) {
    if (n > 0) button.setAttribute("aria-busy", "true");
    else button.removeAttribute("aria-busy");
  }
}

document.addEventListener("htmx:finally:request", ({ detail }) => {
  const { sent, response } = detail.ctx ?? {};
  if (!sent || (leaving && !response)) return;
  const { holder, purpose } = sent;
  count(holder, -1);
  if (purpose !== null) countSending(purpose, -1);
  // A server that failed may have done it all the same.
  const answered = response !== undefined && response.status < 500;
  if (answered) keys.delete(holder);
  if (answered && response.status < 400) delivered(sent);
  else if (purpose !== null) returned(sent, answered ? null : sent.key);
});

function delivered({ holder, key, purpose }) {
  if (purpose === null) return;
  if (draftOf(purpose)?.key === key) forget(purpose); // Else there is newer text in it.
  holder.dispatchEvent(new CustomEvent("kanban:delivered", { bubbles: true }));
}

/** Puts what was not sent back where it was typed; without a place that is free for it, into a notice. */
function returned({ holder, key: sentKey, purpose, values, emptied, sent }, key) {
  const stored = draftOf(purpose);
  const newer = stored !== null && stored.key !== sentKey;
  const draft = key === null ? values : { ...values, key, sent };
  if (!emptied) return newer ? undefined : keep(purpose, draft);
  const form = holder.isConnected ? holder : $$("form[method=post]").find((other) => purposeOf(other) === purpose);
  if (form ? !isBlank(form) : newer) return offerAgain({ ...sent, key: key ?? newKey(), text: textOf(values) });
  keep(purpose, draft);
  if (!form) return document.dispatchEvent(new CustomEvent("kanban:stranded"));
  fill(form, values);
  if (key !== null) unanswered(form, key, sent.path);
  form.dispatchEvent(new CustomEvent("kanban:returned", { bubbles: true }));
}

/** What is in the form again may have arrived: it keeps its key, and the form says so where it can. */
function unanswered(form, key, path) {
  keys.set(form, { key, path });
  const line = $(".error", form);
  if (line) line.textContent = "The board did not answer. Nothing is lost: send it again, and it is done once.";
}

// A draft that was sent and not answered comes back with its key.
document.addEventListener("kanban:restored", ({ target, detail }) => {
  if (detail.key) keys.set(target, { key: detail.key, path: detail.sent?.path ?? pathOf(target) });
});
// What is changed after no answer came keeps its key: if it did arrive, the server says so instead of doing both.
document.addEventListener("input", ({ target }) => {
  const form = target.closest?.("form");
  if (!form || !keys.has(form)) return;
  const purpose = purposeOf(form);
  const draft = purpose === null ? null : draftOf(purpose);
  if (draft === null) keys.delete(form);
  else keep(purpose, { ...draft, key: keys.get(form).key });
});
// The empty form of a second press has nothing to complain of.
document.addEventListener(
  "invalid",
  (event) => {
    const { form } = event.target;
    if (form && underWay.get(form) > 0 && isBlank(form)) event.preventDefault();
  },
  true,
);

// ── left before there was an answer ─────────────────────────────────────────
let leaving = false;
addEventListener("pagehide", () => (leaving = true));
addEventListener("pageshow", () => (leaving = false));

/** Sends what a page that was left had sent: if it arrived, it is not done again. */
function finishSending() {
  for (const purpose of purposes()) {
    const { out, sent, key } = draftOf(purpose) ?? {};
    if (!out) continue;
    countSending(purpose, 1);
    sendAgain(sent, { key, purpose });
  }
}

document.addEventListener("htmx:finally:request", ({ detail }) => {
  const { about, response } = detail.ctx ?? {};
  if (!about?.purpose || (leaving && !response)) return;
  const { purpose, key } = about;
  countSending(purpose, -1);
  const draft = draftOf(purpose);
  if (draft?.key !== key) return;
  if (response && response.status < 400) return forget(purpose);
  const { out: _, ...again } = draft;
  keep(purpose, again);
  restoreDrafts();
});

finishSending();
