import { expect, test } from "bun:test";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempDir } from "../../testing/mod.ts";
import { MAIN } from "../../testing/cli.ts";

test("every story of the demo ends as it should, with real processes, and the kept board tells it", async () => {
  const dir = tempDir();
  try {
    const home = join(dir.path, "home of the demo");
    const demo = Bun.spawn([process.execPath, MAIN, "demo", "--pace", "0.1", "--json", "--home", "home of the demo"], {
      cwd: dir.path,
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    const [stdout, exit] = await Promise.all([new Response(demo.stdout).text(), demo.exited]);

    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const end = lines.at(-1);
    expect(end).toMatchObject({ ok: true, wrong: [] });
    expect(exit).toBe(0);
    const kinds = new Set(lines.slice(0, -1).map((event) => event.kind));
    for (const kind of ["crashed", "blocked", "unblocked", "gave_up", "promoted", "completed"])
      expect(kinds).toContain(kind);
    const list = Bun.spawnSync([process.execPath, MAIN, "list", "--status", "done", "--json"], {
      env: { ...process.env, KANBAN_HOME: home },
    });
    expect(JSON.parse(list.stdout.toString())).toHaveLength(19);
    expect(existsSync(join(home, "logs"))).toBe(true);
  } finally {
    dir.remove();
  }
}, 60_000);

test("a folder with something in it is not played with", async () => {
  const dir = tempDir();
  try {
    writeFileSync(join(dir.path, "thesis.txt"), "mine");
    const demo = Bun.spawnSync([process.execPath, MAIN, "demo", "--home", dir.path]);
    expect(demo.exitCode).toBe(1);
    expect(demo.stderr.toString()).toContain("it must be a new or empty folder, there is something in it");
    expect(readdirSync(dir.path)).toEqual(["thesis.txt"]);

    const unset = Bun.spawnSync([process.execPath, MAIN, "demo", "--home", ""], { env: { HOME: dir.path } });
    expect(unset.exitCode).toBe(2);
    expect(existsSync(join(dir.path, ".kanban"))).toBe(false);
  } finally {
    dir.remove();
  }
});
