/**
 * The few helpers every script uses. Listeners are delegated on the document, so they survive every
 * swap and morph; nothing keeps a reference to an element that may be replaced.
 *
 * @module
 */

export const $ = (selector, root = document) => root.querySelector(selector);
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

/** Calls `fn(event, element)` for events inside anything that matches `selector`, now or later. */
export function on(type, selector, fn, options) {
  document.addEventListener(
    type,
    (event) => {
      const element = event.target instanceof Element ? event.target.closest(selector) : null;
      if (element) fn(event, element);
    },
    options,
  );
}

/** Calls `fn(event, button)` when something whose `data-do` is `name` is pressed. */
export function act(name, fn) {
  on("click", `[data-do="${name}"]`, (event, element) => {
    event.preventDefault();
    fn(event, element);
  });
}

/**
 * Posts a form and swaps in what comes back. Posts leave in the order they were made. `about` travels
 * with the request as `ctx.about`, for a handler that has to roll something back.
 */
export function post(path, values, about = null) {
  return htmx.ajax("POST", path, { source: "#actions", target: "#actions", swap: "none", values, about });
}

/** Puts one line into the live region; the same line twice is read twice. */
export function say(text) {
  const region = $("#say");
  if (!region) return;
  region.textContent = "";
  requestAnimationFrame(() => (region.textContent = text));
}

/** The task an element belongs to: `{ id, status, element }`, or null. */
export function taskOf(element) {
  const holder = element?.closest?.("[data-id]");
  if (!holder || !/^t_[0-9a-f]{8}$/.test(holder.dataset.id)) return null;
  return { id: holder.dataset.id, status: holder.dataset.status ?? "", element: holder };
}

/** True while the user types: keys and reloads leave them alone. */
export function typing() {
  const active = document.activeElement;
  if (!active) return false;
  if (active.isContentEditable) return true;
  return active.matches("textarea, select, input:not([type=checkbox], [type=radio], [type=button], [type=submit])");
}

/** Takes the focus out of something that is hidden now; the browser itself does so only when it next draws. */
export function leave(box) {
  if (box.contains(document.activeElement)) document.activeElement.blur();
}

/** Prefers little motion. */
export const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
