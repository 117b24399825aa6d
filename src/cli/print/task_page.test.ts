import { describe, expect, test } from "bun:test";
import {
  addComment,
  archiveTask,
  blockTask,
  type Board,
  claimTask,
  completeTask,
  createTask,
  endUnavailable,
  getTask,
  heartbeat,
  holdOf,
  moveTask,
  neverReleased,
  type QueueView,
  reclaimTask,
  recordReport,
  showTask,
  waitingFor,
} from "../../kernel/mod.ts";
import { testBoard } from "../../testing/mod.ts";
import { paint } from "./format.ts";
import { nextStep, taskPage } from "./task_page.ts";

const QUEUE: QueueView = {
  names: new Set(["coder"]),
  limits: () => ({ max_running: null, max_runtime_seconds: null }),
  maxWorkers: 4,
  dispatcher: "running",
  trouble: null,
  only: null,
  people: new Set(["ann"]),
};
const waitOf = (board: Board, id: string) => waitingFor(board, [getTask(board, id)], () => QUEUE).get(id) ?? null;
const pageOf = (board: Board, id: string, { terminal = false, width = 100 } = {}) =>
  taskPage(
    showTask(board, id, { events: 3 }),
    {
      neverReleased: neverReleased(board, id),
      workspace: [],
      waits: waitOf(board, id),
      hold: holdOf(board, "coder"),
    },
    { style: paint({ color: false }), terminal, width: terminal ? width : Infinity, now: board.now() },
  );

describe("taskPage()", () => {
  test("says that a ready task waits for its worktree, and for whom [J9]", () => {
    const { board, ready } = testBoard();
    const tree = { workspace_kind: "worktree", workspace_path: "/repo/.worktrees/x" } as const;
    const [first, second] = [ready(tree), ready(tree)];
    claimTask(board, first.id, { claimer: "ann" });

    expect(pageOf(board, second.id)).toContain(`  waits for  its worktree, which task ${first.id} uses\n`);
    expect(pageOf(board, first.id)).not.toContain("  waits for ");
  });

  test("says what its profile needs and nothing is started for, and what ends that", () => {
    const { board, clock, ready } = testBoard();
    const { id } = ready();
    const { run } = claimTask(board, id, { claimer: "coder" });
    const fault = {
      on: { kind: "account", key: "team" },
      reason: "HTTP 503",
      profile: "coder",
      profiles: ["coder"],
    } as const;
    endUnavailable(board, { taskId: id, runId: run.id }, { ...fault, permanent: false, proof: "call" });

    expect(pageOf(board, id)).toMatch(
      / {2}waits for +account "team", which cannot be used: HTTP 503\n +tried again 2026-01-01T00:00:01Z\n/,
    );
    clock.ms += 1_000;
    expect(pageOf(board, id)).not.toContain("waits for");
  });

  test("is stable in a pipe: absolute times, nothing cut", () => {
    const { board, clock } = testBoard();
    const { task: parent } = createTask(board, { title: "Design the schema" });
    const { task } = createTask(board, {
      title: "Build it",
      body: "All of it.",
      assignee: "coder",
      parents: [parent.id],
      priority: 3,
      tenant: "shop",
      skills: ["sql"],
      max_runtime_seconds: 1_800,
    });
    clock.ms += 60_000;
    completeTask(board, parent.id, { summary: "two tables" });
    const { run } = claimTask(board, task.id, { claimer: "coder@host:1" });
    clock.ms += 125_000;
    completeTask(board, task.id, { runId: run.id, summary: "built\nand tested", metadata: { files: 3 } });

    expect(pageOf(board, task.id)).toBe(`Build it
${task.id}  ✓ done  P1 high

  assignee   coder
  project    shop
  created    2026-01-01T00:00:00Z by ann
  event      6
  started    2026-01-01T00:01:00Z
  done       2026-01-01T00:03:05Z
  workspace  scratch
  skills     sql
  limit      30m

  All of it.

Depends on
  ${parent.id}  ✓ done  Design the schema

Runs (1)
  #  OUTCOME    PROFILE  ELAPSED  STARTED
  2  completed  coder     2m 05s  2026-01-01T00:01:00Z
     → built
       and tested
     · {"files":3}

Events (newest 3 of 4; all with --all)
  2026-01-01T00:01:00Z         promoted   nothing left to wait for (ann)
  2026-01-01T00:01:00Z  run 2  claimed    by coder@host:1, lease ends 2026-01-01T00:16:00Z (ann)
  2026-01-01T00:03:05Z  run 2  completed  built (ann)`);
  });

  test("shows who works on it, and since when nothing was heard", () => {
    const { board, clock, ready } = testBoard();
    const task = ready();
    const { run } = claimTask(board, task.id, { claimer: "coder@host:1" });
    clock.ms += 600_000;
    heartbeat(board, task.id, { runId: run.id, note: "half" });
    clock.ms += 60_000;

    expect(pageOf(board, task.id, { terminal: true })).toContain(
      "worker     coder@host:1 under run 1, heartbeat 1m ago, claim ends in 14m, running for 11m",
    );
  });

  test("puts the question of a blocked task where it is seen", () => {
    const { board, ready } = testBoard();
    const task = ready();
    blockTask(board, task.id, { reason: "Which currency?" });

    expect(pageOf(board, task.id)).toContain("\n  waits for  an answer: Which currency?\n");
  });

  test("shows the errors of earlier runs", () => {
    const { board, ready } = testBoard();
    const task = ready();
    claimTask(board, task.id, { claimer: "w" });
    reclaimTask(board, task.id, { reason: "wrong branch" });

    expect(pageOf(board, task.id)).toMatch(/1 {2}reclaimed {2}coder .*\n {5}! wrong branch/);
  });

  test("shows the last words of a run that left no handoff, or else the end of its log [C2]", () => {
    const { board, ready } = testBoard();
    const task = ready();
    for (const report of [
      { last_words: "All done,\nwrote report.md", log_tail: "x" },
      { log_tail: "1\n2\n3\n4\n5\n6" },
    ]) {
      const { run } = claimTask(board, task.id, { claimer: "w" });
      reclaimTask(board, task.id, { reason: "wrong branch" });
      recordReport(board, run.id, report);
    }

    const page = pageOf(board, task.id);

    expect(page).toContain("     ! wrong branch\n     … All done,\n       wrote report.md\n");
    expect(page).toContain("     ! wrong branch\n     … 2\n       3\n       4\n       5\n       6\n");
  });

  test("says that a parent archived unfinished never releases the task", () => {
    const { board, ready } = testBoard();
    const parent = ready();
    const { task } = createTask(board, { title: "child", parents: [parent.id] });
    archiveTask(board, parent.id);

    expect(pageOf(board, task.id)).toContain("archived unfinished: it never releases this task");
  });

  test("shows comments with their lines, and who really wrote them", () => {
    const { board, ready } = testBoard();
    const task = ready();
    addComment(board, task.id, { body: "one\n\ntwo", author: "zed", via: "coder" });

    expect(pageOf(board, task.id)).toContain(
      "Comments (1)\n  zed via coder, 2026-01-01T00:00:00Z\n    one\n\n    two\n",
    );
  });

  test("keeps to the terminal, with relative times", () => {
    const { board, clock, ready } = testBoard();
    const task = ready({ title: "t", body: "word ".repeat(60) });
    completeTask(board, task.id, { summary: "summary ".repeat(30) });
    clock.ms += 3_600_000;

    const page = pageOf(board, task.id, { terminal: true, width: 60 });

    expect(page).toContain("created    1h ago by ann");
    expect(page.split("\n").filter((line) => Bun.stringWidth(line) > 60)).toEqual([]);
  });

  test("no stored text leaves its line or obeys", () => {
    const { board } = testBoard("ann\x1b[31m");
    const evil = "a\nb\x1b]0;x\x07\u009b31m\u202ec";
    const { task } = createTask(board, { title: evil, assignee: evil, tenant: evil, body: evil });
    addComment(board, task.id, { body: evil, author: evil });
    completeTask(board, task.id, { summary: evil, metadata: { evil }, result: evil });

    expect(pageOf(board, task.id)).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]/);
  });
});

describe("nextStep()", () => {
  test("names the verb that a waiting task needs, and nothing for the others", () => {
    const { board, ready } = testBoard();
    const task = ready();

    expect(nextStep(task)).toBe(null);
    expect(nextStep(moveTask(board, task.id, "triage"))).toBe(`Release it with: kanban move ${task.id} todo`);
    moveTask(board, task.id, "ready");
    expect(nextStep(moveTask(board, task.id, "todo"))).toContain(`kanban move ${task.id} ready`);
    moveTask(board, task.id, "ready");
    const blocked = blockTask(board, task.id, { reason: "?" });
    expect(nextStep(blocked, { outcome: "blocked", profile: "coder" })).toBe(
      `Answer it with: kanban unblock ${task.id} --comment TEXT`,
    );
    expect(nextStep(blocked, { outcome: "gave_up", profile: "coder" })).toBe(
      `See why with: kanban log ${task.id}, and the profile with: kanban profile show coder; once it is mended: kanban unblock ${task.id}`,
    );
  });
});
