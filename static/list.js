/**
 * The list: a folded group fetches its rows when it is opened, and which groups and columns are seen is remembered in
 * a cookie, so that the server sends the next page like that.
 *
 * @module
 */
import { $, $$, on, say } from "./dom.js";
import { cookiePath } from "./paths.js";

const AGE = 31_536_000;
const remember = (name, value) => {
  document.cookie = `${name}=${value}; path=${cookiePath}; max-age=${AGE}; samesite=strict`;
};

document.addEventListener(
  "toggle",
  (event) => {
    const group = event.target;
    if (!group.matches?.("details.g")) return;
    const list = $(".trs", group);
    if (group.open && list?.dataset.load !== undefined) {
      delete list.dataset.load;
      htmx.trigger(list, "kanban:stale", {}, false);
    }
    const state = $$("details.g").map((other) => `${other.open ? "+" : "-"}${other.dataset.group}`);
    // What is not on this page keeps what was remembered of it.
    const before = /(?:^|; )kanban_groups=([^;]*)/.exec(document.cookie)?.[1].split(".") ?? [];
    const others = before.filter((part) => part && !state.some((one) => one.slice(1) === part.slice(1)));
    remember("kanban_groups", [...state, ...others].join("."));
  },
  true,
);

// Rows of a folded group are not there: what changed in it is fetched when it is opened.
document.addEventListener(
  "kanban:stale",
  (event) => {
    const list = event.target;
    const group = list.closest?.("details.g:not([open])");
    if (!group) return;
    list.dataset.load = "1";
    event.stopImmediatePropagation();
  },
  true,
);

// An empty group is not seen; counts come by the stream.
document.addEventListener("htmx:after:swap", () => {
  for (const group of $$("details.g"))
    group.classList.toggle("vacant", $("[data-n]", group).textContent.trim() === "0");
});

on("change", "#list-columns input", (_, box) => {
  $("#rows")?.classList.toggle(`no-${box.dataset.column}`, !box.checked);
  const hidden = $$("#list-columns input").filter((other) => !other.checked);
  remember("kanban_columns", hidden.map((other) => other.dataset.column).join(".") || "none");
  say(`${box.parentNode.textContent.trim()} ${box.checked ? "shown" : "hidden"}`);
});
