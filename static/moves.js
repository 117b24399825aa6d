/**
 * Moving, assigning and prioritising: one task at once on screen, several through the bulk route.
 *
 * A move is optimistic: the card goes to its column before the server answers. The answer carries the
 * card as it really is, so a refusal (409) brings it back by itself; only when no answer comes at all
 * does this script undo the move.
 *
 * What is moved is always said by the caller (`meaning.js`).
 *
 * @module
 */
import { $, post, say } from "./dom.js";
import { insert, keyIn, settle } from "./card_order.js";
import { vacancy } from "./columns.js";
import { confirmChange, confirmMove, fieldsFor } from "./confirm.js";
import { forget } from "./drafts.js";
import { Meaning } from "./meaning.js";
import { toast } from "./toast.js";
import { clearSelection } from "./select.js";

/** Moves what is meant, after asking what has to be asked. */
export async function move(meaning, to) {
  require(meaning);
  const draft = `ask:${to}:${meaning.many ? "many" : meaning.ids[0]}`;
  const extra = await confirmMove(meaning, to, draft);
  if (extra === null) return;
  if (meaning.many) return bulk(meaning, { to, ...extra }, { draft });
  const [id] = meaning.ids;
  const from = meaning.statuses[0];
  const about = advance(id, to);
  if (meaning.selection) clearSelection();
  // The status that the person saw is sent too: the first change wins, and the second gets an error.
  post(`/t/${id}/move`, { to, ...(from ? { from } : {}), ...extra }, { ...about, draft });
}

/** Assigns what is meant; "" is unassigned. */
export function assign(meaning, assignee) {
  return change(meaning, "assign", { assignee }, assignee === "" ? "Unassign #" : `Assign # to ${assignee}`);
}

/** Assigns what is meant to the person who is signed in. */
export function assignToMe(meaning) {
  const { me } = document.body.dataset;
  if (meaning && me) assign(meaning, me);
}

export function prioritize(meaning, priority) {
  return change(meaning, "priority", { priority }, "Prioritize #");
}

async function change(meaning, path, fields, what) {
  require(meaning);
  if (!meaning.many) {
    return post(`/t/${meaning.ids[0]}/${path}`, { ...fields, ...(meaning.base ? { base: meaning.base } : {}) });
  }
  const extra = await confirmChange(meaning, what);
  if (extra !== null) bulk(meaning, { ...fields, ...extra });
}

/** No caller can forget to say what it means. */
function require(meaning) {
  if (meaning instanceof Meaning) return;
  throw new TypeError("An act needs a Meaning: meant(task), or meantBySelection()");
}

function bulk(meaning, fields, about = null) {
  clearSelection();
  post("/bulk", { ...fieldsFor(meaning), ...fields }, about);
}

/** Shows the card where it is going. Returns how to take that back. */
function advance(id, to) {
  const card = document.getElementById(`card-${id}`);
  const list = document.getElementById(`list-${to}`);
  if (!card || card.parentNode === list) return null;
  const { status, a, b } = card.dataset;
  const about = { id, parent: card.parentNode, next: card.nextElementSibling, data: { status, a, b } };
  card.classList.add("busy");
  if (list) {
    [card.dataset.a, card.dataset.b] = keyIn(card, to);
    card.dataset.status = to;
    if (!settle(list, card)) insert(list, card, $(":scope > .more-row", list));
    vacancy();
  }
  return about;
}

function takeBack({ id, parent, next, data }) {
  const card = document.getElementById(`card-${id}`);
  // A card that is no longer busy was drawn by the server since: the move arrived, and only its answer is lost.
  if (!card?.classList.contains("busy") || !parent.isConnected) return;
  card.classList.remove("busy");
  Object.assign(card.dataset, data);
  insert(parent, card, next?.parentNode === parent ? next : $(":scope > .empty", parent));
  vacancy();
}

// What was typed for a move is needed no longer once it was made.
document.addEventListener("htmx:finally:request", ({ detail }) => {
  const { about, response } = detail.ctx ?? {};
  if (about?.draft && response && response.status < 400) forget(about.draft);
});

const AGAIN = "It will connect again by itself. Then send it again: if it did arrive, it is not done twice.";

// What a person asked for and no answer came to. What the page fetches by itself is tried again by itself.
document.addEventListener("htmx:error", ({ detail }) => {
  const { ctx } = detail;
  if (!ctx?.request || ctx.response) return;
  if (ctx.about?.parent) takeBack(ctx.about);
  const wrote = ctx.request.method !== "GET";
  if (!wrote && !ctx.sourceElement.matches("#drawer, #pager, .more")) return;
  const text = `Not ${wrote ? "saved" : "loaded"}: the board does not answer`;
  toast(text, "error", wrote ? AGAIN : "It will connect again by itself; then try once more.");
  say(text);
});
