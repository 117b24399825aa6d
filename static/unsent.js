/**
 * What could not be sent, and has no field to go back to because something newer is typed there: a notice holds it
 * until it is sent again. It is sent under its first key, so that it is done once.
 *
 * @module
 */
import { act, post, say } from "./dom.js";
import { toast } from "./toast.js";

const STORE = "kanban.unsent";

function stored() {
  try {
    return JSON.parse(sessionStorage.getItem(STORE) ?? "{}");
  } catch {
    return {};
  }
}

function store(change) {
  const all = stored();
  change(all);
  try {
    sessionStorage.setItem(STORE, JSON.stringify(all));
  } catch {}
}

/** Says that something was not sent, and offers to send it again. */
export function offerAgain({ path, body, key, text }) {
  store((all) => (all[key] = { path, body, text }));
  show(key, text);
}

/** Drops all of it: who wrote it has signed out. */
export function forgetUnsent() {
  sessionStorage.removeItem(STORE);
}

function show(key, text) {
  const short = text.length > 200 ? `${text.slice(0, 200).trimEnd()}…` : text;
  const item = toast(`Not sent: “${short}”`, "error", "", key);
  say(`Not sent: ${short}`);
  if (!item) return;
  item.classList.add("unsent");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn";
  button.dataset.do = "resend";
  button.dataset.key = key;
  button.textContent = "Send again";
  item.insertBefore(button, item.lastElementChild);
}

act("resend", (_, button) => {
  const { key } = button.dataset;
  const entry = stored()[key];
  button.closest(".toast").remove();
  if (entry) sendAgain(entry, { key, unsent: true });
});

/** Sends once more what was sent before, under the key in `about`. */
export function sendAgain({ path, body }, about) {
  post(path, {}, { ...about, body });
}

document.addEventListener("htmx:finally:request", ({ detail }) => {
  const { about, response } = detail.ctx ?? {};
  if (!about?.unsent) return;
  if (response && response.status < 400) store((all) => delete all[about.key]);
  else show(about.key, stored()[about.key]?.text ?? "");
});

for (const [key, { text }] of Object.entries(stored())) show(key, text);
