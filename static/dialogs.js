/**
 * A dialog that closes gives up the keyboard at once.
 *
 * Where the focus cannot go back to what had it before, the browser leaves it on the hidden field until it draws the
 * page again. A key in that time goes to the hidden field: the board assumes that the user types, Enter runs the
 * palette's choice, Ctrl+Enter sends the form. An observer is notified of every way of closing before the next key;
 * the `close` event comes after it.
 *
 * @module
 */
import { leave } from "./dom.js";

new MutationObserver((records) => {
  for (const { target } of records) if (target.matches("dialog:not([open])")) leave(target);
}).observe(document.body, { subtree: true, attributeFilter: ["open"] });
