/**
 * Notices above the columns: dismissed ones stay away in this browser until their cause is gone.
 *
 * Their causes are in a cookie, so that the server leaves them out of the page; what the stream brings is the same for
 * all browsers, and is hidden here before it is painted.
 *
 * @module
 */
import { $, $$, act } from "./dom.js";
import { Meaning } from "./meaning.js";
import { openMenu } from "./menu.js";
import { cookiePath } from "./paths.js";

const COOKIE = "kanban_dismissed";

const dismissed = () =>
  (document.cookie.split("; ").find((pair) => pair.startsWith(`${COOKIE}=`)) ?? "")
    .slice(COOKIE.length + 1)
    .split(".")
    .filter(Boolean);

function keep(causes) {
  document.cookie = `${COOKIE}=${causes.join(".")}; path=${cookiePath}; max-age=31536000; samesite=strict`;
}

/** Hides what was dismissed, and forgets causes that are gone. */
function apply() {
  const lines = $$("#banner [data-cause]");
  const causes = dismissed();
  const present = causes.filter((cause) => lines.some((line) => line.dataset.cause === cause));
  if ($("#banner") && present.length < causes.length) keep(present);
  for (const line of lines) line.hidden = present.includes(line.dataset.cause);
}

act("dismiss-notice", (_, button) => {
  keep([...dismissed(), button.closest("[data-cause]").dataset.cause].slice(-8));
  apply();
  ($("#banner [data-cause]:not([hidden]) button") ?? $("#main")).focus({ preventScroll: true });
});
act("assign-these", (_, button) => {
  openMenu("assign", new Meaning({ ids: button.dataset.ids.split(" ") }), button);
});
document.addEventListener("htmx:after:swap", apply);
apply();
