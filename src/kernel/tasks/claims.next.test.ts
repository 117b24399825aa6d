import { describe, expect, test } from "bun:test";
import { inStatus } from "../../testing/kernel.ts";
import { testBoard } from "../../testing/mod.ts";
import {
  archiveTask,
  claimNext,
  claimTask,
  completeAndClaimNext,
  getTask,
  peekNext,
  rateLimitRun,
  reclaimTask,
  setPaused,
} from "../mod.ts";

describe("claimNext() and peekNext()", () => {
  test("take by priority, then longest ready, then oldest", () => {
    const { board, clock, ready } = testBoard();
    const late = ready({ title: "late" });
    claimTask(board, late.id, { claimer: "ann" });
    const low = ready({ title: "low", priority: -1 });
    const first = ready({ title: "first" });
    const second = ready({ title: "second" });
    clock.ms += 1_000;
    reclaimTask(board, late.id); // Ready again, at the end of its priority.
    const high = ready({ title: "high", priority: 4 });

    const order = [];
    for (let next = peekNext(board); next !== null; next = peekNext(board)) {
      expect(claimNext(board, { claimer: "ann" })?.task.id).toBe(next.id);
      order.push(next.id);
    }

    expect(order).toEqual([high, first, second, late, low].map(({ id }) => id));
    expect(claimNext(board, { claimer: "ann" })).toBeNull();
  });

  test("leave what is not the assignee's", () => {
    const { board, ready } = testBoard();
    ready({ priority: 9 });
    const mine = ready({ assignee: "writer" });

    expect(peekNext(board, { assignee: "writer" })?.id).toBe(mine.id);
    expect(claimNext(board, { claimer: "w", assignee: "writer" })?.task.id).toBe(mine.id);
    expect(claimNext(board, { claimer: "w", assignee: "writer" })).toBeNull();
  });

  test("leave a task until its back-off is over", () => {
    const t = testBoard();
    const { id } = inStatus(t, "running");
    rateLimitRun(t.board, { taskId: id, runId: 1 }, { retryMs: 300_000 });

    t.clock.ms += 299_999;
    expect(peekNext(t.board)).toBeNull();
    t.clock.ms += 1;
    expect(peekNext(t.board)?.id).toBe(id);
  });

  test("claimNext() is refused while the board is paused", () => {
    const { board, ready, refused } = testBoard();
    ready();
    setPaused(board, true);

    refused(() => claimNext(board, { claimer: "ann" }), "refused", "paused by ann");
  });
});

describe("completeAndClaimNext()", () => {
  test("completes one task and claims the next, which may be the child it released", () => {
    const { board, ready } = testBoard();
    const parent = ready();
    const child = ready({ parents: [parent.id], priority: 5 });
    ready();
    const { run } = claimTask(board, parent.id, { claimer: "coder" });

    const { completed, next } = completeAndClaimNext(
      board,
      parent.id,
      { runId: run.id, summary: "did it" },
      { claimer: "coder" },
    );

    expect(completed.status).toBe("done");
    expect(next?.task.id).toBe(child.id);
  });

  test("claims nothing when nothing is ready", () => {
    const t = testBoard();
    const { id } = inStatus(t, "running");

    expect(completeAndClaimNext(t.board, id, {}, { claimer: "coder" })).toMatchObject({
      completed: { status: "done" },
      next: null,
    });
  });

  test("completes on a paused board, and claims nothing there", () => {
    const t = testBoard();
    const { id } = inStatus(t, "running");
    const waiting = t.ready();
    setPaused(t.board, true);

    expect(completeAndClaimNext(t.board, id, {}, { claimer: "coder" })).toMatchObject({
      completed: { status: "done" },
      next: null,
    });
    expect(getTask(t.board, waiting.id).status).toBe("ready");
  });

  test("a refused completion claims nothing", () => {
    const t = testBoard();
    const { id } = inStatus(t, "running");
    t.ready();
    archiveTask(t.board, id);

    t.refused(
      () => completeAndClaimNext(t.board, id, { runId: 1 }, { claimer: "coder" }),
      "conflict",
      "it is archived",
    );
  });
});
