import { describe, expect, test } from "bun:test";
import { inStatus } from "../../../testing/kernel.ts";
import { testBoard } from "../../../testing/mod.ts";
import {
  archiveTask,
  createTask,
  drain,
  eventSweep,
  getTask,
  linkTasks,
  moveTask,
  patchTask,
  restoreTask,
  type Status,
} from "../../mod.ts";

describe("restoreTask()", () => {
  test.each<[from: Status, to: Status]>([
    ["triage", "triage"],
    ["todo", "todo"],
    ["ready", "ready"],
    ["running", "ready"],
    ["review", "review"],
    ["blocked", "blocked"],
    ["done", "done"],
  ])("brings what was in %s back to %s", (from, to) => {
    const t = testBoard();
    const before = inStatus(t, from);
    t.clock.ms += 60_000;
    archiveTask(t.board, before.id);
    t.clock.ms += 60_000;

    const restored = restoreTask(t.board, before.id);

    expect(restored.status).toBe(to);
    expect(getTask(t.board, before.id)).toEqual(restored);
    expect([restored.completed_at, restored.result]).toEqual([before.completed_at, before.result]);
  });

  test("makes it wait for what is unfinished now, and holds again what was held [G1]", () => {
    const t = testBoard();
    const [parent, child, parked] = [t.ready(), t.ready(), t.ready()];
    moveTask(t.board, parked.id, "todo");
    for (const { id } of [child, parked]) archiveTask(t.board, id);
    linkTasks(t.board, parent.id, child.id);

    expect(restoreTask(t.board, child.id)).toMatchObject({ status: "todo", held: false });
    expect(restoreTask(t.board, parked.id)).toMatchObject({ status: "todo", held: true });
  });

  test("goes by what is left where gc has removed the event that says from where", () => {
    const t = testBoard();
    const [done, open] = [t.done(), t.ready()];
    for (const { id } of [done, open]) archiveTask(t.board, id);
    t.clock.ms += 31 * 86_400_000;
    t.ready();
    drain(eventSweep(t.board, { retentionMs: 0 }));

    expect([done, open].map(({ id }) => restoreTask(t.board, id).status)).toEqual(["done", "ready"]);
  });

  test("is refused for what is not archived, and when another task has its idempotency key", () => {
    const t = testBoard();
    const { id } = t.ready({ idempotency_key: "k" });
    t.refused(() => restoreTask(t.board, id), "conflict", "it must be archived, it is ready");
    archiveTask(t.board, id);
    const { task } = createTask(t.board, { title: "another", idempotency_key: "k" });
    t.refused(() => restoreTask(t.board, id), "conflict", `must be free, "${task.id}" has it`);
    archiveTask(t.board, task.id);
    expect(restoreTask(t.board, id).status).toBe("ready");
  });

  test("is what a patch to ready does, with the other fields of the patch", () => {
    const t = testBoard();
    const { id } = inStatus(t, "archived");
    t.refused(() => patchTask(t.board, id, { priority: 3 }), "conflict", "unarchived");
    expect(patchTask(t.board, id, { status: "ready", priority: 3, assignee: "bob" })).toMatchObject({
      status: "ready",
      priority: 3,
      assignee: "bob",
    });
  });
});
