/**
 * Scripts, styles and pictures: the `static/` folder, and htmx from its pinned package.
 *
 * @module
 */
import { statSync } from "node:fs";
import { join } from "node:path";
import type { Hono } from "hono";
import { maskStrip } from "../../views/masks.tsx";
import type { Ctx, Env } from "./context.ts";
import { Refusal } from "./failure.ts";

const FOLDER = join(import.meta.dir, "..", "..", "static");
/** One file name, no folder: what lies deeper (skills) is not for browsers. */
const NAME = /^[a-z0-9][a-z0-9_-]*\.(?:css|js|svg|png|webmanifest)$/;
const VENDOR: Readonly<Record<string, string>> = {
  "htmx.js": "htmx.org/dist/htmx.min.js",
  "hx-sse.js": "htmx.org/dist/ext/hx-sse.min.js",
};
const TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
  png: "image/png",
  webmanifest: "application/manifest+json",
};

/** Puts the files on the router. */
export function mountStatic(app: Hono<Env>): void {
  app.get("/static/marks.svg", (c) => serveText(c, String(maskStrip()), "svg"));
  app.get("/static/:name", (c) => {
    const name = c.req.param("name");
    return serve(c, NAME.test(name) ? join(FOLDER, name) : null);
  });
  app.get("/vendor/:name", (c) => {
    const name = c.req.param("name");
    return serve(c, Object.hasOwn(VENDOR, name) ? Bun.resolveSync(VENDOR[name]!, import.meta.dir) : null);
  });
  app.get("/favicon.ico", (c) => c.redirect("/static/icon.svg", 302));
}

/** Changes when a script or a style does: open pages of the old build load themselves again. */
export function buildId(version: string): string {
  const hash = new Bun.CryptoHasher("sha256").update(version);
  for (const name of [...new Bun.Glob("*.{js,css}").scanSync(FOLDER)].sort())
    hash.update(`${name} ${stamp(join(FOLDER, name))} `);
  return hash.digest("hex").slice(0, 12);
}

/** What is drawn by the views: it changes with the build alone. */
function serveText(c: Ctx, text: string, type: string): Response {
  const headers = { etag: `"${Bun.hash(text).toString(36)}"`, "cache-control": "no-cache" };
  if (c.req.header("if-none-match") === headers.etag) return new Response(null, { status: 304, headers });
  return new Response(text, { headers: { ...headers, "content-type": TYPES[type]! } });
}

function serve(c: Ctx, path: string | null): Response {
  const mark = path === null ? null : stamp(path);
  if (path === null || mark === null)
    throw new Refusal(404, "not_found", "Cannot find this file: there is none of that name");
  // Modules import each other without a version in the name, so every use asks whether they changed.
  const headers = { etag: `"${mark}"`, "cache-control": "no-cache" };
  if (c.req.header("if-none-match") === headers.etag) return new Response(null, { status: 304, headers });
  return new Response(Bun.file(path), {
    headers: { ...headers, "content-type": TYPES[path.slice(path.lastIndexOf(".") + 1)]! },
  });
}

function stamp(path: string): string | null {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isFile() ? `${found.size.toString(36)}-${Math.trunc(found.mtimeMs).toString(36)}` : null;
}
