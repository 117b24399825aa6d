/**
 * Scripts, styles and pictures: the `static/` folder, and htmx from its pinned package. Two files are made when the
 * server starts and served from memory: the stylesheet, of its parts, and the strip of masks.
 *
 * @module
 */
import { statSync } from "node:fs";
import { join } from "node:path";
import type { Hono } from "hono";
import { maskStrip } from "../../views/card/masks.tsx";
import { STATIC, VENDOR, vendorPath } from "../program.ts";
import type { Assets, Ctx, Env } from "./context.ts";
import { Refusal } from "./failure.ts";
import { stylesheet } from "./stylesheet.ts";

/** One file name, no folder: what is deeper (skills, the parts of the stylesheet) is not for browsers. */
const NAME = /^[a-z0-9][a-z0-9_-]*\.(?:js|svg|png|webmanifest|woff2)$/;
const TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
  png: "image/png",
  woff2: "font/woff2",
  webmanifest: "application/manifest+json",
};

/** A year: what has the build in its path is never another file. */
const FOREVER = "private, max-age=31536000, immutable";

/**
 * Puts the files on the router: by their name, and by build and name. Modules import each other, and the
 * stylesheet its marks, relative to themselves, so a page that names its build is loaded once per build.
 */
export function mountStatic(app: Hono<Env>, { build, made }: Assets): void {
  app.get("/static/:name", (c) => serve(c, inStatic(made, c.req.param("name")), "no-cache"));
  app.get("/vendor/:name", (c) => serve(c, inVendor(c.req.param("name")), "no-cache"));
  // A page of another build loads itself again; until then it gets what there is.
  const lasts = (of: string) => (of === build ? FOREVER : "no-cache");
  app.get("/static/:build/:name", (c) => serve(c, inStatic(made, c.req.param("name")), lasts(c.req.param("build"))));
  app.get("/vendor/:build/:name", (c) => serve(c, inVendor(c.req.param("name")), lasts(c.req.param("build"))));
  app.get("/favicon.ico", (c) => c.redirect("/static/icon.svg", 302));
}

/**
 * What a page is made of, read when the server starts.
 *
 * @throws {KanbanError} `refused` when the program's files are not beside it.
 */
export function readAssets(version: string, styles = stylesheet()): Assets {
  const made = new Map([
    ["board.css", styles],
    ["marks.svg", String(maskStrip())],
  ]);
  const scripts = [...new Bun.Glob("*.js").scanSync(STATIC)].sort();
  const fonts = [...new Bun.Glob("*.woff2").scanSync(STATIC)].sort();
  const hash = new Bun.CryptoHasher("sha256").update(version);
  for (const text of made.values()) hash.update(text);
  const files = [
    ...[...scripts, ...fonts].map((name) => onDisk(name, join(STATIC, name))),
    ...Object.keys(VENDOR).map(inVendor),
  ];
  for (const file of files) hash.update(`${file?.name} ${file?.mark} `);
  return { build: hash.digest("hex").slice(0, 12), modules: scripts.filter((name) => name !== "login.js"), made };
}

/** Something to serve; `mark` changes with its content. */
interface Served {
  name: string;
  mark: string;
  content(): Blob | string;
}

function inStatic(made: Assets["made"], name: string): Served | null {
  const text = made.get(name);
  if (text !== undefined) return { name, mark: Bun.hash(text).toString(36), content: () => text };
  return NAME.test(name) ? onDisk(name, join(STATIC, name)) : null;
}

function inVendor(name: string): Served | null {
  return Object.hasOwn(VENDOR, name) ? onDisk(name, vendorPath(name)) : null;
}

function onDisk(name: string, path: string): Served | null {
  const mark = stamp(path);
  return mark === null ? null : { name, mark, content: () => Bun.file(path) };
}

function serve(c: Ctx, found: Served | null, cache: string): Response {
  if (found === null) throw new Refusal(404, "not_found", "Cannot find this file: no such file");
  const headers = { etag: `"${found.mark}"`, "cache-control": cache };
  if (c.req.header("if-none-match") === headers.etag) return new Response(null, { status: 304, headers });
  const type = TYPES[found.name.slice(found.name.lastIndexOf(".") + 1)]!;
  return new Response(found.content(), { headers: { ...headers, "content-type": type } });
}

function stamp(path: string): string | null {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isFile() ? `${found.size.toString(36)}-${Math.trunc(found.mtimeMs).toString(36)}` : null;
}
