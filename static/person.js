/**
 * Who uses this browser. The name of the session is remembered for the next sign-in, until one signs out.
 *
 * @module
 */
import { $, on } from "./dom.js";

const NAME = "kanban.name";
const { me } = document.body.dataset;
if (me && localStorage.getItem(NAME) !== me) localStorage.setItem(NAME, me);

/** Opens the menu from the commands: the side bar that has its button is not on every screen. */
export function openPerson() {
  const menu = $("#person");
  menu?.showPopover();
  if (menu) $("[name=name]", menu).select();
}

on("submit", "form[action='/logout']", () => localStorage.removeItem(NAME));
