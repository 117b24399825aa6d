import { describe, expect, test } from "bun:test";
import { history, inStatus } from "../../testing/kernel.ts";
import { testBoard } from "../../testing/mod.ts";
import {
  getTask,
  latestEventId,
  listComments,
  listRuns,
  type PatchInput,
  patchTask,
  PERSON_TTL_SECONDS,
  type Status,
  STATUSES,
} from "../mod.ts";

describe("patchTask()", () => {
  test("changes fields, assignee and status in one transaction, each with its event", () => {
    const t = testBoard();
    const { id } = t.ready();
    const after = latestEventId(t.board);

    const task = patchTask(t.board, id, {
      title: "New",
      priority: 3,
      assignee: "bob",
      status: "todo",
      workflow_template_id: "w",
    });

    expect(task).toMatchObject({
      title: "New",
      priority: 3,
      assignee: "bob",
      status: "todo",
      held: true,
      workflow_template_id: "w",
    });
    expect(history(t.board, id, after).map(([kind]) => kind)).toEqual([
      "reprioritized",
      "edited",
      "assigned",
      "status",
    ]);
  });

  test("without anything in it changes nothing", () => {
    const t = testBoard();
    const task = t.ready();
    const before = t.dump();

    expect(patchTask(t.board, task.id, {})).toEqual(task);
    expect(t.dump()).toBe(before);
  });

  test.each<[from: Status, patch: PatchInput, event: string]>([
    ["ready", { status: "done", summary: "did it", metadata: { n: 1 }, result: "r" }, "completed"],
    ["running", { status: "done" }, "completed"],
    ["review", { status: "done" }, "approved"],
    ["review", { status: "done", summary: "by me" }, "completed"],
    ["ready", { status: "blocked", block_reason: "A or B?" }, "blocked"],
    ["running", { status: "blocked", block_reason: null }, "blocked"],
    ["running", { status: "blocked" }, "blocked"],
    ["blocked", { status: "ready" }, "unblocked"],
    ["todo", { status: "ready" }, "status"],
    ["done", { status: "ready" }, "reopened"],
    ["running", { status: "triage" }, "status"],
    ["done", { status: "todo" }, "reopened"],
    ["ready", { status: "running" }, "claimed"],
    ["running", { status: "archived" }, "archived"],
  ])("from %s, %j", (from, patch, event) => {
    const t = testBoard();
    const { id } = inStatus(t, from);

    expect(patchTask(t.board, id, patch).status).toBe(patch.status!);

    expect(t.kinds(id).at(-1)).toBe(event as never);
  });

  test("done keeps the handoff, blocked the reason", () => {
    const t = testBoard();
    const [done, blocked] = [t.ready(), t.ready()];

    patchTask(t.board, done.id, { status: "done", summary: "did it", metadata: { n: 1 }, result: "r" });
    patchTask(t.board, blocked.id, { status: "blocked", block_reason: "A or B?" });

    expect(getTask(t.board, done.id).result).toBe("r");
    expect(listRuns(t.board, done.id)).toMatchObject([{ summary: "did it", metadata: { n: 1 } }]);
    expect(listComments(t.board, blocked.id)).toMatchObject([{ body: "BLOCKED: A or B?" }]);
  });

  test("ready over unfinished parents unblocks to todo: the answer to a question forces nothing", () => {
    const t = testBoard();
    const { id } = inStatus(t, "blocked", { parents: [] });
    t.board.db.run(
      "INSERT INTO task_links SELECT (SELECT key FROM tasks WHERE id = ?), (SELECT key FROM tasks WHERE id = ?)",
      [t.ready().id, id],
    );

    expect(patchTask(t.board, id, { status: "ready" }).status).toBe("todo");
  });

  test("running is a claim by the person, for a day", () => {
    const t = testBoard();
    const { id } = t.ready();

    const task = patchTask(t.board, id, { status: "running" }, { claimer: "ann@web" });

    expect(task).toMatchObject({ claimer: "ann@web", claim_expires_at: t.clock.ms + PERSON_TTL_SECONDS * 1_000 });
  });

  test("a running task that leaves running may change hands in the same patch", () => {
    const t = testBoard();
    const { id } = inStatus(t, "running");

    expect(patchTask(t.board, id, { status: "ready", assignee: "bob" })).toMatchObject({
      status: "ready",
      assignee: "bob",
    });
  });

  test("a task that is claimed in the patch is claimed for its new assignee", () => {
    const t = testBoard();
    const { id } = t.ready();

    patchTask(t.board, id, { status: "running", assignee: "bob" });

    expect(listRuns(t.board, id)).toMatchObject([{ profile: "bob" }]);
  });

  test.each([null, "", " "])("assignee %j means unassigned", (assignee) => {
    const t = testBoard();

    expect(patchTask(t.board, t.ready().id, { assignee }).assignee).toBeNull();
  });

  describe("is all or nothing", () => {
    test.each<[string, Status, PatchInput, RegExp]>([
      ["a running task keeps its assignee", "running", { priority: 9, assignee: "bob" }, /^Cannot assign task/],
      [
        "a status out of reach",
        "todo",
        { priority: 9, assignee: "bob", status: "done" },
        /^Cannot complete task .*it is todo$/,
      ],
      ["a claim of what runs", "running", { status: "running", priority: 9 }, /^Cannot claim task .*it must be ready/],
      ["an archived task", "archived", { title: "x" }, /^Cannot edit task .*it must be unarchived, it is archived$/],
      ["an archived task's assignee", "archived", { assignee: "bob" }, /^Cannot assign task/],
    ])("%s", (_what, status, patch, message) => {
      const t = testBoard();
      const { id } = inStatus(t, status);

      t.refused(() => patchTask(t.board, id, patch), "conflict", message);
    });
  });

  describe("checks the fields first, then the state", () => {
    test.each<[string, PatchInput, RegExp]>([
      ["review is nobody's to set", { status: "review" }, /^Cannot use status: .*got "review"$/],
      [
        "an unknown status",
        { status: "waiting" as Status },
        /^Cannot use status: it must be one of triage, .*got "waiting"$/,
      ],
      ["a summary without done", { summary: "x" }, /^Cannot use summary: it must be given together with status "done"/],
      ["a result with another status", { status: "ready", result: "x" }, /^Cannot use result: /],
      ["metadata without done", { metadata: {} }, /^Cannot use metadata: /],
      [
        "a reason without blocked",
        { block_reason: "x" },
        /^Cannot use block_reason: it must be given together with status "blocked"/,
      ],
      ["an empty reason", { status: "blocked", block_reason: "" }, /^Cannot use block_reason: /],
      ["a blank reason", { status: "blocked", block_reason: "  " }, /^Cannot use block_reason: /],
      ["a blank title", { status: "running", title: " " }, /^Cannot use title: /],
      ["a blank summary", { status: "done", summary: " " }, /^Cannot use summary: /],
      ["metadata that is a list", { status: "done", metadata: [] as never }, /^Cannot use metadata: /],
      ["a long assignee", { status: "running", assignee: "x".repeat(201) }, /^Cannot use assignee: /],
      ["a priority that is no number", { priority: "x" as never }, /^Cannot use priority: /],
    ])("%s", (_what, patch, message) => {
      for (const status of STATUSES) {
        const t = testBoard();
        const { id } = inStatus(t, status);

        t.refused(() => patchTask(t.board, id, patch), "invalid", message);
      }
    });
  });

  test("refuses an unknown task", () => {
    const { board, refused } = testBoard();

    refused(() => patchTask(board, "t_00000000", { priority: 1 }), "not_found");
  });
});
