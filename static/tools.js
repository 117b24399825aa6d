/**
 * What a card carries only while it is needed: its buttons, and the line in which its question is answered.
 *
 * Hundreds of cards would hold hundreds of buttons of which a person sees two. So the page has them once,
 * as a template, and they come to the card that is pointed at and to the one that has the focus. Where
 * nothing can be pointed at (a finger, a narrow screen) every card has its own.
 *
 * @module
 */
import { $, $$, act, on } from "./dom.js";
import { forget, purposeOf, restoreDrafts } from "./drafts.js";
import { isBlank } from "./form_values.js";
import { inUse } from "./rescue.js";

const always = matchMedia("(max-width: 720px), (pointer: coarse)");
/** The cards that carry the buttons: a menu gives the focus back to them, so they stay until another card is meant. */
const carriers = { pointed: null, focused: null };

function equip(item) {
  if (!item || $(":scope > .acts", item)) return;
  const tools = $("#card-tools").content.firstElementChild.cloneNode(true);
  const [move, actions] = $$("button", tools);
  move.setAttribute("aria-label", `Move ${item.dataset.id}`);
  actions.setAttribute("aria-label", `Actions for ${item.dataset.id}`);
  item.append(tools);
}

function carry(how, item) {
  if (always.matches || carriers[how] === item) return;
  const before = carriers[how];
  carriers[how] = item;
  if (before && before !== carriers.pointed && before !== carriers.focused) $(":scope > .acts", before)?.remove();
  equip(item);
}

on("pointerover", ".board .item", (_, item) => carry("pointed", item));
on("focusin", ".board .item", (_, item) => carry("focused", item));

function equipAll() {
  if (always.matches) for (const item of $$(".board .item")) equip(item);
}
equipAll();
document.addEventListener("htmx:after:swap", equipAll);
always.addEventListener("change", () => {
  for (const tools of $$(".board .acts")) tools.remove();
  carriers.pointed = carriers.focused = null;
  equipAll();
});

// A card is drawn without what it carries: an update would take it away, and with it the focus and what is typed.
htmx.registerExtension("tools", {
  htmx_before_morph_node: (item, { newNode }) => {
    if (!item.classList?.contains("item")) return;
    for (const tool of $$(":scope > [data-tool]", item)) {
      // Nothing is answered that is no longer asked; what is typed stays all the same (`rescue.js`).
      const asked = item.dataset.status === newNode.dataset.status;
      if (tool.matches(".acts") || asked || inUse(tool)) newNode.append(tool.cloneNode(true));
    }
  },
});

// ── answering on a card ─────────────────────────────────────────────────────
const PATH = { blocked: "unblock", review: "request-changes" };

act("answer", (_, button) => {
  const item = button.closest(".item");
  const { id, status } = item.dataset;
  const template = document.getElementById(`answer-${status}`);
  if (!template) return;
  const open = $(":scope > .answer", item);
  if (open) return $("input", open).focus();
  const form = template.content.firstElementChild.cloneNode(true);
  form.setAttribute("hx-post", `/t/${id}/${PATH[status]}`);
  item.insertBefore(form, $(":scope > .acts", item));
  htmx.process(form);
  restoreDrafts(form);
  $("input", form).focus();
});

/** Removes the line; the focus returns to where it was opened. */
function dismiss(form) {
  const item = form.closest(".item");
  if (!item) return; // The answer itself took it away.
  const held = form.contains(document.activeElement);
  form.remove();
  if (held) $(':scope > [data-do="answer"]', item)?.focus({ preventScroll: true });
}

/** Takes the line back, with what was typed. */
function takeBack(form) {
  forget(purposeOf(form));
  dismiss(form);
}

act("answer-cancel", (_, button) => takeBack(button.form));
on("keydown", ".answer", (event, form) => {
  if (event.key !== "Escape") return;
  event.preventDefault();
  event.stopPropagation();
  takeBack(form);
});
// Sent: unless more was typed since, the line goes.
document.addEventListener("kanban:delivered", ({ target }) => {
  if (target.matches(".answer") && isBlank(target)) dismiss(target);
});
