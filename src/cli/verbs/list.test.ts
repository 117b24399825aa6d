import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { archiveTask, createTask, type Task } from "../../kernel/mod.ts";
import { MAIN, testCli } from "../../testing/cli.ts";

setDefaultTimeout(20_000); // Every call is a process, and the machine may be busy.

const cli = testCli();
afterAll(cli.remove);
const ids: Record<string, string> = {};

beforeAll(async () => {
  ids["mine"] = await cli.create("my own", "--assignee", "ann", "--priority", "low");
  ids["urgent"] = await cli.create(
    "urgent\tthing\nwith lines",
    "--assignee",
    "coder",
    "--priority",
    "urgent",
    "--tenant",
    "shop",
  );
  ids["idea"] = await cli.create("Ünï idea", "--triage");
  ids["gone"] = await cli.create("gone");
  await cli.run("archive", ids["gone"]);
});

const titles = async (...flags: string[]) => (await cli.json<Task[]>("list", ...flags)).map((task) => task.title);

describe("kanban list", () => {
  test("in a pipe is one line of fields for each task, most urgent first", async () => {
    const { stdout } = await cli.run("list");
    const rows = stdout
      .trimEnd()
      .split("\n")
      .map((line) => line.split("\t"));
    expect(
      rows.map(([id, status, priority, assignee, tenant, , title]) => [id, status, priority, assignee, tenant, title]),
    ).toEqual([
      [ids["urgent"]!, "ready", "4", "coder", "shop", "urgent thing with lines"],
      [ids["mine"]!, "ready", "1", "ann", "", "my own"],
      [ids["idea"]!, "triage", "0", "", "", "Ünï idea"],
    ]);
    expect(rows[0]![5]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  });

  test("narrows", async () => {
    expect(await titles("--mine")).toEqual(["my own"]);
    expect(await titles("--assignee", "coder")).toEqual(["urgent\tthing\nwith lines"]);
    expect(await titles("--assignee", "none")).toEqual(["Ünï idea"]);
    expect(await titles("--project", "none", "--status", "ready")).toEqual(["my own"]);
    expect(await titles("--status", "triage,ready", "--sort", "created", "--limit", "2")).toHaveLength(2);
    expect(await titles("--search", "ÜNÏ")).toEqual(["Ünï idea"]);
    expect(await titles("--archived")).toContain("gone");
    expect(await titles("--status", "archived")).toEqual(["gone"]);
    expect(await titles("--search", "nothing like it")).toEqual([]);
  });

  test("takes several values of a field, its negation, and times", async () => {
    expect(await titles("--assignee", "coder", "-a", "ann")).toEqual(["urgent\tthing\nwith lines", "my own"]);
    expect(await titles("--not-assignee", "coder", "--not-assignee", "none")).toEqual(["my own"]);
    expect(await titles("--not-project", "none")).toEqual(["urgent\tthing\nwith lines"]);
    expect(await titles("--not-status", "triage")).not.toContain("Ünï idea");
    expect(await titles("--priority", "urgent,1")).toHaveLength(2);
    expect(await titles("--created-after", "1h", "--not-creator", "somebody else")).toHaveLength(3);
    expect(await titles("--created-before", "1h")).toEqual([]);
    expect(await titles("--updated-after", "2020-01-01", "--failed")).toEqual([]);
    for (const wrong of [
      ["--priority", "soon"],
      ["--created-after", "yesterday"],
      ["--not-status", "nope"],
    ]) {
      expect((await cli.run("list", ...wrong)).exit).toBe(2);
    }
  });

  test("says what each task waits for: in JSON, and on a terminal that has room [F4]", async () => {
    const found = await cli.json<{ id: string; waits_for: { words: string } | null }[]>("list");
    const words = Object.fromEntries(found.map(({ id, waits_for }) => [id, waits_for?.words]));
    const [wide, narrow] = [await cli.terminal(["list"], { cols: 140 }), await cli.terminal(["list"], { cols: 80 })];

    expect(words).toEqual({
      [ids["urgent"]!]: "coder to claim it: no profile has this name",
      [ids["mine"]!]: "ann to claim it",
      [ids["idea"]!]: "a person to release it from triage",
    });
    expect(wide.screen).toContain("WAITS FOR");
    expect(wide.screen).toContain("coder to claim it: no profile");
    expect(narrow.screen).not.toContain("WAITS FOR");
    expect((await cli.run("show", ids["urgent"]!)).stdout).toMatch(
      /  waits for +coder to claim it: no profile has this name\n/,
    );
    expect(await cli.json("show", ids["urgent"]!)).toMatchObject({ task: { waits_for: { kind: "person" } } });
  });

  test("in JSON is short for tasks whose texts are long, without a limit too [E1]", async () => {
    const body = "x".repeat(60_000);
    const made = cli.board((board) =>
      Array.from({ length: 20 }, (_, n) => createTask(board, { title: `Long ${n}`, body, triage: true }).task.id),
    );

    const { stdout } = await cli.run("list", "--json");

    const found = (JSON.parse(stdout) as Task[]).filter(({ id }) => made.includes(id));
    expect(found).toHaveLength(made.length);
    for (const task of found) expect(JSON.stringify(task).length).toBeLessThan(2_000);
    cli.board((board) => made.forEach((id) => archiveTask(board, id)));
  });

  test("ls is the same", async () => {
    expect((await cli.run("ls")).stdout).toBe((await cli.run("list")).stdout);
  });

  test.each([
    [["--status", "redy"], "Did you mean: ready"],
    [["--sort", "age"], "Cannot use --sort: it must be one of priority, created"],
    [["--limit", "0"], "Cannot use --limit: it must be a whole number, from 1"],
    [["--mine", "--assignee", "x"], "got --mine and --assignee"],
  ])("refuses %j", async (flags, message) => {
    const { exit, stdout, stderr } = await cli.run("list", ...flags);
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: "" });
    expect(stderr).toContain(message);
  });

  test("on a terminal is aligned, coloured and fits", async () => {
    const { screen } = await cli.terminal(["list"], { cols: 70 });
    const lines = Bun.stripANSI(screen).split("\r\n");
    expect(lines[0]).toMatch(/^ID {10}P {3}STATUS {4}ASSIGNEE {2}TENANT {2}AGE {2}TITLE$/);
    expect(lines[1]).toMatch(/^t_\w{8} {2}P0 {2}◇ ready {3}coder {5}shop {4} ?\ds {2}urgent/);
    expect(lines.slice(0, 4).every((line) => Bun.stringWidth(line) <= 70)).toBe(true);
    expect(lines[4]).toBe("3 tasks: 1 triage, 2 ready");
    expect(screen).toContain("\x1b[36m◇ ready\x1b[39m");
  });

  test("has no colour with NO_COLOR or a dumb terminal", async () => {
    expect((await cli.terminal(["list"], { env: { NO_COLOR: "1" } })).screen).not.toContain("\x1b");
    expect((await cli.terminal(["list"], { env: { TERM: "dumb" } })).screen).not.toContain("\x1b");
  });

  test("names a database with --board or KANBAN_DB, before the verb or after it", async () => {
    const other = `${cli.env["HOME"]}/other.db`;
    await cli.run("create", "elsewhere", "--board", other);
    for (const words of [
      ["list", "--board", other],
      ["--board", other, "list"],
      [`--board=${other}`, "--json", "list"],
    ]) {
      expect((await cli.run(...words)).stdout).toContain("elsewhere");
    }
    expect((await cli.runWith({ env: { KANBAN_DB: other } }, "list")).stdout).toContain("elsewhere");
    expect(await titles("--search", "elsewhere")).toEqual([]);
  });

  test("a reader that goes away is no error", async () => {
    const bash = ["bash", "-c", `set -o pipefail; "$0" "$1" list | head -c 1 >/dev/null`, process.execPath, MAIN];
    const { exitCode, stderr } = Bun.spawnSync(bash, { env: { ...cli.env, KANBAN_TASK: "t_0", KANBAN_RUN: "1" } });
    expect({ exitCode, stderr: stderr.toString() }).toEqual({ exitCode: 0, stderr: "" });
  });
});
