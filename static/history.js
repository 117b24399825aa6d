/**
 * The dialog with the changes of a task: fetches them when it opens, and closes when one was put back.
 *
 * @module
 */
import { $, act, taskOf } from "./dom.js";

export function openHistory(id) {
  const dialog = $("#history");
  if (!dialog || dialog.open) return;
  const body = $("#history-body");
  body.replaceChildren();
  dialog.showModal();
  htmx.ajax("GET", `/t/${id}/history`, { source: "#history-body", target: "#history-body", swap: "innerHTML" });
}
act("history", (_, button) => openHistory(taskOf(button).id));

document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
  const form = ctx?.sourceElement;
  if (form instanceof HTMLFormElement && form.closest("#history") && ctx.response?.status < 400) $("#history").close();
});
