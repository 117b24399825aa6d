/**
 * Odd homes: strange names, links, missing rights, files that are no boards.
 *
 * @module
 */
import { expect } from "bun:test";
import { Database } from "bun:sqlite";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { Task } from "../../src/kernel/mod.ts";
import { cli, cliJson, type Place } from "../program.ts";
import { type Scenario, Skip, type Stage } from "./scenario.ts";

const CLI = join(import.meta.dir, "../../src/cli/main.ts");
/** A user without rights, for what root cannot try. */
const NOBODY = 65_534;

/** Creates, lists and completes in a home, and expects it to have private modes. */
async function works(place: Place): Promise<void> {
  const made = await cliJson<Task>(place, ["create", "a task in an odd home"]);
  expect(await cliJson(place, ["complete", made.id, "--summary", "ok"])).toMatchObject({
    results: [{ id: made.id, ok: true, task: { status: "done" } }],
  });
  expect((await cliJson<Task[]>(place, ["list"])).map(({ id }) => id)).toEqual([made.id]);
  expect(statSync(place.home.dir).mode & 0o777).toBe(0o700);
  expect(statSync(place.home.db).mode & 0o777).toBe(0o600);
}

/** Expects every verb to refuse this file, in words, and to leave every byte of it alone. */
async function refusesFile(stage: Stage, place: Place, words: RegExp): Promise<void> {
  stage.foreign(place);
  const before = readFileSync(place.home.db); // No process has it open.
  for (const args of [["list"], ["create", "x"], ["stats"]]) {
    const { code, stderr } = await cli(place, args);
    expect([args[0], code]).toEqual([args[0], 1]);
    expect(stderr).toMatch(words);
    expect(stderr).not.toMatch(/\n\s+at /);
  }
  expect(readFileSync(place.home.db).equals(before)).toBe(true);
}

function homeWith(stage: Stage, write: (path: string) => void): Place {
  const place = stage.place();
  mkdirSync(place.home.dir, { mode: 0o700 });
  write(place.home.db);
  return place;
}

const ODD_NAMES = [
  "with spaces",
  "ünïcödé-看板-🗂",
  'quo\'te "double" $HOME `x`',
  "-dash; rm x",
  "new\nline",
  "percent%20&#x41;",
];

export const homeScenarios: readonly Scenario[] = [
  ...ODD_NAMES.map((name): Scenario => ({
    name: `a home called ${JSON.stringify(name)}`,
    run: (stage) => works(stage.place(name)),
  })),
  {
    name: "a home that is a link, and one below a linked folder",
    async run(stage) {
      const real = stage.folder("real");
      chmodSync(real, 0o700);
      symlinkSync(real, join(stage.dir, "link"));
      await works(stage.place("link"));
      await works(stage.place("link/below"));
    },
  },
  {
    name: "a home that is a file",
    async run(stage) {
      const place = stage.place("file");
      writeFileSync(place.home.dir, "precious");
      const { code, stderr } = await cli(place, ["list"]);

      expect(code).toBe(1);
      expect(stderr).toMatch(/must be a folder/);
      expect(readFileSync(place.home.dir, "utf8")).toBe("precious");
    },
  },
  {
    name: "a home that may not be written",
    async run(stage) {
      const root = process.getuid?.() === 0;
      // Nothing is read-only for root: it asks as another user, if that one may run our program at all.
      const as = root ? { uid: NOBODY, cwd: "/" } : {};
      const place = stage.place("read-only");
      mkdirSync(place.home.dir, { mode: 0o700 });
      if (root) {
        for (const path of [join(stage.dir, ".."), stage.dir]) chmodSync(path, 0o711);
        chownSync(place.home.dir, NOBODY, NOBODY);
      }
      const first = await cli(place, ["create", "kept"], as);
      if (first.code !== 0 && root) throw new Skip("root, and no other user may run the program");
      chmodSync(place.home.db, 0o400);
      chmodSync(place.home.dir, 0o500);
      for (const args of [["list"], ["create", "y"], ["show", "t_"]]) {
        const { code, stdout, stderr } = await cli(place, args, as);
        expect([args[0], code, stdout]).toEqual([args[0], 1, ""]);
        expect(stderr).toContain("it is read-only");
        expect(stderr).not.toMatch(/\n\s+at /);
      }
      chmodSync(place.home.dir, 0o700);
      chmodSync(place.home.db, 0o600);
    },
  },
  {
    name: "a home that others may write is refused until it is private",
    async run(stage) {
      const place = stage.place("open");
      mkdirSync(place.home.dir);
      chmodSync(place.home.dir, 0o777);
      const { code, stderr } = await cli(place, ["create", "kept"]);

      expect(code).toBe(1);
      expect(stderr).toContain("other users may write to it: its mode is 777");
      chmodSync(place.home.dir, 0o700);
      await works(place);
    },
  },
  {
    name: "a text file in the board's place",
    run: (stage) =>
      refusesFile(
        stage,
        homeWith(stage, (path) => writeFileSync(path, "my novel\n".repeat(1_000))),
        /not a database|another program/,
      ),
  },
  {
    name: "another program's database in the board's place",
    run: (stage) =>
      refusesFile(
        stage,
        homeWith(stage, (path) => {
          const db = new Database(path, { create: true });
          db.run("CREATE TABLE precious (x)");
          db.close();
        }),
        /another program's database/,
      ),
  },
  {
    name: "a folder in the board's place",
    async run(stage) {
      const place = homeWith(stage, (path) => mkdirSync(path));
      stage.foreign(place);
      const { code, stderr } = await cli(place, ["list"]);

      expect(code).toBe(1);
      expect(stderr).toMatch(/Cannot open board/);
    },
  },
  {
    name: "an empty file in the board's place becomes a board",
    run: (stage) => works(homeWith(stage, (path) => (writeFileSync(path, ""), chmodSync(path, 0o600)))),
  },
  {
    name: "a board of a newer program",
    async run(stage) {
      const place = stage.place();
      await cliJson(place, ["create", "x"]);
      const db = new Database(place.home.db);
      db.run("PRAGMA user_version = 9999");
      db.run("PRAGMA journal_mode = DELETE"); // So that the whole board is in the one file.
      db.close();
      await refusesFile(stage, place, /schema 9999/);
    },
  },
  {
    name: "a board cut in half",
    async run(stage) {
      const place = stage.place();
      for (let i = 0; i < 5; i++) await cliJson(place, ["create", `task ${i}`]);
      const db = new Database(place.home.db);
      db.run("PRAGMA journal_mode = DELETE");
      db.close();
      const whole = readFileSync(place.home.db);
      writeFileSync(place.home.db, whole.subarray(0, 4_096 * 3 + 100));
      await refusesFile(stage, place, /damaged|not a database/);
    },
  },
  {
    name: "two boards through KANBAN_DB and --board do not mix",
    async run(stage) {
      const other = join(stage.dir, "other board.db");
      const place = stage.place();
      const pinned = stage.place("home", { KANBAN_DB: other });
      await cliJson(place, ["create", "in the home"]);
      await cliJson(pinned, ["create", "pinned"]);
      const titles = async (at: Place, ...more: string[]) =>
        (await cliJson<Task[]>(at, ["list", ...more])).map(({ title }) => title);

      expect(await titles(place)).toEqual(["in the home"]);
      expect(await titles(pinned)).toEqual(["pinned"]);
      expect(await titles(place, "--board", other)).toEqual(["pinned"]);
    },
  },
  {
    name: "an environment with nothing but PATH and HOME",
    async run(stage) {
      const user = stage.folder("home of a user");
      // The place is where the program must put it by itself; it is judged like every other.
      const place = stage.place("home of a user/.kanban");
      await works({ home: place.home, env: { PATH: place.env["PATH"]!, HOME: user } });
    },
  },
  {
    name: "a home on a disk that is mounted read-only",
    async run(stage) {
      const place = stage.place("mounted");
      const { id } = await cliJson<Task>(place, ["create", "kept"]);
      const own = process.getuid?.() === 0 ? [] : ["--user", "--map-root-user"];
      const readOnly = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"';
      const inside = (...words: string[]) =>
        Bun.spawnSync(["unshare", ...own, "--mount", "sh", "-c", readOnly, place.home.dir, ...words], {
          env: place.env,
        });
      if (Bun.which("unshare") === null || inside("true").exitCode !== 0) throw new Skip("no mount namespaces here");
      for (const words of [["list"], ["create", "y"], ["complete", id], ["dispatch"], ["gc"]]) {
        const { exitCode, stdout, stderr } = inside(process.execPath, CLI, ...words);
        expect([words[0], exitCode, stdout.toString()]).toEqual([words[0], 1, ""]);
        expect(stderr.toString()).toContain("it must be writable, its disk is read-only");
        expect(stderr.toString()).not.toMatch(/\n\s+at /);
      }
      expect((await cliJson<Task[]>(place, ["list"])).map(({ title, status }) => [title, status])).toEqual([
        ["kept", "ready"],
      ]);
    },
  },
  {
    name: "a copy of a board's file works as a backup where backup made it",
    async run(stage) {
      const place = stage.place();
      await cliJson(place, ["create", "kept"]);
      const copy = join(stage.dir, "backup.db");
      const ran = await cli(place, ["backup", copy]);
      expect([ran.code, ran.stderr]).toEqual([0, ""]);
      const again = await cli(place, ["backup", copy]);
      expect(again.code).toBe(1);
      const restored = stage.place("restored");
      mkdirSync(restored.home.dir, { mode: 0o700 });
      copyFileSync(copy, restored.home.db);
      rmSync(copy);

      expect((await cliJson<Task[]>(restored, ["list"])).map(({ title }) => title)).toEqual(["kept"]);
    },
  },
];
