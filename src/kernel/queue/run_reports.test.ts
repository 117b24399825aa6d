import { describe, expect, test } from "bun:test";
import { testBoard } from "../../testing/mod.ts";
import {
  blockTask,
  checkReport,
  claimTask,
  completeTask,
  failRun,
  getRun,
  recordReport,
  recordToolUse,
} from "../mod.ts";

const BREAKER = { failureLimit: 5, backoffMs: () => 1_000 };

function setup() {
  const t = testBoard();
  const { id } = t.ready();
  const { run } = claimTask(t.board, id, { claimer: "coder" });
  return { ...t, id, runId: run.id };
}

describe("recordReport()", () => {
  test("keeps words, log and usage of a failed run together with the end of its process", () => {
    const { board, clock, id, runId } = setup();
    failRun(board, { taskId: id, runId }, { kind: "abandoned", error: "left", pid: 7, log_tail: "x" }, BREAKER);
    expect(getRun(board, runId)).toMatchObject({ process_gone_at: null, last_words: null, usage: null });

    const usage = { output_tokens: 5, cost_usd: 0.42 };
    recordReport(board, runId, {
      ...{ exit_code: 0, usage, session_id: "s-1" },
      last_words: "All done, wrote report.md",
      log_tail: "one\ntwo",
    });

    expect(getRun(board, runId)).toMatchObject({
      process_gone_at: clock.ms,
      exit_code: 0,
      last_words: "All done, wrote report.md",
      log_tail: "one\ntwo",
      usage,
      session_id: "s-1",
    });
  });

  test.each(["completed", "blocked"] as const)(
    "a run that ended as %s left a handoff: no log is kept beside it",
    (end) => {
      const { board, id, runId } = setup();
      if (end === "completed") completeTask(board, id, { runId, summary: "done" });
      else blockTask(board, id, { runId, reason: "which one?" });

      recordReport(board, runId, { last_words: "bye", log_tail: "a long log" });

      expect(getRun(board, runId)).toMatchObject({ outcome: end, last_words: "bye", log_tail: null });
    },
  );

  test("keeps the end of what is long, without NUL, and nothing of what is blank", () => {
    const { board, runId } = setup();
    recordReport(board, runId, { last_words: `${"x".repeat(9_000)}\0end`, log_tail: " \n" });
    const { last_words, log_tail } = getRun(board, runId)!;
    expect(last_words).toHaveLength(4_096);
    expect(last_words).toStartWith("…x");
    expect(last_words).toEndWith("\ufffdend");
    expect(log_tail).toBeNull();
  });

  test("a report that the board does not take changes nothing at all", () => {
    const t = setup();
    const usage = [] as never;
    t.refused(() => recordReport(t.board, t.runId, { usage, last_words: "x" }), "invalid", /usage/);
    t.refused(() => checkReport({ usage }), "invalid", /usage/);
    expect(getRun(t.board, t.runId)).toMatchObject({ process_gone_at: null, last_words: null });
    expect(() => checkReport({ usage: { tokens: 1 } })).not.toThrow();
  });
});

describe("recordToolUse()", () => {
  test("keeps the first time, and nothing once the run is over", () => {
    const { board, clock, runId } = setup();
    recordToolUse(board, runId);
    const first = clock.ms;
    clock.ms += 5_000;
    recordToolUse(board, runId);
    expect(getRun(board, runId)!.tools_at).toBe(first);

    const other = setup();
    completeTask(other.board, other.id, { runId: other.runId, summary: "done" });
    recordToolUse(other.board, other.runId);
    expect(getRun(other.board, other.runId)!.tools_at).toBeNull();
  });
});
