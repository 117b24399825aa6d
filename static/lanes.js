/**
 * Lanes: Running grouped by who works, or in the order of the claims.
 *
 * Which of the two is a matter of one viewer, so cards know nothing of it; this script keeps order and
 * headings whenever the column changes, and remembers the choice in a cookie for the next page.
 *
 * @module
 */
import { $, $$, act, say } from "./dom.js";
import { cookiePath } from "./paths.js";

/** Puts cards and lane headings of a list in order, moving only what is out of place. */
export function regroup(list) {
  const on = list.dataset.lanes === "true";
  const items = $$(":scope > .item", list);
  const order = (a, b) => Number(a.dataset.a) - Number(b.dataset.a);
  const heads = new Map($$(":scope > .lane", list).map((head) => [head.dataset.laneHead, head]));
  const wanted = [];
  if (on) {
    const lanes = new Map();
    for (const item of items.sort(order)) {
      const name = item.dataset.lane ?? "";
      if (!lanes.has(name)) lanes.set(name, []);
      lanes.get(name).push(item);
    }
    for (const name of [...lanes.keys()].sort()) {
      const head = heads.get(name) ?? headOf(name, lanes.get(name)[0]);
      heads.delete(name);
      const count = $(".num", head);
      if (count.textContent !== String(lanes.get(name).length)) count.textContent = String(lanes.get(name).length);
      wanted.push(head, ...lanes.get(name));
    }
  } else {
    wanted.push(...items.sort(order));
  }
  for (const head of heads.values()) head.remove();
  arrange(list, wanted);
}

function arrange(list, wanted) {
  let cursor = list.firstElementChild;
  for (const node of wanted) {
    if (node === cursor) {
      cursor = cursor.nextElementSibling;
      continue;
    }
    if (list.moveBefore && node.isConnected) list.moveBefore(node, cursor);
    else list.insertBefore(node, cursor);
  }
}

function headOf(name, item) {
  const head = document.createElement("li");
  head.className = "lane";
  head.dataset.laneHead = name;
  const avatar = $(".av", item)?.cloneNode(true);
  if (avatar) {
    avatar.removeAttribute("role");
    avatar.removeAttribute("aria-label");
    avatar.setAttribute("aria-hidden", "true");
    head.append(avatar);
  }
  const count = document.createElement("span");
  count.className = "num";
  head.append(name || "unassigned", count);
  return head;
}

act("lanes", (_, button) => {
  const list = $("#list-running");
  if (!list) return;
  const on = list.dataset.lanes !== "true";
  list.dataset.lanes = String(on);
  button.setAttribute("aria-pressed", String(on));
  document.cookie = `kanban_lanes=${on ? 1 : 0}; path=${cookiePath}; max-age=31536000; samesite=strict`;
  regroup(list);
  say(on ? "Running is grouped by profile" : "Running is in the order of claims");
});

// Cards that left or came by other swaps than `place`.
document.addEventListener("htmx:after:swap", () => {
  const list = $("#list-running");
  if (list) regroup(list);
});
