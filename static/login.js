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
const form = document.getElementById("login");
const line = document.getElementById("login-say");

async function exchange(code) {
  line.textContent = "Signing in…";
  const body = new URLSearchParams({ code, next: wanted() ?? "/" });
  const response = await fetch("/login", { method: "POST", body }).catch(() => null);
  if (response?.ok) {
    localStorage.removeItem(WANTED);
    // The server names it: a path of its own, whatever was asked for.
    return location.replace(response.headers.get("location") ?? "/");
  }
  line.textContent =
    response === null
      ? "The board does not answer."
      : (await response.text()).slice(0, 300) || "The code did not work.";
  document.getElementById("code").focus();
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

const code = new URLSearchParams(location.hash.slice(1)).get("code") ?? location.hash.slice(1);
if (code) {
  history.replaceState(null, "", "/login");
  exchange(code);
}
