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
  listTasks,
  showTask,
} from "../kernel/mod.ts";
import { dump } from "../testing/mod.ts";
import { ORIGIN, type TestWeb, testWeb } from "../testing/web.ts";

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
    expect(html).toMatch(/<input type="hidden" name="to" value="ready"/);
    expect(html).toContain('hx-target="#say"');
  });

  test("each column does what its verb does", async () => {
    const task = create("x");
    await t.post(`/t/${task.id}/move`, { to: "running" });
    expect(getTask(t.board, task.id).claimer).toBe("dashboard");
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
      error: "moved to ready by dashboard",
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
    expect(html).toContain("it must be ready, as you saw it, it is todo");
    expect(html).toContain('hx-target="#list-todo"');
  });

  test("an unknown column is 400, an unknown task 404", async () => {
    const task = create("x");
    await refused(400, `/t/${task.id}/move`, { to: "nowhere" });
    await refused(400, `/t/${task.id}/move`, {});
    await refused(404, "/t/t_00000000/move", { to: "todo" });
    await refused(404, "/t/nonsense/move", { to: "todo" });
  });

  test("what is wrong with a handoff stands under the form of the open drawer, else in a toast", async () => {
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
    expect(listComments(t.board, asked.id).at(-1)).toMatchObject({ body: "the first", author: "dashboard" });

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

  test("a refused edit stands under its field", async () => {
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

describe("POST /tasks", () => {
  test("creates with every field of the form", async () => {
    const parent = create("Parent");
    const body = new URLSearchParams({
      title: "New",
      column: "todo",
      body: "text",
      assignee: "coder",
      tenant: "auth",
      priority: "3",
      skills: "a b",
      workspace: "scratch",
      max_runtime: "2h",
      not_before: "",
      review: "on",
      parents: parent.id,
    });
    const { headers, html } = await t.post("/tasks", Object.fromEntries(body));
    expect(headers.get("hx-trigger")).toBe("kanban:created");
    const task = listTasks(t.board).find(({ title }) => title === "New")!;
    expect(task).toMatchObject({
      status: "todo",
      assignee: "coder",
      tenant: "auth",
      priority: 3,
      skills: ["a", "b"],
      review: true,
      created_by: "dashboard",
      max_runtime_seconds: 7200,
    });
    expect(html).toContain(`/t/${task.id}`);
  });

  test("triage parks it, the others follow the rules of create", async () => {
    await t.post("/tasks", { title: "rough", column: "triage", quick: "1" });
    await t.post("/tasks", { title: "plain", column: "todo", quick: "1" });
    const found = Object.fromEntries(listTasks(t.board).map((task) => [task.title, task.status]));
    expect(found).toEqual({ rough: "triage", plain: "ready" });
  });

  test("a refusal stands under the form it came from", async () => {
    expect(await refused(400, "/tasks", { title: " ", column: "ready", quick: "1" })).toContain(
      'hx-target="#error-quick-ready"',
    );
    expect(await refused(400, "/tasks", { title: "", column: "ready" })).toContain('hx-target="#error-create"');
    expect(await refused(404, "/tasks", { title: "x", parents: "t_00000000" })).toContain("t_00000000");
  });
});

describe("POST /bulk", () => {
  test("acts on each by itself and names those that were refused", async () => {
    const [a, b, c] = [create("a"), create("b"), create("c")];
    completeTask(t.board, c.id);
    const { html } = await t.post("/bulk", { ids: `${a.id},${b.id},${c.id}`, to: "blocked", reason: "hold" });
    expect([status(a.id), status(b.id), status(c.id)]).toEqual(["blocked", "blocked", "done"]);
    expect(html).toContain("2 moved to Blocked, 1 refused");
    expect(html).toContain(c.id);
  });

  test("all that a filter lets through, and nothing else", async () => {
    const [a, b] = [create("a", { tenant: "auth" }), create("b")];
    await t.post("/bulk", { all: "1", view: "/?tenant=auth", assignee: "coder" });
    expect([getTask(t.board, a.id).assignee, getTask(t.board, b.id).assignee]).toEqual(["coder", null]);
    await t.post("/bulk", { all: "1", view: "/?tenant=", priority: "4" });
    expect([getTask(t.board, a.id).priority, getTask(t.board, b.id).priority]).toEqual([0, 4]);
  });

  test("refuses nothing to do and nobody to do it to", async () => {
    const { id } = create("a");
    await refused(400, "/bulk", { ids: id });
    await refused(400, "/bulk", { to: "done" });
    await refused(400, "/bulk", { ids: id, to: "done", priority: "1" });
    await refused(400, "/bulk", { all: "1", view: "/?tenant=nobody", to: "done" });
  });
});

describe("dispatch, pause and resume", () => {
  test("pause and resume show on the daemon card", async () => {
    expect((await t.post("/pause", {})).html).toContain("Paused");
    expect((await t.post("/resume", {})).html).toContain("No dispatcher");
  });

  test("dispatch says why nothing starts", async () => {
    create("nobody's");
    const { html } = await t.post("/dispatch", {});
    expect(html).toContain("Nothing to start");
    expect(html).toContain("1 ready without an assignee");
  });
});

describe("forms without a script", () => {
  const native = (path: string, fields: Record<string, string>) =>
    t.send("POST", path, {
      headers: { ...t.browser, "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams(fields).toString(),
    });

  test("lead to the task, or to the board", async () => {
    const task = create("x");
    const moved = await native(`/t/${task.id}/move`, { to: "todo" });
    expect([moved.status, moved.headers.get("location")]).toEqual([303, `/t/${task.id}`]);
    const paused = await native("/pause", {});
    expect([paused.status, paused.headers.get("location")]).toEqual([303, "/"]);
    const made = await native("/tasks", { title: "y" });
    expect(made.headers.get("location")).toMatch(/^\/t\/t_[0-9a-f]{8}$/);
  });

  test("a refusal is a page with its status; the create form keeps what was typed", async () => {
    const task = create("x");
    completeTask(t.board, task.id);
    const refusal = await native(`/t/${task.id}/move`, { to: "blocked" });
    expect(refusal.status).toBe(409);
    expect(await refusal.text()).toContain("it must be running or ready, it is done");
    const again = await native("/tasks", { title: "", body: "do not lose me", priority: "soon" });
    expect(again.status).toBe(400);
    expect(await again.text()).toContain("do not lose me");
  });

  test("another content type is refused", async () => {
    const task = create("x");
    const response = await t.send("POST", `/t/${task.id}/move`, {
      headers: { ...t.browser, "content-type": "text/plain" },
      body: "to=todo",
    });
    expect(response.status).toBe(400);
    expect(status(task.id)).toBe("ready");
  });
});

test("a refused request of htmx is a notice, never JSON", async () => {
  const gone = await t.page("/t/t_00000000", { "hx-request": "true", "hx-target": "aside#drawer" });
  expect(gone.status).toBe(404);
  expect(gone.html).toContain('hx-target="#toasts"');
  const out = await t.send("GET", "/palette", { headers: { "hx-request": "true", origin: ORIGIN } });
  expect(out.status).toBe(401);
  expect(out.headers.get("content-type")).toContain("text/html");
});

test("linking keeps its own rules for tasks that are archived or unknown", async () => {
  const [a, b] = [create("a"), create("b")];
  linkTasks(t.board, a.id, b.id);
  const html = await refused(404, `/t/${a.id}/link`, { child: "t_00000000" });
  expect(html).toContain("no such task");
});
