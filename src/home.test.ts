import { afterEach, describe, expect, test } from "bun:test";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { failpoint, homeOf, prepareHome, whoami, workerEnv } from "./home.ts";
import { closeBoard, openBoard } from "./kernel/mod.ts";
import { refusal, tempDir } from "./testing/mod.ts";

const made: { remove(): void }[] = [];
afterEach(() => made.splice(0).forEach((dir) => dir.remove()));

function temp(): string {
  const dir = tempDir();
  made.push(dir);
  return dir.path;
}

describe("homeOf()", () => {
  test("is KANBAN_HOME, else .kanban in the home folder", () => {
    expect(homeOf({ KANBAN_HOME: "/srv/board", HOME: "/home/ann" }).db).toBe("/srv/board/kanban.db");
    expect(homeOf({ HOME: "/home/ann" }).dir).toBe("/home/ann/.kanban");
    expect(homeOf({ KANBAN_HOME: "", HOME: "" }).dir).toBe(join(homedir(), ".kanban"));
  });

  test("takes the database from the argument, then KANBAN_DB, with a run folder of its own", () => {
    const env = { KANBAN_HOME: "/srv/board", KANBAN_DB: "/data/other.db" };

    expect(homeOf(env).db).toBe("/data/other.db");
    expect(homeOf(env, "/data/third.db").db).toBe("/data/third.db");
    expect(homeOf(env).run).toStartWith("/srv/board/run/");
    expect(homeOf(env).run).not.toBe(homeOf(env, "/data/third.db").run);
    expect(homeOf({ KANBAN_HOME: "/srv/board" }).run).toBe("/srv/board/run");
    expect(homeOf(env).token).toBe("/srv/board/run/token");
  });

  test("gives one database one spelling, run folder and lock, through any link", () => {
    const dir = temp();
    mkdirSync(join(dir, "real"));
    symlinkSync(join(dir, "real"), join(dir, "link"));
    writeFileSync(join(dir, "real", "a.db"), "");
    symlinkSync("a.db", join(dir, "real", "b.db"));

    const [first, ...others] = ["real/a.db", "link/a.db", "real/b.db", "link/b.db"].map((path) =>
      homeOf({ KANBAN_HOME: dir }, join(dir, path)),
    );

    expect(first!.db).toBe(join(dir, "real", "a.db"));
    for (const other of others) expect(other).toEqual(first!);
  });

  test("spells a home alike before and after it is there, and through a link", () => {
    const dir = temp();
    symlinkSync(dir, `${dir}.link`);
    made.push({ remove: () => rmSync(`${dir}.link`) });

    const before = homeOf({ KANBAN_HOME: join(`${dir}.link`, "deep", "home") });
    prepareHome(before);

    expect(before.dir).toBe(join(dir, "deep", "home"));
    expect(homeOf({ KANBAN_HOME: join(dir, "deep", "home") })).toEqual(before);
  });

  test("expands ~ in its variables and in the argument [K4]", () => {
    const ann = { HOME: "/home/ann" };

    expect(homeOf({ ...ann, KANBAN_HOME: "~/kb" }).dir).toBe("/home/ann/kb");
    expect(homeOf({ ...ann, KANBAN_HOME: "~" }).dir).toBe("/home/ann");
    expect(homeOf({ ...ann, KANBAN_DB: "~/b/other.db" }).db).toBe("/home/ann/b/other.db");
    expect(homeOf(ann, "~/third.db").db).toBe("/home/ann/third.db");
  });

  test("refuses a relative path in a variable and names the absolute one; an argument may be relative [K4]", () => {
    for (const [name, value] of [
      ["KANBAN_HOME", "kb"],
      ["KANBAN_HOME", "./~/kb"],
      ["KANBAN_DB", "../other.db"],
    ] as const) {
      const error = refusal(() => homeOf({ HOME: "/home/ann", [name]: value }));

      expect(error.code).toBe("invalid");
      expect(error.message).toBe(`Cannot use ${name}=${value}: it is relative; it must be absolute or begin with ~/`);
      expect(error.hint).toBe(`From this folder it is: ${name}=${resolve(value)}`);
    }
    expect(homeOf({ HOME: "/home/ann" }, "third.db").db).toBe(join(realpathSync("."), "third.db"));
  });

  test("takes one lock for a database, from any home", () => {
    const own = homeOf({ KANBAN_HOME: "/srv/board" });
    const other = homeOf({ KANBAN_HOME: "/srv/other", KANBAN_DB: "/srv/board/kanban.db" });
    const named = homeOf({ KANBAN_HOME: "/srv/other", KANBAN_DB: "/data/a.db" });

    expect(other.dispatcherLock).toBe(own.dispatcherLock);
    expect(own.dispatcherLock).toBe("/srv/board/run/dispatcher.db");
    expect(named.dispatcherLock).toBe("/data/a.db-dispatcher");
  });
});

describe("prepareHome()", () => {
  test("makes private folders [S: file modes]", () => {
    const home = homeOf({ KANBAN_HOME: join(temp(), "deep", "home") });

    prepareHome(home);

    for (const path of [home.dir, home.workspaces, home.logs, home.profiles, home.run, home.exits, home.runs]) {
      expect(statSync(path).mode & 0o777).toBe(0o700);
    }
  });

  test.each([0o777, 0o770, 0o702])("refuses a home that others may write to (%o) [S: file modes]", (mode) => {
    const dir = temp();
    chmodSync(dir, mode);

    const error = refusal(() => prepareHome(homeOf({ KANBAN_HOME: dir })));

    expect(error).toMatchObject({
      code: "refused",
      message: `Cannot use home "${dir}": other users may write to it: its mode is ${mode.toString(8)}`,
    });
    expect(statSync(dir).mode & 0o777).toBe(mode);
    expect(readdirSync(dir)).toEqual([]);
  });

  // Only root can give a folder away.
  test.skipIf(process.getuid?.() !== 0)("refuses a home of another user, and says whose it is, root too [A7]", () => {
    const dir = temp();
    chownSync(dir, 1, 1);

    const error = refusal(() => prepareHome(homeOf({ KANBAN_HOME: dir })));

    expect(error.code).toBe("refused");
    expect(error.message).toStartWith(`Cannot use home "${dir}": it must belong to this user (uid 0), it belongs to `);
    expect(error.message).toContain("uid 1");
    expect(readdirSync(dir)).toEqual([]);
  });

  test.each(["logs", "workspaces", "profiles", "run/exits"])(
    "lets a board be read whose %s cannot be made: those who need it say so",
    (name) => {
      const dir = temp();
      mkdirSync(join(dir, "run"));
      writeFileSync(join(dir, name), "x");
      const home = homeOf({ KANBAN_HOME: dir });

      prepareHome(home);
      closeBoard(openBoard(home.db));

      expect(readFileSync(join(dir, name), "utf8")).toBe("x");
    },
  );

  test("closes a home of ours that others may read [S: file modes]", () => {
    const dir = temp();
    chmodSync(dir, 0o755);

    prepareHome(homeOf({ KANBAN_HOME: dir }));

    expect(statSync(dir).mode & 0o777).toBe(0o700);
  });

  test("closes one that has been used", () => {
    const dir = temp();
    prepareHome(homeOf({ KANBAN_HOME: dir }));
    closeBoard(openBoard(join(dir, "kanban.db")));
    chmodSync(dir, 0o755);

    prepareHome(homeOf({ KANBAN_HOME: dir }));

    expect(statSync(dir).mode & 0o777).toBe(0o700);
  });

  test("leaves a folder open that holds other things too, such as /, and closes the settings in it", () => {
    const dir = temp();
    for (const name of ["notes.txt", "config.yaml"]) writeFileSync(join(dir, name), "");
    mkdirSync(join(dir, "profiles"));
    for (const name of ["notes.txt", "config.yaml"]) chmodSync(join(dir, name), 0o644); // With any umask.
    chmodSync(join(dir, "profiles"), 0o755);
    for (const mode of [0o755, 0o711]) {
      chmodSync(dir, mode);

      for (let i = 0; i < 2; i++) prepareHome(homeOf({ KANBAN_HOME: dir }));

      expect(modesIn(dir)).toEqual({
        ".": mode,
        "config.yaml": 0o600,
        logs: 0o700,
        "notes.txt": 0o644,
        profiles: 0o700,
        run: 0o700,
        workspaces: 0o700,
      });
    }
  });

  describe("on a network file system", () => {
    const nfs = (folder: string) => (path: string) => ({ network: path === folder ? "NFS" : null, free_bytes: 0 });

    test("is refused, for the home as for the database, and leaves no trace [T: network file system]", () => {
      const dir = temp();
      const home = homeOf({ KANBAN_HOME: join(dir, "home") });
      const other = homeOf({ KANBAN_HOME: temp() }, join(dir, "share", "a.db"));

      for (const [one, path] of [
        [home, home.dir],
        [other, join(dir, "share")],
      ] as const) {
        const error = refusal(() => prepareHome(one, { look: nfs(dir) }));
        expect(error).toMatchObject({
          code: "refused",
          message: `Cannot use "${path}": it must be on a disk of this machine, it is on a network file system (NFS)`,
        });
      }
      expect(readdirSync(dir)).toEqual([]);
      expect(readdirSync(other.dir)).toEqual([]);
    });

    test("may be used with the variable that allows it, and one that a sandbox shows as its own disk always", () => {
      const dir = temp();
      const home = homeOf({ KANBAN_HOME: dir });

      prepareHome(home, { look: nfs(dir), env: { KANBAN_ALLOW_NETWORK_DISK: "1" } });
      prepareHome(home, { look: () => ({ network: "9P", free_bytes: 0 }), env: {} });

      expect(existsSync(home.logs)).toBe(true);
    });
  });

  test("refuses a home that is a file", () => {
    const file = join(temp(), "file");
    writeFileSync(file, "x");

    const error = refusal(() => prepareHome(homeOf({ KANBAN_HOME: file })));

    expect(error.message).toBe(
      `Cannot use "${file}": it must be a folder this user can write to, something else is in its place`,
    );
    expect(readFileSync(file, "utf8")).toBe("x");
  });
});

describe("workerEnv()", () => {
  test("reads a worker's own run, and null without one", () => {
    expect(workerEnv({ KANBAN_TASK: "t_1", KANBAN_RUN: "7", KANBAN_PROFILE: "coder", KANBAN_TENANT: "" })).toEqual({
      task: "t_1",
      run: 7,
      profile: "coder",
      tenant: null,
      workspace: null,
    });
    for (const run of ["", "x", "0", "-1", "1.5"])
      expect(workerEnv({ KANBAN_TASK: "t_1", KANBAN_RUN: run })).toBeNull();
    expect(workerEnv({})).toBeNull();
  });
});

test("whoami() is the profile inside a worker, else the login name", () => {
  expect(whoami({ KANBAN_PROFILE: "coder", USER: "ann" })).toBe("coder");
  expect(whoami({ USER: "ann" })).toBe("ann");
  expect(whoami({ LOGNAME: "bob" })).toBe("bob");
});

test("failpoint() lets every point pass that was not asked for", () => {
  failpoint("after_spawn", {});
  failpoint("after_spawn", { KANBAN_FAILPOINT: "elsewhere" });
});

/** The modes of a folder and of its content. */
function modesIn(dir: string): Record<string, number> {
  const names = [".", ...readdirSync(dir)].sort();
  return Object.fromEntries(names.map((name) => [name, statSync(join(dir, name)).mode & 0o777]));
}
