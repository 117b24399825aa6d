/**
 * Who uses this browser. The name of the session is remembered for the next sign-in, until one signs out.
 *
 * @module
 */
import { $, on } from "./dom.js";
import { forgetDrafts } from "./drafts.js";
import { forgetUnsent } from "./unsent.js";

const NAME = "kanban.name";
/** Of the login page: that this tab signed in a moment ago. */
const SIGNED_IN = "kanban.signed-in";
const { me } = document.body.dataset;
if (me && localStorage.getItem(NAME) !== me) localStorage.setItem(NAME, me);

/** Opens the menu from the commands: the side bar that has its button is not on every screen. */
export function openPerson() {
  const menu = $("#person");
  menu?.showPopover();
  if (menu) $("[name=name]", menu).select();
}

// The next one who signs in here is another person: what this one typed must not be shown to them, or sent in their name.
function forgetPerson() {
  forgetDrafts();
  forgetUnsent();
}

on("submit", "form[action$='/logout']", () => {
  forgetPerson();
  sessionStorage.removeItem(SIGNED_IN);
  localStorage.removeItem(NAME); // This tells the other tabs.
});
addEventListener("storage", ({ key, newValue }) => key === NAME && newValue === null && forgetPerson());
