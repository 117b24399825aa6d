import { afterAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cliArgv } from "../../home.ts";
import { claimForWorker, claimTask, getRun, getTask, listComments, reclaimTask, type Task } from "../../kernel/mod.ts";
import { testCli } from "../../testing/cli.ts";

setDefaultTimeout(20_000); // Every call is a process, and the machine may be busy.

const cli = testCli();
afterAll(cli.remove);

let own: string;
let other: string;
let run: number;
let env: Record<string, string | undefined>;
const worker = (...words: string[]) => cli.runWith({ env }, ...words);

beforeEach(async () => {
  own = await cli.create("own", "--assignee", "coder", "--tenant", "shop");
  other = await cli.create("other", "--assignee", "coder");
  run = cli.board((board) => claimTask(board, own, { claimer: "w" }).run.id);
  env = { KANBAN_TASK: own, KANBAN_RUN: String(run), KANBAN_PROFILE: "coder", KANBAN_TENANT: "shop" };
});

async function refused(words: string[], exit: number, message: string): Promise<void> {
  const before = cli.dump();
  const ran = await worker(...words);
  expect(ran).toMatchObject({ exit, stdout: "", stderr: expect.stringContaining(message) });
  expect(cli.dump()).toBe(before);
}

describe("in a worker's environment", () => {
  test("a task that is left out is the own one", async () => {
    expect((await worker("show")).stdout).toContain(own);
    expect((await worker("context")).stdout).toStartWith(`# Task ${own}: own`);
    expect((await worker("heartbeat", "--note", "half")).exit).toBe(0);
    expect((await worker("comment", "found it")).stdout).toBe(`commented on ${own}\n`);
    expect((await worker("complete", "--summary", "did it")).stdout).toBe(`completed ${own} (done): own\n`);
    expect(cli.board((board) => listComments(board, own))).toMatchObject([
      { author: "coder", via: null, body: "found it" },
    ]);
    expect(cli.board((board) => getRun(board, run))).toMatchObject({ outcome: "completed", summary: "did it" });
  });

  test("block asks about the own task", async () => {
    expect((await worker("block", "Which key?")).stdout).toBe(`blocked ${own} (blocked): own\n`);
  });

  test("complete, block and heartbeat of another task are refused", async () => {
    const only = (act: string) =>
      `Cannot ${act} task "${other}": a worker may ${act} only its own task, which is "${own}"`;
    await refused(["complete", other], 1, only("complete"));
    await refused(["block", other, "why"], 1, only("block"));
    await refused(["heartbeat", other], 1, only("heartbeat"));
    await refused(["complete", other, "--run", String(run)], 1, only("complete"));
  });

  test("of several only the own one is completed", async () => {
    const { exit, stdout, stderr } = await worker("complete", other, own, "--result", "x");
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: `completed ${own} (done): own\n` });
    expect(stderr).toContain("only its own task");
  });

  test("another run of the own task is refused", async () => {
    await refused(["complete", "--run", String(run + 1)], 1, `a worker acts under its own run, which is ${run}`);
  });

  test("after its run is over nothing is written, whatever the verb", async () => {
    cli.board((board) => reclaimTask(board, own, { reason: "stopped by ann" }));
    const late = `it must be running under run ${run}, it is ready`;
    const over = `run ${run} must be open, it ended as reclaimed (stopped by ann)`;
    await refused(["complete", "--summary", "late"], 1, late);
    await refused(["block", "late"], 1, late);
    await refused(["heartbeat"], 1, late);
    await refused(["comment", "late"], 1, over);
    await refused(["comment", other, "late"], 1, over);
    await refused(["create", "late"], 1, over);
    await refused(["link", own, other], 1, over);
    await refused(["unlink", own, other], 1, over);
    for (const words of [
      ["archive"],
      ["assign", "none"],
      ["claim", other],
      ["edit", "--title", "late"],
      ["move", "todo"],
      ["next", "--claim"],
      ["pause"],
      ["reclaim"],
      ["request-changes", other, "late"],
      ["resume"],
      ["unblock"],
      ["notify-subscribe", "--platform", "command", "--chat-id", "x"],
      ["notify-unsubscribe", "--all"],
    ])
      await refused(words, 1, over);
  }, 60_000);

  test("what a person has to approve, no worker approves", async () => {
    await refused(["approve", other], 1, "Cannot approve work: it takes a person");
    await refused(["edit", "--no-review"], 1, "Cannot do without a person's approval: it takes a person");
    await refused(["edit", other, "--no-review", "--title", "x"], 1, "Cannot do without a person's approval");
  });

  test("a comment names the own run or none", async () => {
    await refused(["comment", "x", "--run", String(run + 1)], 1, `a worker acts under its own run, which is ${run}`);
  });

  test("a new task carries tenant, author and depth, and no hint disturbs", async () => {
    const { stdout, stderr } = await worker("create", "follow-up", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ tenant: "shop", created_by: "coder", depth: 1 });
    expect(stderr).toBe("");
    await refused(["create", "x", "--created-by", "ann"], 1, 'a worker signs with its own name, "coder"');
  });

  test("a comment with another name keeps the profile", async () => {
    const { stdout } = await worker("comment", other, "look", "--author", "reviewer", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ task_id: other, author: "reviewer", via: "coder" });
  });

  test("--mine is the profile", async () => {
    const { stdout } = await worker("list", "--mine", "--status", "running", "--json");
    expect(JSON.parse(stdout).map((task: Task) => task.id)).toContain(own);
  });

  test("a claim holds as long as a dispatcher's", async () => {
    const { stdout } = await worker("claim", other, "--json");
    const { current_run_id } = JSON.parse(stdout) as Task;
    expect(cli.board((board) => getRun(board, current_run_id!))).toMatchObject({ ttl_seconds: 900 });
  });
});

describe("with KANBAN_RUN alone", () => {
  test("complete, block, heartbeat and comment are fenced by it", async () => {
    env = { KANBAN_RUN: String(run) };
    expect((await worker("heartbeat", own)).exit).toBe(0);
    cli.board((board) => reclaimTask(board, own, { reason: "stopped by ann" }));
    const late = `it must be running under run ${run}, it is ready`;
    await refused(["complete", own], 1, late);
    await refused(["block", own, "late"], 1, late);
    await refused(["heartbeat", own], 1, late);
    await refused(["comment", own, "late"], 1, `run ${run} must be open`);
  });

  test("one that is no run id stops them: nobody sets it to write without a fence", async () => {
    env = { KANBAN_RUN: "latest", KANBAN_TASK: own };
    const wrong = 'Cannot use KANBAN_RUN: it must be the id of a run, got "latest"';
    await refused(["complete", own], 2, wrong);
    await refused(["comment", own, "x"], 2, wrong);
    await refused(["edit", own, "--title", "x"], 2, wrong);
  });

  test.each([{ KANBAN_RUN: undefined }, { KANBAN_RUN: "" }, { KANBAN_RUN: "0" }])(
    "one that is missing (%p) makes nobody a person: what writes is refused, what reads goes on",
    async (run) => {
      env = { KANBAN_TASK: own, ...run };
      const workspaces = readdirSync(join(cli.dir, "workspaces"));
      for (const words of [
        ["complete", other],
        ["complete", own, "--summary", "x"],
        ["block", other, "why"],
        ["heartbeat", own],
        ["comment", own, "x"],
        ["create", "x"],
        ["claim", other],
        ["next", "--claim"],
        ["move", own, "ready"],
        ["approve", own],
        ["pause"],
      ])
        await refused(words, 2, "Cannot use KANBAN_RUN: it must be the id of a run, ");
      expect(readdirSync(join(cli.dir, "workspaces"))).toEqual(workspaces);
      expect((await cli.runWith({ env }, "show", own)).exit).toBe(0);
      expect((await cli.runWith({ env }, "comment", own, "fenced by hand", "--run", "99")).exit).toBe(1);
    },
  );
});

// The dispatcher died between starting a worker and recording it: the run has a boot id and no pid.
test.skipIf(process.platform !== "linux")("the first call of an unrecorded worker records its process", async () => {
  const boot_id = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  const id = await cli.create("adopt me", "--assignee", "orphan");
  const profiles = new Map([["orphan", { max_running: null, max_runtime_seconds: null }]]);
  const claimed = cli.board((board) => claimForWorker(board, { claimer: "d", boot_id, profiles, maxWorkers: 99 }))!;
  const script = `${cliArgv()
    .map((word) => `'${word}'`)
    .join(" ")} heartbeat; read _`;
  const child = Bun.spawn(["sh", "-c", script], {
    env: {
      ...cli.env,
      KANBAN_TASK: id,
      KANBAN_RUN: String(claimed.run.id),
      KANBAN_PROFILE: "orphan",
      KANBAN_DB: join(cli.dir, "kanban.db"),
    },
    stdin: "pipe",
    stdout: "pipe",
    detached: true,
  });
  const { value } = await child.stdout.getReader().read();
  expect(Buffer.from(value!).toString()).toStartWith(`heartbeat of ${id}`);

  const recorded = cli.board((board) => getRun(board, claimed.run.id))!;

  child.stdin.end();
  await child.exited;
  expect(recorded).toMatchObject({ pid: child.pid, boot_id });
  expect(recorded.pid_started).toMatch(/^\d+$/);
  expect(cli.board((board) => getTask(board, id)).worker_pid).toBe(child.pid);
});
