/**
 * Bundles the sources for `dist/`, in two parts.
 *
 * `main.js` holds what is called all the time, in one file with its bytecode: compiling JavaScript is most of what a
 * short command does. Bun writes bytecode for CommonJS alone, and splits only ES modules; so the rest, from the web
 * board to the rarer verbs, is split into chunks that are loaded when they are needed.
 *
 * No module is in both: where the rest imports one of `main.js`, it gets that very module. A second `KanbanError`
 * would be no instance of the first. And the rest is in a folder of its own for each build: a daemon that was started
 * from the build before still loads the chunks that belong to it.
 *
 * @module
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative, resolve } from "node:path";

/** A file of the build. */
export interface Output {
  readonly name: string;
  readonly content: Blob;
}

/** What agents and people call all the time, with what it prints. */
const HOT = ["show", "list", "create", "next", "complete", "block", "heartbeat", "comment", "context", "stats"];
const ENTRIES = ["cli/main.ts", "cli/print/task_page.ts", "cli/guard.ts", ...HOT.map((verb) => `cli/verbs/${verb}.ts`)];

export const SETTINGS = {
  target: "bun",
  minify: { whitespace: true, syntax: true, identifiers: true, keepNames: true },
  define: { "process.env.NODE_ENV": '"production"' },
} as const satisfies Partial<Bun.BuildConfig>;

/** What modules of the rest import `main.js` as, until its place is known. */
const CORE = "kanban:core";

const transpiler = new Bun.Transpiler({ loader: "tsx" });

/**
 * The files of the build, and the sources that they were made of.
 *
 * @param rest The folder for what is not in `main.js`.
 */
export async function bundle(src: string, rest: string): Promise<{ outputs: Output[]; sources: ReadonlySet<string> }> {
  const core = staticallyImported(ENTRIES.map((path) => join(src, path)));
  refuseItsPlace(core);
  const later = new Set<string>();
  const built = await Bun.build(coreConfig(src, core, (path) => (later.add(path), `./${rest}/${fileOf(src, path)}`)));
  const dir = mkdtempSync(join(tmpdir(), "kanban-build-"));
  try {
    const others = await Bun.build(restConfig(src, core, entriesFor(src, later, dir)));
    const inputs = [built, others].flatMap(({ metafile }) => Object.keys(metafile!.inputs));
    return {
      outputs: [
        ...others.outputs.map((file) => ({ name: `${rest}/${basename(file.path)}`, content: file })),
        ...built.outputs.map((file) => ({ name: basename(file.path), content: file })),
      ],
      sources: new Set(inputs.map((path) => resolve(path))),
    };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** These files and all that they import, but for what they load when it is needed. */
function staticallyImported(entries: readonly string[]): Set<string> {
  const found = new Set<string>();
  const add = (path: string): void => {
    if (found.has(path)) return;
    found.add(path);
    for (const { kind, path: spec } of shapeOf(path).imports)
      if (kind === "import-statement" && spec.endsWith(".ts")) add(resolve(dirname(path), spec));
  };
  entries.forEach(add);
  return found;
}

/** Where bytecode is written, Bun puts the place of the source in: the build would use the clone it was made in. */
function refuseItsPlace(paths: ReadonlySet<string>): void {
  for (const path of paths) {
    if (!/^[^*]*\bimport\.meta\.(?:dir|path|file|url)|\b__dirname\b/m.test(readFileSync(path, "utf8"))) continue;
    throw new Error(`Cannot build: ${path} asks for its own place, and main.js cannot; ask src/program.ts when needed`);
  }
}

function shapeOf(path: string): ReturnType<Bun.Transpiler["scan"]> {
  return transpiler.scan(readFileSync(path, "utf8").replace(/^#!.*/, ""));
}

/**
 * `main.js`: a table of its modules, each evaluated when it is first asked for.
 *
 * @param later Where a module will be that it loads when it is needed.
 */
function coreConfig(src: string, core: ReadonlySet<string>, later: (path: string) => string): Bun.BuildConfig {
  const table = [...core].map((path) => `${quoted(keyOf(src, path))}: () => require(${quoted(path)})`);
  const contents = `#!/usr/bin/env bun
    const modules = { ${table.join(", ")} };
    const main = (argv) => modules["cli/main.ts"]().main(argv);
    module.exports = { get: (key) => modules[key](), main };
    if (require.main === module) main(process.argv.slice(2)).then((status) => process.exit(status));`;
  return {
    ...SETTINGS,
    entrypoints: [CORE],
    format: "cjs",
    bytecode: true,
    metafile: true,
    naming: { entry: "main.js" },
    plugins: [
      {
        name: "core",
        setup(builder) {
          builder.onResolve({ filter: new RegExp(`^${CORE}$`) }, () => ({ path: "main", namespace: "kanban" }));
          builder.onLoad({ filter: /^main$/, namespace: "kanban" }, () => ({ contents, loader: "js" }));
          builder.onResolve({ filter: /^[./]/ }, ({ path, importer }) => {
            const target = resolve(dirname(importer), path);
            if (core.has(target) || target.endsWith(".json")) return { path: target };
            return { path: later(target), external: true };
          });
        },
      },
    ],
  };
}

/** The rest, split. A module of `main.js` is taken from there. */
function restConfig(src: string, core: ReadonlySet<string>, entrypoints: string[]): Bun.BuildConfig {
  return {
    ...SETTINGS,
    entrypoints,
    splitting: true,
    metafile: true,
    naming: { entry: "[name].js", chunk: "chunk-[hash].js" },
    plugins: [
      {
        name: "rest",
        setup(builder) {
          builder.onResolve({ filter: new RegExp(`^${CORE}$`) }, () => ({ path: "../main.js", external: true }));
          builder.onResolve({ filter: /^[./]/ }, ({ path, importer }) => {
            const target = resolve(dirname(importer), path);
            return core.has(target) ? { path: target, namespace: "core" } : undefined;
          });
          builder.onLoad({ filter: /./, namespace: "core" }, ({ path }) => {
            const names = shapeOf(path).exports;
            const named = `export const { ${names.filter((name) => name !== "default").join(", ")} } = module;`;
            const own = names.includes("default") ? "export default module.default;" : "";
            const module = `import core from ${quoted(CORE)}; const module = core.get(${quoted(keyOf(src, path))});`;
            return { contents: `${module} ${named} ${own}`, loader: "js" };
          });
        },
      },
    ],
  };
}

/** One file per entry, with a name of its own: many of them are called `mod.ts`. */
function entriesFor(src: string, paths: ReadonlySet<string>, dir: string): string[] {
  return [...paths].map((path) => {
    const names = shapeOf(path).exports;
    const lines = [`export * from ${quoted(path)};`];
    if (names.includes("default")) lines.push(`export { default } from ${quoted(path)};`);
    const entry = join(dir, fileOf(src, path));
    writeFileSync(entry, names.length === 0 ? `import ${quoted(path)};` : lines.join("\n"));
    return entry;
  });
}

function keyOf(src: string, path: string): string {
  return relative(src, path);
}

/** `dispatcher-mod.js`. */
function fileOf(src: string, path: string): string {
  return `${keyOf(src, path)
    .replace(/\.tsx?$/, "")
    .replaceAll("/", "-")}.js`;
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
