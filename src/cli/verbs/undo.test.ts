import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { type Cli, testCli } from "../../testing/cli.ts";

let cli: Cli;
let a: string;
let b: string;
beforeEach(async () => {
  cli = testCli();
  [a, b] = [await cli.create("One"), await cli.create("Two")];
});
afterEach(() => cli.remove());

const status = async (id: string) => (await cli.json<{ task: { status: string } }>("show", id)).task.status;

describe("undo", () => {
  test("takes back the newest act, all of one command, then the one before; --dry-run tells and changes nothing", async () => {
    await cli.run("edit", a, "--title", "Uno");
    await cli.run("archive", a, b);

    const before = cli.dump();
    const dry = await cli.run("undo", "--dry-run");
    expect(dry.stdout).toMatch(/^would undo the archiving of 2 tasks, by ann \(act \d+\)\n$/);
    expect(cli.dump()).toBe(before);

    const first = await cli.run("undo");
    expect(first.stdout).toBe(`undid the archiving of ${a} (ready): Uno\nundid the archiving of ${b} (ready): Two\n`);
    expect((await cli.run("undo")).stdout).toBe(`undid the edit of ${a} (ready): One\n`);
    const empty = await cli.run("undo");
    expect([empty.exit, empty.stderr]).toEqual([1, expect.stringContaining("you must have done something")]);
  });

  test("of a task undoes only there; --act does again what an undo took back", async () => {
    await cli.run("archive", a, b);
    expect((await cli.run("undo", b)).stdout).toBe(`undid the archiving of ${b} (ready): Two\n`);
    const undone = await cli.json<{ act: number; tasks: object[]; refused: object[] }>("undo", a);
    expect(undone).toMatchObject({ tasks: [{ id: a, status: "ready", run_over: false }], refused: [] });
    await cli.run("undo", "--act", `${undone.act}`);
    expect([await status(a), await status(b)]).toEqual(["archived", "ready"]);
  });

  test("leaves alone what was changed since, and says who did it", async () => {
    await cli.run("archive", a, b);
    await cli.runWith({ env: { USER: "bob" } }, "restore", a);

    const partly = await cli.run("undo");
    expect(partly.exit).toBe(1);
    expect(partly.stdout).toBe(`undid the archiving of ${b} (ready): Two\n`);
    expect(partly.stderr).toContain("bob restored it just now\n");
    expect(partly.stderr).toEndWith("1 undone, 1 changed since\n");
    await cli.run("move", b, "todo");
    await cli.runWith({ env: { USER: "bob" } }, "move", b, "triage");
    const before = cli.dump();
    const refused = await cli.run("undo", b);
    expect([refused.exit, refused.stdout]).toEqual([1, ""]);
    expect(refused.stderr).toContain(`its status must be as that left it, bob moved it to triage just now`);
    expect(cli.dump()).toBe(before);
  });

  test("says that a run is over", async () => {
    await cli.run("claim", a);
    await cli.run("archive", a);
    expect((await cli.run("undo")).stdout).toBe(`undid the archiving of ${a} (ready, its run is over): One\n`);
  });
});

describe("archive and restore", () => {
  test("several tasks are archived after a question on a terminal, which counts them; no is the default", async () => {
    const no = await cli.terminal(["archive", a, b], { typed: "\n" });
    expect(no.screen).toContain("Archive 2 tasks? [y/N]");
    expect(no.screen).toContain("Nothing was archived");
    expect([no.exit, await status(a), await status(b)]).toEqual([1, "ready", "ready"]);

    const yes = await cli.terminal(["archive", a, b], { typed: "y\n" });
    expect([yes.exit, await status(a), await status(b)]).toEqual([0, "archived", "archived"]);

    expect((await cli.run("restore", a, b)).stdout).toBe(`restored ${a} (ready): One\nrestored ${b} (ready): Two\n`);
    const flag = await cli.terminal(["archive", a, b, "--yes"]);
    expect([flag.exit, flag.screen.includes("[y/N]"), await status(b)]).toEqual([0, false, "archived"]);
    await cli.run("restore", b);
    const one = await cli.terminal(["archive", b]);
    expect([one.exit, one.screen.includes("[y/N]")]).toEqual([0, false]);
  });

  test("unarchive is restore, and what is mistyped like it never leads to archive", async () => {
    await cli.run("archive", a);
    expect((await cli.run("unarchive", a)).stdout).toBe(`restored ${a} (ready): One\n`);
    const { exit, stderr } = await cli.run("unarchiv", a);
    expect([exit, stderr.includes("unarchive"), /\barchive\b/.test(stderr)]).toEqual([2, true, false]);
  });

  test("restore refuses what is not archived", async () => {
    const before = cli.dump();
    const { exit, stderr } = await cli.run("restore", a);
    expect([exit, stderr]).toEqual([1, expect.stringContaining(`Cannot restore task "${a}": it must be archived`)]);
    expect(cli.dump()).toBe(before);
  });
});
