import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  archiveTask,
  asActor,
  blockTask,
  claimTask,
  completeTask,
  createTask,
  editTask,
  getTask,
  moveTask,
  restoreTask,
  showTask,
} from "../../kernel/mod.ts";
import { answered, refusedBy, type TestWeb, testWeb } from "../../testing/web.ts";
import { dump } from "../../testing/mod.ts";
import { UndoneAct } from "../api/responses.ts";

let t: TestWeb;
beforeEach(async () => void (t = await testWeb()));
afterEach(() => t.close());

const create = (title: string, input: object = {}) => createTask(t.board, { title, ...input }).task;
const actIn = (html: string, kind: "undo" | "redo") =>
  new RegExp(`data-${kind}[^>]*><input type="hidden" name="act" value="(\\d+)"`).exec(html)?.[1];
const states = (...ids: string[]) => ids.map((id) => getTask(t.board, id).status);

describe("every notice of something that can be undone has its Undo", () => {
  const review = () => {
    const { id } = create("x", { review: true });
    completeTask(t.board, id, { runId: claimTask(t.board, id, { claimer: "w" }).run.id, result: "r" });
    return id;
  };
  const blocked = () => blockTask(t.board, create("x").id, { reason: "?" }).id;
  const ready = () => create("x").id;
  const running = () => claimTask(t.board, create("x").id, { claimer: "w" }).task.id;

  test.each<[path: string, make: () => string, fields: Record<string, string>]>([
    ["move", ready, { to: "todo" }],
    ["move", ready, { to: "done" }],
    ["move", ready, { to: "archived" }],
    ["unblock", blocked, { comment: "this" }],
    ["approve", review, {}],
    ["request-changes", review, { reason: "shorter" }],
    ["stop", running, {}],
    ["assign", ready, { assignee: "bob" }],
    ["priority", ready, { priority: "4" }],
    ["edit", ready, { title: "y" }],
  ])("%s", async (path, make, fields) => {
    const id = make();
    const before = getTask(t.board, id);
    const { html } = await t.post(`/t/${id}/${path}`, fields);

    const undone = await t.post("/undo", { act: actIn(html, "undo")! });

    expect(undone.status).toBe(200);
    expect(undone.html).toContain("Undid ");
    const { status, assignee, priority, title, result } = before;
    const back = status === "running" ? "ready" : status;
    expect(getTask(t.board, id)).toMatchObject({ status: back, assignee, priority, title, result });
    expect(actIn(undone.html, "undo")).toBeUndefined();
    expect((await t.post("/undo", { act: actIn(undone.html, "redo")! })).status).toBe(200);
    expect(getTask(t.board, id)).not.toMatchObject({ status: back, assignee, priority, title, result });
  });

  test("link and unlink", async () => {
    const [a, b] = [create("a"), create("b")];
    const parents = () => showTask(t.board, b.id).parents.length;
    const { html } = await t.post(`/t/${b.id}/link`, { parent: a.id });
    await t.post("/undo", { act: actIn(html, "undo")! });
    expect(parents()).toBe(0);
    await t.post(`/t/${b.id}/link`, { parent: a.id });
    const unlinked = await t.post(`/t/${b.id}/unlink`, { parent: a.id });
    await t.post("/undo", { act: actIn(unlinked.html, "undo")! });
    expect(parents()).toBe(1);
  });

  test("but not where nothing was changed, and not for a comment", async () => {
    const { id } = create("x");
    for (const [path, fields] of [
      ["edit", { title: "x" }],
      ["priority", { priority: "0" }],
      ["comments", { body: "hi" }],
    ] as const) {
      expect(actIn((await t.post(`/t/${id}/${path}`, fields)).html, "undo")).toBeUndefined();
    }
  });

  test("also when the form was sent again, because its answer was lost", async () => {
    const { id } = create("x");
    const send = () => t.post(`/t/${id}/move`, { to: "todo", request_key: "0123456789abcdef" });
    const [first, again] = [await send(), await send()];
    expect(again.html).toContain("Already done");
    expect(actIn(again.html, "undo")).toBe(actIn(first.html, "undo")!);
  });
});

describe("POST /undo", () => {
  test("of a bulk action takes back all of it, and tells what was changed since", async () => {
    const [a, b, c] = [create("a"), create("b"), create("c")];
    const { html } = await t.post("/bulk", { ids: `${a.id},${b.id},${c.id}`, to: "archived" });
    editTask(asActor(t.board, "bob"), create("d").id, { title: "between" });
    moveTask(t.board, create("e").id, "todo");
    const bob = asActor(t.board, "bob");
    restoreTask(bob, b.id);
    moveTask(bob, b.id, "triage");

    const undone = await t.post("/undo", { act: actIn(html, "undo")! });

    expect(states(a.id, b.id, c.id)).toEqual(["ready", "triage", "ready"]);
    expect(undone.html).toContain("2 undone, 1 changed since");
    expect(undone.html).toContain("bob moved it to triage just now");
    await t.post("/undo", { act: actIn(undone.html, "redo")! });
    expect(states(a.id, b.id, c.id)).toEqual(["archived", "triage", "archived"]);
  });

  test("without an act takes back the newest of who asks, and goes further back each time", async () => {
    const { id } = create("x");
    await t.post(`/t/${id}/move`, { to: "todo" });
    await t.post(`/t/${id}/priority`, { priority: "4" });
    archiveTask(asActor(t.board, "bob"), create("another's").id);

    await t.post("/undo", {});
    expect(getTask(t.board, id)).toMatchObject({ status: "todo", priority: 0 });
    await t.post("/undo", {});
    expect(states(id)).toEqual(["ready"]);
    const before = dump(t.board);
    const { status, html } = await t.post("/undo", {});
    expect([status, html]).toEqual([409, expect.stringContaining("Cannot undo: something must have been done")]);
    expect(dump(t.board)).toBe(before);
  });

  test("that is sent again means the act that it meant first, and takes back no other", async () => {
    const { id } = create("x");
    await t.post(`/t/${id}/move`, { to: "todo" });
    await t.post(`/t/${id}/priority`, { priority: "4" });
    const request_key = "k".repeat(22);
    await t.post("/undo", { request_key });
    const before = dump(t.board);

    const again = await t.post("/undo", { request_key });

    expect(again.status).toBe(409);
    expect(dump(t.board)).toBe(before);
    expect(getTask(t.board, id)).toMatchObject({ status: "todo", priority: 0 });
  });

  test("that is refused says who changed it, and has the card as it is", async () => {
    const { id } = create("x");
    const { html } = await t.post(`/t/${id}/move`, { to: "todo" });
    moveTask(asActor(t.board, "bob"), id, "triage");
    const before = dump(t.board);

    const refused = await t.post("/undo", { act: actIn(html, "undo")! });

    expect(refused.status).toBe(409);
    expect(refused.html).toContain("bob moved it to triage just now");
    expect(refused.html).toContain('hx-target="#list-triage"');
    expect(dump(t.board)).toBe(before);
  });
});

describe("POST /api/undo", () => {
  test("takes back the act of an event, and refuses what was changed since", async () => {
    const [a, b] = [create("a"), create("b")];
    const { body } = await t.api("POST", "/api/tasks/bulk", { ids: [a.id, b.id], priority: 3 });
    const { act } = body as { act: number };

    const undone = await answered(t, UndoneAct, "POST", "/api/undo", { act });
    expect(undone.tasks.map(({ id, what }) => [id, what])).toEqual([
      [a.id, "the change of priority"],
      [b.id, "the change of priority"],
    ]);
    expect(getTask(t.board, a.id).priority).toBe(0);
    await answered(t, UndoneAct, "POST", "/api/undo", { act: undone.act });
    expect(getTask(t.board, b.id).priority).toBe(3);

    const { last_event_id } = moveTask(t.board, a.id, "todo");
    moveTask(asActor(t.board, "bob"), a.id, "triage");
    expect((await refusedBy(t, 409, "POST", "/api/undo", { act: last_event_id })).message).toContain("bob moved it");
    await refusedBy(t, 404, "POST", "/api/undo", { act: 1 });
  });
});
