import { afterEach, describe, expect, test } from "bun:test";
import { chmodSync, chownSync, existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DEFAULTS } from "./config.ts";
import { startDaemon } from "./dispatcher/mod.ts";
import { type Home, homeOf, prepareHome } from "./home.ts";
import { checkRoots, homeTrouble, makeRoots, markersDir, trashDir } from "./home_roots.ts";
import { HomeTrouble } from "./home_trouble.ts";
import { refusal, tempDir } from "./testing/mod.ts";

const made: { remove(): void }[] = [];
afterEach(() => made.splice(0).forEach((dir) => dir.remove()));
const isRoot = process.getuid?.() === 0;

function testHome(db?: string): Home {
  const dir = tempDir();
  made.push(dir);
  const home = homeOf({ KANBAN_HOME: dir.path }, db);
  prepareHome(home);
  return home;
}

const ROOTS = ["run", "exits", "runs", "logs", "workspaces"] as const;

describe("checkRoots()", () => {
  test.each(ROOTS)("refuses a link, a file and a pipe in the place of %s, which it leaves there [A8]", (name) => {
    const home = testHome();
    const path = home[name];
    const elsewhere = join(home.dir, "elsewhere");
    renameSync(path, elsewhere);
    const put: [string, () => unknown][] = [
      ["a link", () => symlinkSync(elsewhere, path)],
      ["a file", () => writeFileSync(path, "")],
      ["a pipe or a device", () => Bun.spawnSync(["mkfifo", path])],
    ];
    for (const [found, act] of put) {
      act();

      const error = refusal(() => checkRoots(home));

      expect(error).toBeInstanceOf(HomeTrouble);
      expect(error.message).toBe(`Cannot use "${path}": it must be a folder, it is ${found}`);
      expect(refusal(() => makeRoots(home)).message).toBe(error.message);
      rmSync(path);
    }
    renameSync(elsewhere, path);
    checkRoots(home);
  });

  test("refuses links in the places where markers and trash are kept [A8]", () => {
    const home = testHome();
    for (const path of [markersDir(home), trashDir(home)]) {
      symlinkSync(home.logs, path);
      expect(refusal(() => checkRoots(home)).message).toContain(`"${path}": it must be a folder, it is a link`);
      rmSync(path);
    }
  });

  test("checks the folder above the one that a database of its own has", () => {
    const dir = tempDir();
    made.push(dir);
    const home = testHome(join(dir.path, "other.db"));
    renameSync(join(home.dir, "run"), join(home.dir, "away"));
    symlinkSync(join(home.dir, "away"), join(home.dir, "run"));

    expect(refusal(() => checkRoots(home)).message).toContain(`"${join(home.dir, "run")}"`);
  });

  test.skipIf(!isRoot)("refuses a folder of another user, and says whose it is [A8]", () => {
    const home = testHome();
    chownSync(home.logs, 65_533, 65_533);

    const error = refusal(() => checkRoots(home));

    expect(error.message).toMatch(/logs": it must belong to this user, it belongs to .*uid 65533/);
    expect(error.hint).toStartWith("Give it to this user: chown 0 ");
  });

  test("is content with a home that is not there yet, and with one through a link", () => {
    const home = testHome();
    const link = `${home.dir}.link`;
    symlinkSync(home.dir, link);
    made.push({ remove: () => rmSync(link) });

    checkRoots(homeOf({ KANBAN_HOME: join(home.dir, "none") }));
    checkRoots(homeOf({ KANBAN_HOME: link }));
  });
});

describe("makeRoots()", () => {
  test("makes folders that were removed", () => {
    const home = testHome();
    for (const path of [home.run, home.logs, home.workspaces]) rmSync(path, { recursive: true });

    makeRoots(home);

    for (const name of ROOTS) expect(existsSync(home[name])).toBe(true);
  });
});

describe("homeTrouble()", () => {
  test("is null for a home as it was made", () => {
    expect(homeTrouble(testHome())).toBeNull();
  });

  test("names a folder in the place of a file that is written there [A5]", () => {
    const home = testHome();
    for (const path of [home.launcher, home.dispatcherState]) {
      mkdirSync(path);
      expect(homeTrouble(home)?.message).toBe(`Cannot use "${path}": it must be a file, it is a folder`);
      rmSync(path, { recursive: true });
    }
  });

  test("names a pipe in the place of the dispatcher's lock, which keeps none from saying so [A3]", () => {
    const home = testHome();
    Bun.spawnSync(["mkfifo", home.dispatcherLock]);

    const error = homeTrouble(home)!;

    expect(error.message).toBe(`Cannot use "${home.dispatcherLock}": it must be a file, it is a pipe or a device`);
    expect(refusal(() => startDaemon(home, DEFAULTS)).message).toBe(error.message);
  });

  test.skipIf(isRoot)("names a folder that is closed to this user [A5]", () => {
    const home = testHome();
    chmodSync(home.exits, 0o500);

    expect(homeTrouble(home)?.message).toContain("permission denied");

    chmodSync(home.exits, 0o700);
  });
});
