/**
 * Everything that changes only because time passes: ages, clocks, lease bars. The server's clock
 * counts, not the viewer's.
 *
 * @module
 */
import { $$, on } from "./dom.js";
import { words } from "./time_words.js";

/** An answer is on its way for less than this; more is a clock that was set, or stood still while the machine slept. */
const LATE_MS = 2_000;
let skew = Number(document.body.dataset.now ?? Date.now()) - Date.now();
const now = () => Date.now() + skew;

/** What the server's clock shows now, or showed a little while ago. */
export function setClock(time) {
  const seen = time - Date.now();
  if (!(Math.abs(seen - skew) > LATE_MS)) return;
  skew = seen;
  tick();
}

function tick() {
  if (document.hidden) return;
  const time = now();
  for (const element of $$("time[data-form]")) {
    const text = words(element.dataset.form, Date.parse(element.dateTime), time);
    if (element.textContent !== text) element.textContent = text;
  }
  for (const lease of $$(".lease[data-until]")) drain(lease, time);
  for (const element of $$("[data-clock]")) {
    const text = new Date(Number(element.dataset.clock)).toLocaleTimeString([], {
      hour: "2-digit",
      minute: "2-digit",
      second: element.dataset.fine === undefined ? undefined : "2-digit",
      hour12: false,
    });
    if (element.textContent !== text) element.textContent = text;
  }
}

function drain(lease, time) {
  lease.value = Math.max(0, Math.min(lease.max, Number(lease.dataset.until) - time));
  const low = lease.value < lease.max / 4;
  const run = lease.closest(".run");
  run?.classList.toggle("c-blocked", low);
  run?.classList.toggle("c-running", !low);
}

setInterval(tick, 1000);
document.addEventListener("visibilitychange", tick);
tick();

// Dates on hover in the viewer's own time.
on("pointerover", "time[title]", (_, element) => {
  element.title = element.title.replaceAll(/(\d{4}-\d\d-\d\d) (\d\d:\d\d)( UTC)?/g, (_all, day, hour) =>
    new Date(`${day}T${hour}Z`).toLocaleString(),
  );
});

// The command key of this machine.
if (/Mac|iPhone|iPad/.test(navigator.platform)) {
  for (const key of $$("[data-mod-k]")) key.textContent = "⌘K";
}
