import { expect, test } from "bun:test";

/** Who may import whom: the layers below that a layer may see, and the packages of its trade. */
const NODE = ["node:fs", "node:path", "node:os", "node:crypto"];
const LAYERS: Record<string, { layers: string[]; packages: string[] }> = {
  "src/kernel": { layers: [], packages: ["bun:sqlite", "node:crypto"] },
  "src/files.ts": { layers: [], packages: ["node:fs", "node:path"] },
  "src/git_link.ts": { layers: ["src/files.ts"], packages: ["node:fs", "node:path"] },
  "src/file_system.ts": { layers: [], packages: ["node:fs", "node:path"] },
  "src/signals.ts": { layers: ["src/files.ts"], packages: ["node:tty"] },
  "src/home_place.ts": { layers: ["src/kernel", "src/files.ts", "src/file_system.ts"], packages: NODE },
  "src/home_trouble.ts": { layers: ["src/kernel", "src/files.ts"], packages: ["node:path"] },
  "src/home.ts": {
    layers: ["src/kernel", "src/files.ts", "src/file_system.ts", "src/home_place.ts", "src/home_trouble.ts"],
    packages: NODE,
  },
  "src/home_roots.ts": { layers: ["src/home_place.ts", "src/home_trouble.ts", "src/home.ts"], packages: NODE },
  "src/config.ts": { layers: ["src/kernel", "src/files.ts", "src/home.ts"], packages: ["node:fs", "zod"] },
  "src/feed.ts": { layers: ["src/kernel", "src/home.ts"], packages: ["node:fs", "node:path"] },
  "src/dispatcher": {
    layers: [
      "src/kernel",
      "src/files.ts",
      "src/git_link.ts",
      "src/home.ts",
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
    layers: ["src/kernel", "src/files.ts", "src/git_link.ts", "src/home.ts"],
    packages: [...NODE, "zod"],
  },
  "src/notify": {
    layers: ["src/kernel", "src/files.ts", "src/home.ts", "src/config.ts", "src/feed.ts"],
    packages: NODE,
  },
  views: { layers: ["src/kernel"], packages: ["hono/jsx"] },
  "src/web": {
    layers: [
      "src/kernel",
      "src/dispatcher",
      "src/worker",
      "views",
      "src/files.ts",
      "src/home.ts",
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
      "src/files.ts",
      "src/home.ts",
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
      "src/web",
      "src/notify",
      "views",
      "src/files.ts",
      "src/file_system.ts",
      "src/home.ts",
      "src/home_place.ts",
      "src/home_roots.ts",
      "src/home_trouble.ts",
      "src/config.ts",
      "src/feed.ts",
      "src/signals.ts",
    ],
    packages: NODE,
  },
};
const ROOT = `${import.meta.dir}/..`;
/** What every `show` asks of the dispatcher: through its mod.ts it would cost more than the rest of the command. */
const LIGHT_DOOR = "src/dispatcher/queue_view.ts";
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
  for (const [, typeOnly, spec] of source.matchAll(/(?:import|export)\s+(type\s)?(?:[^"';]*?\sfrom\s)?"([^"]+)"/g)) {
    wrong.push(...judge(file, layer!, spec!, typeOnly !== undefined));
  }
  for (const [, spec] of source.matchAll(/import\("([^"]+)"\)/g)) wrong.push(...judge(file, layer!, spec!, false));
  if (layer !== "src/kernel" && SQL.test(source)) wrong.push("SQL outside src/kernel");
  expect(wrong).toEqual([]);
});

function judge(file: string, layer: string, spec: string, typeOnly: boolean): string[] {
  const { layers, packages } = LAYERS[layer]!;
  if (!spec.startsWith(".")) return packages.some((name) => spec === name || spec.startsWith(`${name}/`)) ? [] : [spec];
  const target = new URL(spec, `file:///${file}`).pathname.slice(1);
  const to = layerOf(target);
  if (to === layer || target === "package.json") return [];
  if (to === undefined || !layers.includes(to)) return [spec];
  if (layer === "views" && !typeOnly) return [`${spec} (views may import kernel types alone)`];
  if (to.startsWith("src/") && !to.endsWith(".ts") && !target.endsWith("/mod.ts") && target !== LIGHT_DOOR)
    return [`${spec} (only mod.ts is public)`];
  return [];
}

test("every value that is exported is used by somebody else", async () => {
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

test("git is started in one module", async () => {
  const starters: string[] = [];
  for (const file of files) {
    if (/["'`]git["'`]/.test(codeOf(await Bun.file(`${ROOT}/${file}`).text()))) starters.push(file);
  }
  expect(starters).toEqual(["src/dispatcher/git.ts"]);
});

test("the status of a task is written in one module", async () => {
  const writers: string[] = [];
  for (const file of files.filter((name) => name.startsWith("src/kernel/"))) {
    const source = codeOf(await Bun.file(`${ROOT}/${file}`).text());
    if (/UPDATE tasks SET[^`]*\bstatus = /.test(source)) writers.push(file);
  }
  expect(writers).toEqual(["src/kernel/transition.ts"]);
});

test.each(files)("%s opens with a comment that says what it is", async (file) => {
  const head = (await Bun.file(`${ROOT}/${file}`).text())
    .replace(/^#!.*\n/, "")
    .replace(/^\/\*\* @jsxImportSource hono\/jsx \*\/\n/, "");
  expect(head.startsWith("/**")).toBe(true);
  expect(head.slice(0, head.indexOf("*/"))).toContain("@module");
});
