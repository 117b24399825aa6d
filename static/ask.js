/**
 * The one dialog that asks: for a line of text, or a yes.
 *
 * @module
 */
import { $, act, on } from "./dom.js";
import { draftOf, forget, keep } from "./drafts.js";

/** What is typed now is a draft of this purpose; null: it is none. */
let purpose = null;
/** Counts the questions: what is found out for one that is closed changes nothing. */
let question = 0;
/** The number that has to be typed, or null. */
let expected = null;

const part = (name) => $(`[data-ask-${name}]`, $("#ask"));

/**
 * Resolves with what was typed ("" for nothing), or null when it was cancelled.
 *
 * @param asked.field The label of the text; without it nothing is typed. Under the purpose `draft` the text is kept until
 *   it is forgotten: who sends it does that.
 * @param asked.danger The act is hard to take back: red.
 * @param asked.careful The keyboard is on Cancel.
 * @param asked.details A promise of the title, the text, `lines` that name what is meant, whether it is `danger`, and the
 *   number that has to be `typed`. Until it is there, nothing can be confirmed.
 */
export function ask({ field = null, placeholder = "", ok = "OK", draft = null, required = false, ...asked }) {
  const dialog = $("#ask");
  const input = $("#ask-text");
  if (dialog.open) return Promise.resolve(null); // One question at a time.
  purpose = draft;
  question++;
  part("label").hidden = field === null;
  part("field").textContent = field ?? "";
  part("ok").textContent = ok;
  part("error").textContent = "";
  input.value = (draft && draftOf(draft)?.fields[0][1]) ?? "";
  input.placeholder = placeholder;
  input.required = required && field !== null;
  say({ ...asked, ready: !asked.details });
  dialog.returnValue = "";
  dialog.showModal();
  const first = field === null ? part("ok") : input;
  (asked.careful || first.disabled ? part("cancel") : first).focus();
  if (asked.details) find(asked.details, { ...asked, field });
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "ok" ? input.value.trim() : null), {
      once: true,
    });
  });
}

async function find(details, asked) {
  const mine = question;
  const isOpen = () => mine === question && $("#ask").open;
  try {
    const found = await details;
    if (!isOpen()) return;
    say({ ...found, ready: true });
    // A person who waited for the number types it next; nothing else is focused by itself.
    if (found.typed && part("cancel") === document.activeElement && !asked.field) $("#ask-count").focus();
  } catch {
    if (isOpen()) part("error").textContent = "The board did not say how many they are. Cancel, and try again.";
  }
}

function say({ title, text = "", lines = [], danger = false, typed = null, ready }) {
  expected = typed;
  part("title").textContent = title;
  part("text").textContent = ready ? text : "Counting…";
  part("text").hidden = ready && text === "";
  part("list").hidden = lines.length === 0;
  part("list").replaceChildren(...lines.map(item));
  part("count").hidden = typed === null;
  part("count-words").textContent = typed === null ? "" : `Type ${typed} to confirm`;
  $("#ask-count").value = "";
  part("ok").classList.toggle("danger", danger);
  part("ok").disabled = !ready || typed !== null;
}

function item(text) {
  const line = document.createElement("li");
  line.className = "ell";
  line.textContent = text;
  return line;
}

on("input", "#ask-count", (_, { value }) => {
  part("ok").disabled = value.replace(/[\s,.]/g, "") !== expected?.replaceAll(",", "");
});
on("input", "#ask-text", (_, { value }) => {
  if (purpose === null) return;
  if (value.trim() === "") forget(purpose);
  else keep(purpose, { fields: [["text", value]], parents: [] });
});
// The Enter that opened the question, held down, is no answer to it.
on("keydown", "#ask", (event) => event.key === "Enter" && event.repeat && event.preventDefault());
act("ask-cancel", () => {
  if (purpose !== null) forget(purpose);
  $("#ask").close("");
});
