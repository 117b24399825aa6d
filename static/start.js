/**
 * The first minute on an empty board: Enter runs the built-in worker, whose task is followed from Ready to Done,
 * and what is hidden stays hidden.
 *
 * @module
 */
import { $, $$, act, say } from "./dom.js";
import { at, cookiePath } from "./paths.js";

act("start-hide", () => {
  document.cookie = `kanban_start=0; path=${cookiePath}; max-age=31536000; samesite=strict`;
  $("#start")?.remove();
  $("#board")?.focus();
  say("Hidden. Keys and help brings it back.");
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (document.activeElement !== document.body || $("dialog[open]") || $(".menu:popover-open")) return;
  $("#view #start-demo")?.click();
});

// The answer names the task; the steps take the button's place.
document.addEventListener("kanban:demo", ({ detail }) => {
  const form = $("#start-demo")?.closest("form");
  const template = $("#start-steps");
  if (!form || !template || !/^t_[0-9a-f]{8}$/.test(detail?.id)) return;
  const steps = template.content.firstElementChild.cloneNode(true);
  steps.dataset.task = detail.id;
  const link = $("[data-open]", steps);
  link.dataset.open = detail.id;
  link.href = at(`/t/${detail.id}`);
  form.replaceWith(steps);
  follow();
  link.focus({ preventScroll: true });
});

/** Marks where the card of the demo task is. */
function follow() {
  const steps = $("#start .steps");
  const status = document.getElementById(`card-${steps?.dataset.task}`)?.dataset.status;
  if (!status) return;
  for (const step of $$("[data-step]", steps)) {
    if (step.dataset.step === status) step.setAttribute("aria-current", "step");
    else step.removeAttribute("aria-current");
  }
}
document.addEventListener("htmx:after:swap", follow);
