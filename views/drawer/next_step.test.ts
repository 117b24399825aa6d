import { describe, expect, test } from "bun:test";
import { claimTask, completeTask, createTask, failRun, showTask, type Waiting } from "../../src/kernel/mod.ts";
import { inStatus } from "../../src/testing/kernel.ts";
import { testBoard } from "../../src/testing/mod.ts";
import { waitsFor } from "../../src/testing/views.ts";
import { nextStep } from "./next_step.tsx";

const PARENTS: Waiting = { kind: "parents", words: "its parents", until: null };

describe("nextStep()", () => {
  test.each([
    [1, 0, "when that task is done"],
    [2, 0, "when both are done"],
    [3, 0, "when all 3 are done"],
    [3, 1, "when the other 2 are done"],
    [3, 2, "when the last of them is done"],
  ])("of %i parents, %i of them finished, says %s", (count, finished, words) => {
    const t = testBoard();
    const parents = Array.from({ length: count }, () => t.ready().id);
    const { id } = createTask(t.board, { title: "Child", parents }).task;
    for (const parent of parents.slice(0, finished)) completeTask(t.board, parent);

    const line = nextStep({ page: showTask(t.board, id), waits: PARENTS });

    expect(line).toBe(`Not started. Goes to Ready ${words}.`);
  });
  test("names what a ready task waits for, or that a worker takes it", () => {
    const t = testBoard();
    const page = showTask(t.board, t.ready().id);
    expect(nextStep({ page, waits: waitsFor('a profile named "coder"') })).toBe(
      'Not started. Waits for a profile named "coder".',
    );
    expect(nextStep({ page, waits: null })).toBe("Not started. A worker takes it next.");
  });
  test("does not say of a task that is tried again that it was not started", () => {
    const t = testBoard();
    const { id } = t.ready();
    const failure = { kind: "spawn_failed", error: "no such program" } as const;
    const { run } = claimTask(t.board, id, { claimer: "w" });
    failRun(t.board, { taskId: id, runId: run.id }, failure, { failureLimit: 9, backoffMs: () => 0 });

    expect(nextStep({ page: showTask(t.board, id), waits: waitsFor("its next try") })).toBe("Waits for its next try.");
  });
  test.each(["running", "review", "blocked", "done", "archived"] as const)("is silent on a task in %s", (status) => {
    const t = testBoard();
    expect(nextStep({ page: showTask(t.board, inStatus(t, status).id), waits: waitsFor("x") })).toBeNull();
  });
});
