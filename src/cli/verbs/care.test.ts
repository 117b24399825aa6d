import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { boardState, boardStats, type Graph, getTask } from "../../kernel/mod.ts";
import { MAIN, testCli } from "../../testing/cli.ts";
import { until } from "../../testing/mod.ts";
import { SHELLS } from "../completion_scripts.ts";

setDefaultTimeout(20_000); // Every call is a process, and the machine may be busy.

const cli = testCli();
afterAll(cli.remove);

describe("kanban backup", () => {
  test("writes a copy that is a board, for its owner alone", async () => {
    const id = await cli.create("keep me");
    const copy = join(cli.env["HOME"]!, "my copy.db");

    const { stdout } = await cli.runWith({ cwd: cli.env["HOME"]! }, "backup", "my copy.db");

    expect(stdout).toBe(`backed up to ${copy} (${statSync(copy).size} bytes)\n`);
    expect(statSync(copy).mode & 0o777).toBe(0o600);
    expect(await cli.json("list", "--board", copy)).toMatchObject([{ id, title: "keep me" }]);
  });

  test("never writes over a file", async () => {
    const taken = join(cli.env["HOME"]!, "taken");
    writeFileSync(taken, "precious");
    const { exit, stderr } = await cli.run("backup", taken);
    expect({ exit, size: statSync(taken).size }).toEqual({ exit: 1, size: 8 });
    expect(stderr).toContain("the file must not exist yet, it does");
    expect(await cli.run("backup", join(taken, "beneath"))).toMatchObject({ exit: 1, stdout: "" });
  });
});

describe("kanban export and import", () => {
  test("take a board to another home, by file and by pipe", async () => {
    const id = await cli.create("take me along", "--body", "\u202e\u0007 ünï");
    const file = join(cli.env["HOME"]!, "board.jsonl");
    expect((await cli.run("export", file)).stdout).toMatch(/^exported \d+ tasks? to /);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const piped = (await cli.run("export")).stdout;
    const body = (text: string) => text.split("\n").slice(1).join("\n"); // The first line tells when.
    expect(body(piped)).toBe(body(readFileSync(file, "utf8")));

    const [byFile, byPipe] = [testCli(), testCli()];
    expect((await byFile.run("import", file)).stdout).toMatch(/^imported \d+ tasks?, \d+ runs?, \d+ events?\n$/);
    expect(await byPipe.runWith({ stdin: piped }, "import", "--json")).toMatchObject({ exit: 0, stderr: "" });
    expect(readdirSync(join(byPipe.dir, "run")).filter((name) => name.startsWith("import"))).toEqual([]);
    for (const other of [byFile, byPipe]) {
      expect(body((await other.run("export")).stdout)).toBe(body(piped));
      expect(other.board((board) => getTask(board, id))).toEqual(cli.board((board) => getTask(board, id)));
      expect((await other.run("doctor")).exit).toBe(0);
      other.remove();
    }
  });

  test("never write over a file unless told so, nor into a board that has tasks", async () => {
    await cli.create("here already");
    const file = join(cli.env["HOME"]!, "precious");
    writeFileSync(file, "precious");
    expect(await cli.run("export", file)).toMatchObject({ exit: 1, stdout: "" });
    expect(readFileSync(file, "utf8")).toBe("precious");
    expect((await cli.run("export", file, "--force")).exit).toBe(0);
    const before = (await cli.run("export")).stdout.split("\n").slice(1);

    const { exit, stderr } = await cli.run("import", file);

    expect({ exit, stderr: stderr.split(", it has")[0] }).toEqual({
      exit: 1,
      stderr: "error: Cannot import: the board must be empty",
    });
    expect((await cli.run("export")).stdout.split("\n").slice(1)).toEqual(before);
    expect(readdirSync(cli.env["HOME"]!).filter((name) => name.startsWith("precious"))).toEqual(["precious"]);
  });

  test("never touch the board's own files, nor what is no file", async () => {
    const home = cli.env["HOME"]!;
    const before = cli.dump();
    const pipe = join(home, "pipe");
    Bun.spawnSync(["mkfifo", pipe]);
    symlinkSync(join(cli.dir, "kanban.db"), join(home, "alias"));
    for (const own of [join(cli.dir, "kanban.db"), join(home, "alias")]) {
      for (const words of [
        ["export", own, "--force"],
        ["import", own],
      ]) {
        const { exit, stderr } = await cli.run(...words);
        expect({ exit, stderr: stderr.split("\n")[0] }).toMatchObject({
          exit: 1,
          stderr: `error: Cannot ${words[0] === "export" ? "export to" : "import"} "${own}": it must be a file of its own, it belongs to the board itself`,
        });
      }
    }
    // The log of a board that is not in use is not there; SQLite would take a file of its name for one.
    for (const own of [`${join(cli.dir, "kanban.db")}-wal`, `${join(cli.dir, "kanban.db")}-shm`]) {
      for (const words of [
        ["backup", own],
        ["export", own, "--force"],
      ])
        expect((await cli.run(...words)).stderr).toContain("it belongs to the board itself");
    }
    expect((await cli.run("export", pipe, "--force")).stderr).toContain("it must be a file, it is a pipe or a device");
    expect((await cli.run("export", home, "--force")).stderr).toContain("it must be a file, it is a folder");
    expect((await cli.run("export", join(home, "none", "x"))).stderr).toContain("its folder must exist, it does not");
    expect(lstatSync(pipe).isFIFO()).toBe(true);
    expect(cli.dump()).toBe(before);
  });

  test("take away the drafts that killed exports left, and none that may be written to", async () => {
    const folder = join(cli.env["HOME"]!, "drafts");
    mkdirSync(folder);
    const [old, young, other] = [".kanban-1.draft", ".kanban-2.draft", ".kanban-1.draft.mine"].map((name) =>
      join(folder, name),
    ) as [string, string, string];
    for (const path of [old, young, other]) writeFileSync(path, "half a board");
    for (const path of [old, other]) utimesSync(path, new Date(), new Date(Date.now() - 2 * 3_600_000));

    expect((await cli.run("export", join(folder, "b.jsonl"))).exit).toBe(0);

    expect(readdirSync(folder).sort()).toEqual([".kanban-1.draft.mine", ".kanban-2.draft", "b.jsonl"]);
  });

  test("replace what a link leads to, and leave the link", async () => {
    const [link, file] = [join(cli.env["HOME"]!, "latest"), join(cli.env["HOME"]!, "2026.jsonl")];
    writeFileSync(file, "old");
    symlinkSync(file, link);
    expect((await cli.run("export", link, "--force")).exit).toBe(0);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readFileSync(file, "utf8")).toStartWith('{"kanban":');
  });

  test("say which tasks came without their workers", async () => {
    const [from, to] = [testCli(), testCli()];
    await from.run("claim", await from.create("at work"));
    const { stdout } = await from.run("export");
    const { stderr } = await to.runWith({ stdin: stdout }, "import", "-");
    expect(stderr).toContain("1 task is running without its worker and becomes ready when the lease ends");
    expect((await to.run("import", "-")).stderr).toContain("the board must be empty, it has 1 task");
    from.remove();
    to.remove();
  });

  test("let others write while the lines come slowly", async () => {
    const [from, to] = [testCli(), testCli()];
    await from.create("slow");
    const piped = (await from.run("export")).stdout;
    const child = Bun.spawn([process.execPath, MAIN, "import"], { env: to.env, stdin: "pipe", stdout: "pipe" });
    child.stdin.write(piped.slice(0, 200));
    await child.stdin.flush();
    // It has begun to read when its home is there; from then on it may hold no lock.
    await until(() => existsSync(join(to.dir, "kanban.db")), { ms: 15_000 });
    expect((await to.run("pause")).exit).toBe(0);

    child.stdin.write(piped.slice(200));
    await child.stdin.end();

    expect(await child.exited).toBe(0);
    expect(to.board((board) => boardState(board).paused)).toBe(true);
    from.remove();
    to.remove();
  });

  test("say what is wrong with a file, and leave the board empty", async () => {
    const empty = testCli();
    const bad = join(cli.env["HOME"]!, "bad");
    const say = async (bytes: string | Uint8Array) => {
      writeFileSync(bad, bytes);
      const { exit, stderr } = await empty.run("import", bad);
      return `${exit} ${stderr.split("\n")[0]}`;
    };
    expect(await say("")).toContain("2 error: Cannot import line 1: it must be the first line of an export");
    expect(await say('{"kanban":{"format":1,"schema":1}}\n{"task":')).toContain("2 error: Cannot import line 2");
    expect(await say(Bun.gzipSync("{}"))).toContain("line 1 must be UTF-8 text");
    expect(await say(Uint8Array.of(0xff, 0xfe))).toContain("line 1 must be UTF-8 text, it has other bytes");
    expect((await empty.run("import", join(bad, "none"))).exit).toBe(2);
    expect((await empty.run("import", cli.env["HOME"]!)).stderr).toContain("it must be a file, it is a folder");
    expect(empty.board((board) => boardStats(board).by_status.ready)).toBe(0);
    empty.remove();
  });
});

describe("kanban graph", () => {
  test("draws everything that has a link, or what belongs to one task", async () => {
    const parent = await cli.create("parent");
    const child = await cli.create("child", "--parent", parent, "--tenant", "shop");
    const alone = await cli.create("alone");
    const drawn = `${parent}  ◇ ready  parent\n└─ ${child}  ○ todo  child\n`;

    expect((await cli.run("graph")).stdout).toBe(drawn);
    expect((await cli.run("graph", child.slice(0, 7))).stdout).toBe(drawn);
    expect((await cli.run("graph", alone)).stdout).toBe(`${alone}  ◇ ready  alone\n`);
    expect((await cli.run("graph", "--dot")).stdout).toContain(`  ${parent} -> ${child};\n`);
    expect(await cli.json<Graph>("graph")).toMatchObject({ edges: [{ parent, child }], truncated: false });
    expect(await cli.run("graph", "t_ffffffff")).toMatchObject({ exit: 1, stdout: "" });
    expect((await cli.run("graph", "--limit", "1")).stderr).toContain("Show more with --limit");
    expect(cli.board((board) => getTask(board, child)).status).toBe("todo");
  });

  test("says how to link when nothing is", async () => {
    const empty = testCli();
    expect(await empty.run("graph")).toEqual({
      exit: 0,
      stdout: "",
      stderr: "No task waits for another. Link two with: kanban link PARENT CHILD\n",
    });
    empty.remove();
  });
});

describe("kanban completion", () => {
  test.each(SHELLS)("%s: the script is sound and knows every verb", async (shell) => {
    const { exit, stdout, stderr } = await cli.run("completion", shell);
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: "" });
    const files = readdirSync(join(import.meta.dir)).filter((file) => !/test|_|profile|worker/.test(file));
    for (const file of files) expect(stdout).toMatch(new RegExp(`[ '"|]${file.replace(".ts", "")}[ '":|]`));
    expect(stdout).not.toContain("worker-demo");
    // Where the shell is installed it judges its own syntax.
    const program = Bun.which(shell);
    if (program !== null) expect(Bun.spawnSync([program, "-n", "-c", stdout]).exitCode).toBe(0);
  });

  test.skipIf(Bun.which("bash") === null)("bash completes verbs, flags and ids", async () => {
    const id = await cli.create("complete me");
    const script = (await cli.run("completion", "bash")).stdout;
    const ask = (...words: string[]) => {
      const test = `${script}
kanban() { "${process.execPath}" "${MAIN}" "$@"; }
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _kanban; echo "\${COMPREPLY[*]}"`;
      return Bun.spawnSync(["bash", "-c", test, "bash", ...words], { env: cli.env })
        .stdout.toString()
        .trim()
        .split(" ");
    };
    expect(ask("kanban", "unb")).toEqual(["unblock"]);
    expect(ask("kanban", "do")).toContain("done");
    expect(ask("kanban", "profile", "sh")).toEqual(["show"]);
    expect(ask("kanban", "list", "--st")).toEqual(["--status"]);
    expect(ask("kanban", "ls", "--st")).toEqual(["--status"]);
    expect(ask("kanban", "show", id.slice(0, 6))).toContain(id);
    expect(ask("kanban", "create", "x")).toEqual([""]);
  });

  test("refuses another shell, and touches no file", async () => {
    const empty = testCli();
    expect(await empty.run("completion", "tcsh")).toMatchObject({ exit: 2, stdout: "" });
    expect((await empty.run("completion", "bash")).exit).toBe(0);
    expect(existsSync(empty.dir)).toBe(false);
    empty.remove();
  });
});
