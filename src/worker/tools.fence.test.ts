import { describe, expect, test } from "bun:test";
import { asWorker, claimTask, getTask, reclaimTask } from "../kernel/mod.ts";
import { workerAtTask, queue } from "../testing/worker_tools.ts";
import { callTool, WORKER_TOOLS } from "./toolset.ts";

describe("what a worker may touch", () => {
  test.each([
    ["complete", { summary: "x" }],
    ["block", { reason: "why?" }],
    ["heartbeat", {}],
  ] as const)("%s is refused for another task, also for a running one", (name, args) => {
    const { board, task, refused, other } = workerAtTask();
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
      const { call, task } = workerAtTask();
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
    const { board, task, refused, other } = workerAtTask();
    const { id } = other();
    reclaimTask(board, task.id, { reason: "lease ran out" });

    expect(refused(name, args(id, task.id))).toMatch(
      /your run 1 must be open, run 1 ended as reclaimed \(.*lease ran out.*\), the task is ready\. .*Stop now/,
    );
  });

  test.each(writes)("%s is refused while another run is at work", (name, args) => {
    const { board, task, refused, other } = workerAtTask();
    const { id } = other();
    reclaimTask(board, task.id, {});
    claimTask(board, task.id, { claimer: "second" });

    expect(refused(name, args(id, task.id))).toMatch(/run 1 ended as reclaimed.*the task is running/);
  });

  test.each(writes)("%s is refused after the worker completed", (name, args) => {
    const { call, task, refused, other } = workerAtTask();
    const { id } = other();
    call("complete", { summary: "done" });

    expect(refused(name, args(id, task.id))).toContain("run 1 ended as completed, the task is done");
  });

  test.each(writes)("%s is refused under the open run of another task [D3]", (name, args) => {
    const { board, worker, other, dump, task } = workerAtTask();
    const { id } = other();
    const { run } = claimTask(board, id, { claimer: "somebody" });
    const before = dump();

    const forged = { ...worker, run: run.id };
    const context = { board: asWorker(board, "coder"), worker: forged, who: "coder", queue };
    const called = callTool(WORKER_TOOLS, () => context, `kanban_${name}`, args(id, task.id));

    expect(called.reply["error"]).toContain(`there is no run ${run.id} of task "${worker.task}"`);
    expect(dump()).toBe(before);
  });

  test("link is refused between two tasks of others, and done for one that it created [D1]", () => {
    const { board, call, refused, other } = workerAtTask();
    const [one, two] = [other().id, other().id];
    const created = call("create", { title: "Follow-up", assignee: "x" }).reply["task_id"] as string;

    expect(refused("link", { parent_id: one, child_id: two })).toContain("one end must be your own task");
    expect(call("link", { parent_id: one, child_id: created }).ok).toBe(true);
    expect(getTask(board, created).status).toBe("todo");
  });
});
