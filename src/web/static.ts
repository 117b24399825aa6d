/**
 * Scripts, styles and pictures: the `static/` folder, and htmx from its pinned package.
 *
 * @module
 */
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Hono } from "hono";
import { maskStrip } from "../../views/card/masks.tsx";
import { KanbanError } from "../kernel/mod.ts";
import { STATIC, VENDOR, vendorPath } from "../program.ts";
import type { Ctx, Env, Web } from "./context.ts";
import { Refusal } from "./failure.ts";

/** One file name, no folder: what is deeper (skills) is not for browsers. */
const NAME = /^[a-z0-9][a-z0-9_-]*\.(?:css|js|svg|png|webmanifest)$/;
const TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
  png: "image/png",
  webmanifest: "application/manifest+json",
};

/** A year: what has the build in its path is never another file. */
const FOREVER = "private, max-age=31536000, immutable";

/**
 * Puts the files on the router: by their name, and by build and name. Modules import each other, and the
 * stylesheet its marks, relative to themselves, so a page that names its build is loaded once per build.
 */
export function mountStatic(app: Hono<Env>, { build }: Pick<Web, "build">): void {
  app.get("/static/:name", (c) => serve(c, inStatic(c.req.param("name")), "no-cache"));
  app.get("/vendor/:name", (c) => serve(c, inVendor(c.req.param("name")), "no-cache"));
  // A page of another build loads itself again; until then it gets what there is.
  const lasts = (of: string) => (of === build ? FOREVER : "no-cache");
  app.get("/static/:build/:name", (c) => serve(c, inStatic(c.req.param("name")), lasts(c.req.param("build"))));
  app.get("/vendor/:build/:name", (c) => serve(c, inVendor(c.req.param("name")), lasts(c.req.param("build"))));
  app.get("/favicon.ico", (c) => c.redirect("/static/icon.svg", 302));
}

/** Changes when a script or a style does: open pages of the old build load themselves again. */
export function buildId(version: string): string {
  if (!existsSync(STATIC)) {
    throw new KanbanError(
      "refused",
      `Cannot serve the web board: its files must be in "${STATIC}", they are not`,
      "Keep the folders static and vendor beside the program",
    );
  }
  const hash = new Bun.CryptoHasher("sha256").update(version).update(String(maskStrip()));
  const files = [...new Bun.Glob("*.{js,css}").scanSync(STATIC)].sort().map(inStatic);
  for (const file of [...files, ...Object.keys(VENDOR).map(inVendor)]) hash.update(`${file?.name} ${file?.mark} `);
  return hash.digest("hex").slice(0, 12);
}

/** The modules that `board.js` is made of: a page asks for all at once instead of one after the other. */
export function moduleNames(): string[] {
  return [...new Bun.Glob("*.js").scanSync(STATIC)].filter((name) => name !== "login.js").sort();
}

/** Something to serve; `mark` changes with its content. */
interface Served {
  name: string;
  mark: string;
  content(): Blob | string;
}

function inStatic(name: string): Served | null {
  if (name === "marks.svg") {
    const text = String(maskStrip());
    return { name, mark: Bun.hash(text).toString(36), content: () => text };
  }
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
