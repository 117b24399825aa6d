import { describe, expect, test } from "bun:test";
import { type WorkerEnv } from "../home.ts";
import { claimTask, createTask, getTask, type JsonObject, listComments, listRuns } from "../kernel/mod.ts";
import { testBoard } from "../testing/mod.ts";
import { workerAtTask, queue } from "../testing/worker_tools.ts";
import { callTool, toolsFor, WORKER_TOOLS } from "./toolset.ts";

const SEVEN = [
  "kanban_show",
  "kanban_complete",
  "kanban_block",
  "kanban_heartbeat",
  "kanban_comment",
  "kanban_create",
  "kanban_link",
];

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
    const { board, dump, task } = workerAtTask();
    expect(toolsFor(null)).toEqual([]);
    const before = dump();

    const { ok, reply } = callTool(
      toolsFor(null),
      () => ({ board, worker: null, who: "ann", queue }),
      "kanban_complete",
      {
        task_id: task.id,
        summary: "done",
      },
    );

    expect({ ok, reply }).toEqual({
      ok: false,
      reply: {
        error: expect.stringContaining("the tools belong to a worker, KANBAN_TASK and KANBAN_RUN must be set"),
      },
    });
    expect(dump()).toBe(before);
  });

  test("drive a whole life of a task and promote the child", () => {
    const { board, task, run, call, kinds } = workerAtTask();

    const shown = call("show").reply;
    expect(call("heartbeat", { note: "reading the old parser" }).reply).toEqual({ ok: true, task_id: task.id });
    const commented = call("comment", { task_id: task.id, body: "The grammar is ambiguous in one place" }).reply;
    const created = call("create", { title: "Write fuzz tests", assignee: "tester", parents: task.id }).reply;
    const completed = call("complete", { summary: "ported", metadata: { changed_files: ["parser.ts"] } }).reply;

    expect(shown).toMatchObject({ task: { id: task.id, status: "running" }, lists: { runs: 1, comments: 0 } });
    expect(Object.keys(shown)).toEqual(["worker_context", "task", "lists"]);
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
    const { call, other } = workerAtTask();
    const { id } = other();
    expect(call("show", { task_id: id.slice(0, 6) }).reply).toMatchObject({ task: { id } });
  });

  test("begins with what a worker must read, and fetches what was omitted by the call that is named", () => {
    const { board, call } = workerAtTask();
    const body = `${"x".repeat(9_000)}y`;
    const { id } = createTask(board, { title: "long", body }).task;

    const { reply } = call("show", { task_id: id });

    expect(Object.keys(reply)).toEqual(["worker_context", "task", "lists"]);
    const context = reply["worker_context"] as string;
    const args = JSON.parse(/\nThe rest: kanban_show (\{.*\})$/m.exec(context)![1]!) as { from: number };
    expect(args).toEqual({ task_id: id, field: "body", from: 8_192 } as never);
    const rest = call("show", args).reply;
    expect(rest).toMatchObject({ task_id: id, from: 8_192, bytes: 9_001, next: null });
    expect(rest["text"]).toContain(`\n${body.slice(8_192)}\n[`);
  });

  test("refuses a field that does not exist, and an offset behind the end", () => {
    const { refused } = workerAtTask();
    expect(refused("show", { field: "secrets" })).toContain("it must be one of body, result");
    expect(refused("show", { field: "comments", from: -1 })).toContain("from must be at least 0");
    expect(refused("show", { field: "result" })).toContain("it has none");
  });

  test("says that there is no such task", () => {
    expect(workerAtTask().refused("show", { task_id: "t_ffffffff" })).toContain('"t_ffffffff"');
  });
});

describe("kanban_complete", () => {
  test.each([{}, { summary: "  " }, { summary: "", result: "\n" }])("refuses a blank handoff %p", (args) => {
    expect(workerAtTask().refused("complete", args)).toBe(
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
    expect(workerAtTask().refused("complete", args)).toBe(`Cannot use kanban_complete: ${words}`);
  });

  test("takes null for what was left out: models that must name every argument write it", () => {
    const { board, task, call, refused } = workerAtTask();
    const nothing = { body: null, parents: null, priority: null, tenant: null, skills: null, triage: null };
    expect(refused("create", { title: null, assignee: "tester" })).toBe(
      "Cannot use kanban_create: title must be a text, got null",
    );
    expect(call("create", { title: "x", assignee: "tester", ...nothing }).ok).toBe(true);
    expect(call("complete", { summary: "ported", metadata: null, result: null, task_id: null }).ok).toBe(true);
    expect(listRuns(board, task.id)).toMatchObject([{ summary: "ported", metadata: null }]);
  });

  test("takes a result alone, and keeps any metadata as it was", () => {
    const { board, task, call } = workerAtTask();
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
    callTool(WORKER_TOOLS, () => ({ board, worker, who: "coder", queue }), "kanban_complete", { summary: "done" });
    expect(getTask(board, task.id).status).toBe("review");
  });
});

describe("kanban_block", () => {
  test("keeps the question as summary and comment", () => {
    const { board, task, run, call } = workerAtTask();
    expect(call("block", { reason: "Which licence?" }).reply).toEqual({ ok: true, task_id: task.id, run_id: run.id });
    expect(getTask(board, task.id).status).toBe("blocked");
    expect(listRuns(board, task.id)).toMatchObject([{ outcome: "blocked", summary: "Which licence?" }]);
    expect(listComments(board, task.id)).toMatchObject([{ body: "BLOCKED: Which licence?" }]);
  });

  test("refuses a blank question", () => {
    expect(workerAtTask().refused("block", { reason: " " })).toContain("reason");
    expect(workerAtTask().refused("block")).toBe("Cannot use kanban_block: reason must be given");
  });
});

describe("kanban_comment", () => {
  test("signs with the profile, and refuses to sign with another name [D1]", () => {
    const { board, call, other, refused } = workerAtTask();
    const { id } = other();
    call("comment", { task_id: id, body: "one" });
    call("comment", { task_id: id, body: "two", author: "coder" });
    expect(refused("comment", { task_id: id, body: "three", author: "the boss" })).toBe(
      'Cannot comment: a worker signs with its own name, "coder", got "the boss"',
    );
    expect(listComments(board, id)).toMatchObject([
      { author: "coder", via: "coder", body: "one" },
      { author: "coder", via: "coder", body: "two" },
    ]);
  });
});

describe("kanban_link", () => {
  test("makes a ready task wait, and refuses a circle", () => {
    const { board, task, call, refused, other } = workerAtTask();
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
    expect(workerAtTask().refused("finish")).toContain(SEVEN.join(", "));
    expect(workerAtTask().refused("unblock")).toContain("Cannot call");
  });
});
