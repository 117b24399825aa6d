import { describe, expect, test } from "bun:test";
import { history, inStatus } from "../../testing/kernel.ts";
import { testBoard } from "../../testing/mod.ts";
import {
  claimTask,
  getTask,
  heartbeat,
  latestEventId,
  listRuns,
  PERSON_TTL_SECONDS,
  rateLimitRun,
  reclaimTask,
  setPaused,
  WORKER_TTL_SECONDS,
} from "../mod.ts";

describe("claimTask()", () => {
  test("opens a run for the assignee's profile with a fresh heartbeat clock, and says until when", () => {
    const { board, clock, ready } = testBoard();
    const { id } = ready({ current_step_key: "spec", max_runtime_seconds: 120 });
    const after = latestEventId(board);
    clock.ms += 7_000;

    const { task, run } = claimTask(board, id, { claimer: "coder@host:42" });

    expect(task).toMatchObject({
      status: "running",
      current_run_id: run.id,
      started_at: clock.ms,
      claimer: "coder@host:42",
    });
    expect(run).toEqual({
      id: run.id,
      task_id: id,
      profile: "coder",
      step_key: "spec",
      claimer: "coder@host:42",
      claim_expires_at: clock.ms + 900_000,
      ttl_seconds: 900,
      pid: null,
      pid_started: null,
      boot_id: null,
      host: null,
      pid_namespace: null,
      max_runtime_seconds: 120,
      last_heartbeat_at: clock.ms,
      started_at: clock.ms,
      ended_at: null,
      process_gone_at: null,
      outcome: null,
      exit_code: null,
      signal: null,
      summary: null,
      metadata: null,
      error: null,
      usage: null,
      session_id: null,
      may: [],
      silent_seconds: null,
      last_words: null,
      log_tail: null,
      tools_at: null,
    });
    expect(history(board, id, after)).toEqual([
      ["claimed", run.id, { claimer: "coder@host:42", expires_at: clock.ms + 900_000 }],
    ]);
  });

  test("takes an unassigned task by hand: its run has no profile", () => {
    const { board, ready } = testBoard();

    expect(claimTask(board, ready({ assignee: null }).id, { claimer: "ann" }).run.profile).toBeNull();
  });

  test("takes a task that backs off: the back-off is the dispatcher's", () => {
    const t = testBoard();
    const { id } = inStatus(t, "running");
    rateLimitRun(t.board, { taskId: id, runId: 1 }, { retryMs: 300_000 });

    expect(claimTask(t.board, id, { claimer: "ann" }).task.status).toBe("running");
  });

  test("a time limit of 0 means none", () => {
    const { board, ready } = testBoard();

    expect(
      claimTask(board, ready({ max_runtime_seconds: 0 }).id, { claimer: "ann" }).run.max_runtime_seconds,
    ).toBeNull();
  });

  test("the leases of workers and people", () => {
    expect([WORKER_TTL_SECONDS, PERSON_TTL_SECONDS]).toEqual([900, 86_400]);
  });

  test("refuses the second claim: one open run per task", () => {
    const { board, ready, refused } = testBoard();
    const { id } = ready();
    claimTask(board, id, { claimer: "ann" });

    refused(() => claimTask(board, id, { claimer: "bob" }), "conflict", "it must be ready, it is running under run 1");

    expect(listRuns(board, id).length).toBe(1);
  });

  test.each([0, -1, 1.5, Number.NaN, 1e12])("refuses a lease of %p seconds", (ttlSeconds) => {
    const { board, ready, refused } = testBoard();
    const { id } = ready();

    refused(() => claimTask(board, id, { claimer: "ann", ttlSeconds }), "invalid", /^Cannot use ttl: /);
  });

  test.each(["", " ", "a\0b", "x".repeat(201)])("refuses the claimer %j", (claimer) => {
    const { board, ready, refused } = testBoard();
    const { id } = ready();

    refused(() => claimTask(board, id, { claimer }), "invalid", /^Cannot use claimer: /);
  });

  test("refuses while the board is paused and says by whom", () => {
    const { board, ready, refused } = testBoard();
    const { id } = ready();
    setPaused(board, true);

    const error = refused(
      () => claimTask(board, id, { claimer: "ann" }),
      "refused",
      `Cannot claim task "${id}": the board must be running, it was paused by ann`,
    );
    expect(error.hint).toContain("kanban resume");
    setPaused(board, false);
    expect(claimTask(board, id, { claimer: "ann" }).task.status).toBe("running");
  });

  test("gives each attempt a run id that no earlier one had", () => {
    const { board, ready } = testBoard();
    const { id } = ready();
    const ids = [1, 2, 3].map(() => {
      const { run } = claimTask(board, id, { claimer: "ann" });
      reclaimTask(board, id);
      return run.id;
    });

    expect(new Set(ids).size).toBe(3);
    expect(ids).toEqual(ids.toSorted((a, b) => a - b));
  });
});

describe("heartbeat()", () => {
  test("renews the lease for its full length, keeps the note, and names the run", () => {
    const { board, clock, ready } = testBoard();
    const { id } = ready();
    const { run } = claimTask(board, id, { claimer: "coder", ttlSeconds: 60 });
    const after = latestEventId(board);
    clock.ms += 59_000;

    const task = heartbeat(board, id, { runId: run.id, note: "half way" });

    expect(task).toMatchObject({ last_heartbeat_at: clock.ms, claim_expires_at: clock.ms + 60_000 });
    expect(history(board, id, after)).toEqual([["heartbeat", run.id, { note: "half way" }]]);
  });

  test("renews this run alone", () => {
    const t = testBoard();
    const [mine, other] = [inStatus(t, "running"), inStatus(t, "running")];
    t.clock.ms += 1_000;

    heartbeat(t.board, mine.id);

    expect(getTask(t.board, other.id)).toEqual(other);
  });

  test("without a run renews the open one", () => {
    const { board, clock, ready } = testBoard();
    const { id } = ready();
    claimTask(board, id, { claimer: "coder" });
    clock.ms += 1_000;

    expect(heartbeat(board, id).last_heartbeat_at).toBe(clock.ms);
  });

  test("refuses the run of an earlier attempt", () => {
    const { board, ready, refused } = testBoard();
    const { id } = ready();
    const { run: late } = claimTask(board, id, { claimer: "ann" });
    reclaimTask(board, id);
    claimTask(board, id, { claimer: "bob" });

    refused(
      () => heartbeat(board, id, { runId: late.id, note: "still here" }),
      "conflict",
      "it must be running under run 1, it is running under run 2",
    );
  });

  test("refuses a note with NUL", () => {
    const t = testBoard();
    const { id } = inStatus(t, "running");

    t.refused(() => heartbeat(t.board, id, { note: "\0" }), "invalid", /^Cannot use note: /);
  });
});
