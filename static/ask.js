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

/** What becomes of work that was ended. */
const AFTERWARDS = {
  triage: "Nothing starts it again until a person moves it on.",
  todo: "Nothing starts it again until a person moves it on.",
  ready: "The next attempt may start at once.",
};

act("ask-cancel", () => $("#ask").close(""));

/**
 * What has to be asked before `what` moves; null cancels it, otherwise the fields to send along.
 *
 * @param running How many of them a worker is at: a move ends these workers.
 */
export async function askMove(to, what, running = 0) {
  const ends = running === 0 ? "" : running === 1 ? "This ends the worker." : `This ends ${running} workers.`;
  if (to === "blocked") {
    const reason = await ask({
      title: `Block ${what}`,
      text: ends,
      field: "What has to be answered",
      placeholder: "One line; may stay empty",
      ok: "Block",
    });
    return reason === null ? null : reason ? { reason } : {};
  }
  if (to === "done") {
    const summary = await ask({
      title: `Complete ${what}`,
      text: ends,
      field: "Summary",
      placeholder: "What was done, in a line; may stay empty",
      ok: "Complete",
    });
    return summary === null ? null : summary ? { summary } : {};
  }
  if (to === "archived") {
    const yes = await ask({
      title: `Archive ${what}?`,
      text: `Archived tasks leave the board for good. ${ends}`.trimEnd(),
      ok: "Archive",
    });
    return yes === null ? null : {};
  }
  if (running > 0) {
    const yes = await ask({
      title: `End the work on ${what}?`,
      text: `${ends} ${AFTERWARDS[to] ?? ""}`.trimEnd(),
      ok: running === 1 ? "End the worker" : "End the workers",
    });
    return yes === null ? null : {};
  }
  return {};
}
