import { describe, expect, test } from "bun:test";
import { history, inStatus } from "../../testing/kernel.ts";
import { type TestBoard, testBoard } from "../../testing/mod.ts";
import {
  type Breaker,
  claimTask,
  completeTask,
  editTask,
  endSilentRun,
  type Failure,
  failRun,
  getRun,
  getTask,
  latestEventId,
  listRuns,
  moveTask,
  promoteDue,
  rateLimitRun,
  reclaimRun,
  reclaimTask,
  unblockTask,
} from "../mod.ts";

const BREAKER: Breaker = { failureLimit: 5, backoffMs: (failures) => failures * 1_000.4 };
const FAILURES: [Failure, event: object, run: object][] = [
  [
    { kind: "crashed", error: "exit code 3", pid: 77, exit_code: 3, signal: null, log_tail: "boom\n" },
    { pid: 77, exit_code: 3, signal: null, log_tail: "boom\n", error: "exit code 3" },
    { error: "exit code 3", exit_code: 3, signal: null },
  ],
  [
    { kind: "crashed", error: "killed by SIGKILL", pid: 77, exit_code: null, signal: "SIGKILL", log_tail: "" },
    { pid: 77, exit_code: null, signal: "SIGKILL", log_tail: "", error: "killed by SIGKILL" },
    { error: "killed by SIGKILL", exit_code: null, signal: "SIGKILL" },
  ],
  [
    { kind: "abandoned", error: "it ended without complete or block", pid: 77, log_tail: "bye\n" },
    { pid: 77, exit_code: 0, log_tail: "bye\n", error: "it ended without complete or block" },
    { error: "it ended without complete or block", exit_code: 0, signal: null },
  ],
  [
    { kind: "timed_out", error: "longer than 60 s", pid: 77, elapsed_seconds: 61, limit_seconds: 60, sigkill: true },
    { pid: 77, elapsed_seconds: 61, limit_seconds: 60, sigkill: true, error: "longer than 60 s" },
    { error: "longer than 60 s", exit_code: null, signal: null },
  ],
  [
    { kind: "spawn_failed", error: "no such program: frob" },
    { error: "no such program: frob", failures: 1 },
    { error: "no such program: frob", exit_code: null, signal: null },
  ],
];

describe("failRun()", () => {
  test.each(FAILURES)(
    "%j: ready again after a back-off, with the cause on run, task and event",
    (failure, event, run) => {
      const t = testBoard();
      const { id } = inStatus(t, "running");
      const after = latestEventId(t.board);
      t.clock.ms += 61_000;

      const { gaveUp, task } = failRun(t.board, { taskId: id, runId: 1 }, failure, BREAKER);

      expect(gaveUp).toBe(false);
      expect(task).toMatchObject({
        status: "ready",
        failures: 1,
        retry_at: t.clock.ms + 1_000,
        last_error: failure.error,
        current_run_id: null,
        ready_at: t.clock.ms,
      });
      expect(getRun(t.board, 1)).toMatchObject({ outcome: failure.kind, ended_at: t.clock.ms, summary: null, ...run });
      expect(history(t.board, id, after)).toEqual([[failure.kind, 1, event]]);
    },
  );

  test.each(FAILURES)("%j at the limit: the breaker blocks the task with the real error", (failure, _event, run) => {
    const t = testBoard();
    const { id } = inStatus(t, "running");
    const after = latestEventId(t.board);

    const { gaveUp, task } = failRun(t.board, { taskId: id, runId: 1 }, failure, { ...BREAKER, failureLimit: 1 });

    expect(gaveUp).toBe(true);
    expect(task).toMatchObject({ status: "blocked", failures: 1, retry_at: null, last_error: failure.error });
    expect(getRun(t.board, 1)).toMatchObject({ outcome: "gave_up", ...run });
    expect(history(t.board, id, after)).toEqual([["gave_up", 1, { error: failure.error, failures: 1 }]]);
  });

  test("keeps the end of what the worker printed, as text: 4,096 characters and no NUL", () => {
    const t = testBoard();
    const { id } = inStatus(t, "running");
    const long = `${"x".repeat(10_000)}\0 the \ud83d end`;

    failRun(
      t.board,
      { taskId: id, runId: 1 },
      { kind: "crashed", error: long, pid: 1, exit_code: 1, signal: null, log_tail: long },
      BREAKER,
    );

    const kept = getTask(t.board, id).last_error!;
    expect(kept).toHaveLength(4_096);
    expect(kept).toStartWith("…xxx");
    expect(kept).toEndWith("xxx\ufffd the \ufffd end");
    expect(getRun(t.board, 1)!.error).toBe(kept);
    expect(history(t.board, id).at(-1)![2]).toMatchObject({ error: kept, log_tail: kept });
  });

  test("counts consecutive failures of every kind and gives up at the limit, each wait after its own count", () => {
    const t = testBoard();
    const { id } = t.ready();
    const waits: unknown[] = [];

    for (const [failure] of FAILURES) {
      const { run } = claimTask(t.board, id, { claimer: "d" });
      const { task } = failRun(t.board, { taskId: id, runId: run.id }, failure, BREAKER);
      waits.push(task.retry_at === null ? task.status : task.retry_at - t.clock.ms);
    }

    expect(waits).toEqual([1_000, 2_001, 3_001, 4_002, "blocked"]);
    expect(listRuns(t.board, id).map(({ outcome }) => outcome)).toEqual([
      "crashed",
      "crashed",
      "abandoned",
      "timed_out",
      "gave_up",
    ]);
    expect(getTask(t.board, id).failures).toBe(5);
  });

  test.each(["success", "unblock", "move from blocked"])("a %s resets the count", (how) => {
    const t = testBoard();
    const { id } = inStatus(t, "running");
    const limit = how === "success" ? 5 : 1;
    failRun(t.board, { taskId: id, runId: 1 }, FAILURES[0]![0], { ...BREAKER, failureLimit: limit });

    if (how === "success") completeTask(t.board, id);
    if (how === "unblock") unblockTask(t.board, id);
    if (how === "move from blocked") moveTask(t.board, id, "ready");

    expect(getTask(t.board, id).failures).toBe(0);
  });

  test.each(["reclaim", "rate limit"])("a %s is no failure and no success: the count stays", (how) => {
    const t = testBoard();
    const { id } = inStatus(t, "running");
    failRun(t.board, { taskId: id, runId: 1 }, FAILURES[0]![0], BREAKER);
    const { run } = claimTask(t.board, id, { claimer: "d" });

    if (how === "reclaim") reclaimTask(t.board, id);
    else rateLimitRun(t.board, { taskId: id, runId: run.id }, { retryMs: 1_000 });

    expect(getTask(t.board, id).failures).toBe(1);
  });

  test("a start that failed leaves no process to wait for, a crash does until its group is gone", () => {
    const t = testBoard();
    const [spawn, crash] = [inStatus(t, "running"), inStatus(t, "running")];

    failRun(t.board, { taskId: spawn.id, runId: 1 }, { kind: "spawn_failed", error: "x" }, BREAKER);
    failRun(t.board, { taskId: crash.id, runId: 2 }, FAILURES[0]![0], BREAKER);

    expect(getRun(t.board, 1)!.process_gone_at).toBe(t.clock.ms);
    expect(getRun(t.board, 2)!.process_gone_at).toBeNull();
  });

  test("of a run that is over changes nothing: the fence", () => {
    const t = testBoard();
    const { id } = inStatus(t, "running");
    reclaimTask(t.board, id);
    const { run } = claimTask(t.board, id, { claimer: "bob" });

    for (const [failure] of FAILURES) {
      t.refused(
        () => failRun(t.board, { taskId: id, runId: 1 }, failure, BREAKER),
        "conflict",
        `it must be running under run 1, it is running under run ${run.id}`,
      );
    }
  });
});

describe("rateLimitRun()", () => {
  test("is tried again after the wait and counts no failure", () => {
    const t = testBoard();
    const { id } = inStatus(t, "running");
    const after = latestEventId(t.board);

    const task = rateLimitRun(t.board, { taskId: id, runId: 1 }, { retryMs: 300_000 });

    const until = t.clock.ms + 300_000;
    expect(task).toMatchObject({ status: "ready", failures: 0, retry_at: until, last_error: null });
    expect(getRun(t.board, 1)).toMatchObject({ outcome: "rate_limited", error: "the worker was rate limited" });
    expect(history(t.board, id, after)).toEqual([["rate_limited", 1, { until }]]);
  });
});

test("reclaimRun() keeps the reason in the run's error and fences", () => {
  const t = testBoard();
  const { id } = inStatus(t, "running");

  expect(reclaimRun(t.board, { taskId: id, runId: 1 }, { reason: "its lease ran out" }).status).toBe("ready");
  expect(getRun(t.board, 1)).toMatchObject({ outcome: "reclaimed", error: "its lease ran out" });
  expect(history(t.board, id).at(-1)).toEqual(["reclaimed", 1, { reason: "its lease ran out", claimer: "worker" }]);

  t.refused(() => reclaimRun(t.board, { taskId: id, runId: 1 }, { reason: "again" }), "conflict", "it is ready");
});

describe("promoteDue()", () => {
  test("promotes what the clock released, earliest first, once", () => {
    const t = testBoard();
    const later = t.ready({ not_before: t.clock.ms + 2_000 });
    const sooner = t.ready({ not_before: t.clock.ms + 1_000 });
    const far = t.ready({ not_before: t.clock.ms + 2_001 });

    t.clock.ms += 999;
    expect(promoteDue(t.board)).toEqual([]);
    t.clock.ms += 1_001;

    expect(promoteDue(t.board)).toEqual([sooner.id, later.id]);
    expect(promoteDue(t.board)).toEqual([]);
    expect(getTask(t.board, sooner.id)).toMatchObject({ status: "ready", ready_at: t.clock.ms });
    expect(getTask(t.board, far.id).status).toBe("todo");
    expect(t.kinds(later.id)).toEqual(["created", "promoted"]);
  });

  test("leaves held tasks, ideas, and those with an unfinished parent", () => {
    const t = testBoard();
    const not_before = t.clock.ms + 1_000;
    moveTask(t.board, t.ready({ not_before }).id, "todo");
    t.ready({ not_before, triage: true });
    t.ready({ not_before, parents: [t.ready().id] });
    t.clock.ms = not_before;

    expect(promoteDue(t.board)).toEqual([]);
  });

  test("the last parent does not release a child before its start", () => {
    const t = testBoard();
    const parent = t.ready();
    const child = t.ready({ parents: [parent.id], not_before: t.clock.ms + 1_000 });

    completeTask(t.board, parent.id);
    expect(getTask(t.board, child.id).status).toBe("todo");
    t.clock.ms += 1_000;

    expect(promoteDue(t.board)).toEqual([child.id]);
  });

  test("a clock that steps back takes nothing back", () => {
    const t = testBoard();
    const task = t.ready({ not_before: t.clock.ms + 1_000 });
    t.clock.ms += 1_000;
    promoteDue(t.board);
    t.clock.ms -= 3_600_000;

    expect(promoteDue(t.board)).toEqual([]);
    expect(getTask(t.board, task.id).status).toBe("ready");
    expect(editTask(t.board, task.id, { priority: 1 }).status).toBe("ready");
  });
});

describe("endSilentRun()", () => {
  const SILENCE = { pid: 77, silent_seconds: 3_660, limit_seconds: 3_600, sigkill: true };
  const silent = (t: TestBoard, id: string) => {
    const { current_run_id } = getTask(t.board, id);
    return endSilentRun(t.board, { taskId: id, runId: current_run_id! }, SILENCE, BREAKER);
  };
  const again = (t: TestBoard, id: string) => claimTask(t.board, id, { claimer: "worker" });

  test("takes the task back the first time: no failure, no back-off", () => {
    const t = testBoard();
    const { id } = inStatus(t, "running");

    expect(silent(t, id)).toMatchObject({ counted: false, gaveUp: false, task: { status: "ready", failures: 0 } });

    expect(getTask(t.board, id).retry_at).toBeNull();
    expect(listRuns(t.board, id)).toMatchObject([
      { outcome: "reclaimed", error: "no sign of life for 61 min", silent_seconds: 3_660 },
    ]);
    expect(t.kinds(id).at(-1)).toBe("reclaimed");
  });

  test("counts as a failure when the run before it fell silent too, until the breaker trips [K1]", () => {
    const t = testBoard();
    const { id } = inStatus(t, "running");
    silent(t, id);

    for (let failures = 1; failures <= 4; failures++) {
      again(t, id);
      expect(silent(t, id)).toMatchObject({ counted: true, gaveUp: false, task: { status: "ready", failures } });
    }
    again(t, id);
    expect(silent(t, id)).toMatchObject({ counted: true, gaveUp: true, task: { status: "blocked" } });

    expect(
      t
        .kinds(id)
        .filter((kind) => kind !== "claimed")
        .slice(-6),
    ).toEqual(["reclaimed", ...Array<"timed_out">(4).fill("timed_out"), "gave_up"]);
    expect(listRuns(t.board, id).at(-2)).toMatchObject({
      outcome: "timed_out",
      error: "no sign of life for 61 min, as the run before",
      silent_seconds: 3_660,
    });
  });

  test("asks the run before alone, and its column, not its words", () => {
    const t = testBoard();
    const { id } = inStatus(t, "running");
    silent(t, id);
    const { run } = again(t, id);
    reclaimRun(t.board, { taskId: id, runId: run.id }, { reason: "no sign of life for 61 min" });
    again(t, id);

    expect(silent(t, id)).toMatchObject({ counted: false, task: { failures: 0 } });
  });

  test("is refused when the run is over, and leaves no trace", () => {
    const t = testBoard();
    const { id } = inStatus(t, "running");
    const { current_run_id } = getTask(t.board, id);
    reclaimTask(t.board, id);

    t.refused(() => endSilentRun(t.board, { taskId: id, runId: current_run_id! }, SILENCE, BREAKER), "conflict");
  });
});
