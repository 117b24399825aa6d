/**
 * Takes the single-use code out of the address and exchanges it for the session cookie.
 *
 * The code is behind `#`: no server, log, referrer or history keeps it.
 *
 * @module
 */
const form = document.getElementById("login");
const line = document.getElementById("login-say");

async function exchange(code) {
  line.textContent = "Signing in…";
  const response = await fetch("/login", { method: "POST", body: new URLSearchParams({ code }) }).catch(() => null);
  if (response?.ok) return location.replace("/");
  line.textContent =
    response === null
      ? "The board does not answer."
      : (await response.text()).slice(0, 300) || "The code did not work.";
  document.getElementById("code").focus();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  exchange(new FormData(form).get("code").trim());
});

const code = new URLSearchParams(location.hash.slice(1)).get("code") ?? location.hash.slice(1);
if (code) {
  history.replaceState(null, "", "/login");
  exchange(code);
}
