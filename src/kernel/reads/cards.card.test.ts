import { describe, expect, test } from "bun:test";
import { inStatus } from "../../testing/kernel.ts";
import { type TestBoard, testBoard } from "../../testing/mod.ts";
import {
  addComment,
  archiveTask,
  blockTask,
  claimTask,
  completeTask,
  failRun,
  getCard,
  getTask,
  linkTasks,
  moveTask,
  unblockTask,
} from "../mod.ts";

describe("a card", () => {
  const card = (t: TestBoard, id: string) => getCard(t.board, id)!;

  test("is the task without its body", () => {
    const t = testBoard();
    const { body: _, ...task } = getTask(
      t.board,
      inStatus(t, "running", { body: "long", skills: ["git"], review: true }).id,
    );

    expect(card(t, task.id)).toEqual({
      ...task,
      age: { created_seconds: 0, ready_seconds: null, run_seconds: 0, time_to_complete_seconds: null },
      link_counts: { parents: 0, children: 0 },
      unfinished_parents: 0,
      comment_count: 0,
      progress: null,
      latest_summary: null,
      question: null,
      stopped_by: null,
      attempts: 1,
      run_started_at: t.clock.ms,
      run_ttl_seconds: 900,
    });
  });

  test("tells ages in whole seconds, never negative, null where unknown", () => {
    const t = testBoard();
    const { id } = t.ready();
    t.clock.ms += 10_999;
    expect(card(t, id).age).toEqual({
      created_seconds: 10,
      ready_seconds: 10,
      run_seconds: null,
      time_to_complete_seconds: null,
    });

    claimTask(t.board, id, { claimer: "w" });
    t.clock.ms += 5_000;
    expect(card(t, id).age).toEqual({
      created_seconds: 15,
      ready_seconds: null,
      run_seconds: 5,
      time_to_complete_seconds: null,
    });

    completeTask(t.board, id);
    t.clock.ms += 60_000;
    expect(card(t, id).age).toEqual({
      created_seconds: 75,
      ready_seconds: null,
      run_seconds: null,
      time_to_complete_seconds: 5,
    });

    t.clock.ms -= 3_600_000;
    expect(card(t, id).age.created_seconds).toBe(0);
  });

  test("counts parents, those it waits for, children and how many of them are finished", () => {
    const t = testBoard();
    const { id } = t.ready();
    for (const parent of [t.done(), t.ready(), t.ready()]) linkTasks(t.board, parent.id, id);
    const children = [t.ready(), t.ready(), t.ready()];
    for (const child of children) linkTasks(t.board, id, child.id);
    completeTask(t.board, moveTask(t.board, children[0]!.id, "ready").id);
    archiveTask(t.board, children[1]!.id); // Unfinished: it does not count as done.

    expect(card(t, id)).toMatchObject({
      link_counts: { parents: 3, children: 3 },
      unfinished_parents: 2,
      progress: { done: 1, total: 3 },
    });
  });

  test("counts comments and attempts, and shows the newest summary, cut", () => {
    const t = testBoard();
    const { id } = t.ready();
    blockTask(t.board, id, { reason: "first" });
    unblockTask(t.board, id);
    const { run } = claimTask(t.board, id, { claimer: "w" });
    completeTask(t.board, id, { runId: run.id, summary: "x".repeat(500) });
    addComment(t.board, id, { body: "nice" });

    expect(card(t, id)).toMatchObject({ comment_count: 2, attempts: 2, latest_summary: "x".repeat(400) });
  });

  describe("that is blocked shows the question", () => {
    test("of the block", () => {
      const t = testBoard();

      expect(card(t, blockTask(t.board, t.ready().id, { reason: "A or B?" }).id).question).toBe("A or B?");
    });

    test("or the error that tripped the breaker", () => {
      const t = testBoard();
      const { id } = inStatus(t, "running");
      failRun(
        t.board,
        { taskId: id, runId: 1 },
        { kind: "spawn_failed", error: "no such program" },
        { failureLimit: 1, backoffMs: () => 0 },
      );

      expect(card(t, id).question).toBe("no such program");
    });

    test("and none when the newest block gave no reason", () => {
      const t = testBoard();
      const { id } = inStatus(t, "running");
      failRun(
        t.board,
        { taskId: id, runId: 1 },
        { kind: "spawn_failed", error: "old error" },
        { failureLimit: 9, backoffMs: () => 0 },
      );
      blockTask(t.board, id, { reason: "old question" });
      unblockTask(t.board, id);
      blockTask(t.board, id);

      expect(card(t, id).question).toBeNull();
    });

    test("and none once it is unblocked", () => {
      const t = testBoard();
      const { id } = inStatus(t, "blocked");

      expect(card(t, unblockTask(t.board, id).id).question).toBeNull();
    });
  });

  test("of an unknown task is null", () => {
    expect(getCard(testBoard().board, "t_00000000")).toBeNull();
  });
});
