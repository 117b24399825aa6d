import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  approveTask,
  blockTask,
  claimTask,
  completeTask,
  createTask,
  getTask,
  linkTasks,
  listComments,
  showTask,
} from "../../kernel/mod.ts";
import { dump } from "../../testing/mod.ts";
import { type TestWeb, testWeb } from "../../testing/web.ts";

let t: TestWeb;
beforeEach(async () => void (t = await testWeb()));
afterEach(() => t.close());

const create = (title: string, input: object = {}) => createTask(t.board, { title, ...input }).task;
const status = (id: string) => getTask(t.board, id).status;
/** Posts, expects a refusal that changes nothing, and returns its answer. */
async function refused(code: number, path: string, fields: Record<string, string>, from = "/") {
  const before = dump(t.board);
  const answer = await t.post(path, fields, from);
  expect(answer.status).toBe(code);
  expect(dump(t.board)).toBe(before);
  return answer.html;
}
describe("POST /t/:id/move", () => {
  test("moves, and answers with the card, the counts, a toast and the way back", async () => {
    const task = create("x");
    const { html } = await t.post(`/t/${task.id}/move`, { to: "todo" });
    expect(status(task.id)).toBe("todo");
    expect(html).toContain('hx-target="#list-todo"');
    expect(html).toMatch(/data-n=todo\]"[^>]*>1</);
    expect(html).toContain(`name="act" value="${getTask(t.board, task.id).last_event_id}"`);
    expect(html).toContain('hx-target="#say"');
  });

  test("each column does what its verb does", async () => {
    const task = create("x");
    await t.post(`/t/${task.id}/move`, { to: "running" });
    expect(getTask(t.board, task.id).claimer).toBe("maya");
    await t.post(`/t/${task.id}/move`, { to: "blocked", reason: "which one?" });
    expect(listComments(t.board, task.id)[0]!.body).toBe("BLOCKED: which one?");
    await t.post(`/t/${task.id}/move`, { to: "ready" });
    await t.post(`/t/${task.id}/move`, { to: "done", summary: "s", result: "r", metadata: '{"n":1}' });
    expect(showTask(t.board, task.id).runs.at(-1)).toMatchObject({
      outcome: "completed",
      summary: "s",
      metadata: { n: 1 },
    });
    await t.post(`/t/${task.id}/move`, { to: "archived" });
    expect(status(task.id)).toBe("archived");
  });

  test("stopping a running task by a move to ready closes its run as reclaimed", async () => {
    const task = create("x");
    claimTask(t.board, task.id, { claimer: "w" });
    await t.post(`/t/${task.id}/move`, { to: "ready" });
    expect(showTask(t.board, task.id).runs[0]).toMatchObject({
      outcome: "reclaimed",
      error: "moved to ready by maya",
    });
  });

  test("what the state forbids is 409 with the card as it is", async () => {
    const task = create("x");
    completeTask(t.board, task.id);
    const html = await refused(409, `/t/${task.id}/move`, { to: "blocked" });
    expect(html).toContain('hx-target="#list-done"');
    expect(html).toContain(`id="card-${task.id}"`);
    expect(html).toContain("it must be running or ready, it is done");
  });

  test("the second of two people who move a card is refused", async () => {
    const task = create("x");
    await t.post(`/t/${task.id}/move`, { to: "todo", from: "ready" });
    const html = await refused(409, `/t/${task.id}/move`, { to: "triage", from: "ready" });
    expect(html).toContain("it must be ready, as on your page, it is todo");
    expect(html).toContain('hx-target="#list-todo"');
  });

  test("an unknown column is 400, an unknown task 404", async () => {
    const task = create("x");
    await refused(400, `/t/${task.id}/move`, { to: "nowhere" });
    await refused(400, `/t/${task.id}/move`, {});
    await refused(404, "/t/t_00000000/move", { to: "todo" });
    await refused(404, "/t/nonsense/move", { to: "todo" });
  });

  test("an error in a handoff is under the form of the open drawer, else in a toast", async () => {
    const task = create("x");
    const inDrawer = await refused(400, `/t/${task.id}/move`, { to: "done", metadata: "[1]" }, `/t/${task.id}`);
    expect(inDrawer).toContain('hx-target="#error-complete"');
    const onBoard = await refused(400, `/t/${task.id}/move`, { to: "done", metadata: "{" });
    expect(onBoard).toContain('hx-target="#toasts"');
  });

  test("takes the card out of a view that it left", async () => {
    const task = create("x");
    const { html } = await t.post(`/t/${task.id}/move`, { to: "todo" }, "/?status=ready");
    expect(html).toContain(`hx-target="#card-${task.id}" hx-swap="delete"`);
  });

  test("updates the drawer when it shows this very task", async () => {
    const [task, other] = [create("x"), create("y")];
    const here = await t.post(`/t/${task.id}/move`, { to: "todo" }, `/t/${task.id}?tenant=a`);
    expect(here.html).toContain(`hx-target="#drawer-${task.id}"`);
    const elsewhere = await t.post(`/t/${task.id}/move`, { to: "ready" }, `/t/${other.id}`);
    expect(elsewhere.html).not.toContain("#drawer-");
  });
});

describe("the other posts about a task", () => {
  test("unblock with an answer, approve, request changes, reclaim", async () => {
    const asked = create("asked");
    blockTask(t.board, asked.id, { reason: "which?" });
    const { html } = await t.post(`/t/${asked.id}/unblock`, { comment: "the first" }, "/needs");
    expect(html).toContain(`hx-target="#need-${asked.id}" hx-swap="delete"`);
    expect(listComments(t.board, asked.id).at(-1)).toMatchObject({ body: "the first", author: "maya" });

    const reviewed = create("reviewed", { review: true });
    const finish = () =>
      completeTask(t.board, reviewed.id, {
        runId: claimTask(t.board, reviewed.id, { claimer: "w" }).run.id,
        result: "r",
      });
    finish();
    await refused(400, `/t/${reviewed.id}/request-changes`, { reason: " " });
    await t.post(`/t/${reviewed.id}/request-changes`, { reason: "shorter" });
    expect(status(reviewed.id)).toBe("ready");
    finish();
    await t.post(`/t/${reviewed.id}/approve`, {});
    expect(status(reviewed.id)).toBe("done");
    expect(() => approveTask(t.board, reviewed.id)).toThrow();

    const running = create("running");
    claimTask(t.board, running.id, { claimer: "w" });
    await t.post(`/t/${running.id}/reclaim`, { reason: "stopped on the board" });
    expect(showTask(t.board, running.id).runs[0]!.error).toBe("stopped on the board");
  });

  test("stop holds the task; stop and retry does not; a later attempt than the one on the page goes on", async () => {
    const { id } = create("stopped");
    const { run } = claimTask(t.board, id, { claimer: "w" });
    await t.post(`/t/${id}/stop`, { run: String(run.id) });
    expect(showTask(t.board, id)).toMatchObject({
      task: { status: "todo", held: true },
      runs: [{ outcome: "reclaimed", error: "stopped by maya" }],
    });

    await t.post(`/t/${id}/move`, { to: "ready", from: "todo" });
    const second = claimTask(t.board, id, { claimer: "w" }).run.id;
    await refused(409, `/t/${id}/stop`, { run: String(run.id) });
    await refused(409, `/t/${id}/reclaim`, { run: String(run.id) });
    await refused(400, `/t/${id}/stop`, { run: "x" });
    await t.post(`/t/${id}/reclaim`, { run: String(second) });
    expect(showTask(t.board, id).task).toMatchObject({ status: "ready", held: false });
  });

  test("assign, priority and edit change what they name and nothing else", async () => {
    const task = create("x", { tenant: "auth", body: "old" });
    await t.post(`/t/${task.id}/assign`, { assignee: "coder" });
    await t.post(`/t/${task.id}/priority`, { priority: "4" });
    await t.post(`/t/${task.id}/edit`, { title: "y" });
    await t.post(`/t/${task.id}/edit`, { body: "new\r\ntext" });
    await t.post(`/t/${task.id}/edit`, { skills: "one, two three" });
    await t.post(`/t/${task.id}/edit`, { workspace: "dir:/tmp/w" });
    await t.post(`/t/${task.id}/edit`, { max_runtime: "30m" });
    await t.post(`/t/${task.id}/edit`, { review: "1" });
    expect(getTask(t.board, task.id)).toMatchObject({
      assignee: "coder",
      priority: 4,
      title: "y",
      body: "new\ntext",
      tenant: "auth",
      skills: ["one", "two", "three"],
      workspace_kind: "dir",
      workspace_path: "/tmp/w",
      max_runtime_seconds: 1800,
      review: true,
    });
    for (const [name, value] of [
      ["tenant", ""],
      ["skills", ""],
      ["workspace", ""],
      ["max_runtime", ""],
      ["review", "0"],
      ["not_before", ""],
    ]) {
      await t.post(`/t/${task.id}/edit`, { [name!]: value! });
    }
    await t.post(`/t/${task.id}/assign`, { assignee: "" });
    expect(getTask(t.board, task.id)).toMatchObject({
      assignee: null,
      tenant: null,
      skills: [],
      workspace_kind: "scratch",
      max_runtime_seconds: null,
      review: false,
    });
  });

  test("a form that names no assignee changes none", async () => {
    const task = create("x", { assignee: "coder" });

    expect(await refused(400, `/t/${task.id}/assign`, {})).toContain("the form must name an assignee");
    expect(await refused(400, `/t/${task.id}/assign`, { asignee: "ann" })).toContain("the form must name an assignee");

    expect(getTask(t.board, task.id).assignee).toBe("coder");
  });

  test("the error of a refused edit is under its field", async () => {
    const task = create("x");
    expect(await refused(400, `/t/${task.id}/edit`, { title: "  " })).toContain('hx-target="#error-edit-title"');
    expect(await refused(400, `/t/${task.id}/edit`, { max_runtime: "soon" })).toContain(
      'hx-target="#error-edit-max_runtime"',
    );
    await refused(400, `/t/${task.id}/edit`, {});
  });

  test("comments clear the box by a trigger, blank ones are refused", async () => {
    const task = create("x");
    const { headers } = await t.post(`/t/${task.id}/comments`, { body: "hello" });
    expect(headers.get("hx-trigger")).toBe("kanban:commented");
    await refused(400, `/t/${task.id}/comments`, { body: "" });
  });

  test("links and unlinks on either side; a cycle is a sentence under the form", async () => {
    const [a, b] = [create("a"), create("b")];
    await t.post(`/t/${b.id}/link`, { parent: a.id });
    expect(showTask(t.board, b.id).parents.map(({ id }) => id)).toEqual([a.id]);
    const html = await refused(409, `/t/${b.id}/link`, { child: a.id });
    expect(html).toContain('hx-target="#error-link"');
    expect(html).toContain("must not form a cycle");
    await t.post(`/t/${a.id}/unlink`, { child: b.id });
    expect(showTask(t.board, b.id).parents).toEqual([]);
    await refused(400, `/t/${a.id}/link`, {});
  });
});

test("linking keeps its own rules for tasks that are archived or unknown", async () => {
  const [a, b] = [create("a"), create("b")];
  linkTasks(t.board, a.id, b.id);
  const html = await refused(404, `/t/${a.id}/link`, { child: "t_00000000" });
  expect(html).toContain("no such task");
});
