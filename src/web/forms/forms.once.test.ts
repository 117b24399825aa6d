import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { blockTask, createTask, getTask, listComments, listTasks } from "../../kernel/mod.ts";
import { dump } from "../../testing/mod.ts";
import { type TestWeb, testWeb } from "../../testing/web.ts";

let t: TestWeb;
beforeEach(async () => void (t = await testWeb()));
afterEach(() => t.close());

const request_key = "k".repeat(22);

describe("a form that is sent again with its key", () => {
  test("creates one task, and answers with it both times", async () => {
    const first = await t.post("/tasks", { title: "Once", request_key });
    const second = await t.post("/tasks", { title: "Once", request_key });

    const [task, ...more] = listTasks(t.board, { search: "Once" });
    expect(more).toEqual([]);
    for (const { status, html } of [first, second]) {
      expect(status).toBe(200);
      expect(html).toContain(`href="/t/${task!.id}"`);
    }
    expect(task!.idempotency_key).toBeNull();
  });

  test("creates a second task of the same title under its own key, and while the first is open", async () => {
    for (const key of ["a".repeat(22), "b".repeat(22)]) await t.post("/tasks", { title: "Twice", request_key: key });

    expect(listTasks(t.board, { search: "Twice" })).toHaveLength(2);
  });

  test("adds one comment, also when the two arrive at once", async () => {
    const { id } = createTask(t.board, { title: "x" }).task;

    const answers = await Promise.all(
      [1, 2, 3].map(() => t.post(`/t/${id}/comments`, { body: "only once", request_key })),
    );

    expect(listComments(t.board, id).map(({ body }) => body)).toEqual(["only once"]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(answers.map(({ html }) => html).join()).toContain("Already done");
  });

  test("answers a question once and does not call the second a conflict", async () => {
    const { id } = createTask(t.board, { title: "x" }).task;
    blockTask(t.board, id, { reason: "Which?" });

    for (const _ of [1, 2])
      expect((await t.post(`/t/${id}/unblock`, { comment: "this one", request_key })).status).toBe(200);

    expect(getTask(t.board, id).status).toBe("ready");
    expect(listComments(t.board, id).map(({ body }) => body)).toEqual(["BLOCKED: Which?", "this one"]);
  });

  test("does a refused act when it is sent again and can be done", async () => {
    const { id } = createTask(t.board, { title: "x" }).task;
    expect((await t.post(`/t/${id}/unblock`, { comment: "this", request_key })).status).toBe(409);
    blockTask(t.board, id, {});

    expect((await t.post(`/t/${id}/unblock`, { comment: "this", request_key })).status).toBe(200);

    expect(getTask(t.board, id).status).toBe("ready");
  });

  test("is refused with other words, which could be lost otherwise, and changes nothing", async () => {
    const { id } = createTask(t.board, { title: "x" }).task;
    await t.post(`/t/${id}/comments`, { body: "first", request_key });
    const before = dump(t.board);

    const { status, html } = await t.post(`/t/${id}/comments`, { body: "second", request_key });

    expect(status).toBe(409);
    expect(html).toContain("Cannot send this form again: it must say what it said before");
    expect(dump(t.board)).toBe(before);
  });
});
