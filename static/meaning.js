/**
 * What an act means: one task, or the selected ones.
 *
 * A task that is pointed at (the card of a drag or a menu, the open drawer, the card under the keyboard) wins over
 * the selection; the selection is meant only when that task is part of it, or from the bar of the selection. Who
 * calls for an act says which: `move`, `assign` and `prioritize` take a `Meaning` and nothing else.
 *
 * @module
 */
import { $, $$ } from "./dom.js";
import { chosen } from "./select.js";

export class Meaning {
  /** `task`: the one that was pointed at, or null. `selection`: the selected tasks are meant, `all`: all that match. `base`: the event that the drawer shows of it. */
  constructor({ ids, task = null, all = false, selection = false, base = null }) {
    Object.assign(this, { ids, task, all, selection, base });
    Object.freeze(this);
  }

  /** Whether more than one task is meant. */
  get many() {
    return this.all || this.ids.length > 1;
  }

  /** The number of tasks in words. */
  get count() {
    if (this.all) return "all matching tasks";
    return this.ids.length === 1 ? "1 task" : `${this.ids.length} tasks`;
  }

  /** The statuses of the meant tasks that the page shows. */
  get statuses() {
    if (!this.many && this.task) return [this.task.status];
    return this.ids.map((id) => document.getElementById(`card-${id}`)?.dataset.status ?? "");
  }

  /** What is meant, as a person knows it: how many, or one by its title where the page shows it. */
  get name() {
    if (this.many) return this.count;
    const [id] = this.ids;
    const title = $(`#view a[data-open="${id}"], #drawer-${id} #d-title`)?.textContent.trim() ?? "";
    if (title === "") return id;
    return `“${title.length > 80 ? `${title.slice(0, 80).trimEnd()}…` : title}”`;
  }
}

/** The task that is pointed at, with the other selected ones if it is one of them. */
export function meant(task) {
  const { ids, all } = chosen();
  if (ids.includes(task.id)) return new Meaning({ ids, task, all, selection: true });
  // What the drawer shows is what the person decides from.
  const base = $(`#drawer-${task.id} #d-base`)?.dataset.event ?? null;
  return new Meaning({ ids: [task.id], task, base });
}

/** The selected tasks; null when nothing is selected. */
export function meantBySelection() {
  const { ids, all } = chosen();
  return all || ids.length > 0 ? new Meaning({ ids, all, selection: true }) : null;
}

/** What is meant by a control: that of the bar means the selection, any other the task it belongs to. */
export function meantBy(element, focused) {
  if (element.closest("#bulk")) return meantBySelection();
  return focused ? meant(focused) : null;
}

/** The meant cards of the board. */
export const cardsOf = (meaning) =>
  meaning.all ? $$(".board .item") : meaning.ids.map((id) => document.getElementById(`card-${id}`)).filter(Boolean);
