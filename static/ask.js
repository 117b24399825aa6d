/**
 * The one dialog that asks: for the question before Blocked, a confirmation before Done and Archived,
 * the name of a view.
 *
 * @module
 */
import { $, act } from "./dom.js";

/** Resolves with what was typed ("" for nothing), or null when it was cancelled. `field` is the label; without it nothing is typed. */
export function ask({ title, text = "", field = null, placeholder = "", ok = "OK", value = "", required = false }) {
  const dialog = $("#ask");
  const input = $("#ask-text");
  $("[data-ask-title]", dialog).textContent = title;
  $("[data-ask-text]", dialog).textContent = text;
  $("[data-ask-text]", dialog).hidden = text === "";
  $("[data-ask-label]", dialog).hidden = field === null;
  $("[data-ask-field]", dialog).textContent = field ?? "";
  $("[data-ask-ok]", dialog).textContent = ok;
  input.value = value;
  input.placeholder = placeholder;
  input.required = required && field !== null;
  dialog.returnValue = "";
  dialog.showModal();
  (field === null ? $("[data-ask-ok]", dialog) : input).focus();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "ok" ? input.value.trim() : null), {
      once: true,
    });
  });
}

act("ask-cancel", () => $("#ask").close(""));

/** What has to be asked before `what` moves; null cancels it, otherwise the fields to send along. */
export async function askMove(to, what) {
  if (to === "blocked") {
    const reason = await ask({
      title: `Block ${what}`,
      field: "What has to be answered",
      placeholder: "One line; may stay empty",
      ok: "Block",
    });
    return reason === null ? null : reason ? { reason } : {};
  }
  if (to === "done") {
    const summary = await ask({
      title: `Complete ${what}`,
      field: "Summary",
      placeholder: "What was done, in a line; may stay empty",
      ok: "Complete",
    });
    return summary === null ? null : summary ? { summary } : {};
  }
  if (to === "archived") {
    const yes = await ask({
      title: `Archive ${what}?`,
      text: "Archived tasks leave the board for good; a running worker is ended.",
      ok: "Archive",
    });
    return yes === null ? null : {};
  }
  return {};
}
