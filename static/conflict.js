/**
 * The dialog of two changes of one field: opens when an answer fills it, and ends the edit when one of the texts, or
 * both, was taken. Closing it loses nothing: what was typed is still in its field.
 *
 * @module
 */
import { $, act } from "./dom.js";
import { giveUp } from "./edit.js";
import { toast } from "./toast.js";

const dialog = () => $("#conflict");
const form = () => $("#conflict-form");
/** What was typed and given up last: `{ id, field, text }`. */
let given = null;

if (dialog())
  new MutationObserver(() => {
    if (!form()) return;
    if (!dialog().open) dialog().showModal();
    $("button[data-mine]", form()).focus();
  }).observe($("#conflict-body"), { childList: true });

/** The field of the drawer that the dialog is about. */
function fieldOf(id, name) {
  return $(`#drawer-${id} .edit.edit [name="${CSS.escape(name)}"]:not([type=hidden])`);
}

function close() {
  dialog().close();
  $("#conflict-body").replaceChildren();
}

act("conflict-close", () => {
  const { id, field } = form().dataset;
  close();
  fieldOf(id, field)?.focus();
});
// Escape closes it as a dialog; the next one is filled anew.
dialog()?.addEventListener("close", () => $("#conflict-body").replaceChildren());

act("conflict-theirs", () => {
  const { id, field: name } = form().dataset;
  const field = fieldOf(id, name);
  close();
  if (!field) return;
  given = { id, name, text: field.value };
  giveUp(field.closest(".edit"));
  toast("Their text stays", "ok", "", "conflict");
  const again = document.createElement("button");
  again.className = "btn";
  again.type = "button";
  again.dataset.do = "conflict-again";
  again.textContent = "Edit mine again";
  $("#toasts .toast:last-child .said")?.append(again);
});

act("conflict-again", (_, button) => {
  button.closest(".toast")?.remove();
  const field = given && fieldOf(given.id, given.name);
  if (!field) return;
  $('[data-do="edit"]', field.closest(".edit")).click();
  field.value = given.text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
});

act("conflict-both", (_, button) => {
  const text = $("#conflict-text");
  text.closest("[data-joined]").hidden = false;
  text.value = text.dataset.both;
  button.hidden = true;
  const save = $("button[data-mine]", form());
  save.textContent = "Save this text";
  save.classList.add("primary");
  text.focus();
});

document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
  const sent = ctx?.sourceElement;
  if (sent?.id !== "conflict-form" || !(ctx.response?.status < 400)) return;
  const field = fieldOf(sent.dataset.id, sent.dataset.field);
  close();
  if (field) giveUp(field.closest(".edit"));
});
