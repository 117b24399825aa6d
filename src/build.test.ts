import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  appendFileSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { build, compile } from "./build.ts";
import { isCurrent } from "./kanban.ts";
import { type Cli, testCli } from "./testing/cli.ts";
import { tempDir, until } from "./testing/mod.ts";
import { script } from "./web/script.ts";

setDefaultTimeout(60_000);
const ROOT = dirname(import.meta.dir);
const dir = tempDir();
/** Away from the clone: nothing of it may be found by accident. */
const out = join(dir.path, "it's a build");
beforeAll(async () => {
  await build(out);
  await compile(out);
  for (const asset of ["static/css/base.css", "vendor/htmx.js"]) appendFileSync(join(out, asset), "/* of the build */");
});
afterAll(dir.remove);

const opened: { remove(): void }[] = [];
afterEach(() => opened.splice(0).forEach((one) => one.remove()));

function cliOf(program: readonly string[]): Cli {
  const cli = testCli(program);
  opened.push(cli);
  return cli;
}

describe.each([
  ["a build", [process.execPath, join(out, "main.js")]],
  ["a binary", [join(out, "kanban")]],
])("%s", (_, program) => {
  test("creates, shows, lists and explains", async () => {
    const cli = cliOf(program);

    const id = await cli.create("a task", "--body", "its body");
    const shown = await cli.run("show", id);
    const helped = await cli.run("setup", "--help");
    const wrong = await cli.run("sohw", id);

    expect(shown).toMatchObject({ exit: 0, stderr: "", stdout: expect.stringContaining("its body") });
    expect(await cli.json("list")).toMatchObject([{ id, title: "a task", waits_for: { kind: "unassigned" } }]);
    expect(helped).toMatchObject({ exit: 0, stdout: expect.stringContaining("kanban setup") });
    expect(wrong).toMatchObject({ exit: 2, stderr: expect.stringContaining("Did you mean: kanban show") });
  });

  test("reads neither the bunfig.toml nor the .env of the folder that its launcher is called in", async () => {
    const cli = cliOf(program);
    await cli.run("init");
    await cli.json("setup", "claude", "--print");
    const folder = dirname(cli.dir);
    writeFileSync(join(folder, "bunfig.toml"), 'preload = ["./evil.ts"]\n');
    writeFileSync(join(folder, "evil.ts"), 'console.log("EVIL");\n');
    writeFileSync(join(folder, ".env"), "KANBAN_HOME=/elsewhere\n");

    const env = { PATH: cli.env["PATH"]!, HOME: folder };
    const done = Bun.spawnSync([join(cli.dir, "run", "kanban"), "--version"], { cwd: folder, env });

    expect(done.stdout.toString()).toMatch(/^kanban \d+\.\d+\.\d+\n$/);
  });

  test("up serves the page and its files, and starts workers that call it back", async () => {
    const cli = cliOf(program);
    const id = await cli.create(
      "for a worker",
      "--assignee",
      "demo",
      "--body",
      "comment from the worker\ncomplete well",
    );
    const child = cli.start(["up", "--no-open", "--port", "0", "--json"]);
    try {
      const reader = child.stdout.getReader();
      const { port } = JSON.parse(
        Buffer.from((await reader.read()).value!)
          .toString()
          .split("\n")[0]!,
      );
      const authorization = `Bearer ${readFileSync(join(cli.dir, "run", "token"), "utf8").trim()}`;
      const get = async (path: string) => {
        const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { authorization } });
        return { status: response.status, text: await response.text() };
      };

      expect(await get("/")).toMatchObject({ status: 200, text: expect.stringContaining(id) });
      expect(await get("/static/board.js")).toEqual({ status: 200, text: await script(join(out, "static")) });
      const { status, text: styles } = await get("/static/board.css");
      expect(status).toBe(200);
      for (const part of readdirSync(join(out, "static/css")))
        expect(styles).toContain(readFileSync(join(out, "static/css", part), "utf8"));
      expect(styles).toContain("/* of the build */");
      expect(await get("/vendor/htmx.js")).toMatchObject({
        status: 200,
        text: expect.stringContaining("of the build"),
      });
      const shown = await until(async () => {
        const page = await cli.json<{ task: { status: string }; comments: { body: string }[] }>("show", id);
        return page.task.status === "done" && page;
      });
      expect(shown).toMatchObject({ comments: [{ body: "from the worker", author: "demo" }] });
    } finally {
      child.kill("SIGTERM");
      await child.exited;
    }
    const launched = Bun.spawnSync([join(cli.dir, "run", "kanban"), "show", id], { env: cli.env });
    expect(launched.stdout.toString()).toContain("from the worker");
    // It starts itself, and not the clone that it was made in.
    const launcher = readFileSync(join(cli.dir, "run", "kanban"), "utf8");
    expect(launcher).toContain(`'${program.at(-1)!.replaceAll("'", `'\\''`)}' "$@"`);
    expect(launcher.replace(process.execPath, "")).not.toContain(ROOT);
  });
});

test("a binary that was moved away from its folders says what it needs, and does the rest", async () => {
  const alone = join(dir.path, "alone");
  renameSync(join(out, "kanban"), alone);
  const cli = cliOf([alone]);

  const id = await cli.create("a task");
  const served = await cli.run("serve", "--no-open", "--port", "0");
  renameSync(alone, join(out, "kanban"));

  expect(id).toMatch(/^t_/);
  expect(served).toMatchObject({
    exit: 1,
    stderr: expect.stringContaining(`its files must be in "${dir.path}/static"`),
  });
});

describe("the launcher of a clone", () => {
  /** A copy of the clone with a build that names itself. */
  async function clone(): Promise<{ path: string; from: () => string }> {
    const copy = tempDir();
    opened.push(copy);
    for (const name of ["src", "views", "static", "package.json", "bun.lock", "tsconfig.json"])
      cpSync(join(ROOT, name), join(copy.path, name), { recursive: true, preserveTimestamps: true });
    symlinkSync(join(ROOT, "node_modules"), join(copy.path, "node_modules"));
    const built = Bun.spawnSync([process.execPath, "src/build.ts"], { cwd: copy.path });
    if (built.exitCode !== 0) throw new Error(built.stderr.toString());
    rmSync(join(copy.path, "dist", "main.js.jsc"));
    writeFileSync(join(copy.path, "dist", "main.js"), 'export const main = () => (console.log("from dist"), 0);\n');
    const from = () => {
      const done = Bun.spawnSync([process.execPath, join(copy.path, "src", "kanban.ts"), "--version"]);
      if (done.exitCode !== 0) throw new Error(done.stderr.toString());
      return done.stdout.toString() === "from dist\n" ? "dist" : "sources";
    };
    return { path: copy.path, from };
  }

  test("runs the build while it is that of the sources, and the sources after any change of them", async () => {
    const { path, from } = await clone();
    const main = join(path, "src", "cli", "main.ts");
    const whole = readFileSync(main, "utf8");

    expect(from()).toBe("dist");

    appendFileSync(main, "\n");
    expect(from()).toBe("sources");

    writeFileSync(main, whole); // The same text at another time: it may have been another one meanwhile.
    expect(from()).toBe("sources");
  });

  test("a process of the build before finds the rest of its own for a week", async () => {
    const { path } = await clone();
    const dist = join(path, "dist");
    const old = Date.now() / 1_000 - 8 * 86_400;
    /** Builds changed sources; returns the folder that the build loads the rest from. */
    const rebuild = () => {
      appendFileSync(join(path, "src", "home.ts"), "\n");
      expect(Bun.spawnSync([process.execPath, "src/build.ts"], { cwd: path }).exitCode).toBe(0);
      return join(dist, /rest-\w+/.exec(readFileSync(join(dist, "main.js"), "utf8"))![0]);
    };

    const first = rebuild();
    const files = readdirSync(first);
    utimesSync(first, old, old); // It is in use until the next one is built.
    const second = rebuild();
    expect(second).not.toBe(first);
    expect(readdirSync(first)).toEqual(files);

    utimesSync(first, old, old);
    const third = rebuild();
    expect([first, second, third].map((folder) => existsSync(folder))).toEqual([false, true, true]);
  });

  test("an older file in the place of a source, a lost one, a changed asset and half a build count", async () => {
    const { path } = await clone();
    const at = (name: string) => join(path, name);
    const changes: Record<string, () => void> = {
      "src/cli/verb.ts": () => utimesSync(at("src/cli/verb.ts"), 1, 1),
      "views/card/card.tsx": () => renameSync(at("views/card/card.tsx"), at("views/gone.tsx")),
      "static/css/base.css": () => appendFileSync(at("static/css/base.css"), " "),
      "bun.lock": () => appendFileSync(at("bun.lock"), " "),
      "dist/sources.json": () => rmSync(at("dist/sources.json")),
    };
    for (const [name, change] of Object.entries(changes)) {
      cpSync(at(name), at("kept"), { preserveTimestamps: true });
      const before = isCurrent(path);
      change();
      const after = isCurrent(path);
      cpSync(at("kept"), at(name), { preserveTimestamps: true });

      expect({ name, before, after }).toEqual({ name, before: true, after: false });
    }
  });
});
