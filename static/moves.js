/**
 * Moving, assigning and prioritising: one task at once on screen, several through the bulk route.
 *
 * A move is optimistic: the card goes to its column before the server answers. The answer carries the
 * card as it really is, so a refusal (409) brings it back by itself; only when no answer comes at all
 * does this script undo the move.
 *
 * @module
 */
import { $, $$, post, say } from "./dom.js";
import { askMove } from "./ask.js";
import { insert, settle, vacancy } from "./card_order.js";
import { toast } from "./toast.js";
import { chosen, clearSelection } from "./select.js";

/** The tasks an action means: the selection if there is one, else `task`. */
export function targets(task) {
  const selection = chosen();
  if (selection.all || selection.ids.length > 0) return selection;
  return { all: false, ids: task ? [task.id] : [] };
}

/** Moves the selection or the task, after asking what has to be asked. */
export async function move(task, to) {
  const which = targets(task);
  const count = which.all ? Infinity : which.ids.length;
  if (count === 0) return;
  const extra = await askMove(to, nameOf(which), workersOf(which, task));
  if (extra === null) return;
  if (count > 1) return bulk(which, { to, ...extra });
  const id = which.ids[0];
  const from = task?.id === id ? task.status : document.getElementById(`card-${id}`)?.dataset.status;
  const about = advance(id, to);
  clearSelection();
  // The status that the person saw is sent too: the first change wins, and the second gets an error.
  post(`/t/${id}/move`, { to, ...(from ? { from } : {}), ...extra }, about);
}

/** How many of them are running, as far as the page shows. */
function workersOf({ all, ids }, task) {
  if (all) return $$("#list-running .item").length;
  const statusOf = (id) => (task?.id === id ? task.status : document.getElementById(`card-${id}`)?.dataset.status);
  return ids.filter((id) => statusOf(id) === "running").length;
}

/** What is about to move, as a person knows it: how many, or one by its title where the page shows it. */
function nameOf({ all, ids }) {
  if (all) {
    const counts = $$(".col [data-n]").map((element) => Number(element.textContent.replaceAll(",", "")));
    return `all ${counts.reduce((sum, n) => sum + n, 0).toLocaleString("en-US")} matching tasks`;
  }
  if (ids.length > 1) return `${ids.length} tasks`;
  const id = ids[0];
  const shown = $(`#view a[data-open="${id}"], #drawer-${id} #d-title`);
  const title = shown?.textContent.trim() ?? "";
  if (title === "") return id;
  return `“${title.length > 80 ? `${title.slice(0, 80).trimEnd()}…` : title}”`;
}

/** Assigns the selection or the task; "" is unassigned. */
export function assign(task, assignee) {
  const which = targets(task);
  if (which.all || which.ids.length > 1) return bulk(which, { assignee });
  if (which.ids.length === 1) post(`/t/${which.ids[0]}/assign`, { assignee });
}

export function prioritize(task, priority) {
  const which = targets(task);
  if (which.all || which.ids.length > 1) return bulk(which, { priority });
  if (which.ids.length === 1) post(`/t/${which.ids[0]}/priority`, { priority });
}

function bulk({ all, ids }, fields) {
  const values = all
    ? { all: "1", view: $("#view")?.dataset.view ?? "/", ...fields }
    : { ids: ids.join(","), ...fields };
  clearSelection();
  post("/bulk", values);
}

/** Shows the card where it is going. Returns how to take that back. */
function advance(id, to) {
  const card = document.getElementById(`card-${id}`);
  const list = document.getElementById(`list-${to}`);
  if (!card || card.parentNode === list) return null;
  const about = { id, parent: card.parentNode, next: card.nextElementSibling, status: card.dataset.status };
  card.classList.add("busy");
  if (list) {
    card.dataset.status = to;
    if (!settle(list, card)) insert(list, card, $(":scope > .more-row", list));
    vacancy();
  }
  return about;
}

function takeBack({ id, parent, next, status }) {
  const card = document.getElementById(`card-${id}`);
  if (!card || !parent.isConnected) return;
  card.classList.remove("busy");
  card.dataset.status = status;
  insert(parent, card, next?.parentNode === parent ? next : $(":scope > .empty", parent));
  vacancy();
}

// What a person asked for and no answer came to. What the page fetches by itself is tried again by itself.
document.addEventListener("htmx:error", ({ detail }) => {
  const { ctx } = detail;
  if (!ctx?.request || ctx.response) return;
  if (ctx.about) takeBack(ctx.about);
  const wrote = ctx.request.method !== "GET";
  if (!wrote && !ctx.sourceElement.matches("#drawer, #pager, .more")) return;
  const text = `Not ${wrote ? "saved" : "loaded"}: the board does not answer`;
  toast(text, "error", "It will connect again by itself; then try once more.");
  say(text);
});
