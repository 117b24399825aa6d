/**
 * Which card the keyboard is on, and walking from card to card.
 *
 * The focus of the browser is the only cursor there is. On the board J and K stay in a column, H and L
 * change it; on other pages all four walk the page's tasks.
 *
 * @module
 */
import { $, $$, taskOf } from "./dom.js";

const visible = (element) => element.checkVisibility?.() ?? element.offsetParent !== null;
const links = (root = $("#view") ?? document) => $$("a[data-open]", root).filter(visible);

/** The task under the focus: a card, a row, the open drawer, or the task beside the list of what needs a person. */
export function focusedTask() {
  const active = document.activeElement;
  const near = active && active !== document.body ? taskOf(active) : null;
  return near ?? taskOf($("#drawer .sheet")) ?? taskOf($("#view .pane"));
}

export function focusCard(id) {
  const link = $(`#view a[data-open="${CSS.escape(id)}"]`);
  link?.focus();
  return Boolean(link);
}

/** Moves the focus by one card; `across` goes to the neighbouring column. Returns the link it went to. */
export function step(direction, { across = false } = {}) {
  const here = document.activeElement?.closest?.(".item, .run-item, tr[data-id]");
  const link = here && $("a[data-open]", here);
  const all = links();
  if (!link || !all.includes(link)) return go(all[0]);
  const column = link.closest(".col");
  if (!column) return go(all[all.indexOf(link) + direction]);
  const own = links(column);
  if (!across) return go(own[own.indexOf(link) + direction]);
  const columns = $$(".col").filter((other) => links(other).length > 0);
  const next = columns[columns.indexOf(column) + direction];
  if (!next) return null;
  const height = link.getBoundingClientRect().top;
  const nearest = links(next).sort(
    (a, b) => Math.abs(a.getBoundingClientRect().top - height) - Math.abs(b.getBoundingClientRect().top - height),
  );
  return go(nearest[0]);
}

function go(link) {
  if (!link) return null;
  link.focus({ preventScroll: true });
  (link.closest(".item, .run-item, tr") ?? link).scrollIntoView({ block: "nearest", inline: "nearest" });
  return link;
}

/** The task before or after another in the order of the page. */
export function neighbour(id, direction) {
  const all = links();
  const at = all.findIndex((link) => link.dataset.open === id);
  return at < 0 ? null : (all[at + direction]?.dataset.open ?? null);
}
