import { describe, expect, test } from "bun:test";
import { blockTask, claimTask, completeTask, listComments } from "../kernel/mod.ts";
import { planner, workerAtTask } from "../testing/worker_tools.ts";
import { ORCHESTRATOR_TOOLS, toolsFor, WORKER_TOOLS } from "./toolset.ts";

describe("the tools of a planner", () => {
  test("are six, and a worker never gets them", () => {
    const { worker } = workerAtTask();
    const names = ["create", "link", "show", "list", "comment", "unblock"].map((name) => `kanban_${name}`);
    expect(ORCHESTRATOR_TOOLS.map((tool) => tool.name)).toEqual(names);
    expect(toolsFor(worker, { orchestrator: true })).toBe(WORKER_TOOLS);
  });

  test("draw a graph, follow it and answer a question", () => {
    const { board, call } = planner();
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
    const { dump, ready, call } = planner();
    const { id } = ready();
    const before = dump();
    expect(call("complete", { task_id: id, summary: "x" }).reply["error"]).toContain("it must be one of kanban_create");
    expect(call("list", { limit: 1_000 }).reply["error"]).toBe("Cannot use kanban_list: limit must be at most 200");
    expect(call("list", { status: "open" }).reply["error"]).toContain("status must be one of triage, todo");
    expect(call("unblock", { task_id: id }).reply["error"]).toContain("it must be blocked");
    expect(dump()).toBe(before);
  });
});
