import { describe, expect, test } from "bun:test";
import { history, inStatus } from "../../testing/kernel.ts";
import { testBoard } from "../../testing/mod.ts";
import {
  archiveTask,
  asActor,
  blockTask,
  claimTask,
  completeTask,
  getTask,
  latestEventId,
  listRuns,
  moveTask,
  reclaimTask,
} from "../mod.ts";

// What a run leaves behind when its work ends: completeTask() and blockTask() of claims.ts.

describe("completeTask()", () => {
  test("closes the run with the handoff and records its first line", () => {
    const { board, clock, ready } = testBoard();
    const { id } = ready();
    const { run } = claimTask(board, id, { claimer: "coder" });
    clock.ms += 90_000;
    const after = latestEventId(board);

    const task = completeTask(board, id, {
      runId: run.id,
      summary: "\n  two tables  \nand an index",
      metadata: { tables: 2, names: ["a", "b"] },
      result: "schema.sql",
    });

    expect(task).toMatchObject({ status: "done", completed_at: clock.ms, result: "schema.sql", current_run_id: null });
    expect(listRuns(board, id)).toMatchObject([
      {
        outcome: "completed",
        ended_at: clock.ms,
        summary: "\n  two tables  \nand an index",
        metadata: { tables: 2, names: ["a", "b"] },
        error: null,
      },
    ]);
    expect(history(board, id, after)).toEqual([["completed", run.id, { result_len: 10, summary: "two tables" }]]);
  });

  test("the event's summary is one line of at most 400 characters", () => {
    const { board, ready } = testBoard();
    const { id } = ready();

    completeTask(board, id, { summary: "x".repeat(500) });

    expect(history(board, id).at(-1)![2]).toEqual({ result_len: 0, summary: `${"x".repeat(399)}…` });
  });

  test("the summary falls back to the result", () => {
    const { board, ready } = testBoard();
    const { id } = ready();
    const { run } = claimTask(board, id, { claimer: "coder" });

    completeTask(board, id, { runId: run.id, result: "42" });

    expect(listRuns(board, id)[0]).toMatchObject({ summary: "42" });
  });

  test("without a run id a person closes the open run", () => {
    const t = testBoard();
    const { id } = inStatus(t, "running");

    completeTask(asActor(t.board, "boss"), id);

    expect(listRuns(t.board, id)).toMatchObject([{ outcome: "completed", claimer: "worker" }]);
    expect(t.kinds(id)).toEqual(["created", "claimed", "completed"]);
  });

  test("a worker's success forgets failures and the last error", () => {
    const t = testBoard();
    const { id } = inStatus(t, "running");
    t.board.db.run("UPDATE tasks SET failures = 3, last_error = 'it broke'");

    expect(completeTask(t.board, id, { runId: 1 })).toMatchObject({ failures: 0, last_error: null });
  });

  test.each(["summary", "metadata", "result"] as const)(
    "on a task that is not running, a %s is kept on a run of zero length",
    (field) => {
      const { board, clock, ready } = testBoard();
      const { id } = ready({ current_step_key: "spec" });
      clock.ms += 5_000;
      const handoff = field === "metadata" ? { metadata: { n: 1 } } : { [field]: "did it" };

      completeTask(asActor(board, "boss"), id, handoff);

      const [run, ...others] = listRuns(board, id);
      expect(others).toEqual([]);
      expect(run).toMatchObject({
        outcome: "completed",
        started_at: clock.ms,
        ended_at: clock.ms,
        claimer: "boss",
        profile: "coder",
        step_key: "spec",
        summary: field === "metadata" ? null : "did it",
      });
      expect(history(board, id).at(-1)).toEqual([
        "completed",
        run!.id,
        { result_len: field === "result" ? 6 : 0, summary: field === "metadata" ? null : "did it" },
      ]);
      expect(getTask(board, id).started_at).toBeNull();
    },
  );

  test("on a task that is not running, without a handoff no run is made", () => {
    const { board, ready } = testBoard();
    const { id } = ready();

    completeTask(board, id);

    expect(listRuns(board, id)).toEqual([]);
    expect(history(board, id).at(-1)).toEqual(["completed", null, { result_len: 0, summary: null }]);
  });

  test("a worker's completion of a task that asks for review goes to review and releases nothing", () => {
    const t = testBoard();
    const { id } = t.ready({ review: true });
    const child = t.ready({ parents: [id] });
    const { run } = claimTask(t.board, id, { claimer: "coder" });
    const after = latestEventId(t.board);

    const task = completeTask(t.board, id, { runId: run.id, summary: "please look", result: "v1" });

    expect(task).toMatchObject({ status: "review", completed_at: null, result: "v1" });
    expect(history(t.board, id, after)).toEqual([
      ["review_requested", run.id, { result_len: 2, summary: "please look" }],
    ]);
    expect(listRuns(t.board, id)).toMatchObject([{ outcome: "completed", summary: "please look" }]);
    expect(getTask(t.board, child.id).status).toBe("todo");
  });

  test.each(["running", "ready", "review"] as const)(
    "a person completes a task that asks for review at once, from %s",
    (status) => {
      const t = testBoard();
      const { id } = inStatus(t, status, { review: true });

      expect(completeTask(t.board, id).status).toBe("done");
    },
  );

  describe("the fence", () => {
    test("refuses a late worker after its claim went to another", () => {
      const { board, ready, refused } = testBoard();
      const { id } = ready();
      const { run: late } = claimTask(board, id, { claimer: "ann" });
      reclaimTask(board, id);
      const { run: current } = claimTask(board, id, { claimer: "bob" });

      const error = refused(
        () => completeTask(board, id, { runId: late.id, summary: "too late", result: "wrong" }),
        "conflict",
        `Cannot complete task "${id}": it must be running under run ${late.id}, it is running under run ${current.id}`,
      );

      expect(error.hint).toContain(`kanban show ${id}`);
      expect(completeTask(board, id, { runId: current.id }).status).toBe("done");
    });

    test.each(["todo", "ready", "review", "blocked", "done", "archived"] as const)(
      "refuses a worker whose task is %s by now",
      (status) => {
        const t = testBoard();
        const { id } = t.ready({ review: status === "review" });
        const { run } = claimTask(t.board, id, { claimer: "coder" });
        if (status === "todo" || status === "ready") moveTask(t.board, id, status);
        if (status === "review" || status === "done") completeTask(t.board, id, { runId: run.id });
        if (status === "blocked") blockTask(t.board, id);
        if (status === "archived") archiveTask(t.board, id);
        const found = status === "review" ? "in review" : status;

        t.refused(
          () => completeTask(t.board, id, { runId: run.id, summary: "again" }),
          "conflict",
          `Cannot complete task "${id}": it must be running under run ${run.id}, it is ${found}`,
        );
        t.refused(() => blockTask(t.board, id, { runId: run.id, reason: "why?" }), "conflict", `it is ${found}`);
      },
    );
  });

  test.each<[string, object, RegExp]>([
    [
      "a blank summary",
      { summary: "  " },
      /^Cannot use summary: it must be a text that is not blank, got a blank text$/,
    ],
    [
      "an empty summary",
      { summary: "" },
      /^Cannot use summary: it must be a text that is not blank, got a blank text$/,
    ],
    ["an empty summary beside a result", { summary: "", result: "r" }, /^Cannot use summary: /],
    ["a blank result", { result: " \n" }, /^Cannot use result: it must be a text that is not blank, got a blank text$/],
    ["an empty result", { result: "" }, /^Cannot use result: /],
    ["a summary with NUL", { summary: "a\0" }, /^Cannot use summary: /],
    ["a result with NUL", { result: "a\0" }, /^Cannot use result: /],
    ["a summary over 1 MiB", { summary: "x".repeat(1_048_577) }, /^Cannot use summary: .*1048577 bytes/],
    ["metadata that is a list", { metadata: [1] }, /^Cannot use metadata: it must be a JSON object, got a list/],
    ["metadata that is a text", { metadata: "{}" }, /^Cannot use metadata: /],
  ])("refuses %s", (_what, handoff, message) => {
    const t = testBoard();
    const { id } = inStatus(t, "running");

    t.refused(() => completeTask(t.board, id, { runId: 1, ...handoff }), "invalid", message);
  });

  test("metadata comes back as it was given", () => {
    const { board, ready } = testBoard();
    const { id } = ready();
    const metadata = JSON.parse(
      '{"__proto__":{"a":1},"nul":"\\u0000","deep":[[{"x":null}]],"n":1.5e300,"":"","é":"🗂"}',
    );

    completeTask(board, id, { metadata });

    expect(JSON.stringify(listRuns(board, id)[0]!.metadata)).toBe(JSON.stringify(metadata));
  });
});
