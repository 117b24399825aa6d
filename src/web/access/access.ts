/**
 * Who may talk to the server. Three questions, in this order, before any route runs:
 *
 * 1. Is the request addressed to us? Only the Host header shows it: a rebound name of an attacker resolves to this machine, and then the attacker's page has the same origin as the server it talks to.
 * 2. Does it prove that it comes from the owner: the token, or a session cookie?
 * 3. A cookie is sent by the browser for any page. Did one of our own pages ask? Cookies do not know
 *    ports, so a page from another port of this machine counts as foreign too.
 *
 * @module
 */
import type { MiddlewareHandler } from "hono";
import { getCookie } from "hono/cookie";
import { bodyLimit } from "hono/body-limit";
import type { Caller, Ctx, Env, Web } from "../context.ts";
import { Refusal } from "../failure.ts";
import { cookieName, isToken, sessionOf } from "./keys.ts";

/** Largest request, in bytes. */
const REQUEST_BYTES_MAX = 4 * 1024 * 1024;

/** Accepted values of Host: exactly these, and names that a proxy or another machine uses for us. */
export interface Hosts {
  readonly own: ReadonlySet<string>;
  /** `--allow-host`: with any port, and also over https. */
  readonly allowed: ReadonlySet<string>;
}

/** What can be had without credentials: the login page, what it is made of, and the exchange itself. */
export const OPEN_ROUTES: ReadonlySet<string> = new Set([
  "GET /login",
  "POST /login",
  "GET /static/board.css",
  "GET /static/login.js",
  "GET /static/icon.svg",
]);

/** The hosts of a server that listens on `port`; `host` is the address it was bound to. */
export function hostsOf(port: number, host: string, allowed: readonly string[]): Hosts {
  const names = ["127.0.0.1", "localhost", "[::1]"];
  if (isLoopback(host)) names.push(host.includes(":") ? `[${host}]` : host);
  const own = names.map((name) => `${name}:${port}`);
  return {
    // Browsers leave out the port that http has by default.
    own: new Set(port === 80 ? [...own, ...names] : own),
    allowed: new Set(allowed.map((name) => name.toLowerCase())),
  };
}

/** Whether an address can be reached from this machine alone. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** Refuses what is not addressed to us, with anything in it. */
export function hostGuard(web: Web): MiddlewareHandler<Env> {
  return async (c, next) => {
    if (!isOurs(web.hosts, c.req.header("host"))) {
      const hint = `Open http://127.0.0.1:${web.keys.port}, or start with --allow-host NAME`;
      throw forbidden("the Host header does not name this server", hint);
    }
    await next();
  };
}

/** Restricts what our pages may do in every browser. */
export function secureHeaders(): MiddlewareHandler<Env> {
  return async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(HEADERS)) c.res.headers.set(name, value);
    if (!c.res.headers.has("cache-control")) c.res.headers.set("cache-control", "no-store");
  };
}

const HEADERS = {
  "content-security-policy":
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

/** Refuses bodies over the limit, announced or not. */
export function sizeGuard(): MiddlewareHandler<Env> {
  return bodyLimit({
    maxSize: REQUEST_BYTES_MAX,
    onError: () => {
      throw new Refusal(413, "too_large", "Cannot read the request: it is larger than 4 MiB");
    },
  });
}

/** Lets through who may come in, and remembers who it is. */
export function callerGuard(web: Web): MiddlewareHandler<Env> {
  return async (c, next) => {
    const open = OPEN_ROUTES.has(`${c.req.method} ${c.req.path}`);
    if (open && c.req.method !== "GET") requireOwnOrigin(web, c);
    if (!open) c.set("caller", callerOf(web, c));
    await next();
  };
}

function callerOf(web: Web, c: Ctx): Caller {
  const bearer = /^bearer +(\S+)$/i.exec(c.req.header("authorization") ?? "")?.[1];
  if (bearer !== undefined) {
    if (isToken(web.keys, bearer)) return { kind: "program" };
    throw unauthorized("the token is not the token of this board");
  }
  const session = sessionOf(web.keys, getCookie(c, cookieName(web.keys.port)));
  if (session === null) throw unauthorized("a token or a session is required");
  const safe = c.req.method === "GET" || c.req.method === "HEAD";
  if (!safe) requireOwnOrigin(web, c);
  else requireOwnFetch(web, c);
  return { kind: "browser", session };
}

/** A change by a browser comes from one of our pages. */
function requireOwnOrigin(web: Web, c: Ctx): void {
  const origin = c.req.header("origin");
  if (origin === ownOrigin(web, c)) return;
  // A form that is sent without a script: `referrer-policy: no-referrer` makes browsers send "null", and
  // Sec-Fetch-Site, which no page can set, still says where it comes from.
  if (origin === "null" && c.req.header("sec-fetch-site") === "same-origin") return;
  throw forbidden(`Origin must be ${ownOrigin(web, c)}, it is ${origin ?? "missing"}`);
}

/** Reading with a cookie: the browser itself says that no other site asks. */
function requireOwnFetch(web: Web, c: Ctx): void {
  const site = c.req.header("sec-fetch-site");
  const origin = c.req.header("origin");
  if (origin !== undefined && origin !== ownOrigin(web, c)) {
    throw forbidden(`Origin must be ${ownOrigin(web, c)}, it is ${origin}`);
  }
  if (site === "same-origin" || site === "none") return;
  if (site === undefined && origin !== undefined) return;
  if (site === undefined) throw unauthorized("a cookie alone is not enough: Sec-Fetch-Site or Origin is required");
  throw forbidden(`the request must come from this server's pages, it comes from another site (${site})`);
}

function forbidden(cause: string, hint?: string): Refusal {
  return new Refusal(403, "forbidden", `Cannot answer: ${cause}`, hint);
}

function unauthorized(cause: string): Refusal {
  const hint = "Sign in with the link that kanban serve prints, or send the content of run/token as Bearer";
  return new Refusal(401, "unauthorized", `Cannot answer: ${cause}`, hint);
}

/** The origin of the host this request names; the guard has checked it. A proxy may add TLS to an allowed one. */
function ownOrigin({ hosts }: Web, c: Ctx): string {
  const host = c.req.header("host")!;
  const https = !hosts.own.has(host.toLowerCase()) && c.req.header("origin")?.startsWith("https:");
  return `${https ? "https" : "http"}://${host}`;
}

function isOurs({ own, allowed }: Hosts, host: string | undefined): boolean {
  const name = host?.toLowerCase();
  if (name === undefined) return false;
  return own.has(name) || allowed.has(name) || allowed.has(name.replace(/:\d{1,5}$/, ""));
}
