import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import type { z } from "zod";
import { logPath } from "../home.ts";
import {
  addComment,
  archiveTask,
  claimTask,
  closeBoard,
  completeTask,
  createTask,
  getTask,
  linkTasks,
  openBoard,
  type Task,
  write,
} from "../kernel/mod.ts";
import { dump } from "../testing/mod.ts";
import { HOST, ORIGIN, type TestWeb, testWeb } from "../testing/web.ts";
import * as answers from "./answers.ts";
import { BOARD_ENDPOINTS } from "./api_board.ts";
import { TASK_ENDPOINTS } from "./api_tasks.ts";

let t: TestWeb;
beforeEach(async () => void (t = await testWeb()));
afterEach(() => t.close());

const create = (title: string, input: object = {}) => createTask(t.board, { title, ...input }).task;
/** Calls the API, expects 200 and that the answer has exactly the shape that is promised. */
async function ok<S extends z.ZodType>(shape: S, method: string, path: string, body?: unknown): Promise<z.output<S>> {
  const answer = await t.api(method, path, body);
  expect(answer).toMatchObject({ status: 200 });
  return shape.parse(answer.body);
}
/** Calls the API, expects a refusal that names the field and changes nothing. */
async function refused(status: number, method: string, path: string, body?: unknown) {
  const before = dump(t.board);
  const answer = await t.api<{ error: { code: string; message: string; field?: string; hint?: string } }>(
    method,
    path,
    body,
  );
  expect(answer.status).toBe(status);
  answers.Failure.parse(answer.body);
  expect(dump(t.board)).toBe(before);
  return answer.body.error;
}

describe("GET /api/board", () => {
  test("gives the columns in order, with cards, totals, names and the newest event", async () => {
    const parent = create("Parent", { assignee: "coder", tenant: "auth", priority: 2, body: "secret body" });
    create("Child", { parents: [parent.id], assignee: "ann" });
    archiveTask(t.board, create("Gone", { tenant: "old" }).id);

    const board = await ok(answers.Board, "GET", "/api/board");

    expect(board.columns.map(({ name }) => name)).toEqual([
      "triage",
      "todo",
      "ready",
      "running",
      "review",
      "blocked",
      "done",
    ]);
    expect(board.columns.map(({ total }) => total)).toEqual([0, 1, 1, 0, 0, 0, 0]);
    expect(board.tenants).toEqual(["auth"]);
    expect(board.assignees).toEqual(["ann", "coder"]);
    expect(board.latest_event_id).toBeGreaterThan(0);
    const card = board.columns[2]!.tasks[0]!;
    expect(card).toMatchObject({
      title: "Parent",
      link_counts: { parents: 0, children: 1 },
      progress: { done: 0, total: 1 },
    });
    expect(JSON.stringify(board)).not.toContain("secret body");
  });

  test("narrows by tenant, assignee and text, and shows archived ones when asked", async () => {
    create("Straße bauen", { tenant: "auth", assignee: "coder" });
    create("Other");
    archiveTask(t.board, create("Gone").id);
    const titles = async (query: string) =>
      (await ok(answers.Board, "GET", `/api/board?${query}`)).columns.flatMap(({ tasks }) =>
        tasks.map(({ title }) => title),
      );

    expect(await titles("tenant=auth")).toEqual(["Straße bauen"]);
    expect(await titles("assignee=coder")).toEqual(["Straße bauen"]);
    expect(await titles("tenant=")).toEqual(["Other"]);
    expect(await titles("q=STRA%C3%9Fe")).toEqual(["Straße bauen"]);
    expect(await titles("include_archived=true")).toContain("Gone");
    expect(await titles("include_archived=0")).not.toContain("Gone");
  });

  test("names a query it does not know", async () => {
    expect(await refused(400, "GET", "/api/board?tennant=x")).toMatchObject({
      field: "tennant",
      hint: expect.stringContaining("tenant"),
    });
    expect(await refused(400, "GET", "/api/board?include_archived=maybe")).toMatchObject({ field: "include_archived" });
    expect(await refused(400, "GET", "/api/board?tenant=a&tenant=b")).toMatchObject({ field: "tenant" });
  });
});

describe("POST /api/tasks", () => {
  test("takes every field that the CLI takes", async () => {
    const parent = create("Parent");
    const { task } = await ok(answers.OneTask, "POST", "/api/tasks", {
      title: "  Everything  ",
      body: "text",
      assignee: "coder",
      parents: [parent.id],
      tenant: "auth",
      priority: "P1",
      workspace_kind: "dir",
      workspace_path: "/tmp/x",
      triage: false,
      review: true,
      not_before: "2h",
      idempotency_key: "k1",
      max_runtime_seconds: "30m",
      skills: ["a", "b", "a"],
      created_by: "ann",
      workflow_template_id: "w",
      current_step_key: "s",
    });

    expect(task).toMatchObject({
      title: "Everything",
      status: "todo",
      priority: 3,
      workspace_kind: "dir",
      workspace_path: "/tmp/x",
      review: true,
      max_runtime_seconds: 1800,
      skills: ["a", "b"],
      created_by: "ann",
      workflow_template_id: "w",
      current_step_key: "s",
    });
    expect(task.not_before! - Date.now()).toBeWithin(7_100_000, 7_200_001);
    const again = await ok(answers.OneTask, "POST", "/api/tasks", { title: "Twice", idempotency_key: "k1" });
    expect(again.task.id).toBe(task.id);
  });

  test("signs as the dashboard", async () => {
    expect((await ok(answers.OneTask, "POST", "/api/tasks", { title: "x" })).task.created_by).toBe("dashboard");
  });

  const wrong: [body: object, field: string][] = [
    [{}, "title"],
    [{ title: "" }, "title"],
    [{ title: "   " }, "title"],
    [{ title: 5 }, "title"],
    [{ title: "x".repeat(501) }, "title"],
    [{ title: "a\0b" }, "title"],
    [{ title: "x", titel: "y" }, "titel"],
    [{ title: "x", priority: "soon" }, "priority"],
    [{ title: "x", priority: 1.5 }, "priority"],
    [{ title: "x", priority: [] }, "priority"],
    [{ title: "x", skills: "Bad Name" }, "skills"],
    [{ title: "x", skills: [1] }, "skills"],
    [{ title: "x", triage: "yes" }, "triage"],
    [{ title: "x", review: 1 }, "review"],
    [{ title: "x", not_before: "soon" }, "not_before"],
    [{ title: "x", not_before: -1 }, "not_before"],
    [{ title: "x", max_runtime_seconds: -5 }, "max_runtime_seconds"],
    [{ title: "x", workspace_kind: "cloud" }, "workspace_kind"],
    [{ title: "x", workspace_kind: "dir" }, "workspace"],
    [{ title: "x", assignee: "y".repeat(201) }, "assignee"],
    [{ title: "x", assignee: {} }, "assignee"],
    [{ title: "x", body: "y".repeat(1024 * 1024 + 1) }, "body"],
    [{ title: "x", parents: [7] }, "parents"],
  ];
  test("names the field that is wrong", async () => {
    for (const [body, field] of wrong) {
      const error = await refused(400, "POST", "/api/tasks", body);
      expect([JSON.stringify(body).slice(0, 80), error.field]).toEqual([JSON.stringify(body).slice(0, 80), field]);
    }
  });

  test("names an unknown parent", async () => {
    expect((await refused(404, "POST", "/api/tasks", { title: "x", parents: ["t_00000000"] })).message).toContain(
      "t_00000000",
    );
  });

  test("refuses what is no JSON object", async () => {
    const raw = (body: string, type = "application/json") =>
      t.send("POST", "/api/tasks", { headers: { ...t.bearer, "content-type": type }, body });
    for (const body of ["{", "[]", '"x"', "null", "5", '{"title":"x"} trailing', "\ufeff{"]) {
      const response = await raw(body);
      expect(response.status).toBe(400);
      expect(((await response.json()) as { error: { field: string } }).error.field).toBe("body");
    }
    expect((await raw("title=x", "application/x-www-form-urlencoded")).status).toBe(400);
    expect((await raw('{"title":"x"}', "text/plain")).status).toBe(400);
    expect((await raw(`{"title":"x","metadata":${"[".repeat(5_000)}${"]".repeat(5_000)}}`)).status).toBe(400);
    expect((await ok(answers.TaskList, "GET", "/api/tasks")).tasks).toEqual([]);
  });

  test("refuses more than 4 MiB, announced or not", async () => {
    const headers = { ...t.bearer, "content-type": "application/json" };
    const body = JSON.stringify({ title: "x", body: "y".repeat(4 * 1024 * 1024) });
    const announced = await t.send("POST", "/api/tasks", {
      headers: { ...headers, "content-length": String(body.length) },
      body,
    });
    expect(announced.status).toBe(413);
    const stream = new ReadableStream({
      start(controller) {
        for (let i = 0; i < 5; i++) controller.enqueue(new Uint8Array(1024 * 1024).fill(32));
        controller.close();
      },
    });
    const chunked = await t.app.request(`${ORIGIN}/api/tasks`, {
      method: "POST",
      headers: { ...headers, host: HOST },
      body: stream,
    });
    expect(chunked.status).toBe(413);
    expect(((await chunked.json()) as { error: { code: string } }).error.code).toBe("too_large");
  });
});

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
    expect(page.totals).toEqual({ comments: 130, events: 131, runs: 0 });
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

  test.each(["t_00000000", "t_1", "../../etc/passwd", "..%2f..%2fetc", "%00", "t_00000000%00", "%ff"])(
    "knows no task %s",
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

  test("changes the other fields, and '' is nobody", async () => {
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

  test("approves reviewed work with status done", async () => {
    const task = create("x", { review: true, assignee: "coder" });
    const { run } = claimTask(t.board, task.id, { claimer: "w" });
    completeTask(t.board, task.id, { runId: run.id, result: "r" });
    expect(getTask(t.board, task.id).status).toBe("review");
    expect(await patch(task, { status: "done" })).toMatchObject({ status: "done", result: "r" });
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

describe("GET /api/tasks/:id/log", () => {
  test("gives the end from the start of a line, and says when there is none yet", async () => {
    const task = create("x");
    expect(await ok(answers.Log, "GET", `/api/tasks/${task.id}/log`)).toMatchObject({
      exists: false,
      size_bytes: 0,
      content: "",
    });
    mkdirSync(t.home.logs, { recursive: true });
    writeFileSync(logPath(t.home, task.id), "first line\nsecond line\n");
    expect(await ok(answers.Log, "GET", `/api/tasks/${task.id}/log?tail=15`)).toMatchObject({
      exists: true,
      size_bytes: 23,
      content: "second line\n",
      truncated: true,
    });
    for (const tail of ["0", "2000001", "x", "-1", "1.5"]) {
      expect((await refused(400, "GET", `/api/tasks/${task.id}/log?tail=${tail}`)).field).toBe("tail");
    }
  });
});

describe("the rest of the API", () => {
  test("stats, assignees and settings have their shapes", async () => {
    create("a", { assignee: "coder" });
    create("b");
    const stats = await ok(answers.Stats, "GET", "/api/stats");
    expect(stats.by_status.ready).toBe(2);
    expect(stats.by_assignee).toMatchObject({ coder: { ready: 1 }, "": { ready: 1 } });
    const people = await ok(answers.Assignees, "GET", "/api/assignees");
    expect(people).toContainEqual({ name: "coder", on_disk: false, counts: { ready: 1 } });
    expect(people).toContainEqual({ name: "demo", on_disk: true, counts: {} });
    expect(await ok(answers.Dashboard, "GET", "/api/config")).toEqual({
      default_tenant: "",
      lane_by_profile: true,
      include_archived_by_default: false,
      render_markdown: true,
    });
  });

  test("a dry run of the dispatcher tells what would start and changes nothing", async () => {
    create("a", { assignee: "demo" });
    create("b");
    create("c", { assignee: "nobody-here" });
    const before = dump(t.board);
    const tick = await ok(answers.Tick, "POST", "/api/dispatch?dry_run=1");
    expect(tick.spawned.length).toBe(1);
    expect([tick.skipped_unassigned.length, tick.skipped_no_profile.length]).toEqual([1, 1]);
    expect(dump(t.board)).toBe(before);
    expect((await refused(400, "POST", "/api/dispatch?max=many")).field).toBe("max");
  });

  test("an address that does not exist is 404 in JSON", async () => {
    expect((await refused(404, "GET", "/api/nothing")).message).toContain("/api/nothing");
    await refused(404, "PUT", "/api/tasks");
  });

  test("a locked database is waited for, and is 503 when it stays locked", async () => {
    const other = openBoard(t.home.db, { actor: "other" });
    other.db.run("BEGIN IMMEDIATE");
    Object.assign(t.web, { patienceMs: 60 });
    const late = await t.api<{ error: { code: string } }>("POST", "/api/tasks", { title: "impatient" });
    expect([late.status, late.body.error.code]).toEqual([503, "busy"]);

    Object.assign(t.web, { patienceMs: 10_000 });
    const patient = t.api("POST", "/api/tasks", { title: "patient" });
    other.db.run("ROLLBACK");
    closeBoard(other);
    expect((await patient).status).toBe(200);
    expect((await ok(answers.TaskList, "GET", "/api/tasks")).tasks.map(({ title }) => title)).toEqual(["patient"]);
  });

  test("a bug gives no stack away, but tells the operator", async () => {
    const poke = () => {
      throw new TypeError("secret detail /home/x");
    };
    Object.assign(t.web.feed, { poke });
    const answer = await t.api<{ error: { code: string; message: string } }>("POST", "/api/tasks", { title: "x" });
    expect([answer.status, answer.body.error.code]).toEqual([500, "internal"]);
    expect(JSON.stringify(answer.body)).not.toContain("secret detail");
    expect(t.warnings.join("\n")).toContain("secret detail");
  });
});

describe("GET /api/openapi.json", () => {
  test("describes every endpoint, and all of its references lead somewhere", async () => {
    const { body } = await t.api<Record<string, any>>("GET", "/api/openapi.json");
    expect(body["openapi"]).toBe("3.1.0");
    const described = Object.entries(body["paths"] as Record<string, object>).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    const wanted = [...TASK_ENDPOINTS, ...BOARD_ENDPOINTS].map(
      ({ method, path }) => `${method} ${path.replace(":id", "{id}")}`,
    );
    expect(described.sort()).toEqual(wanted.sort());
    const references = [...JSON.stringify(body).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path]) => path!);
    expect(references.length).toBeGreaterThan(20);
    for (const path of references) {
      expect(path.split("/").reduce((node: any, key) => node?.[key], body)).toBeDefined();
    }
    const operations = Object.values(body["paths"] as Record<string, Record<string, { operationId: string }>>).flatMap(
      (methods) => Object.values(methods).map(({ operationId }) => operationId),
    );
    expect(new Set(operations).size).toBe(operations.length);
  });

  test("has a page that a person can read", async () => {
    const { status, html } = await t.page("/api");
    expect(status).toBe(200);
    for (const { path } of [...TASK_ENDPOINTS, ...BOARD_ENDPOINTS]) expect(html).toContain(path);
  });
});
