import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { z } from "zod";
import {
  addComment,
  archiveTask,
  asActor,
  claimTask,
  completeTask,
  createTask,
  editTask,
  getTask,
  linkTasks,
  type Task,
  write,
} from "../../kernel/mod.ts";
import { answered, refusedBy, type TestWeb, testWeb } from "../../testing/web.ts";
import * as answers from "./responses.ts";

let t: TestWeb;
beforeEach(async () => void (t = await testWeb()));
afterEach(() => t.close());

const create = (title: string, input: object = {}) => createTask(t.board, { title, ...input }).task;
const ok = <S extends z.ZodType>(shape: S, method: string, path: string, body?: unknown) =>
  answered(t, shape, method, path, body);
const refused = (status: number, method: string, path: string, body?: unknown) =>
  refusedBy(t, status, method, path, body);

describe("GET /api/tasks", () => {
  test("pages by cursor without missing or repeating any", async () => {
    for (let i = 0; i < 25; i++) create(`Task ${i}`, { priority: i % 3 });
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const page: z.output<typeof answers.TaskList> = await ok(
        answers.TaskList,
        "GET",
        `/api/tasks?limit=7${after === null ? "" : `&after=${after}`}`,
      );
      seen.push(...page.tasks.map(({ id }) => id));
      after = page.next;
    } while (after !== null);
    expect(new Set(seen).size).toBe(25);
    expect(seen.length).toBe(25);
  });

  test("narrows by status, several of them, and refuses unknown ones", async () => {
    create("a");
    create("b", { triage: true });
    const list = async (query: string) => (await ok(answers.TaskList, "GET", `/api/tasks?${query}`)).tasks.length;
    expect(await list("status=ready")).toBe(1);
    expect(await list("status=ready,triage")).toBe(2);
    expect(await list("status=ready&status=triage")).toBe(2);
    archiveTask(t.board, create("c").id);
    expect([await list(""), await list("include_archived=1"), await list("status=archived")]).toEqual([2, 3, 1]);
    expect(await refused(400, "GET", "/api/tasks?status=nope")).toMatchObject({ field: "status" });
    expect(await refused(400, "GET", "/api/tasks?limit=0")).toMatchObject({ field: "limit" });
    expect(await refused(400, "GET", "/api/tasks?after=x")).toMatchObject({ code: "invalid" });
    expect(await refused(400, "GET", "/api/tasks?sort=title&after=1.2.3")).toMatchObject({ field: "after" });
  });
});

describe("GET /api/tasks/:id", () => {
  test("gives the newest 100 comments, 50 events and 50 runs with totals, and the older ones by cursor", async () => {
    const task = create("Talkative");
    write(t.board, () => {
      for (let i = 0; i < 130; i++) addComment(t.board, task.id, { body: `comment ${i}` });
    });
    const page = await ok(answers.TaskDetail, "GET", `/api/tasks/${task.id}`);
    expect(page.comments.length).toBe(100);
    expect(page.comments.at(-1)!.body).toBe("comment 129");
    expect(page.events.length).toBe(50);
    expect(page.totals).toEqual({ comments: 130, events: 131, runs: 0, parents: 0, children: 0 });
    expect(page.before.runs).toBeNull();

    const older = await ok(answers.TaskDetail, "GET", `/api/tasks/${task.id}?comments_before=${page.before.comments}`);
    expect(older.comments.map(({ body }) => body)).toEqual(Array.from({ length: 30 }, (_, i) => `comment ${i}`));
    expect(older.before.comments).toBeNull();
  });

  test("gives links as ids", async () => {
    const [a, b, c] = [create("a"), create("b"), create("c")];
    linkTasks(t.board, a.id, b.id);
    linkTasks(t.board, b.id, c.id);
    expect((await ok(answers.TaskDetail, "GET", `/api/tasks/${b.id}`)).links).toEqual({
      parents: [a.id],
      children: [c.id],
    });
  });

  test("gives the first 100 links of a wide task with totals, and the next ones by cursor", async () => {
    const wide = create("Wide");
    const children = write(t.board, () =>
      Array.from({ length: 130 }, (_, i) => create(`child ${i}`, { parents: [wide.id] }).id),
    );

    const page = await ok(answers.TaskDetail, "GET", `/api/tasks/${wide.id}`);
    const next = `/api/tasks/${wide.id}?children_after=${page.after.children}`;
    const rest = await ok(answers.TaskDetail, "GET", next);
    const refusal = await refused(400, "GET", `/api/tasks/${wide.id}?parents_after=t_00000000`);

    expect(page.links).toEqual({ parents: [], children: children.slice(0, 100) });
    expect(page.totals).toMatchObject({ parents: 0, children: 130 });
    expect(rest.links.children).toEqual(children.slice(100));
    expect([page.after.parents, rest.after.children]).toEqual([null, null]);
    expect(refusal).toMatchObject({ code: "invalid", field: "after" });
  });

  test.each(["t_00000000", "t_1", "../../etc/passwd", "..%2f..%2fetc", "%00", "t_00000000%00", "%ff"])(
    "knows no task %s [S: path traversal]",
    async (id) => {
      await refused(404, "GET", `/api/tasks/${id}`);
      await refused(404, "GET", `/api/tasks/${id}/log`);
    },
  );
});

describe("PATCH /api/tasks/:id", () => {
  const patch = async (task: Task, body: object) =>
    (await ok(answers.OneTask, "PATCH", `/api/tasks/${task.id}`, body)).task;

  test("maps each status to its verb", async () => {
    const task = create("x");
    expect((await patch(task, { status: "running" })).claimer).toBe("dashboard");
    expect(await patch(task, { status: "blocked", block_reason: "why?" })).toMatchObject({ status: "blocked" });
    expect(await patch(task, { status: "ready" })).toMatchObject({ status: "ready" });
    expect(await patch(task, { status: "todo" })).toMatchObject({ status: "todo", held: true });
    expect(await patch(task, { status: "triage" })).toMatchObject({ status: "triage" });
    expect(await patch(task, { status: "ready" })).toMatchObject({ status: "ready" });
    const done = await patch(task, { status: "done", result: "r", summary: "s", metadata: { n: 1 } });
    expect(done).toMatchObject({ status: "done", result: "r" });
    const page = await ok(answers.TaskDetail, "GET", `/api/tasks/${task.id}`);
    expect(page.runs.at(-1)).toMatchObject({ summary: "s", metadata: { n: 1 } });
    expect(await patch(task, { status: "archived" })).toMatchObject({ status: "archived" });
  });

  test("changes the other fields, and '' is unassigned", async () => {
    const task = create("x", { assignee: "coder" });
    const after = await patch(task, {
      title: "y",
      body: "z",
      priority: 4,
      assignee: "",
      tenant: "auth",
      workflow_template_id: "w",
    });
    expect(after).toMatchObject({
      title: "y",
      body: "z",
      priority: 4,
      assignee: null,
      tenant: "auth",
      workflow_template_id: "w",
    });
    expect(await patch(task, { body: null, tenant: "" })).toMatchObject({ body: null, tenant: null });
  });

  test("names the field that is wrong", async () => {
    const wrong: [body: object, field: string | undefined][] = [
      [{ status: "review" }, "status"],
      [{ status: "nope" }, "status"],
      [{ summary: "s" }, "summary"],
      [{ result: "r", status: "ready" }, "result"],
      [{ metadata: { a: 1 } }, "metadata"],
      [{ block_reason: "r" }, "block_reason"],
      [{ status: "done", metadata: [1] }, "metadata"],
      [{ status: "done", metadata: "{}" }, "metadata"],
      [{ title: "" }, "title"],
      [{ titel: "x" }, "titel"],
      [{}, "body"],
    ];
    const { id } = create("x");
    for (const [body, field] of wrong) {
      const error = await refused(400, "PATCH", `/api/tasks/${id}`, body);
      expect([body, error.field]).toEqual([body, field]);
    }
  });

  test("is refused by the state with what was needed and what was found, all or nothing", async () => {
    const task = create("x");
    completeTask(t.board, task.id);
    const error = await refused(409, "PATCH", `/api/tasks/${task.id}`, { priority: 4, status: "blocked" });
    expect(error.message).toBe(`Cannot block task "${task.id}": it must be running or ready, it is done`);
  });

  test("checks the fields before the state", async () => {
    const task = create("x");
    completeTask(t.board, task.id);
    expect((await refused(400, "PATCH", `/api/tasks/${task.id}`, { status: "blocked", title: " " })).field).toBe(
      "title",
    );
  });

  test("with if_match is refused when what it gives was changed since, and has both texts", async () => {
    const task = create("x", { body: "as it was" });
    editTask(asActor(t.board, "bob"), task.id, { body: "bob's" });
    const { last_event_id } = getTask(t.board, task.id);

    const mine = { body: "mine", if_match: task.last_event_id };
    const error = await refused(409, "PATCH", `/api/tasks/${task.id}`, mine);

    expect(error.conflicts).toMatchObject([
      { field: "body", base: "as it was", now: "bob's", by: "bob", event_id: last_event_id },
    ]);
    expect(await patch(task, { priority: 4, if_match: task.last_event_id })).toMatchObject({ priority: 4 });
    expect(await patch(task, { body: "mine", if_match: last_event_id })).toMatchObject({ body: "mine" });
    expect((await refused(400, "PATCH", `/api/tasks/${task.id}`, { if_match: "x", title: "y" })).field).toBe(
      "if_match",
    );
    expect((await refused(400, "PATCH", `/api/tasks/${task.id}`, { if_match: 1 })).field).toBe("body");
  });

  test("approves reviewed work with status done", async () => {
    const task = create("x", { review: true, assignee: "coder" });
    const { run } = claimTask(t.board, task.id, { claimer: "w" });
    completeTask(t.board, task.id, { runId: run.id, result: "r" });
    expect(getTask(t.board, task.id).status).toBe("review");
    expect(await patch(task, { status: "done" })).toMatchObject({ status: "done", result: "r" });
  });
});

describe("/api/tasks/:id/history", () => {
  test("lists what was replaced, page by page, and puts it back", async () => {
    const task = create("One", { body: "a" });
    editTask(t.board, task.id, { title: "Two" });
    editTask(t.board, task.id, { title: "Three", body: null });
    const path = `/api/tasks/${task.id}/history`;

    const first = await ok(answers.History, "GET", `${path}?limit=1`);
    const second = await ok(answers.History, "GET", `${path}?limit=1&before=${first.older}`);
    expect(first.changes[0]!.fields).toEqual([
      { field: "title", was: "Two", now: "Three" },
      { field: "body", was: "a", now: null },
    ]);
    expect(second).toMatchObject({ changes: [{ fields: [{ was: "One", now: "Two" }] }], older: null });

    const restored = await ok(answers.OneTask, "POST", path, { restore: first.changes[0]!.event_id });
    expect(restored.task).toMatchObject({ title: "Two", body: "a" });
    await refused(409, "POST", path, { restore: second.changes[0]!.event_id, if_match: task.last_event_id });
    await refused(404, "POST", path, { restore: 1 });
  });
});

describe("POST /api/tasks/bulk", () => {
  test("acts on each by itself and says how each one went", async () => {
    const [a, b] = [create("a"), create("b")];
    completeTask(t.board, b.id);
    const { results } = await ok(answers.BulkResults, "POST", "/api/tasks/bulk", {
      ids: [a.id, b.id, "t_00000000", "nonsense", a.id],
      status: "blocked",
    });
    expect(results).toEqual([
      { id: a.id, ok: true },
      { id: b.id, ok: false, error: `Cannot block task "${b.id}": it must be running or ready, it is done` },
      { id: "t_00000000", ok: false, error: 'Cannot find task "t_00000000": no such task' },
      { id: "nonsense", ok: false, error: 'Cannot find task "nonsense": no such task' },
    ]);
    expect(getTask(t.board, a.id).status).toBe("blocked");
  });

  test("archives, assigns and prioritises", async () => {
    const task = create("a", { assignee: "coder" });
    await ok(answers.BulkResults, "POST", "/api/tasks/bulk", { ids: [task.id], assignee: "", priority: "urgent" });
    expect(getTask(t.board, task.id)).toMatchObject({ assignee: null, priority: 4 });
    await ok(answers.BulkResults, "POST", "/api/tasks/bulk", { ids: [task.id], archive: true });
    expect(getTask(t.board, task.id).status).toBe("archived");
  });

  const wrong: [body: object, field: string][] = [
    [{ status: "ready" }, "ids"],
    [{ ids: [], status: "ready" }, "ids"],
    [{ ids: [1], status: "ready" }, "ids"],
    [{ ids: ["t_00000000"] }, "body"],
    [{ ids: ["t_00000000"], status: "review" }, "status"],
    [{ ids: ["t_00000000"], archive: true, status: "ready" }, "archive"],
    [{ ids: ["t_00000000"], summary: "x", status: "done" }, "summary"],
  ];
  test("names the field that is wrong", async () => {
    for (const [body, field] of wrong) {
      expect([body, (await refused(400, "POST", "/api/tasks/bulk", body)).field]).toEqual([body, field]);
    }
  });
});

describe("comments and links", () => {
  test("a comment is signed by the dashboard unless it names an author", async () => {
    const task = create("x");
    await ok(answers.Done, "POST", `/api/tasks/${task.id}/comments`, { body: "hello" });
    await ok(answers.Done, "POST", `/api/tasks/${task.id}/comments`, { body: "hi", author: "ann" });
    const { comments } = await ok(answers.TaskDetail, "GET", `/api/tasks/${task.id}`);
    expect(comments.map(({ author, body }) => [author, body])).toEqual([
      ["dashboard", "hello"],
      ["ann", "hi"],
    ]);
    expect((await refused(400, "POST", `/api/tasks/${task.id}/comments`, { body: " " })).field).toBe("body");
    await refused(404, "POST", "/api/tasks/t_00000000/comments", { body: "x" });
  });

  test("links, links again, unlinks, and has nothing left to unlink", async () => {
    const [a, b] = [create("a"), create("b")];
    const link = { parent_id: a.id, child_id: b.id };
    await ok(answers.Done, "POST", "/api/links", link);
    await ok(answers.Done, "POST", "/api/links", link);
    expect((await t.api("DELETE", `/api/links?parent_id=${a.id}&child_id=${b.id}`)).body).toEqual({ ok: true });
    expect((await t.api("DELETE", `/api/links?parent_id=${a.id}&child_id=${b.id}`)).body).toEqual({ ok: false });
  });

  test("cycles and links to itself are the input's fault", async () => {
    const [a, b] = [create("a"), create("b")];
    linkTasks(t.board, a.id, b.id);
    expect((await refused(400, "POST", "/api/links", { parent_id: b.id, child_id: a.id })).message).toContain("cycle");
    await refused(400, "POST", "/api/links", { parent_id: a.id, child_id: a.id });
    expect((await refused(400, "POST", "/api/links", { parent_id: a.id })).field).toBe("child_id");
    await refused(404, "POST", "/api/links", { parent_id: a.id, child_id: "t_00000000" });
    await refused(404, "POST", "/api/links", { parent_id: "malformed", child_id: a.id });
  });
});

describe("POST /api/tasks/:id/stop", () => {
  test("holds the task; with retry it is ready at once", async () => {
    const { id } = create("stopped");
    claimTask(t.board, id, { claimer: "w" });

    const { task } = await ok(answers.OneTask, "POST", `/api/tasks/${id}/stop`, { reason: "wrong branch" });

    expect(task).toMatchObject({ status: "todo", held: true, waits_for: { kind: "parked" } });
    expect(await ok(answers.TaskDetail, "GET", `/api/tasks/${id}`)).toMatchObject({
      runs: [{ outcome: "reclaimed", error: "stopped by dashboard: wrong branch" }],
    });
    expect(await refused(409, "POST", `/api/tasks/${id}/stop`)).toMatchObject({ code: "conflict" });
    expect(await refused(400, "POST", `/api/tasks/${id}/stop`, { hold: true })).toMatchObject({ field: "hold" });
    expect(await refused(404, "POST", "/api/tasks/t_00000000/stop")).toMatchObject({ code: "not_found" });

    await ok(answers.OneTask, "PATCH", `/api/tasks/${id}`, { status: "ready" });
    claimTask(t.board, id, { claimer: "w" });
    const again = await ok(answers.OneTask, "POST", `/api/tasks/${id}/stop`, { retry: true });
    expect(again.task).toMatchObject({ status: "ready", held: false });
  });
});
