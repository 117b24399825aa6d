/** @jsxImportSource hono/jsx */
/**
 * Signing in: a single-use code becomes a session cookie.
 *
 * The code is in the fragment of the link, which browsers never send; the page's script posts it. A right code is
 * always accepted. Wrong ones are counted per address, and an address with too many of them has to wait: other users
 * of this machine must not be able to lock the owner out.
 *
 * @module
 */
import type { Hono } from "hono";
import { deleteCookie, setCookie } from "hono/cookie";
import { document } from "../../../views/shell/document.tsx";
import { LoginPage } from "../../../views/shell/login.tsx";
import { HomeTrouble } from "../../home_trouble.ts";
import type { Ctx, Env, Web } from "../context.ts";
import { readForm } from "../forms/form_fields.ts";
import { isOverTls } from "./access.ts";
import { cookiePath } from "./base_path.ts";
import { badInput, Refusal } from "../failure.ts";
import { cookieName, cookieOf, endSession, keepCode, newSession, secondsLeft, SESSION_MS, spendCode } from "./keys.ts";
import { defaultName, keepPerson, requirePersonName } from "./person.ts";

/** The name that a browser is signed in with, for the page's script; percent-encoded. */
const NAME_HEADER = "x-kanban-name";

/** Wrong codes that an address may send a minute. */
const MISSES_MAX = 10;
const WINDOW_MS = 60_000;

/** Puts the login page, the exchange and the way out on the router. */
export function mountLogin(app: Hono<Env>, web: Web): void {
  const misses = new Map<string, number[]>();
  app.get("/login", (c) => c.html(document(<LoginPage next={ownPage(c.req.query("next"))} />)));

  app.post("/login", async (c) => {
    const form = await readForm(c.req.raw);
    const code = form.get("code") ?? "";
    const next = ownPage(form.get("next"));
    const given = (form.get("name") ?? "").trim();
    // From here on nothing waits: guesses sent all at once are counted one by one.
    const right = spendCode(web.keys, code.trim());
    if (!right && !countMiss(misses, c.env?.server?.requestIP(c.req.raw)?.address ?? "")) {
      c.header("retry-after", String(WINDOW_MS / 1_000));
      return refuse(c, 429, next, "Cannot sign in: too many wrong codes (maximum 10 a minute). Wait a minute.");
    }
    if (!right) {
      const text = "This code is wrong, was used, or is older than a minute. Run kanban serve --link for a new one.";
      return refuse(c, 401, next, text);
    }
    let name: string;
    try {
      name = given === "" ? defaultName(web) : requirePersonName(web, given);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      keepCode(web.keys, code.trim()); // It is right: the name can be corrected.
      return refuse(c, 400, next, error.message, { code, name: given });
    }
    await keepPerson(web, name);
    setSession(web, c, newSession(web.keys, name));
    if (wantsPage(c)) return c.redirect(next, 303);
    c.header("location", next);
    c.header(NAME_HEADER, encodeURIComponent(name));
    return c.body(null, 204);
  });

  app.post("/me", async (c) => {
    const caller = c.get("caller");
    if (caller.kind === "program") throw badInput("name", "Cannot change the name: only a browser has one");
    const form = await readForm(c.req.raw);
    const name = requirePersonName(web, form.get("name") ?? "");
    await keepPerson(web, name);
    setSession(web, c, cookieOf(web.keys, { id: caller.session, name }), secondsLeft(caller.session));
    if (wantsPage(c)) return c.redirect(ownPage(form.get("next")), 303);
    c.header(NAME_HEADER, encodeURIComponent(name));
    return c.body(null, 204);
  });

  app.post("/logout", (c) => {
    const caller = c.get("caller");
    if (caller.kind === "browser") {
      try {
        endSession(web.keys, caller.session);
      } catch (error) {
        if (!(error instanceof HomeTrouble)) throw error;
        web.warn(`web: a sign-out holds only until this server ends: ${error.text}`);
      }
      web.outlets.close(caller.session);
    }
    for (const tls of [true, false]) deleteCookie(c, cookieName(web.keys, tls), { path: cookiePath(web), secure: tls });
    c.header("clear-site-data", '"cache"'); // Back shows no page of this session again.
    return c.redirect("/login", 303);
  });
}

/** Gives a browser its session. */
function setSession(web: Web, c: Ctx, value: string, maxAge = SESSION_MS / 1_000): void {
  const tls = isOverTls(c);
  setCookie(c, cookieName(web.keys, tls), value, {
    httpOnly: true,
    secure: tls,
    sameSite: "Strict",
    path: cookiePath(web),
    maxAge,
  });
}

/** The page to open after signing in: the path that a text names if it is one of this server, else the board. */
export function ownPage(text: string | null | undefined): string {
  const url = text?.startsWith("/") ? URL.parse(text, "http://board") : null;
  if (url === null || url.origin !== "http://board") return "/";
  const path = url.pathname + url.search;
  // "/.//evil.example" names this server, and its path names another one.
  return path.startsWith("//") || /^\/(?:login|logout)\b/.test(path) ? "/" : path;
}

/** Whether the answer is a page that a person reads, and not something for a script. */
export function wantsPage(c: Ctx): boolean {
  return c.req.header("hx-request") === undefined && (c.req.header("accept") ?? "").includes("text/html");
}

/** A sentence for the person who signs in: the page's script shows it as it is. */
function refuse(
  c: Ctx,
  status: 400 | 401 | 429,
  next: string,
  text: string,
  typed: { code?: string; name?: string } = {},
): Response {
  if (!wantsPage(c)) return c.text(text, status);
  return c.html(document(<LoginPage error={text} next={next} {...typed} />), status) as Response;
}

/** Counts a wrong code; false when the address has sent enough of them within a minute. Older ones are forgotten. */
function countMiss(misses: Map<string, number[]>, address: string): boolean {
  const after = Date.now() - WINDOW_MS;
  for (const [key, times] of misses) {
    const recent = times.filter((at) => at > after);
    if (recent.length === 0) misses.delete(key);
    else misses.set(key, recent);
  }
  const recent = misses.get(address) ?? [];
  if (recent.length >= MISSES_MAX) return false;
  misses.set(address, [...recent, Date.now()]);
  return true;
}
