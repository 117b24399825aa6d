/**
 * Needs you: going from task to task without loading the page, and on to the next after an answer.
 *
 * The address of each task is that of a page of its own, so links do all of this without a script; here they are
 * fetched and morphed in, which leaves the list where it was scrolled to.
 *
 * @module
 */
import { $, $$, on } from "./dom.js";
import { restoreDrafts } from "./drafts.js";
import { here, herePath, inBoard } from "./paths.js";

const view = () => $("#view.panes");
const phone = matchMedia("(max-width: 720px)");

/** Shows the task at a path of ours. Resolves when it is on the page. */
function show(path, { push = true } = {}) {
  return htmx.ajax("GET", path, {
    source: "#pager",
    target: "#view",
    select: "#view",
    swap: "outerMorph",
    push: push ? path : "false",
  });
}

/** Where the focus goes after a step: to the field after an answer, else to the list, where J and K go on. */
function settle({ typing }) {
  const field = $(".pane .need-answer textarea");
  if (typing && field && !phone.matches) return field.focus();
  const link = $(".ask[aria-current] a[data-need]");
  const to = phone.matches ? $(".pane .back") : link;
  to?.focus({ preventScroll: true });
  link?.closest(".ask").scrollIntoView({ block: "nearest" });
}

async function go(path, options = {}) {
  await show(path);
  if (view()) restoreDrafts(view());
  settle({ typing: options.typing ?? false });
}

/** Steps to the task before or after the open one; false on any other page. */
export function turnNeed(direction) {
  if (!view()) return false;
  const links = $$("a[data-need]", view());
  const at = links.findIndex((link) => link.closest(".ask").matches("[aria-current]"));
  const next = links[at + direction];
  if (next) go(next.getAttribute("href"));
  return true;
}

/** Opens the task of the pane beside the list; false when there is none. */
export function openNeed() {
  const link = view() && $(".pane [data-need-open]", view());
  link?.click();
  return Boolean(link);
}

on("click", "a[data-need], a[data-need-turn], a[data-need-back]", (event, link) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey || !view()) return;
  event.preventDefault();
  // Enter on a task of the list goes to its answer.
  go(link.getAttribute("href"), { typing: event.detail === 0 && link.matches("[data-need]") });
});

// ── answering ───────────────────────────────────────────────────────────────
let staying = false;
on("submit", ".need-answer", (event) => (staying = event.submitter?.matches("[data-stay-here]") ?? false), true);

document.addEventListener("htmx:finally:request", ({ detail }) => {
  const form = detail.ctx?.sourceElement;
  if (!form?.matches?.(".need-answer") || !detail.ctx.response || detail.ctx.response.status >= 400) return;
  const next = $('.pane [data-need-turn="next"]')?.getAttribute("href");
  if (!staying) go(next ?? "/needs", { typing: true });
});

// What the page fetched of the task that was open before must not bring it back.
document.addEventListener("htmx:after:request", (event) => {
  const { ctx } = event.detail;
  if (ctx.sourceElement?.id !== "view" || !view()) return;
  const { pathname, search } = new URL(ctx.request.action, location.href);
  if (inBoard(pathname) + search !== view().getAttribute("hx-get")) event.preventDefault();
});

// Back and forward between its tasks need no reload.
document.addEventListener("htmx:before:history:restore", (event) => {
  const shown = here();
  if (!view() || !/^\/needs(\/t_[0-9a-f]{8})?$/.test(herePath()) || shown === view().dataset.view) return;
  event.preventDefault();
  show(shown, { push: false });
});
