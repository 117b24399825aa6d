import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import type { z } from "zod";
import { logPath } from "../../home.ts";
import { archiveTask, closeBoard, createTask, openBoard } from "../../kernel/mod.ts";
import { dump } from "../../testing/mod.ts";
import { answered, refusedBy, type TestWeb, testWeb } from "../../testing/web.ts";
import * as answers from "./responses.ts";
import { ENDPOINTS } from "../app.tsx";

let t: TestWeb;
beforeEach(async () => void (t = await testWeb()));
afterEach(() => t.close());

const create = (title: string, input: object = {}) => createTask(t.board, { title, ...input }).task;
const ok = <S extends z.ZodType>(shape: S, method: string, path: string, body?: unknown) =>
  answered(t, shape, method, path, body);
const refused = (status: number, method: string, path: string, body?: unknown) =>
  refusedBy(t, status, method, path, body);

test("tasks and cards say what they wait for, in every answer that has one", async () => {
  const parent = create("Parent", { assignee: "demo" });
  const child = create("Child", { assignee: "demo", parents: [parent.id] });
  const words = `its parent ${parent.id} (ready)`;

  const { columns } = await ok(answers.Board, "GET", "/api/board");
  const { tasks } = await ok(answers.TaskList, "GET", "/api/tasks");
  const { task } = await ok(answers.TaskDetail, "GET", `/api/tasks/${child.id}`);
  const made = await ok(answers.OneTask, "POST", "/api/tasks", { title: "typo", assignee: "demmo" });
  const given = await ok(answers.OneTask, "PATCH", `/api/tasks/${made.task.id}`, { assignee: "demo" });

  const card = columns.flatMap((column) => column.tasks).find(({ id }) => id === child.id)!;
  expect(card).toMatchObject({ unfinished_parents: 1, waits_for: { kind: "parents", words, until: null } });
  expect(tasks.find(({ id }) => id === child.id)!.waits_for).toEqual(card.waits_for);
  expect(task.waits_for).toEqual(card.waits_for);
  expect(made.task.waits_for?.words).toBe('a profile named "demmo" (did you mean "demo"?)');
  expect(given.task.waits_for?.words).toBe("a dispatcher: none is running");
});

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
    expect(await titles("include_archived")).toContain("Gone");
    expect(await titles("include_archived=0")).not.toContain("Gone");
  });

  test("names a query it does not know", async () => {
    expect(await refused(400, "GET", "/api/board?tennant=x")).toMatchObject({
      field: "tennant",
      hint: expect.stringContaining("tenant"),
    });
    expect(await refused(400, "GET", "/api/board?include_archived=maybe")).toMatchObject({ field: "include_archived" });
    expect(await refused(400, "GET", "/api/board?tenant=a&tenant=b")).toMatchObject({ field: "tenant" });
    for (const query of ["__proto__=x", "__proto__=x&__proto__=y", "constructor=x"]) {
      expect(await refused(400, "GET", `/api/board?${query}`)).toMatchObject({ field: query.split("=")[0] });
    }
  });
});

describe("GET /api/tasks/:id/log", () => {
  test("gives the end from the start of a line, and says when no log exists yet", async () => {
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
    expect(people).toContainEqual({ name: "coder", on_disk: false, person: false, counts: { ready: 1 } });
    expect(people).toContainEqual({ name: "demo", on_disk: true, person: false, counts: {} });
    expect(await ok(answers.Dashboard, "GET", "/api/config")).toEqual({
      default_tenant: "",
      lane_by_profile: true,
      include_archived_by_default: false,
      render_markdown: true,
    });
  });

  test.each(["dry_run=1", "dry_run", "dry_run=&max=1"])(
    "a dry run (%s) returns what would start, and changes nothing",
    async (query) => {
      create("a", { assignee: "demo" });
      create("b");
      create("c", { assignee: "nobody-here" });
      const before = dump(t.board);
      const tick = await ok(answers.Tick, "POST", `/api/dispatch?${query}`);
      expect(tick.spawned.length).toBe(1);
      expect([tick.skipped_unassigned.length, tick.skipped_no_profile.length]).toEqual([1, 1]);
      expect(dump(t.board)).toBe(before);
      expect((await refused(400, "POST", "/api/dispatch?max=many")).field).toBe("max");
    },
  );

  test("a field in the body of a route that takes none is unknown, not overheard", async () => {
    create("a");
    expect(await refused(400, "POST", "/api/dispatch", { dry_run: true })).toMatchObject({ field: "dry_run" });
    const links = "/api/links?parent_id=t_00000000&child_id=t_00000001";
    expect(await refused(400, "DELETE", links, { force: true })).toMatchObject({ field: "force" });

    const form = { ...t.bearer, "content-type": "application/x-www-form-urlencoded" };
    const empty = await t.send("POST", "/api/dispatch?dry_run=1", { headers: form, body: "" });
    expect(empty.status).toBe(200);
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

  test("a bug gives no stack away, but is logged", async () => {
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
    const wanted = ENDPOINTS.map(({ method, path }) => `${method} ${path.replace(":id", "{id}")}`);
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
    for (const { path } of ENDPOINTS) expect(html).toContain(path);
  });
});
