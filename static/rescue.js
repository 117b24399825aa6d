/**
 * The text of a form that has lost its purpose while a person typed into it: the question was answered by another, the
 * review decided.
 *
 * The text stays in sight as a comment that is not sent, with a line that says what happened: on the card the form
 * itself becomes one, an open drawer takes it into its comment box, and elsewhere a notice holds it. The keyboard stays
 * with the text: what is typed on would otherwise be taken for commands.
 *
 * @module
 */
import { $, $$, act, on, say } from "./dom.js";
import { draftOf, forget, isSending, keep, purposeOf, purposes, restoreDrafts } from "./drafts.js";
import { isBlank, textOf, valuesOf } from "./form_values.js";
import { raise } from "./notices.js";
import { sendAgain } from "./unsent.js";
import { at } from "./paths.js";

/** Which status a verb needs, and what to say when the task has left it. */
const NEEDS = {
  unblock: { status: "blocked", happened: "It was answered meanwhile. What you typed is kept as a comment, not sent." },
  "request-changes": {
    status: "review",
    happened: "It was decided meanwhile. What you typed is kept as a comment, not sent.",
  },
};
const PURPOSE = /^\/t\/(t_[0-9a-f]{8})\/([a-z-]+)$/;
const WHERE = ".item, .need, .pane";

/** The forms that a person typed into on this page, by purpose; where they were; and the one with the keyboard. */
const typed = new Map();
let focused = null;

on("input", "form", (_, form) => {
  const purpose = purposeOf(form);
  if (purpose !== null) typed.set(purpose, { form, passing: form.closest(WHERE) !== null });
});
on("focusin", "form", (_, form) => (focused = { form, purpose: purposeOf(form) }));

/** What the page knows of a task's status; null: nothing. */
const statusOf = (id) =>
  ["drawer", "card", "pane", "need"]
    .map((kind) => document.getElementById(`${kind}-${id}`)?.dataset.status)
    .find(Boolean) ?? null;

/** Whether a form is on the page and still what it was: an update may make another form of its element. */
const isAlive = (form, purpose) => Boolean(form?.isConnected) && purposeOf(form) === purpose;

/** Whether a form on a card is still being used: an update of its card leaves it there. */
export const inUse = (form) =>
  form.matches("form") && (!isBlank(form) || form.contains(document.activeElement) || isSending(purposeOf(form)));

function rescue() {
  for (const purpose of purposes()) {
    const [, id, verb] = PURPOSE.exec(purpose) ?? [];
    const need = NEEDS[verb];
    if (!need || isSending(purpose)) continue;
    const { form, passing } = typed.get(purpose) ?? {};
    const status = statusOf(id);
    // A drawer that was closed keeps its draft; a row of a list that is gone was settled.
    const lost = status === null ? passing && !isAlive(form, purpose) : status !== need.status;
    if (lost) settle({ purpose, id, form, happened: need.happened });
  }
  // An empty form that was kept for the keyboard goes with the question.
  for (const form of $$(".item .answer")) {
    const [, id, verb] = PURPOSE.exec(purposeOf(form) ?? "") ?? [];
    if (NEEDS[verb] && statusOf(id) !== NEEDS[verb].status && !inUse(form)) form.remove();
  }
}

/** An answer that may have arrived is asked for once more: under its key it is done, or it was too late. */
function settle(lost) {
  const { sent, key } = draftOf(lost.purpose);
  if (!sent) return keepAsComment(lost);
  if (settling.has(key)) return;
  settling.add(key);
  sendAgain(sent, { key, lost });
}
const settling = new Set();
document.addEventListener("htmx:finally:request", ({ detail }) => {
  const { about, response } = detail.ctx ?? {};
  if (!about?.lost) return;
  settling.delete(about.key);
  if (draftOf(about.lost.purpose)?.key !== about.key || !response || response.status >= 500) return;
  if (response.status >= 400) return keepAsComment(about.lost);
  const { form, purpose } = about.lost;
  forget(purpose);
  if (form?.isConnected && form.matches(".answer")) form.remove();
});

function keepAsComment({ purpose, id, form, happened }) {
  const draft = draftOf(purpose);
  const text = textOf(isAlive(form, purpose) ? valuesOf(form) : draft);
  const hadKeyboard = focused?.purpose === purpose && !typingElsewhere(focused.form);
  forget(purpose);
  typed.delete(purpose);
  if (text === "") return;
  say(happened);
  if (isAlive(form, purpose) && form.matches(".answer")) return becomeComment(form, id, text, happened);
  const box = $(`#drawer-${id} .compose textarea:not(:disabled)`);
  if (box) return intoBox(box, text, happened, hadKeyboard);
  const known = $("#toasts .kept[data-id]") && document.getElementById(`kept-${id}`);
  if (known) return intoBox($("textarea", known), text, happened, hadKeyboard);
  intoNotice(id, text, happened, hadKeyboard);
}

/** Whether the person has gone on to another field. */
const typingElsewhere = (form) =>
  document.activeElement !== document.body && document.activeElement !== null && !form.contains(document.activeElement);

/** The form on the card stays under the keyboard and sends a comment. */
function becomeComment(form, id, text, happened) {
  const field = $("input, textarea", form);
  form.setAttribute("hx-post", `/t/${id}/comments`);
  form.classList.add("kept");
  field.name = "body";
  field.setAttribute("aria-label", "Comment");
  form.prepend(line(happened));
  keep(purposeOf(form), { fields: [["body", text]], parents: [] });
}

function intoBox(box, text, happened, keyboard) {
  box.value = [box.value, text].filter((part) => part.trim() !== "").join("\n\n");
  const own = $(".happened", box.form); // That of the comment box is kept by updates.
  if (own) own.textContent = happened;
  else box.form.prepend(line(happened));
  keep(purposeOf(box.form), valuesOf(box.form));
  if (keyboard) atEnd(box);
}

function intoNotice(id, text, happened, keyboard) {
  const item = $("#kept-comment").content.firstElementChild.cloneNode(true);
  const form = $("form", item);
  item.id = `kept-${id}`;
  item.dataset.id = id;
  form.setAttribute("hx-post", `/t/${id}/comments`);
  $("a", item).href = at(`/t/${id}`);
  $("a", item).dataset.open = id;
  $("textarea", form).value = text;
  form.prepend(line(happened));
  $("#toasts").append(item);
  raise();
  htmx.process(form);
  keep(purposeOf(form), valuesOf(form));
  if (keyboard) atEnd($("textarea", form));
}

function line(text) {
  const element = document.createElement("p");
  element.className = "happened";
  element.textContent = text;
  return element;
}

function atEnd(box) {
  box.focus({ preventScroll: true });
  box.setSelectionRange(box.value.length, box.value.length);
}

// The question may have gone while its answer was out.
for (const type of ["kanban:returned", "kanban:stranded"]) document.addEventListener(type, () => rescue());
// A comment that was sent needs no line above it, and no notice.
document.addEventListener("kanban:sent", ({ target }) => $(".happened", target)?.replaceChildren());
document.addEventListener("kanban:delivered", ({ target }) => target.closest(".toast.kept")?.remove());
act("kept-drop", (_, button) => {
  const item = button.closest(".kept");
  forget(purposeOf($("form", item)));
  item.remove();
});
// The drawer shows the text in its own box.
document.addEventListener("htmx:after:swap", () => {
  restoreDrafts();
  rescue();
  for (const item of $$(".toast.kept")) if ($(`#drawer-${item.dataset.id} .compose`)) item.remove();
});
restoreDrafts();
rescue();
