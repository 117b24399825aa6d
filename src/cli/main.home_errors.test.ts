import { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { type Cli, MAIN, testCli } from "../testing/cli.ts";

setDefaultTimeout(20_000); // Every call is a process, and the machine may be busy.

let cli: Cli;
let file: string;
beforeEach(() => {
  cli = testCli();
  file = join(cli.dir, "kanban.db");
});
afterEach(() => cli.remove());

/** Expects every verb to be refused with one sentence, in both forms, and the file to stay as it was. */
async function refused(message: string): Promise<void> {
  const before = existsSync(file) ? Bun.hash(readFileSync(file)) : null;
  const plain = await cli.run("list");
  expect(plain).toMatchObject({ exit: 1, stdout: "" });
  expect(plain.stderr).toMatch(/^error: .*\nhint: .*\n$/);
  expect(plain.stderr).toContain(message);
  const asJson = await cli.run("create", "x", "--json");
  expect(asJson).toMatchObject({ exit: 1, stdout: "" });
  expect(JSON.parse(asJson.stderr).error.code).toBe("refused");
  expect(existsSync(file) ? Bun.hash(readFileSync(file)) : null).toBe(before);
}

/** Nothing is closed to root: it asks as another user, if that one may run our program at all. */
const asOther = (() => {
  const uid = process.getuid?.() === 0 ? 65_534 : undefined;
  const program = [process.execPath, MAIN, "--version"];
  const can = uid === undefined || Bun.spawnSync(program, { uid, gid: uid, cwd: "/" }).exitCode === 0;
  return { uid, can };
})();

describe("a board that cannot be used", () => {
  test("a file that is no database [T: corrupt or foreign]", async () => {
    mkdirSync(cli.dir, { recursive: true });
    writeFileSync(file, "these are not the tasks you are looking for".repeat(100));
    await refused("the file is not a database");
  });

  test("a folder, a device, a file of one byte, which SQLite takes for none", async () => {
    const other = (name: string) => join(cli.env["HOME"]!, name);
    mkdirSync(other("folder"));
    writeFileSync(other("byte"), "\n");
    for (const [path, what] of [
      [other("folder"), "a folder"],
      [other("byte"), "a file of one byte"],
      ["/dev/null", "a pipe or a device"],
    ] as const) {
      cli.env["KANBAN_DB"] = path;
      await refused(`Cannot open board "${path}": it must be a kanban board, it is ${what}`);
    }
    expect(readFileSync(other("byte"), "utf8")).toBe("\n");
    cli.env["KANBAN_DB"] = join(other("byte"), "board.db");
    await refused(
      `Cannot use "${other("byte")}": it must be a folder this user can write to, something else is in its`,
    );
  });

  test("a write-ahead log whose file is gone or empty: SQLite would delete it and begin anew", async () => {
    await cli.create("x");
    rmSync(file);
    writeFileSync(`${file}-wal`, "what was written last");
    await refused("its write-ahead log must be beside its file, the file is gone");
    writeFileSync(file, "");
    await refused("its write-ahead log must be beside its file, the file is empty");
    expect(readFileSync(`${file}-wal`, "utf8")).toBe("what was written last");
    rmSync(`${file}-wal`);
    expect(await cli.run("list")).toMatchObject({ exit: 0, stdout: "" });
  });

  test("a file with a second name: each name would have a write-ahead log, and a fence, of its own [D2]", async () => {
    await cli.create("x");
    const alias = join(cli.env["HOME"]!, "alias.db");
    linkSync(file, alias);
    await refused("its file must have one name, it has 2 (hard links)");
    cli.env["KANBAN_DB"] = alias;
    await refused("its file must have one name, it has 2 (hard links)");
    delete cli.env["KANBAN_DB"];
    rmSync(alias);
    expect((await cli.run("list")).exit).toBe(0);
  });

  test("another program's database [T: corrupt or foreign]", async () => {
    mkdirSync(cli.dir, { recursive: true });
    const db = new Database(file);
    db.run("CREATE TABLE recipes (name TEXT)");
    db.close();
    await refused("it is another program's database");
  });

  test("a newer schema [T: newer schema]", async () => {
    await cli.create("x");
    const db = new Database(file);
    db.run("PRAGMA user_version = 9999");
    db.close();
    await refused("the file has schema 9999");
  });

  test("damaged pages [T: corrupt or foreign]", async () => {
    for (let n = 0; n < 5; n++) await cli.create("x".repeat(400), "--body", "y".repeat(9_000));
    new Database(file).close();
    const fd = openSync(file, "r+");
    for (let at = 4_096 + 100; at < statSync(file).size; at += 4_096)
      writeSync(fd, new Uint8Array(3_000).fill(0xee), 0, 3_000, at);
    closeSync(fd);
    await refused("the file is damaged");
  });

  test("a home that is a file, or lies beneath one", async () => {
    writeFileSync(cli.dir, "");
    await refused(
      `Cannot use "${cli.dir}": it must be a folder this user can write to, something else is in its place`,
    );
    cli.env["KANBAN_HOME"] = join(cli.dir, "deeper");
    await refused(`Cannot use "${join(cli.dir, "deeper")}": it must be a folder this user can write to, its parent`);
  });

  test.skipIf(!asOther.can)("a home that is read-only [T: read-only file]", async () => {
    const { uid } = asOther;
    if (uid !== undefined) chownSync(join(cli.dir, ".."), uid, uid);
    await cli.runWith({ uid }, "create", "x");
    for (const path of [file, cli.dir]) chmodSync(path, path === file ? 0o400 : 0o500);

    for (const words of [["list"], ["create", "y"], ["show", "t_"], ["dispatch"], ["daemon"]]) {
      const { exit, stdout, stderr } = await cli.runWith({ uid }, ...words);
      expect({ exit, stdout }).toEqual({ exit: 1, stdout: "" });
      expect(stderr).toMatch(/^error: Cannot open board ".*": it must be writable, it is read-only\nhint: .*\n$/);
    }
    chmodSync(cli.dir, 0o700);
  });
});

test.skipIf(!asOther.can)(
  "a folder that is closed to its user is named, and costs no task an attempt [A5]",
  async () => {
    const { uid } = asOther;
    if (uid !== undefined) chownSync(join(cli.dir, ".."), uid, uid);
    await cli.runWith({ uid }, "create", "x", "--assignee", "demo");
    chmodSync(join(cli.dir, "logs"), 0o500);

    const dispatch = await cli.runWith({ uid }, "dispatch");
    const doctor = await cli.runWith({ uid }, "doctor");
    const list = await cli.runWith({ uid }, "list", "--json");

    const problem = `Cannot use "${join(cli.dir, "logs")}": permission denied`;
    expect(dispatch.exit).toBe(1);
    expect(dispatch.stderr).toContain(problem);
    expect(doctor.stdout).toContain(problem);
    expect(JSON.parse(list.stdout)).toMatchObject([{ status: "ready", failures: 0, last_error: null }]);
  },
);

// Root may mount, in a namespace of its own that ends with the command; a container's root may not.
const readOnly = (dir: string, ...words: string[]) => [
  ...["unshare", "--mount", "sh", "-c", 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'],
  ...[dir, ...words],
];
const mounts = Bun.which("unshare") !== null && Bun.spawnSync(readOnly("/tmp", "true")).exitCode === 0;
describe.skipIf(!mounts)("a disk that is read-only", () => {
  const run = (...words: string[]) => {
    const cmd = readOnly(cli.dir, process.execPath, MAIN, ...words);
    const { exitCode, stdout, stderr } = Bun.spawnSync(cmd, { env: cli.env });
    return { exit: exitCode, stdout: stdout.toString(), stderr: stderr.toString() };
  };
  const MESSAGE = () => `error: Cannot open board "${file}": it must be writable, its disk is read-only\n`;

  test("is said to be read-only, by every verb, whoever asks [T: read-only file]", async () => {
    await cli.create("x");
    for (const words of [["list"], ["create", "y"], ["export"], ["daemon"], ["serve", "--no-open"], ["gc"], ["init"]]) {
      const { exit, stdout, stderr } = run(...words);
      expect({ words, exit, stdout }).toEqual({ words, exit: 1, stdout: "" });
      expect(stderr).toStartWith(MESSAGE());
    }
    expect(run("doctor").stdout).toContain("its disk is read-only");
    cli.env["KANBAN_HOME"] = join(cli.dir, "not there");
    expect(run("list").stderr).toContain("it must be writable, its disk is read-only");
  });

  test("lets those read who find the board open, even where others may look into it [T: read-only file]", async () => {
    await cli.create("x");
    chmodSync(cli.dir, 0o755);
    const db = new Database(file);
    db.query("SELECT count(*) FROM tasks").get();

    expect(run("list")).toMatchObject({ exit: 0, stdout: expect.stringContaining("\tx\n") });
    expect(run("create", "y")).toMatchObject({ exit: 1, stderr: expect.stringContaining("it is read-only") });

    db.close();
  });
});

test("a relative KANBAN_HOME or KANBAN_DB is refused and makes nothing; --board may be relative [K4]", async () => {
  const dir = cli.env["HOME"]!;
  const made = () => readdirSync(dir).filter((name) => name !== ".bun"); // Bun's own cache.
  for (const [name, value] of [
    ["KANBAN_HOME", "kb"],
    ["KANBAN_DB", "kb/other.db"],
  ] as const) {
    const { exit, stdout, stderr } = await cli.runWith({ cwd: dir, env: { [name]: value } }, "create", "x");
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: "" });
    expect(stderr).toContain(`Cannot use ${name}=${value}: it is relative; it must be absolute or begin with ~/`);
    expect(stderr).toContain(`hint: From this folder it is: ${name}=${join(realpathSync(dir), value)}\n`);
  }
  expect(made()).toEqual([]);

  expect((await cli.runWith({ cwd: dir, env: { KANBAN_HOME: "~/kb" } }, "init")).exit).toBe(0);
  expect((await cli.runWith({ cwd: dir }, "list", "--board", "kb/kanban.db")).exit).toBe(0);
  expect(made().sort()).toEqual(["home", "kb"]);

  // What only reads makes no board where a path was given: it is more likely a typing error.
  for (const read of [
    ["list", "--board", "kbb/kanban.db"],
    ["--board", "kb/kanbn.db", "stats"],
    ["show", "t_1"],
  ]) {
    const env = read[0] === "show" ? { KANBAN_DB: join(dir, "typo/x.db") } : {};
    const { exit, stdout, stderr } = await cli.runWith({ cwd: dir, env }, ...read);
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: "" });
    expect(stderr).toMatch(
      /^error: Cannot open the board ".+": there is no such file\nhint: A new board is made there with: /,
    );
  }
  expect(made().sort()).toEqual(["home", "kb"]);
  expect(readdirSync(join(dir, "kb")).filter((name) => name.endsWith(".db"))).toEqual(["kanban.db"]);
});

describe("a home that can be used", () => {
  test("is made by whatever comes first, for its owner alone [S: file modes]", async () => {
    expect((await cli.run("stats")).stdout).toBe("The board is empty.\n");
    expect(statSync(cli.dir).mode & 0o777).toBe(0o700);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test("is made once when many come first", async () => {
    const all = await Promise.all(Array.from({ length: 8 }, (_, n) => cli.run("create", `first ${n}`)));
    expect(all.map(({ exit }) => exit)).toEqual(Array(8).fill(0));
    expect(await cli.json<unknown[]>("list")).toHaveLength(8);
  });

  test("init says where it is, what profiles there are and how to start", async () => {
    const { exit, stdout } = await cli.run("init");
    expect(exit).toBe(0);
    expect(stdout).toStartWith(`board     ${file}\nprofiles  demo\n`);
    expect(stdout).toContain("kanban up");
  });
});
