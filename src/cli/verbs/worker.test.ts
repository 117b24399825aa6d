import { afterAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { cliArgv } from "../../program.ts";
import {
  blockTask,
  claimForWorker,
  claimTask,
  completeTask,
  getRun,
  getTask,
  listComments,
  reclaimTask,
  type Task,
} from "../../kernel/mod.ts";
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
    expect((await worker("context")).stdout).toMatch(new RegExp(`^# Task ${own}\\n[^]*\\ntitle: own\\n`));
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

  test("after its run is over it is told to stop, and what became of the run", async () => {
    cli.board((board) => reclaimTask(board, own, { reason: "stopped by ann" }));
    const over = `your run ${run} must be open, run ${run} ended as reclaimed (stopped by ann), the task is ready`;
    await refused(["complete", "--summary", "late"], 1, `Cannot complete a task: ${over}`);
    await refused(["comment", other, "late"], 1, "Stop now");
  });

  test("links its own task and what it created, and nothing else [D1]", async () => {
    const created = JSON.parse((await worker("create", "follow-up", "--json")).stdout).id as string;
    expect((await worker("link", own, created)).exit).toBe(0);
    expect((await worker("link", other, created)).exit).toBe(0);
    await refused(["link", other, await cli.create("third")], 1, "Cannot link tasks: one end must be your own task");
  });

  test("does more where its profile said so when the dispatcher claimed [D1]", async () => {
    const [blocked, waiting] = [await cli.create("which one?"), await cli.create("done, I think", "--review")];
    cli.board((board) => {
      blockTask(board, blocked, { reason: "which one?" });
      const claimed = claimTask(board, waiting, { claimer: "w" });
      completeTask(board, waiting, { runId: claimed.run.id });
    });
    const id = await cli.create("answer them", "--assignee", "lead");
    const may = ["unblock", "approve", "edit"] as const;
    const profiles = new Map([["lead", { max_running: null, max_runtime_seconds: null, may }]]);
    const { run: lead } = cli.board((board) =>
      claimForWorker(board, { claimer: "d", boot_id: "boot", profiles, maxWorkers: 99 })!,
    );
    env = { KANBAN_TASK: id, KANBAN_RUN: String(lead.id), KANBAN_PROFILE: "lead" };

    expect((await worker("unblock", blocked, "--comment", "the blue one")).exit).toBe(0);
    expect((await worker("approve", waiting)).stdout).toContain(`approved ${waiting} (done)`);
    await refused(
      ["approve", id],
      1,
      `Cannot approve work: it must be the work of another task than your own, "${id}"`,
    );
    await refused(["edit", id, "--no-review"], 1, "it must be the work of another task than your own");
    await refused(["move", other, "todo"], 1, "it allowed may: [unblock, approve, edit]");
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

  test("signs a comment as itself alone [D1]", async () => {
    await refused(
      ["comment", other, "look", "--author", "ceo"],
      1,
      'a worker signs with its own name, "coder", got "ceo"',
    );
  });

  test("--mine is the profile", async () => {
    const { stdout } = await worker("list", "--mine", "--status", "running", "--json");
    expect(JSON.parse(stdout).map((task: Task) => task.id)).toContain(own);
  });
});

describe("with KANBAN_RUN alone", () => {
  test("complete, block, heartbeat and comment are fenced by it", async () => {
    env = { KANBAN_RUN: String(run) };
    expect((await worker("heartbeat", own)).exit).toBe(0);
    cli.board((board) => reclaimTask(board, own, { reason: "stopped by ann" }));
    const late = `your run ${run} must be open, run ${run} ended as reclaimed`;
    await refused(["complete", own], 1, late);
    await refused(["block", own, "late"], 1, late);
    await refused(["heartbeat", own], 1, late);
    await refused(["comment", own, "late"], 1, late);
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
      await refused(["comment", own, "fenced by hand", "--run", "7"], 2, "Cannot use KANBAN_RUN");
    },
  );
});

/**
 * What a worker's first call records of a run whose dispatcher died between starting and recording it: the
 * run has a boot id and no pid.
 */
async function firstCall(place: { boot_id: string; pid_namespace: string }) {
  const id = await cli.create("adopt me", "--assignee", "orphan");
  const profiles = new Map([["orphan", { max_running: null, max_runtime_seconds: null }]]);
  const claimed = cli.board((board) => claimForWorker(board, { claimer: "d", ...place, profiles, maxWorkers: 99 }))!;
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
  return { id, pid: child.pid, recorded };
}

describe.skipIf(process.platform !== "linux")("the first call of an unrecorded worker", () => {
  const boot_id = () => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();

  test("records its process [T: killed between starting]", async () => {
    const place = { boot_id: boot_id(), pid_namespace: readlinkSync("/proc/self/ns/pid") };

    const { id, pid, recorded } = await firstCall(place);

    expect(recorded).toMatchObject({ pid, ...place });
    expect(recorded.pid_started).toMatch(/^\d+$/);
    expect(cli.board((board) => getTask(board, id)).worker_pid).toBe(pid);
  });

  test("records nothing from a PID namespace of its agent's own, where its numbers mean nothing [B1]", async () => {
    const { recorded } = await firstCall({ boot_id: boot_id(), pid_namespace: "pid:[4711]" });

    expect(recorded).toMatchObject({ pid: null, pid_started: null, pid_namespace: "pid:[4711]" });
  });
});
