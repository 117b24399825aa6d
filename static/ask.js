/**
 * The one dialog that asks: for the question before Blocked, a confirmation before Done and Archived,
 * the name of a view.
 *
 * @module
 */
import { $, act, on } from "./dom.js";
import { draftOf, forget, keep } from "./drafts.js";

/** What is typed now is a draft of this purpose; null: it is none. */
let purpose = null;

/**
 * Resolves with what was typed ("" for nothing), or null when it was cancelled. `field` is the label; without it
 * nothing is typed. Under the purpose `draft` the text is kept until it is forgotten: who sends it does that.
 */
export function ask({ title, text = "", field = null, placeholder = "", ok = "OK", draft = null, required = false }) {
  const dialog = $("#ask");
  const input = $("#ask-text");
  if (dialog.open) return Promise.resolve(null); // One question at a time.
  purpose = draft;
  $("[data-ask-title]", dialog).textContent = title;
  $("[data-ask-text]", dialog).textContent = text;
  $("[data-ask-text]", dialog).hidden = text === "";
  $("[data-ask-label]", dialog).hidden = field === null;
  $("[data-ask-field]", dialog).textContent = field ?? "";
  $("[data-ask-ok]", dialog).textContent = ok;
  input.value = (draft && draftOf(draft)?.fields[0][1]) ?? "";
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

on("input", "#ask-text", (_, { value }) => {
  if (purpose === null) return;
  if (value.trim() === "") forget(purpose);
  else keep(purpose, { fields: [["text", value]], parents: [] });
});
act("ask-cancel", () => {
  if (purpose !== null) forget(purpose);
  $("#ask").close("");
});

/**
 * What has to be asked before `what` moves; null cancels it, otherwise the fields to send along.
 *
 * @param draft What a text is kept under until it was sent.
 * @param running How many of them a worker is at: a move ends these workers.
 */
export async function askMove(to, what, { running = 0, draft }) {
  const ends = running === 0 ? "" : running === 1 ? "This ends the worker." : `This ends ${running} workers.`;
  if (to === "blocked") {
    const reason = await ask({
      title: `Block ${what}`,
      text: ends,
      field: "What has to be answered",
      placeholder: "One line; may stay empty",
      draft,
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
      draft,
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
