import { describe, expect, test } from "bun:test";
import { history, inStatus } from "../../testing/kernel.ts";
import { testBoard } from "../../testing/mod.ts";
import {
  asActor,
  blockTask,
  claimTask,
  completeTask,
  latestEventId,
  listComments,
  listRuns,
  reclaimTask,
  unblockTask,
} from "../mod.ts";

// What a run leaves behind when its work ends: completeTask() and blockTask() of claims.ts.

describe("blockTask()", () => {
  test("keeps the reason as the run's summary and as a comment, and says so in one event", () => {
    const { board, ready } = testBoard();
    const { id } = ready();
    const { run } = claimTask(board, id, { claimer: "coder" });
    const after = latestEventId(board);

    const task = blockTask(asActor(board, "coder"), id, { runId: run.id, reason: "Which database?\nA or B?" });

    expect(task).toMatchObject({ status: "blocked", current_run_id: null });
    expect(listRuns(board, id)).toMatchObject([{ outcome: "blocked", summary: "Which database?\nA or B?" }]);
    expect(listComments(board, id)).toMatchObject([{ author: "coder", body: "BLOCKED: Which database?\nA or B?" }]);
    expect(history(board, id, after)).toEqual([["blocked", run.id, { reason: "Which database?\nA or B?" }]]);
  });

  test("on a task that is not running, the reason is kept on a run of zero length", () => {
    const { board, clock, ready } = testBoard();
    const { id } = ready();

    blockTask(board, id, { reason: "wait for legal" });

    const [run] = listRuns(board, id);
    expect(run).toMatchObject({
      outcome: "blocked",
      summary: "wait for legal",
      started_at: clock.ms,
      ended_at: clock.ms,
    });
    expect(history(board, id).at(-1)).toEqual(["blocked", run!.id, { reason: "wait for legal" }]);
  });

  test("a person may leave the reason out: no run, no comment", () => {
    const { board, ready } = testBoard();
    const { id } = ready();

    blockTask(board, id);

    expect([listRuns(board, id), listComments(board, id)]).toEqual([[], []]);
    expect(history(board, id).at(-1)).toEqual(["blocked", null, { reason: null }]);
  });

  test("a reason may be 1 MiB: the comment that repeats it is not refused for its prefix", () => {
    const t = testBoard();
    const { id } = inStatus(t, "running");

    blockTask(t.board, id, { reason: "x".repeat(1_048_576) });

    expect(listComments(t.board, id)[0]!.body.length).toBe(1_048_576 + "BLOCKED: ".length);
  });

  test("a refused block leaves no comment", () => {
    const { board, ready, refused } = testBoard();
    const { id } = ready();
    const { run } = claimTask(board, id, { claimer: "ann" });
    reclaimTask(board, id);

    refused(
      () => blockTask(board, id, { runId: run.id, reason: "why?" }),
      "conflict",
      /^Cannot block task .*under run 1, it is ready$/,
    );

    expect(listComments(board, id)).toEqual([]);
  });

  test.each(["", "  ", "a\0b"])("refuses the reason %j", (reason) => {
    const t = testBoard();
    const { id } = inStatus(t, "running");

    t.refused(() => blockTask(t.board, id, { reason }), "invalid", /^Cannot use reason: /);
  });

  test("the whole way: block, answer, second attempt sees both", () => {
    const { board, ready } = testBoard();
    const { id } = ready();
    const first = claimTask(board, id, { claimer: "coder" }).run;
    blockTask(board, id, { runId: first.id, reason: "A or B?" });
    unblockTask(board, id, { comment: "B", author: "boss" });
    const second = claimTask(board, id, { claimer: "coder" }).run;
    completeTask(board, id, { runId: second.id, summary: "took B" });

    expect(listRuns(board, id).map(({ outcome, summary }) => [outcome, summary])).toEqual([
      ["blocked", "A or B?"],
      ["completed", "took B"],
    ]);
    expect(listComments(board, id).map(({ author, body }) => [author, body])).toEqual([
      ["ann", "BLOCKED: A or B?"],
      ["boss", "B"],
    ]);
  });
});
