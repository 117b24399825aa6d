import { afterEach, describe, expect, test } from "bun:test";
import {
  existsSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { AGENT_HOME, AGENT_REPORT, exitPath, runDir } from "../../home.ts";
import { type TestHome, testHome } from "../../testing/dispatcher.ts";
import type { Profile } from "../start/profile.ts";
import { refusal } from "../../testing/mod.ts";
import { oddRunFiles, readAgentReport, removeOldRunFiles, removeRunFiles, writeRunFiles } from "./run_files.ts";

let t: TestHome;
afterEach(() => t?.close());
const LONG_AGO = new Date(Date.now() - 3_600_000);

describe("removeOldRunFiles()", () => {
  test("removes what runs left behind, but nothing of living or young ones", () => {
    t = testHome();
    for (const id of [1, 2, 3]) {
      mkdirSync(runDir(t.home, id));
      writeFileSync(exitPath(t.home, id), "  0\n");
    }
    for (const id of [1, 2])
      for (const path of [runDir(t.home, id), exitPath(t.home, id)]) utimesSync(path, LONG_AGO, LONG_AGO);

    removeOldRunFiles(t.home, new Set([2]));

    expect(readdirSync(t.home.runs).sort()).toEqual(["2", "3"]);
    expect(readdirSync(t.home.exits).sort()).toEqual(["2", "3"]);
  });

  test.each(["runs", "exits", "logs", "workspaces"] as const)(
    "removes nothing while %s is a link to another folder [A8] [S: gc deleting too much]",
    (root) => {
      t = testHome();
      mkdirSync(t.path("precious/2024"), { recursive: true });
      writeFileSync(t.path("precious/2024/photo"), "x");
      writeFileSync(exitPath(t.home, 7), "  0\n");
      for (const path of [t.path("precious/2024"), exitPath(t.home, 7)]) utimesSync(path, LONG_AGO, LONG_AGO);
      renameSync(t.home[root], t.path("away"));
      symlinkSync(t.path("precious"), t.home[root]);

      const error = refusal(() => removeOldRunFiles(t.home, new Set()));
      removeRunFiles(t.home, 2024);

      expect(error.message).toBe(`Cannot use "${t.home[root]}": it must be a folder, it is a link`);
      expect(readdirSync(t.path("precious/2024"))).toEqual(["photo"]);
      const exits = root === "exits" ? t.path("away") : t.home.exits;
      expect(readdirSync(exits)).toEqual(["7"]);
    },
  );

  test("a link that leads nowhere or in a circle keeps no dispatcher from starting", () => {
    t = testHome();
    writeFileSync(t.path("precious"), "");
    for (const [id, target] of [
      [7, "7"],
      [8, "gone"],
      [9, t.path("precious")],
    ] as const) {
      symlinkSync(target, exitPath(t.home, id));
      lutimesSync(exitPath(t.home, id), LONG_AGO, LONG_AGO);
    }
    symlinkSync("6", exitPath(t.home, 6));

    removeOldRunFiles(t.home, new Set());

    expect(readdirSync(t.home.exits)).toEqual(["6"]);
    expect(lstatSync(exitPath(t.home, 6)).isSymbolicLink()).toBeTrue();
    expect(existsSync(t.path("precious"))).toBeTrue();
  });
});

describe("writeRunFiles()", () => {
  test("writes nothing through a link in the place of its folder [A8]", () => {
    t = testHome();
    mkdirSync(t.path("elsewhere"));
    renameSync(t.home.runs, t.path("away"));
    symlinkSync(t.path("elsewhere"), t.home.runs);
    const plan = { argv: [], cwd: "/", env: {}, files: [], home: [], stdin: "text", tools: false };

    const error = refusal(() =>
      writeRunFiles(t.home, 1, plan, { agent: null, complete_on_exit: false } as Profile, { ino: 1, offset: 0 }),
    );

    expect(error.message).toContain("it must be a folder, it is a link");
    expect(readdirSync(t.path("elsewhere"))).toEqual([]);
  });
});

describe("the home folder of an agent", () => {
  const profile = { agent: null, complete_on_exit: false } as Profile;
  const made = (of: string) => {
    const files = [{ name: "settings.json", content: "ours" }];
    const home = [
      { name: ".agent", of, files },
      { name: ".other", of: t.path("nowhere"), files: [] },
    ];
    const plan = { argv: [], cwd: "/", env: {}, files: [], home, stdin: null, tools: true };
    writeRunFiles(t.home, 7, plan, profile, { ino: 1, offset: 0 });
    return join(runDir(t.home, 7), AGENT_HOME, ".agent");
  };
  const user = () => {
    mkdirSync(t.path("ann/sessions"), { recursive: true });
    writeFileSync(t.path("ann/settings.json"), "mine");
    writeFileSync(t.path("ann/token"), "old");
    return t.path("ann");
  };

  test("has the user's files by links and ours in place of the user's; a token that is renewed in place is the user's", () => {
    t = testHome();
    const folder = made(user());

    writeFileSync(join(folder, "token"), "new");
    writeFileSync(join(folder, "sessions", "1"), "");
    writeFileSync(join(folder, "added"), "");

    expect(readFileSync(join(folder, "settings.json"), "utf8")).toBe("ours");
    expect(readFileSync(t.path("ann/settings.json"), "utf8")).toBe("mine");
    expect(readFileSync(t.path("ann/token"), "utf8")).toBe("new");
    expect(readdirSync(t.path("ann")).sort()).toEqual(["sessions", "settings.json", "token"]);
    expect(readdirSync(t.path("ann/sessions"))).toEqual(["1"]);
    expect(readdirSync(join(folder, "..")).sort()).toEqual([".agent", ".other"]);
    expect(oddRunFiles(t.home)).toEqual([]);
  });

  test("is removed with the run, and nothing of the user with it", () => {
    t = testHome();
    made(user());

    removeRunFiles(t.home, 7);

    expect(existsSync(runDir(t.home, 7))).toBeFalse();
    expect(readdirSync(t.path("ann")).sort()).toEqual(["sessions", "settings.json", "token"]);
  });

  test("a user's folder that is none fails the start by name", () => {
    t = testHome();
    writeFileSync(t.path("file"), "");

    expect(() => made(t.path("file"))).toThrow(`Cannot give the agent "${t.path("file")}": it must be a readable`);
  });
});

describe("readAgentReport()", () => {
  const written = (content: string) => {
    t = testHome();
    mkdirSync(runDir(t.home, 3));
    writeFileSync(join(runDir(t.home, 3), AGENT_REPORT), content);
    return readAgentReport(t.home, 3);
  };

  test("reads what the agent wrote about its run", () => {
    expect(written('{"a":1}')).toEqual({ a: 1 });
    expect(readAgentReport(t.home, 4)).toBeNull();
  });

  test.each(["", "[1]", "{ broken", `"${"x".repeat(2 * 1024 * 1024)}"`])(
    "takes nothing else from there (%#)",
    (text) => {
      expect(written(text)).toBeNull();
    },
  );

  test("waits for no pipe and follows no link", () => {
    t = testHome();
    mkdirSync(runDir(t.home, 3));
    const path = join(runDir(t.home, 3), AGENT_REPORT);
    writeFileSync(t.path("elsewhere"), "{}");
    symlinkSync(t.path("elsewhere"), path);
    expect(readAgentReport(t.home, 3)).toBeNull();
    unlinkSync(path);
    Bun.spawnSync(["mkfifo", path]);
    expect(readAgentReport(t.home, 3)).toBeNull();
  });
});

describe("oddRunFiles()", () => {
  test("names what is no file of ours, and reads none of it [A4]", () => {
    t = testHome();
    mkdirSync(runDir(t.home, 3));
    Bun.spawnSync(["mkfifo", `${runDir(t.home, 3)}/start.json`]);
    writeFileSync(exitPath(t.home, 3), "  0\n");
    expect(oddRunFiles(t.home)).toEqual([
      { path: `${runDir(t.home, 3)}/start.json`, problem: "it must be a regular file, it is a pipe" },
    ]);

    truncateSync(exitPath(t.home, 3), 6 * 1024 ** 3);
    symlinkSync("/etc/passwd", t.home.token);

    expect(oddRunFiles(t.home).map(({ problem }) => problem)).toEqual([
      "it must be a regular file, it is a link",
      "it must be a regular file, it is a pipe",
      "it must be a regular file, it is larger than 16 bytes",
    ]);
  });
});
