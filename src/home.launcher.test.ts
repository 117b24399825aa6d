import { afterEach, describe, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { homeOf, prepareHome, writeLauncher } from "./home.ts";
import { cliArgv } from "./program.ts";
import { HomeTrouble } from "./home_trouble.ts";
import { refusal, tempDir } from "./testing/mod.ts";

const made: { remove(): void }[] = [];
afterEach(() => made.splice(0).forEach((dir) => dir.remove()));

function temp(): string {
  const dir = tempDir();
  made.push(dir);
  return dir.path;
}

describe("writeLauncher()", () => {
  test("makes one executable path that runs the CLI's argv with the arguments as they are", () => {
    const home = homeOf({ KANBAN_HOME: join(temp(), "it's $HOME") });
    prepareHome(home);

    const path = writeLauncher(home);

    expect(statSync(path).mode & 0o777).toBe(0o700);
    for (const word of cliArgv()) expect(readFileSync(path, "utf8")).toContain(`'${word}'`);
    expect(readdirSync(home.run).filter((name) => name.startsWith("kanban"))).toEqual(["kanban"]);
  });

  test("quotes a program whose path has quotes and spaces", () => {
    const dir = temp();
    const program = join(dir, "it's $(touch x) here");
    writeFileSync(program, '#!/bin/sh\nprintf "[%s]" "$@"\n', { mode: 0o755 });
    const home = homeOf({ KANBAN_HOME: dir });
    prepareHome(home);

    const path = writeLauncher(home, [program, "a b"]);
    const done = Bun.spawnSync([path, "", "-x", "$y\n'"], { cwd: dir });

    expect(done.stdout.toString()).toBe("[a b][][-x][$y\n']");
    expect(existsSync(join(dir, "x"))).toBe(false);
  });

  test("replaces anything of its name except a folder, which is trouble of the home [A3] [A5]", () => {
    const home = homeOf({ KANBAN_HOME: temp() });
    prepareHome(home);
    const script = readFileSync(writeLauncher(home), "utf8");
    const precious = join(home.dir, "precious");
    writeFileSync(precious, "kept");
    const put: (() => unknown)[] = [
      () => Bun.spawnSync(["mkfifo", home.launcher]),
      () => symlinkSync(precious, home.launcher),
      () => (writeFileSync(home.launcher, ""), truncateSync(home.launcher, 6 * 1024 ** 3)),
      () => (writeFileSync(home.launcher, script), chmodSync(home.launcher, 0o600)),
    ];
    for (const act of put) {
      rmSync(home.launcher);
      act();

      writeLauncher(home);

      expect(readFileSync(home.launcher, "utf8")).toBe(script);
      expect(lstatSync(home.launcher).mode & 0o7777).toBe(0o700);
    }
    expect(readFileSync(precious, "utf8")).toBe("kept");

    rmSync(home.launcher);
    mkdirSync(home.launcher);
    const error = refusal(() => writeLauncher(home));
    expect(error).toBeInstanceOf(HomeTrouble);
    expect(error.message).toBe(`Cannot use "${home.launcher}": it must be a file, it is a folder`);
    expect(readdirSync(home.run).sort()).toEqual(["exits", "kanban", "runs"]);
  });

  test("keeps the workspace's own bunfig.toml and .env out of the CLI", () => {
    const dir = temp();
    writeFileSync(join(dir, "bunfig.toml"), 'preload = ["./evil.ts"]\n');
    writeFileSync(join(dir, "evil.ts"), 'console.log("EVIL");\n');
    writeFileSync(join(dir, ".env"), "KANBAN_HOME=/elsewhere\n");
    const probe = join(temp(), "probe.ts");
    writeFileSync(probe, "console.log(String(process.env.KANBAN_HOME));\n");

    const done = Bun.spawnSync([...cliArgv().slice(0, -1), probe], { cwd: dir, env: { PATH: process.env["PATH"]! } });

    expect(done.stdout.toString()).toBe("undefined\n");
  });
});
