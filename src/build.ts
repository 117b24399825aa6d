/**
 * `bun run build`: writes `dist/`, which starts in half the time of the sources; with `--binary` also one
 * compiled program, `dist/kanban`, that needs no Bun.
 *
 * `dist/` works in any folder: beside the code are the files that browsers load and the skills. The stamp
 * is written last, so that an interrupted build counts as no build.
 *
 * @module
 */
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { bundle, SETTINGS } from "./bundle.ts";
import { type BuildStamp, STAMP } from "./kanban.ts";
import { STATIC, VENDOR, vendorPath } from "./program.ts";

const CLONE = resolve(import.meta.dir, "..");
/** A process of an earlier build may still load the rest of its own. */
const REST = /^rest-\w+$/;
const OLD_MS = 7 * 86_400_000;

/** Writes the build to `out`, over the one that is there. */
export async function build(out: string): Promise<void> {
  // Taken first: a file that is edited meanwhile no longer matches, and the sources are run.
  const sources = stampOf();
  const rest = `rest-${Bun.hash(JSON.stringify(sources)).toString(36)}`;
  const made = await bundle(import.meta.dir, rest);
  mkdirSync(join(out, rest), { recursive: true });
  rmSync(join(out, STAMP), { force: true });
  retire(out);
  for (const { name, content } of made.outputs) replace(join(out, name), new Uint8Array(await content.arrayBuffer()));
  copyAssets(out);
  writeFileSync(join(out, "package.json"), `${JSON.stringify(await manifest(), null, 2)}\n`);
  chmodSync(join(out, "main.js"), 0o755);
  forgetOld(out, rest);
  const counts = ([path]: BuildStamp[number]) => made.sources.has(join(CLONE, path)) || !/^(?:src|views)\//.test(path);
  replace(join(out, STAMP), JSON.stringify(sources.filter(counts)));
}

/** Compiles the program to one file, `kanban` in `out`; the assets of a build must be beside it. */
export async function compile(out: string): Promise<void> {
  await Bun.build({
    ...SETTINGS,
    entrypoints: [join(import.meta.dir, "cli", "program_entry.ts")],
    splitting: true,
    bytecode: true,
    format: "esm",
    // What is in the folder that it is started in is not ours.
    compile: { outfile: join(out, "kanban"), autoloadDotenv: false, autoloadBunfig: false },
  });
}

/** What decides whether a build is current: the files of the clone that it is made of. */
function stampOf(): BuildStamp {
  const files = new Bun.Glob("{src,views,static}/**/*").scanSync(CLONE);
  return [...files, "package.json", "bun.lock"].sort().map((path) => {
    const { size, mtimeMs } = statSync(join(CLONE, path));
    return [path, size, mtimeMs] as const;
  });
}

function copyAssets(out: string): void {
  cpSync(STATIC, join(out, "static.new"), { recursive: true });
  rmSync(join(out, "static"), { recursive: true, force: true });
  renameSync(join(out, "static.new"), join(out, "static"));
  mkdirSync(join(out, "vendor"), { recursive: true });
  for (const name of Object.keys(VENDOR)) cpSync(vendorPath(name), join(out, "vendor", name));
}

/** With it the folder is a package of its own: everything is bundled, so it depends on nothing. */
async function manifest(): Promise<object> {
  const { name, version, description, license, type } = await Bun.file(join(CLONE, "package.json")).json();
  return { name, version, description, license, type, private: true, bin: { kanban: "main.js" } };
}

/** From now on counts how long the rest of the build before is kept. */
function retire(out: string): void {
  const main = join(out, "main.js");
  const rest = existsSync(main) ? /\brest-\w+/.exec(readFileSync(main, "utf8"))?.[0] : undefined;
  if (rest !== undefined && existsSync(join(out, rest))) utimesSync(join(out, rest), new Date(), new Date());
}

function forgetOld(out: string, current: string): void {
  for (const name of readdirSync(out)) {
    const path = join(out, name);
    if (!REST.test(name) || name === current || Date.now() - statSync(path).mtimeMs < OLD_MS) continue;
    rmSync(path, { recursive: true, force: true });
  }
}

/** In one step: a program that starts meanwhile reads the file of one build or of the other. */
function replace(path: string, content: string | Uint8Array): void {
  writeFileSync(`${path}.new`, content);
  renameSync(`${path}.new`, path);
}

async function main(argv: readonly string[]): Promise<void> {
  const out = resolve(argv.find((word) => !word.startsWith("-")) ?? join(CLONE, "dist"));
  await build(out);
  if (argv.includes("--binary")) await compile(out);
  console.log(`built ${out}${argv.includes("--binary") ? ` and ${join(out, "kanban")}` : ""}`);
}

if (import.meta.main) void main(process.argv.slice(2));
