/**
 * Takes the single-use code out of the address and exchanges it for the session cookie, asks under which name, then
 * opens the page that was asked for before.
 *
 * The code works for a minute, so it is exchanged first; the name is asked afterwards, in a browser that has none yet.
 *
 * The code is behind `#`: no server, log, referrer or history keeps it. The link with it often opens a tab of its
 * own, so the tab that shows this page in place of another keeps that address for it, for ten minutes.
 *
 * @module
 */
import { at, herePath } from "./paths.js";
const WANTED = "kanban.wanted";
const WANTED_MS = 600_000;
/** When this tab signed in: the next page has the session, or the browser did not keep it. */
const SIGNED_IN = "kanban.signed-in";
/** When this tab loaded a page once more. */
const AGAIN = "kanban.again";
/** The name that this browser was signed in with last. */
const NAME = "kanban.name";
const form = document.getElementById("login");
const line = document.getElementById("login-say");
const codeField = document.getElementById("code");
const nameField = document.getElementById("name");
/** Where to go once the name is said; null until there is a session. */
let signedInTo = null;

/** Signs in with a code. With `ask`, and no name so far, the name is asked next. */
async function exchange(code, { ask }) {
  line.textContent = "Signing in…";
  const response = await send("/login", { code, name: nameField.value, next: wanted() ?? "/" });
  if (!response?.ok) return fail(response, response?.status === 400 ? nameField : codeField);
  localStorage.removeItem(WANTED);
  // The server names it: a path of its own, whatever was asked for.
  signedInTo = response.headers.get("location") ?? "/";
  const name = nameOf(response);
  if (!ask || nameField.value.trim() !== "") return enter(name);
  line.textContent = "Signed in. What is your name here?";
  for (const id of ["code-row", "code-about", "name-empty"]) document.getElementById(id).hidden = true;
  codeField.disabled = true;
  nameField.value = name;
  form.querySelector("button").textContent = "Continue";
  nameField.select();
}

async function rename() {
  const response = await send("/me", { name: nameField.value });
  if (response?.ok) enter(nameOf(response));
  else fail(response, nameField);
}

const send = (path, fields) => fetch(at(path), { method: "POST", body: new URLSearchParams(fields) }).catch(() => null);
const nameOf = (response) => decodeURIComponent(response.headers.get("x-kanban-name") ?? "");

function enter(name) {
  sessionStorage.setItem(SIGNED_IN, String(Date.now()));
  localStorage.setItem(NAME, name);
  location.replace(at(signedInTo));
}

async function fail(response, field) {
  line.textContent = response === null ? "The board does not answer." : await reason(response);
  field.focus();
}

const recently = (key) => Date.now() - Number(sessionStorage.getItem(key)) < 10_000;

/** Why the server refused, in its own words. */
async function reason(response) {
  const text = await response.text();
  if (!response.headers.get("content-type")?.includes("json")) return text.slice(0, 300) || "The code did not work.";
  const { message, hint } = JSON.parse(text).error;
  return [message, hint].filter(Boolean).join(". ");
}

/** The page to open: the one this page is shown in place of, or the one that another tab waits for. */
function wanted() {
  const { next } = Object.fromEntries(new FormData(form));
  if (next !== "/") return next;
  const [since, path] = (localStorage.getItem(WANTED) ?? "").split(" ");
  return Date.now() - Number(since) < WANTED_MS ? path : null;
}

// A code works once: a second press while it is on its way would be told that it does not.
const button = form.querySelector("button");
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (button.ariaBusy === "true") return;
  button.ariaBusy = "true";
  await (signedInTo === null ? exchange(codeField.value.trim(), { ask: false }) : rename());
  button.ariaBusy = null;
});
nameField.value ||= localStorage.getItem(NAME) ?? "";

const { next } = Object.fromEntries(new FormData(form));
if (next !== "/") localStorage.setItem(WANTED, `${Date.now()} ${next}`);
// Another tab has signed in.
addEventListener("storage", ({ key, newValue }) => {
  if (key === WANTED && newValue === null && herePath() !== "/login") location.reload();
});

if (recently(SIGNED_IN)) {
  line.textContent =
    "The code was right, but the browser did not keep or send the session. It must accept cookies from this address, and a proxy in between must pass them on.";
} else if (!isSecureContext && herePath() !== "/login" && !recently(AGAIN)) {
  // A link on another site may have led here, and then the browser withheld the session: this page asks once more. (Over
  // TLS and from this machine the browser says where a request comes from, and the server answers with a refresh.)
  sessionStorage.setItem(AGAIN, String(Date.now()));
  location.replace(location.href);
}

/** Signs in with the code behind `#`, if there is one. */
function takeCode() {
  const code = new URLSearchParams(location.hash.slice(1)).get("code") ?? location.hash.slice(1);
  if (!code) return;
  history.replaceState(null, "", at("/login"));
  codeField.value = code; // To be sent again when the name is refused.
  exchange(code, { ask: true });
}
takeCode();
// A link that is opened in the tab of this page does not load it again.
addEventListener("hashchange", takeCode);
