import { describe, expect, test } from "bun:test";
import { history, inStatus } from "../../testing/kernel.ts";
import { EPOCH, testBoard } from "../../testing/mod.ts";
import { archiveTask, claimTask, completeTask, createTask, DEPTH_MAX, getTask, type Status, STATUSES } from "../mod.ts";

describe("createTask()", () => {
  test("gives every field its default", () => {
    const { board } = testBoard();

    const { task, created } = createTask(board, { title: "Translate README" });

    expect(created).toBe(true);
    expect(task.id).toMatch(/^t_[0-9a-f]{8}$/);
    expect(task).toEqual({
      id: task.id,
      title: "Translate README",
      body: null,
      assignee: null,
      status: "ready",
      priority: 0,
      tenant: null,
      created_by: "ann",
      created_at: EPOCH,
      ready_at: EPOCH,
      started_at: null,
      completed_at: null,
      workspace_kind: "scratch",
      workspace_path: null,
      result: null,
      idempotency_key: null,
      max_runtime_seconds: null,
      skills: [],
      review: false,
      held: false,
      not_before: null,
      retry_at: null,
      failures: 0,
      last_error: null,
      current_run_id: null,
      depth: 0,
      from_task: null,
      asked: 0,
      model: null,
      workflow_template_id: null,
      current_step_key: null,
      claimer: null,
      claim_expires_at: null,
      worker_pid: null,
      last_heartbeat_at: null,
      last_event_id: 1,
    });
  });

  test("stores every field as it is given and says so in one event", () => {
    const { board, clock } = testBoard();
    const parent = createTask(board, { title: "Design" }).task;
    const fields = {
      title: "Übersetze “README” 🗂",
      body: "line one\n\ttab\r\nline two",
      assignee: " Ann Müller ",
      priority: -7,
      tenant: "auth-project",
      workspace_kind: "worktree" as const,
      workspace_path: "relative/path",
      review: true,
      not_before: clock.ms + 60_000,
      idempotency_key: "build-42",
      max_runtime_seconds: 0,
      created_by: "planner",
      workflow_template_id: "release",
      current_step_key: "spec",
    };

    const { task } = createTask(board, { ...fields, parents: [parent.id, parent.id], skills: [" git ", "sql", "git"] });

    expect(task).toMatchObject({ ...fields, status: "todo", ready_at: null, skills: ["git", "sql"] });
    expect(history(board, task.id)).toEqual([
      [
        "created",
        null,
        {
          assignee: " Ann Müller ",
          status: "todo",
          parents: [parent.id],
          tenant: "auth-project",
          skills: ["git", "sql"],
        },
      ],
    ]);
  });

  test("trims the title and treats blank optional text as none", () => {
    const { board } = testBoard();

    const { task } = createTask(board, {
      title: "  A title \n",
      body: "",
      assignee: " ",
      tenant: "\t",
      idempotency_key: " ",
    });

    expect(task).toMatchObject({ title: "A title", body: null, assignee: null, tenant: null, idempotency_key: null });
  });

  test.each<[string, Status | "none", object, Status]>([
    ["no parent", "none", {}, "ready"],
    ["an unfinished parent", "ready", {}, "todo"],
    ["a running parent", "running", {}, "todo"],
    ["a parent in review", "review", {}, "todo"],
    ["a finished parent", "done", {}, "ready"],
    ["a parent archived unfinished", "archived", {}, "todo"],
    ["a start that lies ahead", "none", { not_before: EPOCH + 1 }, "todo"],
    ["a start that is now", "none", { not_before: EPOCH }, "ready"],
    ["triage and an unfinished parent", "ready", { triage: true }, "triage"],
    ["triage and a start that lies ahead", "none", { triage: true, not_before: EPOCH + 1 }, "triage"],
  ])("with %s", (_what, parent, input, status) => {
    const t = testBoard();
    const parents = parent === "none" ? [] : [inStatus(t, parent).id];

    const { task } = createTask(t.board, { title: "Child", parents, ...input });

    expect(task).toMatchObject({ status, ready_at: status === "ready" ? EPOCH : null });
  });

  test("is ready under a parent that was archived after being done", () => {
    const { board, done } = testBoard();
    const parent = done();
    archiveTask(board, parent.id);

    expect(createTask(board, { title: "Child", parents: [parent.id] }).task.status).toBe("ready");
  });

  test.each<[string, object, RegExp]>([
    ["a blank title", { title: " \n\t " }, /^Cannot use title: it must be a text that is not blank, got a blank text$/],
    ["no title", { title: undefined }, /^Cannot use title: .*got nothing$/],
    [
      "a title of 501 characters",
      { title: "x".repeat(501) },
      /^Cannot use title: it must be at most 500 characters, got 501$/,
    ],
    ["a NUL in the title", { title: "a\0b" }, /^Cannot use title: it must be a text without NUL, got a NUL character$/],
    ["a NUL in the body", { body: "a\0b" }, /^Cannot use body: /],
    ["a NUL in the assignee", { assignee: "a\0b" }, /^Cannot use assignee: /],
    ["a NUL in the tenant", { tenant: "a\0b" }, /^Cannot use tenant: /],
    ["a NUL in the creator", { created_by: "a\0b" }, /^Cannot use created_by: /],
    ["a NUL in the key", { idempotency_key: "a\0b" }, /^Cannot use idempotency_key: /],
    ["a NUL in the path", { workspace_kind: "dir", workspace_path: "/a\0b" }, /^Cannot use workspace: /],
    [
      "a body over 1 MiB",
      { body: "x".repeat(1_048_577) },
      /^Cannot use body: it must be at most 1 MiB of text, got 1048577 bytes$/,
    ],
    [
      "an assignee of 201 characters",
      { assignee: "x".repeat(201) },
      /^Cannot use assignee: it must be at most 200 characters, got 201$/,
    ],
    ["a tenant of 201 characters", { tenant: "x".repeat(201) }, /^Cannot use tenant: .*200/],
    ["a fraction as priority", { priority: 1.5 }, /^Cannot use priority: .*got "1.5"$/],
    ["an unknown workspace", { workspace_kind: "cloud" }, /^Cannot use workspace: .*got "cloud"$/],
    ["a path for scratch", { workspace_path: "/tmp/x" }, /^Cannot use workspace: .*got a path for scratch$/],
    [
      "an empty dir",
      { workspace_kind: "dir", workspace_path: " " },
      /^Cannot use workspace: .*got dir without a path$/,
    ],
    ["a skill with a comma", { skills: ["git,sql"] }, /^Cannot use skill: .*got "git,sql"$/],
    ["a skill with a path", { skills: ["../up"] }, /^Cannot use skill: /],
    ["a blank skill", { skills: [" "] }, /^Cannot use skill: /],
    ["a time limit below zero", { max_runtime_seconds: -1 }, /^Cannot use max_runtime_seconds: .*got -1$/],
    ["a start that no calendar has", { not_before: 8.64e15 + 1 }, /^Cannot use not_before: /],
    ["parents that are a text", { parents: "t_12345678" }, /^Cannot use parents: it must be a list of task ids/],
    ["a parent that is a number", { parents: [5] }, /^Cannot use parents: /],
    ["a blank parent", { parents: [" "] }, /^Cannot use parents: /],
    ["a review that is no boolean", { review: "yes" }, /^Cannot use review: it must be true or false, got yes$/],
  ])("refuses %s", (_what, input, message) => {
    const { board, refused } = testBoard();

    refused(() => createTask(board, { title: "Good", ...(input as object) }), "invalid", message);
  });

  test("refuses an unknown parent by its name, the known one notwithstanding", () => {
    const { board, ready, refused } = testBoard();
    const { id } = ready();

    refused(
      () => createTask(board, { title: "Child", parents: [id, "t_deadbeef"] }),
      "not_found",
      'task "t_deadbeef": no such task',
    );
  });

  test("counts characters, not code units, and takes exactly the limits", () => {
    const { board } = testBoard();

    const { task } = createTask(board, {
      title: "🗂".repeat(500),
      assignee: "🗂".repeat(200),
      body: "x".repeat(1_048_576),
    });

    expect([...task.title].length).toBe(500);
    expect(task.body?.length).toBe(1_048_576);
  });

  test("stores a lone surrogate as U+FFFD", () => {
    const { board } = testBoard();

    expect(createTask(board, { title: "broken \ud83d pair" }).task.title).toBe("broken \ufffd pair");
  });

  describe("with an idempotency key", () => {
    test("returns the existing task, changes nothing and emits nothing", () => {
      const { board, dump } = testBoard();
      const first = createTask(board, { title: "Nightly", idempotency_key: "night-1" });
      const before = dump();

      const second = createTask(board, { title: "Other title", idempotency_key: " night-1 ", priority: 3 });

      expect(second).toEqual({ task: first.task, created: false });
      expect(dump()).toBe(before);
    });

    test.each(STATUSES)("answers with a task that is %s, unless archived", (status) => {
      const t = testBoard();
      const first = inStatus(t, status, { idempotency_key: "k" });

      const second = createTask(t.board, { title: "Again", idempotency_key: "k" });

      expect(second.created).toBe(status === "archived");
      expect(second.task.id === first.id).toBe(status !== "archived");
    });
  });

  describe("from a worker", () => {
    test("stands one level below the task of its worker", () => {
      const { board, ready } = testBoard();
      const top = ready();
      const below = createTask(board, { title: "Follow-up", from_task: top.id }).task;

      expect([top.depth, below.depth]).toEqual([0, 1]);
      expect([top.from_task, below.from_task]).toEqual([null, top.id]);
      expect(createTask(board, { title: "Person's own" }).task.depth).toBe(0);
    });

    test("is refused past the depth limit", () => {
      const { board, ready, refused } = testBoard();
      let { id } = ready();
      for (let level = 1; level <= DEPTH_MAX; level++)
        id = createTask(board, { title: `level ${level}`, from_task: id }).task.id;

      const create = (depth_max?: number) => createTask(board, { title: "too deep", from_task: id, depth_max });

      refused(
        () => create(),
        "refused",
        /^Cannot create task "too deep": workers may create at most 5 levels deep, this would be level 6$/,
      );
      expect(create(6).task.depth).toBe(6);
    });
  });
});

describe("getTask()", () => {
  test("shows what the open run says, and nothing of it when idle", () => {
    const { board, clock, ready } = testBoard();
    const { id } = ready();

    const running = claimTask(board, id, { claimer: "bob", ttlSeconds: 60 }).task;
    const idle = completeTask(board, id);

    expect(running).toMatchObject({
      claimer: "bob",
      claim_expires_at: clock.ms + 60_000,
      worker_pid: null,
      last_heartbeat_at: clock.ms,
    });
    expect(idle).toMatchObject({ claimer: null, claim_expires_at: null, worker_pid: null, last_heartbeat_at: null });
  });

  test("refuses an id that no task has, without control characters in the message", () => {
    const { board, refused } = testBoard();

    const error = refused(
      () => getTask(board, "t_1\u001b[31m"),
      "not_found",
      /^Cannot find task "t_1.\[31m": no such task$/,
    );

    expect(error.message).not.toContain("\u001b");
  });
});
