import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { userHome, type WorkerEnv } from "../home.ts";
import {
  asActor,
  blockTask,
  claimTask,
  completeTask,
  createTask,
  getTask,
  type JsonObject,
  linkTasks,
  listComments,
  listRuns,
  reclaimTask,
  setWorkspacePath,
  showTask,
} from "../kernel/mod.ts";
import { testBoard } from "../testing/mod.ts";
import type { ToolContext } from "./tool.ts";
import { callTool, ORCHESTRATOR_TOOLS, toolsFor, WORKER_TOOLS } from "./toolset.ts";

const SEVEN = [
  "kanban_show",
  "kanban_complete",
  "kanban_block",
  "kanban_heartbeat",
  "kanban_comment",
  "kanban_create",
  "kanban_link",
];

/** A worker at its task, and a way to call tools as it. */
function setup(input: { depth?: number; workspace_kind?: "worktree" } = {}) {
  const { board, dump, kinds, ready } = testBoard("coder");
  const task = ready({ title: "Port the parser", tenant: "ops", workspace_kind: input.workspace_kind });
  const { run } = claimTask(board, task.id, { claimer: "coder" });
  const worker: WorkerEnv = { task: task.id, run: run.id, profile: "coder", tenant: "ops", workspace: "/w" };
  const context: ToolContext = { board, worker, who: "coder" };
  const call = (name: string, args: unknown = {}) => callTool(toolsFor(worker), () => context, `kanban_${name}`, args);
  /** Calls a tool that must be refused without a trace; returns the sentence. */
  const refused = (name: string, args: unknown = {}): string => {
    const before = dump();
    const { ok, reply } = call(name, args);
    expect(ok).toBe(false);
    expect(Object.keys(reply)).toEqual(["error"]);
    expect(dump()).toBe(before);
    return reply["error"] as string;
  };
  const other = () => ready({ title: "Another task" });
  return { board, dump, kinds, task, run, worker, call, refused, other, ready };
}

describe("the tools of a worker", () => {
  test("are seven, with a description and a schema that says what is needed", () => {
    expect(WORKER_TOOLS.map((tool) => tool.name)).toEqual(SEVEN);
    for (const tool of WORKER_TOOLS) {
      expect(tool.description.length).toBeGreaterThan(100);
      expect(tool.inputSchema).toMatchObject({ type: "object", additionalProperties: false });
      // Some models refuse schemas that refer to themselves.
      expect(JSON.stringify(tool.inputSchema)).not.toContain("$ref");
    }
    const required = Object.fromEntries(WORKER_TOOLS.map((tool) => [tool.name, tool.inputSchema["required"] ?? []]));
    expect(required).toEqual({
      kanban_show: [],
      kanban_complete: [],
      kanban_block: ["reason"],
      kanban_heartbeat: [],
      kanban_comment: ["task_id", "body"],
      kanban_create: ["title", "assignee"],
      kanban_link: ["parent_id", "child_id"],
    });
  });

  test("exist only in a worker's environment", () => {
    const { board, dump, task } = setup();
    expect(toolsFor(null)).toEqual([]);
    const before = dump();

    const { ok, reply } = callTool(toolsFor(null), () => ({ board, worker: null, who: "ann" }), "kanban_complete", {
      task_id: task.id,
      summary: "done",
    });

    expect({ ok, reply }).toEqual({
      ok: false,
      reply: {
        error: expect.stringContaining("the tools belong to a worker, KANBAN_TASK and KANBAN_RUN must be set"),
      },
    });
    expect(dump()).toBe(before);
  });

  test("drive a whole life of a task and promote the child", () => {
    const { board, task, run, call, kinds } = setup();

    const shown = call("show").reply;
    expect(call("heartbeat", { note: "reading the old parser" }).reply).toEqual({ ok: true, task_id: task.id });
    const commented = call("comment", { task_id: task.id, body: "The grammar is ambiguous in one place" }).reply;
    const created = call("create", { title: "Write fuzz tests", assignee: "tester", parents: task.id }).reply;
    const completed = call("complete", { summary: "ported", metadata: { changed_files: ["parser.ts"] } }).reply;

    expect(shown).toMatchObject({ task: { id: task.id, status: "running" }, parents: [], children: [], comments: [] });
    expect(Object.keys(shown)).toEqual(["worker_context", "task", "parents", "children", "comments", "events", "runs"]);
    expect(shown["worker_context"]).toContain("Port the parser");
    expect(commented).toEqual({ ok: true, task_id: task.id, comment_id: 1 });
    expect(created).toEqual({ ok: true, task_id: expect.stringMatching(/^t_[0-9a-f]{8}$/), status: "todo" });
    expect(completed).toEqual({ ok: true, task_id: task.id, run_id: run.id });
    expect(getTask(board, created["task_id"] as string)).toMatchObject({
      status: "ready",
      assignee: "tester",
      tenant: "ops",
      created_by: "coder",
      depth: 1,
    });
    expect(listRuns(board, task.id)).toMatchObject([
      { outcome: "completed", summary: "ported", metadata: { changed_files: ["parser.ts"] } },
    ]);
    expect(kinds()).toEqual(["created", "claimed", "heartbeat", "commented", "created", "completed", "promoted"]);
  });
});

describe("kanban_show", () => {
  test("reads any task, by a prefix of its id too", () => {
    const { call, other } = setup();
    const { id } = other();
    expect(call("show", { task_id: id.slice(0, 6) }).reply).toMatchObject({ task: { id } });
  });

  test("begins with what a worker must read, however long its neighbours are", () => {
    const { board, call, task } = setup();
    const long = `${"x".repeat(499)}😀${"y".repeat(900_000)}`;
    const relatives = Array.from({ length: 20 }, () => createTask(board, { title: "long", body: long }).task);
    for (const { id } of relatives.slice(0, 10)) linkTasks(board, task.id, id);
    for (const { id } of relatives.slice(10)) completeTask(board, id, { result: long });
    const child = createTask(board, { title: "joins", parents: relatives.slice(10).map(({ id }) => id) }).task;

    const { reply } = call("show", {});
    expect(Object.keys(reply).slice(0, 2)).toEqual(["worker_context", "task"]);
    const page = reply as unknown as { children: { body: string }[] };
    expect(page.children[0]!.body).toBe(`${"x".repeat(499)}\n… 900004 bytes omitted …`);
    expect(JSON.stringify(reply).length).toBeLessThan(30_000);
    const joins = call("show", { task_id: child.id }).reply as unknown as { parents: { result: string }[] };
    expect(joins.parents.map(({ result }) => result.length < 600 && result.endsWith(" bytes omitted …"))).toEqual(
      Array.from({ length: 10 }, () => true),
    );
    expect(call("show", { task_id: relatives[0]!.id }).reply).toMatchObject({ task: { body: long } });
  });

  test("says that there is no such task", () => {
    expect(setup().refused("show", { task_id: "t_ffffffff" })).toContain('"t_ffffffff"');
  });
});

describe("kanban_complete", () => {
  test.each([{}, { summary: "  " }, { summary: "", result: "\n" }])("refuses a blank handoff %p", (args) => {
    expect(setup().refused("complete", args)).toBe(
      "Cannot complete your task: summary or result must say what was done, both are blank",
    );
  });

  test.each([
    [{ summary: 7 }, "summary must be a text, got 7"],
    [{ summary: "x", metadata: "{}" }, 'metadata must be an object, got "{}"'],
    [{ summary: "x", metadata: [1] }, "metadata must be an object, got [1]"],
    [{ summary: null, handoff: null }, 'there is no argument "handoff"'],
    [{ summary: "x", handoff: 1 }, 'there is no argument "handoff"'],
    ["text", 'its arguments must be an object, got "text"'],
    [[], "its arguments must be an object, got []"],
  ] as const)("refuses %p in words", (args, words) => {
    expect(setup().refused("complete", args)).toBe(`Cannot use kanban_complete: ${words}`);
  });

  test("takes null for what was left out: models that must name every argument write it", () => {
    const { board, task, call, refused } = setup();
    const nothing = { body: null, parents: null, priority: null, tenant: null, skills: null, triage: null };
    expect(refused("create", { title: null, assignee: "tester" })).toBe(
      "Cannot use kanban_create: title must be a text, got null",
    );
    expect(call("create", { title: "x", assignee: "tester", ...nothing }).ok).toBe(true);
    expect(call("complete", { summary: "ported", metadata: null, result: null, task_id: null }).ok).toBe(true);
    expect(listRuns(board, task.id)).toMatchObject([{ summary: "ported", metadata: null }]);
  });

  test("takes a result alone, and keeps any metadata as it was", () => {
    const { board, task, call } = setup();
    const metadata = JSON.parse('{"a": {"b": [null, true, 1.5, "x"]}, "constructor": 1}') as JsonObject;
    expect(call("complete", { result: "42", metadata }).ok).toBe(true);
    expect(getTask(board, task.id)).toMatchObject({ status: "done", result: "42" });
    expect(listRuns(board, task.id)).toMatchObject([{ summary: "42", metadata }]);
  });

  test("moves a task that asks for review to review", () => {
    const { board, dump: _, ready } = testBoard("coder");
    const task = ready({ review: true });
    const { run } = claimTask(board, task.id, { claimer: "coder" });
    const worker: WorkerEnv = { task: task.id, run: run.id, profile: "coder", tenant: null, workspace: null };
    callTool(WORKER_TOOLS, () => ({ board, worker, who: "coder" }), "kanban_complete", { summary: "done" });
    expect(getTask(board, task.id).status).toBe("review");
  });
});

describe("what a worker may touch", () => {
  test.each([
    ["complete", { summary: "x" }],
    ["block", { reason: "why?" }],
    ["heartbeat", {}],
  ] as const)("%s is refused for another task, also for a running one", (name, args) => {
    const { board, task, refused, other } = setup();
    const { id } = other();
    claimTask(board, id, { claimer: "somebody" });

    expect(refused(name, { ...args, task_id: id })).toContain(
      `Cannot ${name} task "${id}": a worker may ${name} only its own task, which is "${task.id}"`,
    );
  });

  test.each([
    ["complete", { summary: "x" }],
    ["block", { reason: "why?" }],
    ["heartbeat", {}],
  ] as const)("%s takes the own task by its id and by a prefix of it", (name, args) => {
    for (const length of [10, 7]) {
      const { call, task } = setup();
      expect(call(name, { ...args, task_id: task.id.slice(0, length) }).ok).toBe(true);
    }
  });

  const writes = [
    ["complete", () => ({ summary: "late" })],
    ["block", () => ({ reason: "late?" })],
    ["heartbeat", () => ({})],
    ["comment", (id: string) => ({ task_id: id, body: "late" })],
    ["create", () => ({ title: "late", assignee: "x" })],
    ["link", (id: string, other: string) => ({ parent_id: other, child_id: id })],
  ] as const;

  test.each(writes)("%s is refused after the task was reclaimed, with the reason", (name, args) => {
    const { board, task, refused, other } = setup();
    const { id } = other();
    reclaimTask(board, task.id, { reason: "lease ran out" });

    expect(refused(name, args(id, task.id))).toMatch(
      /your run 1 must be open, run 1 ended as reclaimed \(.*lease ran out.*\), the task is ready\. .*Stop now/,
    );
  });

  test.each(writes)("%s is refused while another run is at work", (name, args) => {
    const { board, task, refused, other } = setup();
    const { id } = other();
    reclaimTask(board, task.id, {});
    claimTask(board, task.id, { claimer: "second" });

    expect(refused(name, args(id, task.id))).toMatch(/run 1 ended as reclaimed.*the task is running/);
  });

  test.each(writes)("%s is refused after the worker completed", (name, args) => {
    const { call, task, refused, other } = setup();
    const { id } = other();
    call("complete", { summary: "done" });

    expect(refused(name, args(id, task.id))).toContain("run 1 ended as completed, the task is done");
  });

  test("a run id of another task opens nothing", () => {
    const { board, worker, other, dump } = setup();
    const { id } = other();
    const { run } = claimTask(board, id, { claimer: "somebody" });
    const before = dump();

    const forged = { ...worker, run: run.id };
    const called = callTool(WORKER_TOOLS, () => ({ board, worker: forged, who: "coder" }), "kanban_complete", {
      summary: "x",
    });

    expect(called.reply["error"]).toContain(`there is no run ${run.id} of task "${worker.task}"`);
    expect(dump()).toBe(before);
  });
});

describe("kanban_block", () => {
  test("keeps the question as summary and comment", () => {
    const { board, task, run, call } = setup();
    expect(call("block", { reason: "Which licence?" }).reply).toEqual({ ok: true, task_id: task.id, run_id: run.id });
    expect(getTask(board, task.id).status).toBe("blocked");
    expect(listRuns(board, task.id)).toMatchObject([{ outcome: "blocked", summary: "Which licence?" }]);
    expect(listComments(board, task.id)).toMatchObject([{ body: "BLOCKED: Which licence?" }]);
  });

  test("refuses a blank question", () => {
    expect(setup().refused("block", { reason: " " })).toContain("reason");
    expect(setup().refused("block")).toBe("Cannot use kanban_block: reason must be given");
  });
});

describe("kanban_comment", () => {
  test("signs with the profile, and tells who really wrote under another name", () => {
    const { board, call, other } = setup();
    const { id } = other();
    call("comment", { task_id: id, body: "one" });
    call("comment", { task_id: id, body: "two", author: "the boss" });
    expect(listComments(board, id)).toMatchObject([
      { author: "coder", via: "coder", body: "one" },
      { author: "the boss", via: "coder", body: "two" },
    ]);
  });
});

/** A planner outside any run, and a way to call its tools. */
function plan() {
  const { board, dump, ready } = testBoard("ann");
  const call = (name: string, args: unknown = {}) =>
    callTool(
      toolsFor(null, { orchestrator: true }),
      () => ({ board, worker: null, who: "ann" }),
      `kanban_${name}`,
      args,
    );
  return { board, dump, ready, call };
}

describe("kanban_create", () => {
  test("takes lists as lists and as texts", () => {
    const { board, call, task, other } = setup();
    const { id } = other();
    const many = call("create", { title: "a", assignee: "x", parents: [task.id, id], skills: ["one", "two"] }).reply;
    const text = call("create", { title: "b", assignee: "x", parents: `${task.id}, ${id}`, skills: "one" }).reply;
    expect(getTask(board, many["task_id"] as string).skills).toEqual(["one", "two"]);
    expect(getTask(board, text["task_id"] as string).skills).toEqual(["one"]);
    for (const made of [many, text]) expect(showTask(board, made["task_id"] as string).parents).toHaveLength(2);
  });

  test.each(["worker", "planner"])("expands ~ in the path of a workspace (%s)", (who) => {
    const { board, call } = who === "worker" ? setup() : plan();
    const args = { title: "a", assignee: "x", workspace_kind: "dir", workspace_path: "~/a b" };

    const { reply } = call("create", args);

    expect(getTask(board, reply["task_id"] as string).workspace_path).toBe(join(userHome(), "a b"));
  });

  test("returns the same task for the same idempotency key", () => {
    const { call } = setup();
    const first = call("create", { title: "a", assignee: "x", idempotency_key: "k" }).reply;
    expect(call("create", { title: "b", assignee: "x", idempotency_key: "k" }).reply).toEqual(first);
  });

  test.each([
    [{ assignee: "x" }, "title must be given"],
    [{ title: "a" }, "assignee must be given"],
    [{ title: "a", assignee: " " }, "assignee must name a profile or a person"],
    [{ title: " ", assignee: "x" }, "title"],
    [{ title: "a", assignee: "x", parents: ["t_ffffffff"] }, "t_ffffffff"],
    [{ title: "a", assignee: "x", parents: [7] }, "parents must be a list of texts"],
    [{ title: "a", assignee: "x", skills: ["bad,name"] }, "skill"],
    [{ title: "a", assignee: "x", workspace_kind: "cloud" }, "workspace_kind must be one of scratch, dir, worktree"],
    [{ title: "a", assignee: "x", workspace_kind: "dir" }, "workspace"],
    [{ title: "a", assignee: "x", priority: 1.5 }, "priority must be a whole number, got 1.5"],
    [{ title: "a\0", assignee: "x" }, "NUL"],
  ])("refuses %p", (args, words) => {
    expect(setup().refused("create", args)).toContain(words);
  });

  test("stops a chain of workers that create workers at the depth limit", () => {
    const { board, worker } = setup();
    let me = worker;
    for (let depth = 1; depth <= 5; depth++) {
      const context = { board: asActor(board, "coder"), worker: me, who: "coder" };
      const made = callTool(WORKER_TOOLS, () => context, "kanban_create", {
        title: `level ${depth}`,
        assignee: "coder",
      });
      const id = made.reply["task_id"] as string;
      me = { ...me, task: id, run: claimTask(board, id, { claimer: "coder" }).run.id };
    }

    const last = callTool(WORKER_TOOLS, () => ({ board, worker: me, who: "coder" }), "kanban_create", {
      title: "too deep",
      assignee: "coder",
    });

    expect(last.reply["error"]).toMatch(/at most 5 levels deep, this would be level 6/);
  });

  test("puts a worktree beside the creator's own", () => {
    const { board, task, call } = setup({ workspace_kind: "worktree" });
    setWorkspacePath(board, task.id, `/repo/.worktrees/${task.id}`);
    const { reply } = call("create", { title: "a", assignee: "x", workspace_kind: "worktree" });
    const made = getTask(board, reply["task_id"] as string);
    expect(made).toMatchObject({ workspace_kind: "worktree", workspace_path: `/repo/.worktrees/${made.id}` });
  });
});

describe("kanban_link", () => {
  test("makes a ready task wait, and refuses a circle", () => {
    const { board, task, call, refused, other } = setup();
    const { id } = other();
    expect(call("link", { parent_id: task.id, child_id: id }).reply).toEqual({
      ok: true,
      parent_id: task.id,
      child_id: id,
    });
    expect(getTask(board, id).status).toBe("todo");
    expect(refused("link", { parent_id: id, child_id: task.id })).toMatch(
      /must not form a cycle, .* already waits for "t_[0-9a-f]{8}"$/,
    );
    expect(refused("link", { parent_id: id, child_id: id })).toContain(id);
  });
});

describe("an unknown tool", () => {
  test("is refused with the names that there are", () => {
    expect(setup().refused("finish")).toContain(SEVEN.join(", "));
    expect(setup().refused("unblock")).toContain("Cannot call");
  });
});

describe("the tools of a planner", () => {
  test("are six, and a worker never gets them", () => {
    const { worker } = setup();
    const names = ["create", "link", "show", "list", "comment", "unblock"].map((name) => `kanban_${name}`);
    expect(ORCHESTRATOR_TOOLS.map((tool) => tool.name)).toEqual(names);
    expect(toolsFor(worker, { orchestrator: true })).toBe(WORKER_TOOLS);
  });

  test("draw a graph, follow it and answer a question", () => {
    const { board, call } = plan();
    const first = call("create", { title: "Spec", assignee: "writer", tenant: "ops" }).reply["task_id"] as string;
    const second = call("create", { title: "Build", assignee: "coder", tenant: "ops" }).reply["task_id"] as string;
    call("link", { parent_id: first, child_id: second });
    call("comment", { task_id: second, body: "Keep it small" });
    const { run } = claimTask(board, first, { claimer: "writer" });
    blockTask(board, first, { runId: run.id, reason: "Which format?" });

    const answered = call("unblock", { task_id: first, comment: "Markdown" }).reply;
    completeTask(board, first, { summary: "written" });
    const { reply } = call("list", { tenant: "ops", limit: 1 });

    expect(answered).toEqual({ ok: true, task_id: first, status: "ready" });
    expect(listComments(board, first).at(-1)).toMatchObject({ author: "ann", body: "Markdown" });
    expect(reply).toMatchObject({ tasks: [{ id: first, status: "done" }], more: true });
    expect(call("list", { status: "ready" }).reply).toMatchObject({ tasks: [{ id: second }], more: false });
    expect(call("show", { task_id: second }).reply).toMatchObject({
      task: { id: second, created_by: "ann", depth: 0 },
    });
  });

  test("cannot end a task, and refuse what is wrong in words", () => {
    const { dump, ready, call } = plan();
    const { id } = ready();
    const before = dump();
    expect(call("complete", { task_id: id, summary: "x" }).reply["error"]).toContain("it must be one of kanban_create");
    expect(call("list", { limit: 1_000 }).reply["error"]).toBe("Cannot use kanban_list: limit must be at most 200");
    expect(call("list", { status: "open" }).reply["error"]).toContain("status must be one of triage, todo");
    expect(call("unblock", { task_id: id }).reply["error"]).toContain("it must be blocked");
    expect(dump()).toBe(before);
  });
});
