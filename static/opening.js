/**
 * A task on its way into the drawer: the sheet is there at once, with what the page knows of the task.
 *
 * Only the task that was asked for last may arrive. Closing the sheet, or asking for another task, ends the request,
 * and what comes of it all the same opens nothing.
 *
 * @module
 */
import { $ } from "./dom.js";

/** The task that is being loaded, or null. */
let awaited = null;

/** Loads a task into the drawer, and shows its sheet until it is there. */
export function load(id, push) {
  awaited = id;
  showSheet(id);
  return htmx.ajax("GET", `/t/${id}`, {
    source: "#drawer",
    target: "#drawer",
    swap: "innerHTML",
    push: push ? `/t/${id}` : "false",
    about: { load: id },
  });
}

/** Ends the loading of a task, if one is on its way. */
export function stopLoading() {
  awaited = null;
  htmx.trigger("#drawer", "htmx:abort", {}, false);
}

function showSheet(id) {
  const drawer = $("#drawer");
  if ($(":scope > .sheet:not(.loading)", drawer)?.dataset.id === id) return; // It is shown again in place.
  const sheet = $("#drawer-loading").content.firstElementChild.cloneNode(true);
  const link = $(`#view a[data-open="${id}"]`) ?? $(`a[data-open="${id}"]`);
  const status = (document.getElementById(`card-${id}`) ?? link?.closest("[data-status]"))?.dataset.status;
  sheet.dataset.id = id;
  $("[data-loading-id]", sheet).textContent = id;
  // The link of a notice has other words.
  $("#d-title", sheet).textContent = link?.closest(".toast") ? id : (link?.textContent.trim() ?? id);
  const badge = $("[data-loading-status]", sheet);
  badge.hidden = status === undefined;
  if (status !== undefined) {
    sheet.dataset.status = status;
    badge.classList.add(`c-${status}`);
    badge.textContent = $(`#h-${status}`)?.textContent ?? status;
  }
  drawer.replaceChildren(sheet);
  $(".body", sheet).focus({ preventScroll: true });
}

document.addEventListener("htmx:after:request", (event) => {
  const { about } = event.detail.ctx;
  if (about?.load && about.load !== awaited) event.preventDefault(); // Too late.
});

document.addEventListener("htmx:finally:request", ({ detail }) => {
  const { about } = detail.ctx ?? {};
  if (!about?.load || about.load !== awaited) return;
  awaited = null;
  const sheet = $("#drawer > .sheet.loading");
  if (!sheet) return;
  sheet.removeAttribute("aria-busy");
  $(".lines", sheet).hidden = true;
  $(".trouble", sheet).hidden = false;
});
