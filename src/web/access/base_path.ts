/**
 * The path under which a proxy serves the board beside other things, such as `/kanban`. Everything else in the server
 * knows the paths of the board alone: what comes in loses the base, what goes out gets it, and both happen here.
 *
 * A proxy may leave the base in the paths that it passes on, or take it off: both work. Going out it is added to redirects,
 * to what htmx is told to open, and to the attributes of markup that a browser follows without a script. Text of others
 * has no quotes left in markup, so it cannot contain such an attribute. Scripts have `static/paths.js`.
 *
 * The paths of one origin are no borders for a browser: whatever else is served there can act on the board. The cookie's
 * path only keeps it out of the logs of the rest.
 *
 * @module
 */
import type { MiddlewareHandler } from "hono";
import { getPath } from "hono/utils/url";
import { KanbanError } from "../../kernel/mod.ts";
import type { Ctx, Env, Web } from "../context.ts";

/** What a browser opens when a header says so. */
const HEADERS = ["location", "hx-redirect", "hx-location", "hx-push-url", "hx-replace-url"];
const LINKS = /(\s(?:href|src|action|formaction)=")\/(?!\/)/g;
const ROOT = '<html lang="en"';

/**
 * A base path as the rest of the server takes it: "" or "/kanban".
 *
 * @throws {KanbanError} `invalid`
 */
export function basePathOf(text: string): string {
  const base = text.replace(/\/+$/, "");
  if (base === "" || /^(?:\/[\w.~-]*[\w~-][\w.~-]*)+$/.test(base)) return base;
  throw unusable(text, "it must be a path of letters, digits, dots and dashes, such as /kanban");
}

/**
 * Refuses a base that could be taken for a path of the board.
 *
 * @throws {KanbanError} `invalid`
 */
export function refuseOwnPath(base: string, routes: readonly { path: string }[]): void {
  const first = base.split("/")[1];
  if (first === undefined || !routes.some(({ path }) => path.split("/")[1] === first)) return;
  throw unusable(base, `it must not begin as paths of the board do, and there is /${first}`);
}

function unusable(text: string, needed: string): KanbanError {
  return new KanbanError(
    "invalid",
    `Cannot serve under --base-path "${text}": ${needed}`,
    "Choose another, for example /kanban",
  );
}

/** The path of a request within the board. */
export function pathWithin(base: string): (request: Request) => string {
  return (request) => within(base, getPath(request));
}

/** The page that a script of ours asks from: its path and query within the board. */
export function currentPage(web: Pick<Web, "base">, c: Ctx): string {
  const url = URL.parse(c.req.header("hx-current-url") ?? "/", "http://board");
  return url === null ? "/" : within(web.base, url.pathname) + url.search;
}

/** The path and query of a request within the board. */
export function askedPage(c: Ctx): string {
  return c.req.path + new URL(c.req.url).search;
}

/** Where the cookies of the board are sent. */
export function cookiePath({ base }: Pick<Web, "base">): string {
  return base || "/";
}

/** Adds the base to every answer that leaves. */
export function outward({ base }: Pick<Web, "base">): MiddlewareHandler<Env> {
  return async (c, next) => {
    await next();
    if (base === "") return;
    const { headers } = c.res;
    for (const name of HEADERS) {
      const path = headers.get(name);
      if (path !== null && /^\/(?!\/)/.test(path)) headers.set(name, base + path);
    }
    if (!headers.get("content-type")?.startsWith("text/html") || c.res.body === null) return;
    const html = based(base, await c.res.text());
    const { status } = c.res;
    headers.delete("content-length");
    c.res = undefined; // Else hono would put the old headers over the new ones.
    c.res = new Response(html, { status, headers });
  };
}

/** Adds the base to the messages of a stream. Tabs share what they are sent, and so its version with the base. */
export function chunksWithin(base: string): (chunk: Uint8Array) => Uint8Array {
  if (base === "") return (chunk) => chunk;
  return (chunk) => {
    let found = versions.get(chunk);
    if (found === undefined) {
      found = new TextEncoder().encode(based(base, new TextDecoder().decode(chunk)));
      versions.set(chunk, found);
    }
    return found;
  };
}

const versions = new WeakMap<Uint8Array, Uint8Array>();

function based(base: string, html: string): string {
  return html.replace(LINKS, `$1${base}/`).replace(ROOT, `${ROOT} data-base="${base}"`);
}

function within(base: string, path: string): string {
  if (base === "" || !(path === base || path.startsWith(`${base}/`))) return path;
  return path.slice(base.length) || "/";
}
