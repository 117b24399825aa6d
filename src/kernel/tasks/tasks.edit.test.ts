import { describe, expect, test } from "bun:test";
import { history, inStatus } from "../../testing/kernel.ts";
import { testBoard } from "../../testing/mod.ts";
import { asActor, assignTask, editTask, getTask, latestEventId, moveTask, setWorkspacePath } from "../mod.ts";

describe("editTask()", () => {
  test("changes the given fields only, and names them in one event", () => {
    const { board, ready } = testBoard();
    const task = ready({ body: "old", skills: ["git"] });
    const after = latestEventId(board);

    const edited = editTask(board, task.id, { title: " New ", body: null, skills: ["sql"], review: true });

    const changes = { title: "New", body: null, skills: ["sql"], review: true, last_event_id: after + 1 };
    expect(edited).toEqual({ ...task, ...changes });
    expect(history(board, task.id, after)).toEqual([
      ["edited", null, { fields: ["title", "body", "review", "skills"] }],
    ]);
  });

  test("leaves every other field as it was", () => {
    const { board, ready } = testBoard();
    const plain = ready();
    const full = ready({
      body: "b",
      tenant: "ops",
      priority: 2,
      review: true,
      skills: ["git"],
      max_runtime_seconds: 60,
    });

    for (const task of [plain, full]) {
      const last_event_id = latestEventId(board) + 1;
      const edited = editTask(board, task.id, { current_step_key: "spec" });
      expect(edited).toEqual({ ...task, current_step_key: "spec", last_event_id });
    }
  });

  test("records a new priority and a new start by events of their own", () => {
    const { board, clock, ready } = testBoard();
    const { id } = ready();
    const after = latestEventId(board);

    editTask(board, id, { priority: 4, not_before: clock.ms - 1, tenant: "ops" });

    expect(history(board, id, after)).toEqual([
      ["reprioritized", null, { priority: 4 }],
      ["scheduled", null, { not_before: clock.ms - 1 }],
      ["edited", null, { fields: ["tenant"] }],
    ]);
  });

  test("stores the workflow fields without interpreting them", () => {
    const { board, ready } = testBoard();

    const edited = editTask(board, ready().id, { workflow_template_id: "release", current_step_key: "review me" });

    expect(edited).toMatchObject({ workflow_template_id: "release", current_step_key: "review me" });
  });

  test("changes nothing and emits nothing when every value is as it was", () => {
    const { board, ready, dump } = testBoard();
    const task = ready({ skills: ["git"], priority: 2 });
    const before = dump();

    editTask(board, task.id, { title: task.title, skills: ["git"], priority: 2, body: null });
    editTask(board, task.id, {});

    expect(dump()).toBe(before);
  });

  test.each<[string, object]>([
    ["a blank title", { title: "  " }],
    ["a NUL", { body: "\0" }],
    ["an unknown workspace", { workspace_kind: "cloud", workspace_path: null }],
    ["a bad skill", { skills: ["A"] }],
    ["a priority that is no number", { priority: Number.NaN }],
  ])("refuses %s", (_what, fields) => {
    const { board, ready, refused } = testBoard();
    const { id } = ready();

    refused(() => editTask(board, id, fields), "invalid");
  });

  test("judges a workspace's kind and path together with what is stored", () => {
    const { board, ready, refused } = testBoard();
    const { id } = ready({ workspace_kind: "dir", workspace_path: "/home/me/src" });

    expect(editTask(board, id, { workspace_kind: "dir" }).workspace_path).toBe("/home/me/src");
    expect(editTask(board, id, { workspace_path: "/home/me/other" }).workspace_path).toBe("/home/me/other");
    expect(editTask(board, id, { workspace_kind: "scratch" })).toMatchObject({
      workspace_kind: "scratch",
      workspace_path: null,
    });
    refused(() => editTask(board, id, { workspace_kind: "dir" }), "invalid", "dir without a path");
    refused(() => editTask(board, id, { workspace_path: "/tmp" }), "invalid", "a path for scratch");
  });

  describe("of the start", () => {
    test("a start in the future makes a ready task wait, lifting it promotes it", () => {
      const { board, clock, ready } = testBoard();
      const { id } = ready();
      const after = latestEventId(board);

      expect(editTask(board, id, { not_before: clock.ms + 1 }).status).toBe("todo");
      expect(editTask(board, id, { not_before: null }).status).toBe("ready");

      expect(history(board, id, after)).toEqual([
        ["scheduled", null, { not_before: clock.ms + 1 }],
        ["status", null, { from: "ready", status: "todo" }],
        ["scheduled", null, { not_before: null }],
        ["promoted", null, {}],
      ]);
    });

    test("a lifted start promotes neither a held task nor one with an unfinished parent", () => {
      const t = testBoard();
      const held = t.ready();
      moveTask(t.board, held.id, "todo");
      const child = inStatus(t, "todo");
      for (const { id } of [held, child]) editTask(t.board, id, { not_before: t.clock.ms + 1 });

      for (const { id } of [held, child]) expect(editTask(t.board, id, { not_before: null }).status).toBe("todo");
    });

    test("a start that has passed does not take back what a person made ready over unfinished parents", () => {
      const t = testBoard();
      const { id } = inStatus(t, "todo");
      moveTask(t.board, id, "ready");

      expect(editTask(t.board, id, { not_before: t.clock.ms - 1 }).status).toBe("ready");
    });

    test("a running task continues", () => {
      const t = testBoard();
      const { id } = inStatus(t, "running");

      expect(editTask(t.board, id, { not_before: t.clock.ms + 1 }).status).toBe("running");
    });
  });
});

describe("assignTask()", () => {
  test("assigns the task to another, and unassigns it", () => {
    const { board, ready } = testBoard();
    const { id } = ready();
    const after = latestEventId(board);

    expect(assignTask(board, id, "bob").assignee).toBe("bob");
    expect(assignTask(board, id, " ").assignee).toBeNull();

    expect(history(board, id, after)).toEqual([
      ["assigned", null, { assignee: "bob" }],
      ["assigned", null, { assignee: null }],
    ]);
  });

  test("to the same assignee changes nothing", () => {
    const { board, ready, dump } = testBoard();
    const { id } = ready();
    const before = dump();

    assignTask(board, id, "coder");

    expect(dump()).toBe(before);
  });

  test("refuses a name that is too long or holds a NUL", () => {
    const { board, ready, refused } = testBoard();
    const { id } = ready();

    refused(() => assignTask(board, id, "x".repeat(201)), "invalid", "assignee");
    refused(() => assignTask(board, id, "a\0"), "invalid", "assignee");
  });
});

test("setWorkspacePath() keeps the resolved path without an event", () => {
  const { board, ready, kinds } = testBoard();
  const { id } = ready();

  setWorkspacePath(board, id, "/home/me/.kanban/workspaces/x");

  expect(getTask(board, id).workspace_path).toBe("/home/me/.kanban/workspaces/x");
  expect(kinds()).toEqual(["created"]);
});

test("events are signed by who acts", () => {
  const { board, ready } = testBoard();
  const { id } = ready();
  assignTask(asActor(board, "dashboard"), id, "bob");

  expect(board.db.query("SELECT actor FROM task_events ORDER BY id").all()).toEqual([
    { actor: "ann" },
    { actor: "dashboard" },
  ]);
});
