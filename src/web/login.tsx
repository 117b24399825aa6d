/** @jsxImportSource hono/jsx */
/**
 * Signing in: a single-use code becomes a session cookie.
 *
 * The code stands in the fragment of the link, which browsers never send; the page's script posts it.
 * Wrong codes are counted per address, and an address with too many of them has to wait.
 *
 * @module
 */
import type { Hono } from "hono";
import { deleteCookie, setCookie } from "hono/cookie";
import { document } from "../../views/layout.tsx";
import { LoginPage } from "../../views/login.tsx";
import type { Ctx, Env, Web } from "./context.ts";
import { Refusal } from "./failure.ts";
import { cookieName, endSession, newSession, SESSION_MS, spendCode } from "./keys.ts";

/** Wrong codes that an address may send a minute. */
const MISSES_MAX = 10;
const WINDOW_MS = 60_000;

/** Puts the login page, the exchange and the way out on the router. */
export function mountLogin(app: Hono<Env>, web: Web): void {
  const misses = new Map<string, number[]>();
  app.get("/login", (c) => c.html(document(<LoginPage />)));

  app.post("/login", async (c) => {
    const address = c.env?.server?.requestIP(c.req.raw)?.address ?? "";
    slowDown(misses, address);
    const { code } = await c.req.parseBody();
    const right = typeof code === "string" && spendCode(web.keys, code.trim());
    if (!right) {
      misses.get(address)!.push(Date.now());
      return refuse(
        c,
        "This code is wrong, was used, or is older than a minute. Run kanban serve --link for a new one.",
      );
    }
    misses.delete(address);
    setCookie(c, cookieName(web.keys.port), newSession(web.keys), {
      httpOnly: true,
      sameSite: "Strict",
      path: "/",
      maxAge: SESSION_MS / 1_000,
    });
    return wantsPage(c) ? c.redirect("/", 303) : c.body(null, 204);
  });

  app.post("/logout", (c) => {
    const caller = c.get("caller");
    if (caller.kind === "browser") {
      endSession(web.keys, caller.session);
      web.outlets.close(caller.session);
    }
    deleteCookie(c, cookieName(web.keys.port), { path: "/" });
    return c.redirect("/login", 303);
  });
}

/** Whether the answer is a page that a person reads, and not something for a script. */
export function wantsPage(c: Ctx): boolean {
  return c.req.header("hx-request") === undefined && (c.req.header("accept") ?? "").includes("text/html");
}

function refuse(c: Ctx, text: string): Response {
  return wantsPage(c) ? (c.html(document(<LoginPage error={text} />), 401) as Response) : c.text(text, 401);
}

function slowDown(misses: Map<string, number[]>, address: string): void {
  const after = Date.now() - WINDOW_MS;
  for (const [key, times] of misses) {
    if (times.every((at) => at <= after)) misses.delete(key);
  }
  const recent = (misses.get(address) ?? []).filter((at) => at > after);
  misses.set(address, recent);
  if (recent.length < MISSES_MAX) return;
  throw new Refusal(
    429,
    "too_many",
    "Cannot sign in: at most 10 wrong codes a minute, there were more",
    "Wait a minute",
  );
}
