/**
 * The calendar of a date field: the browser's own, whose choice is written into the text field beside it.
 *
 * @module
 */
import { $, act, on } from "./dom.js";

const textOf = (element) => $("input:not([data-date])", element.closest("label, .edit"));

act("pick-date", (_, button) => {
  const date = $("[data-date]", button.parentElement);
  const typed = new Date(textOf(button).value);
  if (!Number.isNaN(typed.getTime())) date.value = local(typed).slice(0, 16);
  // What the browser does not open is typed.
  try {
    date.showPicker();
  } catch {
    textOf(button).focus();
  }
});

on("change", "[data-date]", (_, date) => {
  const field = textOf(date);
  if (date.value === "") return;
  field.value = `${date.value}${zone(new Date(date.value))}`;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
});

/** The time on the person's clock, as ISO without a zone. */
const local = (at) => new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString();

/** The offset of the person's time zone at a moment: +01:00. */
function zone(at) {
  const minutes = -at.getTimezoneOffset();
  const two = (n) => String(Math.floor(Math.abs(n))).padStart(2, "0");
  return `${minutes < 0 ? "-" : "+"}${two(minutes / 60)}:${two(minutes % 60)}`;
}
