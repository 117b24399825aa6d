import { afterEach, describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { profileDir } from "../../home.ts";
import { getTask, setPaused, unconfirmedRuns } from "../../kernel/mod.ts";
import { letGo, type TestHome, testHome } from "../../testing/dispatcher.ts";
import { tailLog } from "../logs/logs.ts";

let t: TestHome;
afterEach(() => t?.close());

describe("failed starts", () => {
  test("a missing program is named, is no failure of the task and leaves no process", async () => {
    t = testHome();
    t.profile("coder", { command: ["no-such-agent", "{prompt}"] });
    const d = t.dispatcher();
    const { id } = t.ready();

    await t.pass(d);

    const error = 'Cannot start profile "coder": program "no-such-agent" not found, it must be on PATH';
    expect(t.run(id)).toMatchObject({ outcome: "unavailable", error, pid: null, process_gone_at: t.clock.ms });
    expect(getTask(t.board, id)).toMatchObject({ status: "ready", failures: 0, last_error: null });
    expect(t.kinds(id)).toEqual(["created", "claimed", "held", "unavailable"]);
    expect(t.warnings).toEqual([`cannot start task ${id} as coder: ${error}`]);
  });

  test("a relative workspace is one", async () => {
    t = testHome();
    t.script("true");
    const d = t.dispatcher();
    const { id } = t.ready({ workspace_kind: "dir", workspace_path: "app" });

    await t.pass(d);

    expect(t.run(id)).toMatchObject({ outcome: "spawn_failed" });
    expect(t.run(id).error).toContain("it must be an absolute path");
  });

  test("a skill that cannot be found is one, by its name", async () => {
    t = testHome();
    t.script("true");
    const d = t.dispatcher();
    const { id } = t.ready({ skills: ["juggling"] });

    await t.pass(d);

    expect(t.run(id).error).toStartWith('Cannot load skill "juggling"');
  });

  test("gives up after the limit, with the real error", async () => {
    t = testHome();
    t.script("true");
    const d = t.dispatcher({ failureLimit: 2 });
    const { id } = t.ready({ skills: ["juggling"] });

    await t.pass(d);
    t.advance(300_000);
    await t.pass(d);

    expect(getTask(t.board, id)).toMatchObject({ status: "blocked" });
    expect(t.kinds(id)).toEqual(["created", "claimed", "spawn_failed", "claimed", "gave_up"]);
    expect(d.pass.tally.auto_blocked).toBe(1);
  });
});

describe("choice", () => {
  test("takes by priority and age, no more at once than there is room for", async () => {
    t = testHome();
    t.script("sleep 300");
    const low = t.ready({ priority: 0 });
    const [first, second] = [t.ready({ priority: 2 }), t.ready({ priority: 2 })];
    const d = t.dispatcher({ maxWorkers: 2 });

    await t.pass(d);
    await t.pass(d);

    expect(d.pass.tally.spawned.map(({ task_id }) => task_id)).toEqual([first.id, second.id]);
    expect(getTask(t.board, low.id).status).toBe("ready");
  });

  test("keeps to max_running of a profile and starts others past it", async () => {
    t = testHome();
    t.script("sleep 300", { max_running: 1 });
    t.script("sleep 300", {}, "writer");
    const coders = [t.ready({ priority: 5 }), t.ready({ priority: 4 })];
    const writer = t.ready({ assignee: "writer" });
    const d = t.dispatcher();

    await t.pass(d);

    expect(d.pass.tally.spawned.map(({ task_id }) => task_id)).toEqual([coders[0]!.id, writer.id]);
  });

  test("starts at most `max` in a pass, and only the profiles it is limited to", async () => {
    t = testHome();
    t.script("sleep 300");
    t.script("sleep 300", {}, "writer");
    for (let i = 0; i < 3; i++) t.ready();
    t.ready({ assignee: "writer", priority: 9 });
    const d = t.dispatcher({ max: 1, assignees: ["coder"] });

    await t.pass(d);
    expect(d.pass.tally.spawned.map(({ assignee }) => assignee)).toEqual(["coder"]);
    await t.pass(d);
    expect(d.pass.tally.spawned.length).toBe(2);
  });

  test("starts nothing while the board is paused", async () => {
    t = testHome();
    t.script("sleep 300");
    const { id } = t.ready();
    const d = t.dispatcher();
    setPaused(t.board, true);

    await t.pass(d);
    expect(getTask(t.board, id).status).toBe("ready");
    setPaused(t.board, false);
    await t.pass(d);

    expect(getTask(t.board, id).status).toBe("running");
  });

  test("starts what `not_before` held back, when its time has come", async () => {
    t = testHome();
    t.script("sleep 300");
    const { id } = t.ready({ not_before: t.clock.ms + 60_000 });
    const d = t.dispatcher();

    await t.pass(d);
    expect(getTask(t.board, id).status).toBe("todo");
    expect(d.wake.at).toBe(t.clock.ms + 60_000);
    t.advance(60_000);
    await t.pass(d);

    expect(getTask(t.board, id).status).toBe("running");
    expect(d.pass.tally.promoted).toBe(1);
  });

  test("uses the profile's workspace for tasks that name none", async () => {
    t = testHome();
    t.script("pwd", { workspace: `dir:${t.path("project")}`, complete_on_exit: true });
    const [own, named] = [t.ready(), t.ready({ workspace_kind: "dir", workspace_path: t.path("mine") })];
    const d = t.dispatcher();

    await t.pass(d);

    expect((await t.ended(d, own.id)).summary).toBe(t.path("project"));
    expect((await t.ended(d, named.id)).summary).toBe(t.path("mine"));
    expect(getTask(t.board, own.id)).toMatchObject({ workspace_kind: "dir", workspace_path: t.path("project") });
  });
});

describe("a worktree that another task works in", () => {
  /** A repository with one commit and a worktree. */
  function repository(): { repo: string; tree: string } {
    const repo = t.path("repo");
    const tree = join(repo, ".worktrees", "shared");
    const identity = ["-c", "user.name=Ann", "-c", "user.email=ann@example.org"];
    for (const words of [
      ["init", "-q", repo],
      ["-C", repo, ...identity, "commit", "-q", "--allow-empty", "-m", "first"],
    ]) {
      const { exitCode, stderr } = Bun.spawnSync(["git", ...words]);
      if (exitCode !== 0) throw new Error(stderr.toString());
    }
    return { repo, tree };
  }
  const WORKER = `echo up; until test -e "$KANBAN_HOME/go"; do sleep 0.02; done`;

  test("known only at the start, by the profile: the second is given back unharmed and waits [J9]", async () => {
    t = testHome();
    const { tree } = repository();
    t.script(WORKER, { workspace: `worktree:${tree}`, complete_on_exit: true });
    const [first, second] = [t.ready(), t.ready()];
    const d = t.dispatcher();

    await t.pass(d);
    const running = [first, second].filter(({ id }) => getTask(t.board, id).status === "running");
    const [waits] = [first, second].filter(({ id }) => getTask(t.board, id).status === "ready");
    await t.pass(d);

    expect(running).toHaveLength(1);
    expect(getTask(t.board, waits!.id)).toMatchObject({ status: "ready", failures: 0, workspace_path: tree });
    expect(t.run(waits!.id)).toMatchObject({
      outcome: "reclaimed",
      error: `task ${running[0]!.id} works in its worktree "${tree}"`,
      pid: null,
    });
    expect(t.kinds(waits!.id)).toEqual(["created", "claimed", "reclaimed"]);
    letGo(t);
    await t.ended(d, running[0]!.id);
    await t.pass(d);
    expect(await t.ended(d, waits!.id)).toMatchObject({ outcome: "completed" });
  });

  test("spelled in another way: the link is resolved at the start, and the second waits [J9]", async () => {
    t = testHome();
    const { repo, tree } = repository();
    t.script(WORKER);
    const d = t.dispatcher();
    const first = t.ready({ workspace_kind: "worktree", workspace_path: tree });
    await t.pass(d);
    symlinkSync(repo, t.path("link"));
    const spelled = { workspace_kind: "worktree", workspace_path: t.path("link/.worktrees/shared") } as const;
    const second = t.ready(spelled);

    await t.pass(d);
    await t.pass(d);

    expect(getTask(t.board, second.id)).toMatchObject({ status: "ready", failures: 0, workspace_path: tree });
    expect(t.run(second.id).error).toBe(`task ${first.id} works in its worktree "${tree}"`);
    expect(t.kinds(second.id)).toEqual(["created", "claimed", "reclaimed"]);
  });
});

describe("a worker's environment", () => {
  test("is the contract and the allow-list, and KANBAN_BIN is a program [S: environment leakage]", async () => {
    t = testHome();
    t.script('env; test -x "$KANBAN_BIN" && echo executable; pwd; umask', {
      env: { GREETING: "hi" },
      complete_on_exit: true,
    });
    process.env["KANBAN_TEST_SECRET"] = "s3cret";
    const { id } = t.ready({ tenant: "ops" });
    const d = t.dispatcher();

    await t.pass(d);
    const { summary, id: runId } = await t.ended(d, id);
    delete process.env["KANBAN_TEST_SECRET"];

    const lines = summary!.split("\n");
    expect(lines).toContain("executable");
    expect(lines).toContain("0077");
    expect(lines).toContain(join(t.home.workspaces, id));
    expect(lines).toContain("GREETING=hi");
    for (const [name, value] of Object.entries({
      TASK: id,
      RUN: runId,
      PROFILE: "coder",
      TENANT: "ops",
      HOME: t.home.dir,
    })) {
      expect(lines).toContain(`KANBAN_${name}=${value}`);
    }
    expect(summary).not.toContain("s3cret");
  });
});

test("the folder of a built-in profile is there, and what a worker leaves in it stays", async () => {
  t = testHome();
  const { id } = t.ready({ assignee: "demo", body: "complete well" });
  const d = t.dispatcher();

  await t.pass(d);

  expect(statSync(profileDir(t.home, "demo")).mode & 0o777).toBe(0o700);
  expect((await t.ended(d, id)).outcome).toBe("completed");
});

test("deleted folders are made again", async () => {
  t = testHome();
  t.script("echo done", { complete_on_exit: true });
  const { id } = t.ready();
  const d = t.dispatcher();
  for (const folder of [t.home.logs, t.home.workspaces, t.home.exits, t.home.runs]) rmSync(folder, { recursive: true });

  await t.pass(d);

  expect(await t.ended(d, id)).toMatchObject({ outcome: "completed", summary: "done" });
});

test("a worker whose log and workspace are taken away continues; the viewer says that there is no log [T: log file or workspace]", async () => {
  t = testHome();
  t.script(`echo begun; rm -rf "$KANBAN_WORKSPACE" "$KANBAN_HOME/logs/$KANBAN_TASK.log"; echo lost; exit 0`, {
    complete_on_exit: true,
  });
  const { id } = t.ready();
  const d = t.dispatcher();

  await t.pass(d);

  expect(await t.ended(d, id)).toMatchObject({ outcome: "completed", exit_code: 0 });
  expect(getTask(t.board, id)).toMatchObject({ status: "done", failures: 0 });
  expect(tailLog(t.home, id, 1_000)).toMatchObject({ exists: false, content: "" });
  expect(t.warnings).toEqual([]);
});

test("a body of any bytes arrives whole, as an argument, a file and the input, and nothing runs [D4] [S: command injection]", async () => {
  t = testHome();
  mkdirSync(t.path("work"));
  t.profile("coder", {
    command: [
      ...["env", "nice", "sh", "-c", 'printf "[%s][" "$1"; cat "$2"; printf "]["; cat; printf "]"', "x"],
      ...["{prompt}", "{prompt_file}"],
    ],
    stdin: "prompt",
    prompt: "{body}",
    complete_on_exit: true,
  });
  const bodies = [
    "--help",
    "$(touch x); `touch x`",
    "a\nb\t\"'\\",
    "\u{1f5c2}é%",
    "{task} {workspace}",
    "%s %d",
    "; exit 3 #",
  ];
  const d = t.dispatcher({ maxWorkers: 20 });
  const tasks = bodies.map((body) => t.ready({ body, workspace_kind: "dir", workspace_path: t.path("work") }));

  await t.pass(d);
  for (const { id } of tasks) await t.ended(d, id);

  const summaries = tasks.map(({ id }) => t.run(id).summary);
  expect(summaries).toEqual(bodies.map((body) => `[${body.startsWith("-") ? ` ${body}` : body}][${body}][${body}]`));
  expect(readdirSync(t.path("work"))).toEqual([]);
  expect(unconfirmedRuns(t.board)).toEqual([]);
  writeFileSync(t.path("work/x"), ""); // The folder was writable: an injected command would have left this.
});
