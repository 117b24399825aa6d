/**
 * Takes the single-use code out of the address and exchanges it for the session cookie, then opens the page that
 * was asked for before.
 *
 * The code is behind `#`: no server, log, referrer or history keeps it. The link with it often opens a tab of its
 * own, so the tab that shows this page in place of another keeps that address for it, for ten minutes.
 *
 * @module
 */
const WANTED = "kanban.wanted";
const WANTED_MS = 600_000;
/** When this tab signed in: the next page has the session, or the browser did not keep it. */
const SIGNED_IN = "kanban.signed-in";
/** When this tab loaded a page once more. */
const AGAIN = "kanban.again";
const form = document.getElementById("login");
const line = document.getElementById("login-say");

async function exchange(code) {
  line.textContent = "Signing in…";
  const body = new URLSearchParams({ code, next: wanted() ?? "/" });
  const response = await fetch("/login", { method: "POST", body }).catch(() => null);
  if (response?.ok) {
    localStorage.removeItem(WANTED);
    sessionStorage.setItem(SIGNED_IN, String(Date.now()));
    // The server names it: a path of its own, whatever was asked for.
    return location.replace(response.headers.get("location") ?? "/");
  }
  line.textContent = response === null ? "The board does not answer." : await reason(response);
  document.getElementById("code").focus();
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
  const [at, path] = (localStorage.getItem(WANTED) ?? "").split(" ");
  return Date.now() - Number(at) < WANTED_MS ? path : null;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  exchange(new FormData(form).get("code").trim());
});

const { next } = Object.fromEntries(new FormData(form));
if (next !== "/") localStorage.setItem(WANTED, `${Date.now()} ${next}`);
// Another tab has signed in.
addEventListener("storage", ({ key, newValue }) => {
  if (key === WANTED && newValue === null && location.pathname !== "/login") location.reload();
});

if (recently(SIGNED_IN)) {
  line.textContent =
    "The code was right, but the browser did not keep or send the session. It must accept cookies from this address, and a proxy in between must pass them on.";
} else if (!isSecureContext && location.pathname !== "/login" && !recently(AGAIN)) {
  // A link on another site may have led here, and then the browser withheld the session: this page asks once more. (Over
  // TLS and from this machine the browser says where a request comes from, and the server answers with a refresh.)
  sessionStorage.setItem(AGAIN, String(Date.now()));
  location.replace(location.href);
}

const code = new URLSearchParams(location.hash.slice(1)).get("code") ?? location.hash.slice(1);
if (code) {
  history.replaceState(null, "", "/login");
  exchange(code);
}
