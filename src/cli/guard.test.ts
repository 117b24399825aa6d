import { describe, expect, test } from "bun:test";
import type { WorkerEnv } from "../home.ts";
import { addComment, claimTask, completeTask, listComments, reclaimTask } from "../kernel/mod.ts";
import { refusal, testBoard } from "../testing/mod.ts";
import { fenced, ownRun } from "./guard.ts";

const WORKER: WorkerEnv = { task: "t_0000000a", run: 7, profile: "coder", tenant: null, workspace: null };

describe("ownRun()", () => {
  test("is the worker's own run, and for a person the one that was named", () => {
    expect(ownRun(WORKER, "complete", WORKER.task, undefined)).toBe(7);
    expect(ownRun(WORKER, "complete", WORKER.task, 7)).toBe(7);
    expect(ownRun(null, "complete", "t_0000000b", undefined)).toBe(undefined);
    expect(ownRun(null, "complete", "t_0000000b", 9)).toBe(9);
  });

  test("refuses another task, even with the right run", () => {
    const error = refusal(() => ownRun(WORKER, "block", "t_0000000b", 7));
    expect(error.code).toBe("refused");
    expect(error.message).toBe(
      'Cannot block task "t_0000000b": a worker may block only its own task, which is "t_0000000a"',
    );
  });

  test("refuses another run of the own task", () => {
    const error = refusal(() => ownRun(WORKER, "complete", WORKER.task, 8));
    expect(error.message).toBe(
      'Cannot complete task "t_0000000a": a worker acts under its own run, which is 7, got --run 8',
    );
  });
});

describe("fenced()", () => {
  test("lets a person write without a run", () => {
    const { board, ready } = testBoard();
    const task = ready();

    fenced(board, undefined, "comment", () => addComment(board, task.id, { body: "hello" }));

    expect(listComments(board, task.id)).toHaveLength(1);
  });

  test("lets a worker write while its run is open", () => {
    const { board, ready } = testBoard();
    const task = ready();
    const { run } = claimTask(board, task.id, { claimer: "w" });

    fenced(board, run.id, "comment", () => addComment(board, task.id, { body: "hello" }));

    expect(listComments(board, task.id)).toHaveLength(1);
  });

  test("refuses a late worker, and says what became of its run", () => {
    const { board, ready, refused } = testBoard();
    const task = ready();
    const { run } = claimTask(board, task.id, { claimer: "w" });
    reclaimTask(board, task.id, { reason: "moved on" });

    const late = () => fenced(board, run.id, "comment", () => addComment(board, task.id, { body: "late" }));

    refused(late, "conflict", "Cannot comment: run 1 must be open, it ended as reclaimed (moved on)");
  });

  test("refuses a run that never was", () => {
    const { board, ready, refused } = testBoard();
    const task = ready();

    refused(
      () => fenced(board, 99, "comment", () => addComment(board, task.id, { body: "x" })),
      "not_found",
      "no such run, 99",
    );
  });

  test("leaves nothing of a write that fails half way", () => {
    const { board, ready, refused } = testBoard();
    const task = ready();
    const { run } = claimTask(board, task.id, { claimer: "w" });

    refused(
      () =>
        fenced(board, run.id, "comment", () => {
          addComment(board, task.id, { body: "first" });
          completeTask(board, "t_ffffffff");
        }),
      "not_found",
    );
  });
});
