/**
 * Who may talk to the server. Three questions, in this order, before any route runs:
 *
 * 1. Is the request addressed to us? Only the Host header shows it (`hosts.ts`).
 * 2. Does it prove that it comes from the owner: the token, or a session cookie?
 * 3. A cookie is sent by the browser for any page. Did one of our own pages ask? `SameSite=Strict` keeps other sites out, but
 *    cookies do not know ports: a page from another port of the same machine is of the same site, and foreign.
 *
 * The third is answered by what no page can forge in another's name:
 *
 * - A change needs our own Origin, which browsers send with every POST. "null" is no proof: a sandboxed frame of anybody sends
 *   it too. Our pages never do, since their referrer policy is `same-origin`.
 * - Reading is judged by Sec-Fetch-Site where there is one, and by Origin. Browsers send neither with a GET over plain http
 *   to another machine, so without both the proof is `HX-Request`, which all our scripts send: to send it to another origin, a
 *   page needs a preflight, and no route answers one. What remains are pages that the address bar or a link opens. Those
 *   are answered with cookie alone, for what they return cannot be read or shown by a page that had no right to ask: no
 *   frame may hold it, no other origin may load it (`cross-origin-resource-policy`), no script runs as something else
 *   (`nosniff`), and no GET changes anything. The API and the streams are never answered so.
 *
 * A session that began over TLS has a cookie that is sent over TLS alone (`__Secure-`), and holds for the https origin
 * alone: whoever can speak for our name in plain text can do nothing with it.
 *
 * @module
 */
import type { MiddlewareHandler } from "hono";
import { getCookie } from "hono/cookie";
import { bodyLimit } from "hono/body-limit";
import type { Caller, Ctx, Env, Web } from "../context.ts";
import { Refusal } from "../failure.ts";
import { isOurs } from "./hosts.ts";
import { cookieName, isToken, sessionOf } from "./keys.ts";
import { ACTOR_HEADER, programName } from "./person.ts";

/** Largest request, in bytes. */
const REQUEST_BYTES_MAX = 4 * 1024 * 1024;

/** What can be had without credentials: the login page and the exchange itself. */
export const OPEN_ROUTES: ReadonlySet<string> = new Set(["GET /login", "POST /login"]);
/** And what pages are made of. It is the same for everybody, and browsers ask for it without a word of who they are. */
const OPEN_FOLDERS = /^\/(?:static|vendor)\//;

/** Refuses what is not addressed to us, with anything in it. */
export function hostGuard(web: Web): MiddlewareHandler<Env> {
  return async (c, next) => {
    if (!isOurs(web.hosts, c.req.header("host"))) {
      const hint = `Open http://127.0.0.1:${web.keys.port}, or start with --allow-host NAME. A proxy in front must pass Host on`;
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
    if (!c.res.headers.has("cache-control")) c.res.headers.set("cache-control", isKept(c) ? KEPT : "no-store");
  };
}

/**
 * A page stays in the browser that asked for it, so that Back shows it as it was left, scrolled as it was; asked for
 * anew, it is asked of the server. Parts of pages, answers for programs and refusals are kept nowhere.
 */
const KEPT = "private, no-cache";

function isKept(c: Ctx): boolean {
  const isHtml = c.res.headers.get("content-type")?.startsWith("text/html") ?? false;
  return c.req.method === "GET" && c.res.status === 200 && isHtml && c.req.header("hx-request") === undefined;
}

const HEADERS = {
  "content-security-policy":
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; " +
    "form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
  "referrer-policy": "same-origin",
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
    const open = OPEN_ROUTES.has(`${c.req.method} ${c.req.path}`) || isOpenFile(c);
    if (open && c.req.method !== "GET") requireOrigin(c, isOverTls(c));
    if (!open) c.set("caller", callerOf(web, c));
    await next();
  };
}

/** Whether the browser says that it asks over TLS; a proxy added that. */
export function isOverTls(c: Ctx): boolean {
  return c.req.header("origin")?.startsWith("https:") ?? false;
}

function isOpenFile(c: Ctx): boolean {
  return c.req.method === "GET" && OPEN_FOLDERS.test(c.req.path);
}

function callerOf(web: Web, c: Ctx): Caller {
  const bearer = /^bearer +(\S+)$/i.exec(c.req.header("authorization") ?? "")?.[1];
  if (bearer !== undefined) {
    if (isToken(web.keys, bearer)) return { kind: "program", name: programName(web, c.req.header(ACTOR_HEADER)) };
    throw unauthorized("the token is not the token of this board");
  }
  for (const tls of [true, false]) {
    const session = sessionOf(web.keys, getCookie(c, cookieName(web.keys, tls)));
    if (session === null) continue;
    const safe = c.req.method === "GET" || c.req.method === "HEAD";
    if (safe) requireOwnFetch(c, tls);
    else requireOrigin(c, tls);
    return { kind: "browser", session: session.id, name: session.name };
  }
  throw unauthorized("a token or a session is required");
}

/** A change by a browser comes from one of our pages. */
function requireOrigin(c: Ctx, tls: boolean): void {
  const origin = c.req.header("origin");
  if (origin !== ownOrigin(c, tls)) throw foreign(c, tls, origin);
}

/** Reading with a cookie: the browser itself says that no other site asks, or it is no harm if one does. */
function requireOwnFetch(c: Ctx, tls: boolean): void {
  const origin = c.req.header("origin");
  const site = c.req.header("sec-fetch-site");
  if (origin !== undefined && origin !== ownOrigin(c, tls)) throw foreign(c, tls, origin);
  if (site !== undefined) {
    if (site === "same-origin" || site === "none") return;
    throw forbidden(`the request must come from this server's pages, it comes from another site (${site})`);
  }
  if (origin !== undefined || c.req.header("hx-request") === "true" || isPage(c)) return;
  throw unauthorized("a cookie alone is not enough: Sec-Fetch-Site, Origin or HX-Request is required");
}

/** What the address bar and links open. */
function isPage(c: Ctx): boolean {
  return c.req.header("accept")?.includes("text/html") === true && !/^\/(?:api|stream)\b/.test(c.req.path);
}

function foreign(c: Ctx, tls: boolean, origin: string | undefined): Refusal {
  return forbidden(
    `Origin must be ${ownOrigin(c, tls)}, it is ${origin ?? "missing"}`,
    "Behind a proxy: it must pass on the Host that the browser sent, and --allow-host must name it",
  );
}

function forbidden(cause: string, hint?: string): Refusal {
  return new Refusal(403, "forbidden", `Cannot answer: ${cause}`, hint);
}

function unauthorized(cause: string): Refusal {
  const hint = "Sign in with the link that kanban serve prints, or send the content of run/token as Bearer";
  return new Refusal(401, "unauthorized", `Cannot answer: ${cause}`, hint);
}

/** The origin of the host that this request names; the guard has checked it. */
function ownOrigin(c: Ctx, tls: boolean): string {
  return `${tls ? "https" : "http"}://${c.req.header("host")}`;
}
