/**
 * Scripts, styles and pictures: the `static/` folder, and htmx from its pinned package. Three files are made by the
 * server and served from memory: the stylesheet, of its parts, the strip of masks, and the script, of its modules.
 *
 * What has the build in its path is kept by browsers for ever, so it is worth compressing well, once.
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
import { isCompressible, takesGzip } from "./gzip.ts";
import { ENTRY, script } from "./script.ts";
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
 * Puts the files on the router: by their name, and by build and name. The stylesheet names its marks and its font relative
 * to itself, so a page that names its build is loaded once per build.
 */
export function mountStatic(app: Hono<Env>, assets: Assets): void {
  const { build } = assets;
  app.get("/static/:name", (c) => serve(c, inStatic(assets, c.req.param("name")), "no-cache"));
  app.get("/vendor/:name", (c) => serve(c, inVendor(c.req.param("name")), "no-cache"));
  // A page of another build loads itself again; until then it gets what there is.
  const lasts = (of: string) => (of === build ? FOREVER : "no-cache");
  app.get("/static/:build/:name", (c) => serve(c, inStatic(assets, c.req.param("name")), lasts(c.req.param("build"))));
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
  const others = [...new Bun.Glob("*.{woff2,svg}").scanSync(STATIC)].sort();
  const hash = new Bun.CryptoHasher("sha256").update(version);
  for (const text of made.values()) hash.update(text);
  const files = [
    ...[...scripts, ...others].map((name) => onDisk(name, join(STATIC, name))),
    ...Object.keys(VENDOR).map(inVendor),
  ];
  for (const file of files) hash.update(`${file?.name} ${file?.mark} `);
  const build = hash.digest("hex").slice(0, 12);
  return { build, made, script: () => scriptOf(build) };
}

const joined = new Map<string, Promise<string>>();

/** The script of a build, joined once in this process. */
function scriptOf(build: string): Promise<string> {
  let found = joined.get(build);
  if (found === undefined) joined.set(build, (found = script()));
  return found;
}

/** Something to serve; `mark` changes with its content. */
interface Served {
  name: string;
  mark: string;
  content(): Blob | string | Promise<string>;
}

function inStatic({ build, made, script }: Assets, name: string): Served | null {
  if (name === ENTRY) return { name, mark: build, content: script };
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

async function serve(c: Ctx, found: Served | null, cache: string): Promise<Response> {
  if (found === null) throw new Refusal(404, "not_found", "Cannot find this file: no such file");
  const headers = { etag: `"${found.mark}"`, "cache-control": cache };
  if (c.req.header("if-none-match") === headers.etag) return new Response(null, { status: 304, headers });
  const type = TYPES[found.name.slice(found.name.lastIndexOf(".") + 1)]!;
  const about = { ...headers, "content-type": type };
  const content = await found.content();
  if (!isCompressible(type, typeof content === "string" ? content.length : content.size))
    return new Response(content, { headers: about });
  const vary = { ...about, vary: "accept-encoding" };
  if (!takesGzip(c.req.header("accept-encoding"))) return new Response(content, { headers: vary });
  return new Response(await compressed(found, content), { headers: { ...vary, "content-encoding": "gzip" } });
}

const packed = new Map<string, { mark: string; bytes: Uint8Array<ArrayBuffer> }>();

/** A file as it goes over the wire. Each is compressed once while it stays the same. */
async function compressed({ name, mark }: Served, content: Blob | string): Promise<Uint8Array<ArrayBuffer>> {
  const found = packed.get(name);
  if (found?.mark === mark) return found.bytes;
  const bytes = Bun.gzipSync(await new Response(content).arrayBuffer(), { level: 9 });
  packed.set(name, { mark, bytes });
  return bytes;
}

function stamp(path: string): string | null {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isFile() ? `${found.size.toString(36)}-${Math.trunc(found.mtimeMs).toString(36)}` : null;
}
