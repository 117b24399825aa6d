import { describe, expect, test } from "bun:test";
import { homeOf, prepareHome } from "../home.ts";
import { demoArgv } from "../program.ts";
import {
  claimTask,
  closeBoard,
  createTask,
  getTask,
  listComments,
  listRuns,
  openBoard,
  reclaimTask,
  showTask,
  unblockTask,
} from "../kernel/mod.ts";
import { tempDir, testBoard } from "../testing/mod.ts";
import { runDemoWorker } from "./demo.ts";
import { parseDirectives } from "./directives.ts";

/** A claimed task with this body, and a way to let the scripted worker at it without waiting. */
function setup(body: string) {
  const { board, kinds, dump } = testBoard();
  const task = createTask(board, { title: "Demo", assignee: "demo", body, tenant: "ops" }).task;
  const printed: string[] = [];
  const slept: number[] = [];
  const claim = () => {
    const { run } = claimTask(board, task.id, { claimer: "demo" });
    return { task: task.id, run: run.id, profile: "demo", tenant: "ops", workspace: null };
  };
  const work = (worker: ReturnType<typeof claim>, during: () => void = () => {}) =>
    runDemoWorker(board, worker, {
      print: (line) => printed.push(line),
      sleep: async (ms) => {
        slept.push(ms);
        during();
      },
      kill: () => {
        throw new Error("killed");
      },
    });
  return { board, kinds, dump, task, printed, slept, claim, work };
}

describe("parseDirectives()", () => {
  test("reads every directive and its attempt", () => {
    const body = [
      "sleep 2s",
      "sleep 300ms",
      "sleep 0.5s",
      "heartbeat",
      "heartbeat half way",
      "comment hello there",
      "create Follow up",
      'metadata {"files": 3}',
      "attempt 2: block Which one?",
      "fail out of memory",
      "exit 75",
      "kill",
      "complete all done",
    ].join("\r\n");
    expect(parseDirectives(body)).toEqual([
      { verb: "sleep", ms: 2_000, line: 1, attempt: null },
      { verb: "sleep", ms: 300, line: 2, attempt: null },
      { verb: "sleep", ms: 500, line: 3, attempt: null },
      { verb: "heartbeat", text: null, line: 4, attempt: null },
      { verb: "heartbeat", text: "half way", line: 5, attempt: null },
      { verb: "comment", text: "hello there", line: 6, attempt: null },
      { verb: "create", text: "Follow up", line: 7, attempt: null },
      { verb: "metadata", value: { files: 3 }, line: 8, attempt: null },
      { verb: "block", text: "Which one?", line: 9, attempt: 2 },
      { verb: "fail", text: "out of memory", line: 10, attempt: null },
      { verb: "exit", code: 75, line: 11, attempt: null },
      { verb: "kill", line: 12, attempt: null },
      { verb: "complete", text: "all done", line: 13, attempt: null },
    ]);
  });

  test.each([
    "sleep well",
    "sleep 2 days",
    "exit strategy",
    "exit 256",
    "exit -1",
    "kill the process",
    "comment",
    "block ",
    "metadata [1]",
    "metadata {",
    "Complete it",
    "attempt: kill",
    "attempt x: kill",
    "",
  ])("takes %p for prose", (line) => {
    expect(parseDirectives(line)).toEqual([]);
  });
});

describe("runDemoWorker()", () => {
  test("works through the body and completes with the handoff of the directives", async () => {
    const { board, task, claim, work, slept, kinds } = setup(
      'Some words.\nheartbeat half way\nsleep 2s\ncomment hello\nmetadata {"files": 3}\ncomplete designed\ncomment never',
    );

    expect(await work(claim())).toBe(0);

    expect(getTask(board, task.id).status).toBe("done");
    expect(listRuns(board, task.id)).toMatchObject([
      { outcome: "completed", summary: "designed", metadata: { files: 3 } },
    ]);
    expect(listComments(board, task.id)).toMatchObject([{ author: "demo", body: "hello" }]);
    expect(slept).toEqual([2_000]);
    expect(kinds(task.id)).toEqual(["created", "claimed", "heartbeat", "commented", "completed"]);
  });

  test("completes at the end of a body without directives", async () => {
    const { board, task, claim, work } = setup("Nothing to obey here.");

    expect(await work(claim())).toBe(0);

    expect(listRuns(board, task.id)).toMatchObject([
      { outcome: "completed", summary: "no directive in the body, so nothing was done (attempt 1)" },
    ]);
  });

  test("blocks with a question, and on its next attempt reads the answer and continues", async () => {
    const { board, task, claim, work, printed } = setup(
      "attempt 1: block Which provider?\nattempt 2: complete used the answer",
    );

    expect(await work(claim())).toBe(0);
    expect(getTask(board, task.id).status).toBe("blocked");
    unblockTask(board, task.id, { comment: "The cheap one", author: "ann" });
    expect(await work(claim())).toBe(0);

    expect(listRuns(board, task.id).map((run) => run.outcome)).toEqual(["blocked", "completed"]);
    expect(printed).toContain("earlier run 1 blocked: Which provider?");
    expect(printed).toContain("comment by ann: The cheap one");
  });

  test("says what its parents handed over", async () => {
    const { board, task, claim, work, printed } = setup("complete designed: two tables");
    const child = createTask(board, { title: "Implement", assignee: "demo", parents: [task.id] }).task;
    await work(claim());

    const { run } = claimTask(board, child.id, { claimer: "demo" });
    await runDemoWorker(
      board,
      { task: child.id, run: run.id, profile: "demo", tenant: null, workspace: null },
      { print: (line) => printed.push(line) },
    );

    expect(printed).toContain(`handed over by ${task.id} (Demo): designed: two tables`);
  });

  test("leaves its exit code and no end of the run", async () => {
    const { board, task, claim, work } = setup("exit 75");

    expect(await work(claim())).toBe(75);

    expect(getTask(board, task.id).status).toBe("running");
  });

  test("prints why it failed", async () => {
    const { claim, work, printed } = setup("fail connection refused");

    expect(await work(claim())).toBe(1);

    expect(printed.at(-1)).toBe("connection refused");
  });

  test("creates a child once, however often the body is obeyed", async () => {
    const { board, task, claim, work } = setup("create Write tests\nattempt 1: exit 1");
    expect(await work(claim())).toBe(1);
    reclaimTask(board, task.id, { reason: "again" });

    expect(await work(claim())).toBe(0);

    const { children } = showTask(board, task.id);
    expect(children.map(({ id }) => getTask(board, id))).toMatchObject([
      { title: "Write tests", status: "ready", assignee: "demo", tenant: "ops", depth: 1, created_by: "demo" },
    ]);
  });

  test.each(["heartbeat", "comment late", "create Late", "block Late?", "complete late"])(
    "stops with %p refused and nothing changed once its claim went to another",
    async (line) => {
      const { board, task, claim, work, dump, printed } = setup(`sleep 1s\n${line}`);
      let before = "";

      const code = await work(claim(), () => {
        reclaimTask(board, task.id, { reason: "stopped" });
        claimTask(board, task.id, { claimer: "other" });
        before = dump();
      });

      expect(code).toBe(1);
      expect(printed.at(-1)).toMatch(/^stopping: Cannot .*run 1/);
      expect(dump()).toBe(before);
    },
  );
});

describe("the process of a demo worker", () => {
  test("works on a board file, dies of its own SIGKILL, and recovers on its second run", async () => {
    const dir = tempDir();
    const home = homeOf({ KANBAN_HOME: dir.path });
    prepareHome(home);
    const board = openBoard(home.db);
    const task = createTask(board, {
      title: "Die once",
      assignee: "demo",
      body: "attempt 1: kill\ncomplete recovered",
    }).task;
    const start = async () => {
      const { run } = claimTask(board, task.id, { claimer: "demo" });
      const env = { KANBAN_HOME: dir.path, KANBAN_TASK: task.id, KANBAN_RUN: String(run.id), KANBAN_PROFILE: "demo" };
      const child = Bun.spawn([...demoArgv()], { env, cwd: dir.path, stdout: "pipe", stderr: "pipe" });
      const [code, text] = await Promise.all([child.exited, new Response(child.stdout).text()]);
      return { code, signal: child.signalCode, text };
    };

    const first = await start();
    reclaimTask(board, task.id, { reason: "killed" });
    const second = await start();

    expect(first).toMatchObject({ signal: "SIGKILL", text: expect.stringContaining("line 1: kill") });
    expect(second).toMatchObject({ code: 0, signal: null, text: expect.stringContaining("completed: recovered") });
    expect(getTask(board, task.id).status).toBe("done");
    closeBoard(board);
    dir.remove();
  });

  test("refuses to start outside a worker's environment", async () => {
    const child = Bun.spawn([...demoArgv()], { env: {}, stdout: "pipe", stderr: "pipe" });
    expect(await child.exited).toBe(2);
    expect(await new Response(child.stderr).text()).toContain("KANBAN_TASK and KANBAN_RUN must be set");
  });
});
