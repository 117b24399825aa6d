/**
 * The zoom of the dependencies: buttons, + - 0, and the wheel with Ctrl; remembered in this browser.
 *
 * @module
 */
import { $, $$, act, on, typing } from "./dom.js";

const KEY = "kanban.zoom";
const STEPS = [0.25, 0.35, 0.5, 0.65, 0.8, 1, 1.25, 1.5, 2];

const zoom = () => Number(localStorage.getItem(KEY)) || 1;

function set(value) {
  const bounded = Math.min(STEPS.at(-1), Math.max(STEPS[0], value));
  localStorage.setItem(KEY, String(bounded));
  draw();
}

/** No attribute of an element, so that no page ever has an inline style; no swap replaces it. */
const sheet = new CSSStyleSheet();
document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];

function draw() {
  const label = $("#zoom");
  if (!label) return;
  sheet.replaceSync(`:root { --zoom: ${zoom()}; }`);
  label.textContent = `${Math.round(zoom() * 100)} %`;
}

function step(direction) {
  const now = zoom();
  const next =
    direction > 0 ? STEPS.find((value) => value > now + 0.01) : STEPS.findLast((value) => value < now - 0.01);
  if (next !== undefined) set(next);
}

act("zoom-in", () => step(1));
act("zoom-out", () => step(-1));
act("zoom-reset", () => set(1));
act("zoom-fit", () => {
  const widest = Math.max(...$$("#graphs .graph").map((svg) => Number(svg.getAttribute("width"))), 1);
  set(Math.min(1, ($("#graphs").clientWidth - 40) / widest));
});
on(
  "wheel",
  "#graphs",
  (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    step(event.deltaY < 0 ? 1 : -1);
  },
  { passive: false },
);
document.addEventListener("keydown", (event) => {
  if (!$("#graphs") || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (typing() || $("dialog[open]") || $(":popover-open")) return;
  const action = { "+": () => step(1), "=": () => step(1), "-": () => step(-1), 0: () => set(1) }[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});
document.addEventListener("htmx:after:swap", draw);
draw();
