/**
 * A dialog that closes gives up the keyboard at once.
 *
 * Where the focus cannot go back to what had it before, the browser leaves it on the hidden field until it draws the
 * page again. A key in that time goes to the hidden field: the board assumes that the user types, Enter runs the
 * palette's choice, Ctrl+Enter sends the form. An observer is notified of every way of closing before the next key;
 * the `close` event comes after it.
 *
 * A press beside a dialog closes it where `closedby="any"` says so; WebKit does not know that attribute.
 *
 * @module
 */
import { leave } from "./dom.js";

let pressed = null;
document.addEventListener("pointerdown", (event) => (pressed = besideWhich(event)));
document.addEventListener("click", (event) => {
  const dialog = besideWhich(event);
  // A press that began inside, to select text, ends outside and is none of it.
  if (dialog !== null && dialog === pressed) dialog.close();
  pressed = null;
});

/** The open dialog that a press is beside, on its backdrop; else null. */
function besideWhich({ target, clientX, clientY }) {
  if (!(target instanceof HTMLDialogElement) || !target.open || target.getAttribute("closedby") !== "any") return null;
  const { left, right, top, bottom } = target.getBoundingClientRect();
  const inside = clientX >= left && clientX <= right && clientY >= top && clientY <= bottom;
  return inside ? null : target;
}

new MutationObserver((records) => {
  for (const { target } of records) if (target.matches("dialog:not([open])")) leave(target);
}).observe(document.body, { subtree: true, attributeFilter: ["open"] });
