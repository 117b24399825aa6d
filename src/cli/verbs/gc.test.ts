import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, realpathSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { claimForWorker, closeBoard, openBoard, type Task } from "../../kernel/mod.ts";
import { type Cli, testCli } from "../../testing/cli.ts";
import { commit, git, listing, newRepository } from "../../testing/git.ts";

setDefaultTimeout(60_000); // Every call is a process, and the machine may be busy.

let cli: Cli;
let repo = "";
beforeEach(() => {
  cli = testCli();
  repo = newRepository(join(realpathSync(cli.env["HOME"]!), "re po"));
});
afterEach(() => cli.remove());

/** A claimed task that is worked on in a worktree of the repository. */
async function claimed(): Promise<{ id: string; path: string }> {
  const { stdout } = await cli.runWith({ cwd: repo }, "create", "x", "--workspace", "worktree", "--json");
  const { id, workspace_path } = JSON.parse(stdout) as Task;
  expect((await cli.run("claim", id)).exit).toBe(0);
  return { id, path: workspace_path! };
}

describe("kanban gc", () => {
  test("keeps a worktree with ignored files and tells their size; a dry run says the same as a run [J4]", async () => {
    const { id, path } = await claimed();
    commit(path, ".gitignore", "results/\nnode_modules/\n");
    git(repo, "merge", "-q", `kanban/${id}`);
    for (const name of ["results", "node_modules"]) mkdirSync(join(path, name));
    writeFileSync(join(path, "results", "out.csv"), "x".repeat(2_000_000));
    writeFileSync(join(path, "node_modules", "a.js"), "x");

    const { stdout } = await cli.run("show", id);
    expect(stdout).toContain(`branch kanban/${id}, 0 commits ahead, nothing uncommitted, 1 ignored file, 2 MB\n`);
    expect(stdout).toContain("results/\n");
    await cli.run("archive", id);
    const dry = await cli.run("gc", "--dry-run");
    const run = await cli.run("gc");

    expect(dry.stdout).toContain(`kept ${path}: it has 1 ignored file, 2 MB: results/\n`);
    expect(run.stdout).toBe(dry.stdout.replace("would remove", "removed"));
    expect((await cli.run("doctor")).stdout).toContain(`→ kanban show ${id}\n`);
    expect(existsSync(join(path, "results", "out.csv"))).toBe(true);
  });

  test("--force removes one worktree with all that is in it, says what, and keeps its commits [J12]", async () => {
    const [one, other] = [await claimed(), await claimed()];
    for (const { id, path } of [one, other]) {
      commit(path, "work");
      writeFileSync(join(path, "draft"), "x");
      await cli.run("archive", id);
    }

    const dry = await cli.run("gc", "--force", one.id, "--dry-run");
    expect(existsSync(one.path)).toBe(true);
    const run = await cli.run("gc", "--force", one.id.slice(0, 7));

    expect(dry.stdout).toStartWith(`worktree of ${one.id}: ${one.path}, although it has changed files: draft\n`);
    expect(run.stdout).toBe(dry.stdout.replace("would remove", "removed"));
    expect([one, other].map(({ path }) => existsSync(path))).toEqual([false, true]);
    expect(git(repo, "show", `kanban/${one.id}:work`)).toBe("work");
  });

  test("--force refuses what has no worktree to remove, and a worker, and changes nothing [J12]", async () => {
    const { id, path } = await claimed();
    writeFileSync(join(path, "draft"), "x");
    const scratch = await cli.create("scratch");
    await cli.run("archive", scratch);
    const before = [cli.dump(), listing(repo)];

    const living = await cli.run("gc", "--force", id);
    const other = await cli.run("gc", "--force", scratch);
    const worker = await cli.runWith({ env: { KANBAN_TASK: id, KANBAN_RUN: "1" } }, "gc", "--force", id);

    expect(living).toMatchObject({ exit: 1, stdout: "" });
    expect(living.stderr).toStartWith(`error: Cannot remove the worktree of task "${id}": it must be an archived task`);
    expect(other).toMatchObject({ exit: 1, stdout: "" });
    expect(worker).toMatchObject({ exit: 1, stdout: "" });
    expect([cli.dump(), listing(repo)]).toEqual(before);
  });
});

test("gc keeps the workspace of an archived task for a week, says until when, and a restored task finds it", async () => {
  const { id, workspace_path: path } = await cli.json<Task>("claim", await cli.create("x"));
  writeFileSync(join(path!, "draft"), "x");
  await cli.run("archive", id);

  const dry = await cli.run("gc", "--dry-run");
  const run = await cli.run("gc");
  expect(dry.stdout).toMatch(new RegExp(`^kept .*${id}: a restored ${id} would find it until 20\\d\\d-`));
  expect(run.stdout).toBe(dry.stdout.replace("would remove", "removed"));
  expect((await cli.run("doctor")).stdout).not.toContain(path!);

  await cli.run("restore", id);
  expect((await cli.json<Task>("claim", id)).workspace_path).toBe(path!);
  expect(existsSync(join(path!, "draft"))).toBe(true);
  await cli.run("archive", id);
  expect((await cli.run("gc", "--workspace-retention-days", "0")).stdout).toStartWith(`workspace of ${id}: `);
  await cli.run("restore", id);
  expect((await cli.json<Task>("claim", id)).workspace_path).toBe(path!);
  expect(existsSync(path!)).toBe(true);
});

describe("kanban show, gc and doctor", () => {
  test("start no git in a repository that a worker put in the place of its own, and say why [A2]", async () => {
    const { id, path } = await claimed();
    const hostile = newRepository(join(realpathSync(cli.env["HOME"]!), "hostile"));
    git(hostile, "worktree", "add", "-q", join(hostile, "x"));
    git(hostile, "config", "core.fsmonitor", `touch '${join(hostile, "ran")}'; false`);
    const link = await Bun.file(join(hostile, "x", ".git")).text();
    writeFileSync(join(path, ".git"), link);
    writeFileSync(join(link.slice("gitdir: ".length).trim(), "gitdir"), `${join(path, ".git")}\n`);
    git(path, "status");
    expect(existsSync(join(hostile, "ran"))).toBe(true);
    await Bun.file(join(hostile, "ran")).delete();

    const shown = await cli.run("show", id);
    await cli.run("archive", id);
    const verbs = [await cli.run("gc", "--dry-run"), await cli.run("gc"), await cli.run("doctor")];

    const problem = "its .git names another repository than the one it was made in";
    expect(shown.stdout).toContain(`not looked at: ${problem}\n`);
    for (const { stdout } of verbs) expect(stdout).toContain(problem);
    expect(existsSync(join(hostile, "ran"))).toBe(false);
  });
});

describe("kanban gc --compact", () => {
  test("returns the room of what was removed; a dry run says how much; beside another program it refuses", async () => {
    for (const title of ["one", "two"]) await cli.create(title, "--body", "b".repeat(100_000));
    const dry = await cli.run("gc", "--compact", "--dry-run");
    const run = await cli.json<{ compacted: { bytes_before: number; bytes_after: number } }>("gc", "--compact");
    const other = openBoard(join(cli.dir, "kanban.db"));
    const refused = await cli.run("gc", "--compact");
    closeBoard(other);

    expect(dry.stdout).toMatch(/^would compact the database from \d+ to about \d+ bytes$/m);
    expect(run.compacted.bytes_after).toBe(statSync(join(cli.dir, "kanban.db")).size);
    expect(refused.exit).toBe(1);
    expect(refused.stderr).toContain("Cannot compact the board: nothing else may have it open, another program does");
  });

  test("takes a person, also where a profile allows its workers gc", async () => {
    const id = await cli.create("x", "--assignee", "coder");
    const board = openBoard(join(cli.dir, "kanban.db"));
    const coder = { max_running: null, max_runtime_seconds: null, may: ["gc"] as const };
    const profiles = new Map([["coder", coder]]);
    const { run } = claimForWorker(board, { claimer: "d", boot_id: "b", profiles, maxWorkers: 1 })!;
    closeBoard(board);
    const env = { KANBAN_TASK: id, KANBAN_RUN: String(run.id) };

    const worker = await cli.runWith({ env }, "gc", "--compact");

    expect(worker).toMatchObject({ exit: 1, stdout: "" });
    expect(worker.stderr).toContain("Cannot compact the board: it takes a person");
    expect((await cli.runWith({ env }, "gc")).exit).toBe(0);
  });
});
