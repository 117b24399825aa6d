import { expect, test } from "bun:test";

/** Who may import whom: the layers below that a layer may see, and the packages of its trade. */
const NODE = ["node:fs", "node:path", "node:os", "node:crypto"];
const LAYERS: Record<string, { layers: string[]; packages: string[] }> = {
  "src/kernel": { layers: [], packages: ["bun:sqlite", "node:crypto", "node:fs"] },
  "src/text.ts": { layers: [], packages: [] },
  "src/files.ts": { layers: [], packages: ["node:fs", "node:path"] },
  "src/git_link.ts": { layers: ["src/files.ts"], packages: ["node:fs", "node:path"] },
  "src/program.ts": { layers: [], packages: ["node:fs", "node:path"] },
  "src/bun_version.ts": { layers: [], packages: [] },
  "src/kanban.ts": { layers: ["src/cli", "src/bun_version.ts"], packages: ["node:fs"] },
  "src/bundle.ts": { layers: [], packages: ["node:fs", "node:os", "node:path"] },
  "src/build.ts": { layers: ["src/bundle.ts", "src/program.ts", "src/kanban.ts"], packages: ["node:fs", "node:path"] },
  "src/file_system.ts": { layers: [], packages: ["node:fs", "node:path"] },
  "src/signals.ts": { layers: ["src/files.ts"], packages: ["node:tty"] },
  "src/home_place.ts": { layers: ["src/kernel", "src/files.ts", "src/file_system.ts"], packages: NODE },
  "src/home_trouble.ts": { layers: ["src/kernel", "src/files.ts"], packages: ["node:path"] },
  "src/home.ts": {
    layers: [
      "src/kernel",
      "src/files.ts",
      "src/file_system.ts",
      "src/home_place.ts",
      "src/home_trouble.ts",
      "src/program.ts",
    ],
    packages: NODE,
  },
  "src/people.ts": { layers: ["src/kernel", "src/files.ts", "src/home.ts"], packages: [] },
  "src/home_roots.ts": { layers: ["src/home_place.ts", "src/home_trouble.ts", "src/home.ts"], packages: NODE },
  "src/config.ts": { layers: ["src/kernel", "src/files.ts", "src/home.ts"], packages: ["node:fs", "zod"] },
  "src/feed.ts": { layers: ["src/kernel", "src/home.ts"], packages: ["node:fs", "node:path"] },
  "src/dispatcher": {
    layers: [
      "src/kernel",
      "src/files.ts",
      "src/git_link.ts",
      "src/home.ts",
      "src/people.ts",
      "src/program.ts",
      "src/home_place.ts",
      "src/home_roots.ts",
      "src/home_trouble.ts",
      "src/config.ts",
      "src/feed.ts",
      "src/signals.ts",
    ],
    packages: [...NODE, "zod"],
  },
  "src/worker": {
    layers: ["src/kernel", "src/files.ts", "src/home.ts"],
    packages: [...NODE, "zod"],
  },
  "src/agents": {
    layers: ["src/kernel", "src/files.ts", "src/git_link.ts", "src/home.ts", "src/worker"],
    packages: NODE,
  },
  "src/setup": { layers: ["src/kernel", "src/files.ts", "src/home.ts"], packages: NODE },
  "src/notify": {
    layers: ["src/kernel", "src/files.ts", "src/home.ts", "src/home_trouble.ts", "src/config.ts", "src/feed.ts"],
    packages: NODE,
  },
  views: { layers: ["src/kernel"], packages: ["hono/jsx"] },
  "src/web": {
    layers: [
      "src/kernel",
      "src/dispatcher",
      "src/worker",
      "src/agents",
      "src/setup",
      "views",
      "src/files.ts",
      "src/home.ts",
      "src/people.ts",
      "src/program.ts",
      "src/home_place.ts",
      "src/home_roots.ts",
      "src/home_trouble.ts",
      "src/config.ts",
      "src/feed.ts",
    ],
    packages: [...NODE, "node:zlib", "hono", "zod"],
  },
  "src/testing": {
    layers: [
      "src/kernel",
      "src/dispatcher",
      "src/worker",
      "src/agents",
      "src/setup",
      "src/files.ts",
      "src/home.ts",
      "src/people.ts",
      "src/config.ts",
      "src/feed.ts",
    ],
    packages: [...NODE, "bun:test", "playwright-core"],
  },
  "src/cli": {
    layers: [
      "src/kernel",
      "src/dispatcher",
      "src/worker",
      "src/agents",
      "src/setup",
      "src/web",
      "src/notify",
      "views",
      "src/files.ts",
      "src/file_system.ts",
      "src/home.ts",
      "src/people.ts",
      "src/program.ts",
      "src/home_place.ts",
      "src/home_roots.ts",
      "src/home_trouble.ts",
      "src/config.ts",
      "src/feed.ts",
      "src/signals.ts",
    ],
    packages: [...NODE, "citty"],
  },
};
const ROOT = `${import.meta.dir}/..`;
/**
 * Public beside `mod.ts`: what every `show` asks of the dispatcher, which costs more than the rest of the command
 * through its mod.ts; where the launcher enters the CLI; and the words that some agents are started with.
 */
const SIDE_DOORS: ReadonlySet<string> = new Set([
  "src/dispatcher/queue_view.ts",
  "src/cli/program_entry.ts",
  "src/worker/guidance.ts",
]);
/** What the kernel offers, and the file that each name comes from. */
const OFFERED = offeredBy(await Bun.file(`${ROOT}/src/kernel/mod.ts`).text());
const layerOf = (path: string) => Object.keys(LAYERS).find((layer) => path === layer || path.startsWith(`${layer}/`));
const SQL = /[`"'](?:SELECT|INSERT INTO|UPDATE|DELETE FROM|PRAGMA|WITH RECURSIVE) /;

/** Tests may import what they like; what ships may not. */
const files = [...new Bun.Glob("{src,views}/**/*.{ts,tsx}").scanSync(ROOT)]
  .filter((file) => !file.includes(".test.") && !file.includes("/testing/"))
  .sort();

/** The code without its comments: examples and prose import and select nothing. */
function codeOf(source: string): string {
  return source.replace(/^\s*\/\*\*[\s\S]*?\*\//gm, "").replace(/^\s*\/\/.*$/gm, "");
}

test.each(files)("%s keeps to its layer", async (file) => {
  const source = codeOf(await Bun.file(`${ROOT}/${file}`).text());
  const layer = layerOf(file);
  expect(layer).toBeDefined();
  const wrong: string[] = [];
  const imports = /(?:import|export)\s+(type\s)?(?:([^"';]*?)\sfrom\s)?"([^"]+)"/g;
  for (const [, typeOnly, names = "", spec] of source.matchAll(imports)) {
    wrong.push(...judge(file, layer!, spec!, { typeOnly: typeOnly !== undefined, names: wordsIn(names) }));
  }
  for (const [, spec] of source.matchAll(/import\("([^"]+)"\)/g)) wrong.push(...judge(file, layer!, spec!, {}));
  if (layer !== "src/kernel" && SQL.test(source)) wrong.push("SQL outside src/kernel");
  expect(wrong).toEqual([]);
});

function judge(file: string, layer: string, spec: string, { typeOnly = false, names = [] as string[] }): string[] {
  const { layers, packages } = LAYERS[layer]!;
  if (!spec.startsWith(".")) return packages.some((name) => spec === name || spec.startsWith(`${name}/`)) ? [] : [spec];
  const target = new URL(spec, `file:///${file}`).pathname.slice(1);
  const to = layerOf(target);
  // How text is cleaned, cut and worded is the same everywhere, and imports nothing.
  if (to === layer || target === "package.json" || target === "src/text.ts") return [];
  if (to === undefined || !layers.includes(to)) return [spec];
  if (layer === "views" && !typeOnly) return [`${spec} (views may import kernel types alone)`];
  if (to === "src/kernel" && !target.endsWith("/mod.ts")) return aroundTheBarrel(target, names);
  if (to.startsWith("src/") && !to.endsWith(".ts") && !target.endsWith("/mod.ts") && !SIDE_DOORS.has(target))
    return [`${spec} (only mod.ts is public)`];
  return [];
}

/**
 * What every command loads names the kernel's files themselves: `mod.ts` brings all of them along, and half of the
 * time of a short command is loading modules. It is a shorter way to what `mod.ts` offers, and to nothing else.
 */
function aroundTheBarrel(target: string, names: readonly string[]): string[] {
  if (names.length === 0) return [`${target} (only its names may be imported)`];
  const hidden = names.filter((name) => OFFERED.get(name) !== target);
  return hidden.map((name) => `${name} of ${target} (kernel/mod.ts does not offer it)`);
}

/** The names between the braces of an import or export. */
function wordsIn(list: string): string[] {
  const words = /\{([^}]*)\}/.exec(list)?.[1]?.split(",") ?? [];
  return words.map((word) => word.trim().replace(/^type /, "")).filter((word) => word !== "");
}

function offeredBy(barrel: string): Map<string, string> {
  const entries = [...codeOf(barrel).matchAll(/export (?:type )?(\{[^}]*\}) from "\.\/([\w/]+\.ts)"/g)];
  const named = entries.flatMap(([, names, file]) => wordsIn(names!).map((name) => [name, file!] as const));
  const errors = ["ERROR_CODES", "KanbanError"].map((name) => [name, "errors.ts"] as const);
  return new Map([...named, ...errors].map(([name, file]) => [name, `src/kernel/${file}`]));
}

test("every value that is exported is used by another file", async () => {
  const wordsOf = new Map<string, Set<string>>();
  for (const file of new Bun.Glob("{src,views,static,stress}/**/*.{ts,tsx,js}").scanSync(ROOT)) {
    wordsOf.set(file, new Set((await Bun.file(`${ROOT}/${file}`).text()).match(/[\w$]+/g)));
  }
  const unused: string[] = [];
  for (const file of [...files, ...[...wordsOf.keys()].filter((name) => name.startsWith("static/"))]) {
    const source = codeOf(await Bun.file(`${ROOT}/${file}`).text());
    for (const [, name] of source.matchAll(/^export (?:async )?(?:function\*?|const|class) ([\w$]+)/gm)) {
      const used = [...wordsOf].some(([other, words]) => other !== file && words.has(name!));
      if (!used) unused.push(`${file}: ${name}`);
    }
  }
  expect(unused).toEqual([]);
});

test("one module asks where it is: a bundler moves all others", async () => {
  const askers: string[] = [];
  for (const file of files) {
    if (/\bimport\.meta\.(?:dir|path|file|url)|\b__dirname\b/.test(codeOf(await Bun.file(`${ROOT}/${file}`).text())))
      askers.push(file);
  }
  // The launcher and the build are never bundled.
  expect(askers).toEqual(["src/build.ts", "src/kanban.ts", "src/program.ts"]);
});

/** The rooms of the kernel, and the rooms that each may import. The files at its top are below all of them. */
const WINGS: Readonly<Record<string, readonly string[]>> = {
  store: [],
  tasks: ["store"],
  queue: ["store", "tasks"],
  reads: ["store", "tasks"],
  graph: ["store", "tasks", "reads"],
  context: ["store", "tasks", "reads"],
  transfer: ["store", "tasks"],
  notify: ["store", "tasks"],
};

test("each room of the kernel looks into those below it alone", async () => {
  const wrong: string[] = [];
  const roomOf = (path: string) => /^src\/kernel\/(\w+)\//.exec(path)?.[1];
  for (const file of files.filter((name) => name.startsWith("src/kernel/") && !name.endsWith("/mod.ts"))) {
    for (const target of await importsOf(file)) {
      const [from, to] = [roomOf(file), roomOf(target)];
      const may = from === undefined ? ["store"] : [from, ...WINGS[from]!];
      if (to !== undefined && !may.includes(to)) wrong.push(`${file} looks into ${to}`);
    }
  }
  expect(wrong).toEqual([]);
});

/** Files that a file imports, types too. */
async function importsOf(file: string): Promise<string[]> {
  const source = codeOf(await Bun.file(`${ROOT}/${file}`).text());
  const specs = [...source.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*"(\.[^"]+)"/g)].map(([, spec]) => spec!);
  return specs.map((spec) => new URL(spec, `file:///${file}`).pathname.slice(1));
}

test("no two files import each other, directly or around a corner", async () => {
  // What is loaded when the module is; a type alone, or a module that is loaded later, closes no circle.
  const graph = new Map<string, string[]>();
  for (const file of files) {
    const source = codeOf(await Bun.file(`${ROOT}/${file}`).text());
    const specs = [...source.matchAll(/^(?:import|export) (?!type\b)(?:[^"';]*?\sfrom\s)?"(\.[^"]+)"/gm)];
    graph.set(
      file,
      specs.map(([, spec]) => new URL(spec!, `file:///${file}`).pathname.slice(1)),
    );
  }
  const circles: string[] = [];
  const done = new Set<string>();
  const walk = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) return void circles.push([...path.slice(path.indexOf(file)), file].join(" → "));
    if (done.has(file)) return;
    for (const next of graph.get(file) ?? []) walk(next, [...path, file]);
    done.add(file);
  };
  for (const file of files) walk(file, []);
  expect(circles).toEqual([]);
});

/** One file per verb: their folder is as long as the list of verbs. */
const LONG_FOLDERS: ReadonlySet<string> = new Set(["src/cli/verbs"]);

test("no folder has more than twenty files of its own", () => {
  const testing = [...new Bun.Glob("src/testing/**/*.ts").scanSync(ROOT)].filter((file) => !file.includes(".test."));
  const folders = Map.groupBy([...files, ...testing], (file) => file.slice(0, file.lastIndexOf("/")));
  const long = [...folders].filter(([folder, own]) => own.length > 20 && !LONG_FOLDERS.has(folder));
  expect(long.map(([folder, own]) => `${folder}: ${own.length}`)).toEqual([]);
});

/** Tests of the project as a whole, or of several verbs in one story. */
const STORIES = /^(src\/[a-z_]+|src\/cli\/verbs\/[a-z_]+|views\/[a-z_]+|src\/worker\/skills)\.test\.tsx?$/;

test("a test has the name of the file that it guards", () => {
  const guarded = new Set(files.map((file) => file.replace(/\.tsx?$/, "")));
  const tests = [...new Bun.Glob("{src,views}/**/*.test.{ts,tsx}").scanSync(ROOT)].filter(
    (file) => !file.includes("/testing/"),
  );
  const lost = tests.filter(
    (file) => !guarded.has(file.replace(/(\.[a-z_]+)*\.test\.tsx?$/, "")) && !STORIES.test(file),
  );
  expect(lost.sort()).toEqual([]);
});

test("git is started in one module", async () => {
  const starters: string[] = [];
  for (const file of files) {
    if (/["'`]git["'`]/.test(codeOf(await Bun.file(`${ROOT}/${file}`).text()))) starters.push(file);
  }
  expect(starters).toEqual(["src/dispatcher/git/git.ts"]);
});

test("the status of a task is written in one module", async () => {
  const writers: string[] = [];
  for (const file of files.filter((name) => name.startsWith("src/kernel/"))) {
    const source = codeOf(await Bun.file(`${ROOT}/${file}`).text());
    // An assignment, and no condition: at the beginning of a list of them, or within one.
    if (/(?:\bSET|`|,)\s+status = |`status = /.test(source) && source.includes("UPDATE tasks SET")) writers.push(file);
  }
  expect(writers).toEqual(["src/kernel/tasks/transition.ts"]);
});

test.each(files)("%s opens with a comment that says what it is", async (file) => {
  const head = (await Bun.file(`${ROOT}/${file}`).text())
    .replace(/^#!.*\n/, "")
    .replace(/^\/\*\* @jsxImportSource hono\/jsx \*\/\n/, "");
  expect(head.startsWith("/**")).toBe(true);
  expect(head.slice(0, head.indexOf("*/"))).toContain("@module");
});

test("every file that the map of the sources names is there", async () => {
  const map = await Bun.file(`${ROOT}/src/README.md`).text();
  const every = [...new Bun.Glob("{src,views,stress,static}/**/*.{ts,tsx,js,css}").scanSync(ROOT)];
  const named = [...new Set([...map.matchAll(/`((?:\.\.\/)?[\w./]+\.(?:ts|tsx|js|css))`/g)].map(([, name]) => name!))];

  const built = ["main.js", "dist/main.js"];
  const lost = named.filter((name) => {
    if (built.includes(name)) return false;
    const path = name.replace(/^\.\.\//, "");
    return !every.some((file) => file === path || file.endsWith(`/${path}`));
  });
  expect(lost).toEqual([]);
});
