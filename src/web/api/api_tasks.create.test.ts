import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { z } from "zod";
import { createTask } from "../../kernel/mod.ts";
import { dump } from "../../testing/mod.ts";
import { answered, HOST, ORIGIN, refusedBy, type TestWeb, testWeb } from "../../testing/web.ts";
import * as answers from "./responses.ts";

let t: TestWeb;
beforeEach(async () => void (t = await testWeb()));
afterEach(() => t.close());

const create = (title: string, input: object = {}) => createTask(t.board, { title, ...input }).task;
const ok = <S extends z.ZodType>(shape: S, method: string, path: string, body?: unknown) =>
  answered(t, shape, method, path, body);
const refused = (status: number, method: string, path: string, body?: unknown) =>
  refusedBy(t, status, method, path, body);

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

  test("refuses more than 4 MiB, announced or not [S: resources]", async () => {
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

  test.each(["announced", "in chunks"])(
    "a client that hangs up in the middle (%s) creates nothing, and is no bug",
    async (how) => {
      // As the server's own runtime ends such a body: an error of this name, without a stack.
      const hangUp = new DOMException("The connection was closed.", "AbortError");
      const body = new ReadableStream({
        start: (controller) => controller.enqueue(new TextEncoder().encode('{"title":"cut off"}')),
        pull: (controller) => controller.error(hangUp),
      });
      const before = dump(t.board);

      const response = await t.app.request(`${ORIGIN}/api/tasks`, {
        method: "POST",
        headers: {
          ...t.bearer,
          host: HOST,
          "content-type": "application/json",
          ...(how === "announced" && { "content-length": "100" }),
        },
        body,
      });

      expect(response.status).toBe(400);
      expect(dump(t.board)).toBe(before);
      expect(t.warnings).toEqual([]);
    },
  );
});
