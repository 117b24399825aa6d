/**
 * Notices are above everything, and belong to the dialog that is open.
 *
 * What is outside of an open dialog is dimmed, cannot be pressed and is not read aloud. So the toasts, the live region
 * and the notice that one is signed out move into the dialog that is on top, and back when it closes; the toasts are a
 * popover, which no backdrop covers and no box cuts.
 *
 * @module
 */
import { $, $$ } from "./dom.js";

const box = $("#notices");
const list = $("#toasts");
const home = box?.parentNode;

/** The open dialogs, the topmost last. */
let stack = [];

function follow() {
  const open = $$("dialog[open]");
  stack = [...stack.filter((dialog) => open.includes(dialog)), ...open.filter((dialog) => !stack.includes(dialog))];
  const host = stack.at(-1) ?? home;
  if (box.parentNode === host) return;
  if (host.moveBefore) host.moveBefore(box, null);
  else host.append(box);
  raise({ again: true });
}

/** Shows the toasts on top of all that was opened before. An observer does that too, but after the next focus. */
export function raise({ again = false } = {}) {
  if (!list?.showPopover) return;
  const open = list.matches(":popover-open");
  if (open && (again || list.childElementCount === 0)) list.hidePopover();
  if (list.childElementCount > 0 && !list.matches(":popover-open")) list.showPopover();
}

if (box) {
  new MutationObserver(follow).observe(document.body, { subtree: true, attributeFilter: ["open"] });
  new MutationObserver(() => raise()).observe(list, { childList: true });
}
