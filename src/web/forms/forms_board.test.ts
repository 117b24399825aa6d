import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { completeTask, createTask, getTask, listTasks } from "../../kernel/mod.ts";
import { dump } from "../../testing/mod.ts";
import { ORIGIN, type TestWeb, testWeb } from "../../testing/web.ts";

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
      created_by: "maya",
      max_runtime_seconds: 7200,
    });
    expect(html).toContain(`/t/${task.id}`);
  });

  test.each<[kind: string, path: string, workspace_kind: string, workspace_path: string | null]>([
    ["scratch", "", "scratch", null],
    ["scratch", "/typed/and/hidden", "scratch", null],
    ["worktree", "", "worktree", null],
    ["worktree", "/tmp/repo", "worktree", "/tmp/repo"],
    ["dir", "/tmp/project", "dir", "/tmp/project"],
  ])("the workspace %s with the folder %j", async (kind, path, workspace_kind, workspace_path) => {
    await t.post("/tasks", { title: "Chosen", column: "", workspace_kind: kind, workspace_path: path });
    expect(listTasks(t.board)[0]).toMatchObject({ workspace_kind, workspace_path });
  });
  test("a folder that is not named is refused", async () => {
    const html = await refused(400, "/tasks", { title: "x", column: "", workspace_kind: "dir", workspace_path: " " });
    expect(html).toContain('hx-target="#error-create"');
  });

  test("triage parks it, the others follow the rules of create", async () => {
    await t.post("/tasks", { title: "rough", column: "triage", quick: "1" });
    await t.post("/tasks", { title: "plain", column: "todo", quick: "1" });
    const found = Object.fromEntries(listTasks(t.board).map((task) => [task.title, task.status]));
    expect(found).toEqual({ rough: "triage", plain: "ready" });
  });

  test("a refusal is under the form it came from", async () => {
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
    await t.post("/bulk", { all: "1", view: "/?tenant=auth", assignee: "coder", count: "1" });
    expect([getTask(t.board, a.id).assignee, getTask(t.board, b.id).assignee]).toEqual(["coder", null]);
    await t.post("/bulk", { all: "1", view: "/?tenant=", priority: "4", count: "1" });
    expect([getTask(t.board, a.id).priority, getTask(t.board, b.id).priority]).toEqual([0, 4]);
  });

  test("a task that the view hides because it waits is not among all of them", async () => {
    const parent = create("parent");
    const child = create("child", { parents: [parent.id] });

    await t.post("/bulk", { all: "1", view: "/?hide_blocked=1", to: "archived", count: "1" });

    expect([status(parent.id), status(child.id)]).toEqual(["archived", "todo"]);
  });

  test("refuses a form without an action or without a task", async () => {
    const { id } = create("a");
    await refused(400, "/bulk", { ids: id });
    await refused(400, "/bulk", { to: "done" });
    await refused(400, "/bulk", { ids: id, to: "done", priority: "1" });
    await refused(400, "/bulk", { all: "1", view: "/?tenant=nobody", to: "done", count: "0" });
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
    expect(html).toContain("No task to start");
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

test("POST /release does not repeat a name of a megabyte", async () => {
  const { status, html } = await t.post("/release", { name: "x".repeat(1_000_000) });

  expect(status).toBe(404);
  expect(html.length).toBeLessThan(2_000);
});
