import { describe, expect, test } from "bun:test";
import { history } from "../../testing/kernel.ts";
import { type TestBoard, testBoard } from "../../testing/mod.ts";
import {
  archiveTask,
  claimForWorker,
  type Claimed,
  claimTask,
  expiredRuns,
  failRun,
  getRun,
  getTask,
  heartbeat,
  latestEventId,
  openRuns,
  recordAdopted,
  recordGone,
  recordSpawned,
  reclaimTask,
  renewLeases,
  type Spawned,
  unconfirmedRuns,
} from "../mod.ts";

/** A task that a dispatcher claimed for a worker. */
function claimed(t: TestBoard, input = {}): Claimed {
  t.ready(input);
  return claimForWorker(t.board, {
    claimer: "dispatcher",
    boot_id: "boot-1",
    profiles: new Map([["coder", { max_running: null, max_runtime_seconds: null }]]),
    maxWorkers: 100,
  })!;
}

const process = ({ task, run }: Claimed): Spawned => ({
  taskId: task.id,
  runId: run.id,
  pid: 4_242,
  pid_started: "123456",
  boot_id: "boot-1",
});

describe.each([
  ["recordSpawned()", recordSpawned, "spawned"],
  ["recordAdopted()", recordAdopted, "adopted"],
] as const)("%s", (_name, record, kind) => {
  test("keeps which process works on the run, and says so", () => {
    const t = testBoard();
    const work = claimed(t);
    const after = latestEventId(t.board);

    record(t.board, process(work));

    expect(getRun(t.board, work.run.id)).toMatchObject({ pid: 4_242, pid_started: "123456", boot_id: "boot-1" });
    expect(getTask(t.board, work.task.id).worker_pid).toBe(4_242);
    expect(history(t.board, work.task.id, after)).toEqual([[kind, work.run.id, { pid: 4_242 }]]);
  });

  test("keeps what is known of the process when less is reported", () => {
    const t = testBoard();
    const work = claimed(t);
    record(t.board, process(work));

    record(t.board, { ...process(work), pid_started: null, boot_id: null });

    expect(getRun(t.board, work.run.id)).toMatchObject({ pid_started: "123456", boot_id: "boot-1" });
  });

  test.each<[string, Partial<Spawned>]>([
    ["an unknown run", { runId: 99 }],
    ["the run of another task", { taskId: "t_00000000" }],
  ])("refuses %s", (_what, wrong) => {
    const t = testBoard();
    const work = claimed(t);

    t.refused(
      () => record(t.board, { ...process(work), ...wrong }),
      "not_found",
      /^Cannot record process 4242 of task ".*": no such run/,
    );
  });
});

test("recordSpawned() of a run that is over is refused, yet keeps the process, so that it can be ended", () => {
  const t = testBoard();
  const work = claimed(t);
  archiveTask(t.board, work.task.id);
  const events = t.kinds();

  expect(() => recordSpawned(t.board, process(work))).toThrow(
    `it must be running under run ${work.run.id}, it is archived`,
  );

  expect(unconfirmedRuns(t.board)).toMatchObject([
    { id: work.run.id, pid: 4_242, outcome: "reclaimed", task_status: "archived" },
  ]);
  expect(t.kinds()).toEqual(events);
});

test("recordAdopted() of a run that is over keeps the process in silence", () => {
  const t = testBoard();
  const work = claimed(t);
  reclaimTask(t.board, work.task.id);
  const events = t.kinds();

  recordAdopted(t.board, process(work));

  expect(getRun(t.board, work.run.id)!.pid).toBe(4_242);
  expect(t.kinds()).toEqual(events);
});

describe("recordGone()", () => {
  test("confirms the end once, keeping the first instant and the first code", () => {
    const t = testBoard();
    const { run } = claimed(t);
    t.clock.ms += 1_000;
    recordGone(t.board, run.id, { exit_code: 3 });
    const first = t.clock.ms;
    t.clock.ms += 1_000;

    recordGone(t.board, run.id, { exit_code: 0, signal: "SIGTERM" });

    expect(getRun(t.board, run.id)).toMatchObject({ process_gone_at: first, exit_code: 3, signal: null });
    expect(unconfirmedRuns(t.board)).toEqual([]);
  });

  test("keeps a signal", () => {
    const t = testBoard();
    const { run } = claimed(t);

    recordGone(t.board, run.id, { signal: "SIGKILL" });

    expect(getRun(t.board, run.id)).toMatchObject({ exit_code: null, signal: "SIGKILL" });
  });

  test("writes no event", () => {
    const t = testBoard();
    const { run } = claimed(t);
    const events = t.kinds();

    recordGone(t.board, run.id);

    expect(t.kinds()).toEqual(events);
  });

  test("a process reported after its group was gone is not believed", () => {
    const t = testBoard();
    const work = claimed(t);
    recordGone(t.board, work.run.id);

    recordAdopted(t.board, process(work));

    expect(getRun(t.board, work.run.id)!.pid).toBeNull();
  });
});

describe("what a dispatcher manages", () => {
  test("openRuns() are all open ones, unconfirmedRuns() those whose process may live", () => {
    const t = testBoard();
    const byHand = claimTask(t.board, t.ready({ assignee: "ann" }).id, { claimer: "ann" });
    const live = claimed(t, { title: "live" });
    const closed = claimed(t, { title: "closed" });
    const gone = claimed(t, { title: "gone" });
    archiveTask(t.board, closed.task.id);
    recordGone(t.board, gone.run.id);

    expect(openRuns(t.board).map(({ id }) => id)).toEqual([byHand.run.id, live.run.id, gone.run.id]);
    expect(unconfirmedRuns(t.board).map(({ id }) => id)).toEqual([live.run.id, closed.run.id]);
    expect(openRuns(t.board)[1]).toEqual({
      ...live.run,
      assignee: "coder",
      task_status: "running",
      workspace_path: null,
      title: "live",
      failures: 0,
    });
  });

  test("openRuns() say how often the task has failed before", () => {
    const t = testBoard();
    const first = claimed(t);
    failRun(
      t.board,
      { taskId: first.task.id, runId: first.run.id },
      { kind: "spawn_failed", error: "x" },
      { failureLimit: 5, backoffMs: () => 0 },
    );
    claimTask(t.board, first.task.id, { claimer: "ann" });

    expect(openRuns(t.board)).toMatchObject([{ failures: 1 }]);
  });

  test("expiredRuns() are those whose lease has run out, to the millisecond", () => {
    const t = testBoard();
    const { task } = claimTask(t.board, t.ready().id, { claimer: "ann", ttlSeconds: 60 });
    claimTask(t.board, t.ready().id, { claimer: "bob", ttlSeconds: 61 });

    t.clock.ms += 59_999;
    expect(expiredRuns(t.board)).toEqual([]);
    t.clock.ms += 1;
    expect(expiredRuns(t.board).map(({ task_id }) => task_id)).toEqual([task.id]);
    heartbeat(t.board, task.id);
    expect(expiredRuns(t.board)).toEqual([]);
  });
});

describe("renewLeases()", () => {
  test("gives open runs their full lease, without a heartbeat and without an event", () => {
    const t = testBoard();
    const work = claimed(t);
    const over = claimed(t);
    reclaimTask(t.board, over.task.id);
    const events = t.kinds();
    t.clock.ms += 500_000;

    renewLeases(t.board, [work.run.id, over.run.id, 99]);

    expect(getRun(t.board, work.run.id)).toMatchObject({
      claim_expires_at: t.clock.ms + 900_000,
      last_heartbeat_at: t.clock.ms - 500_000,
    });
    expect(getRun(t.board, over.run.id)!.claim_expires_at).toBe(over.run.claim_expires_at);
    expect(t.kinds()).toEqual(events);
  });

  test("of nothing changes nothing", () => {
    const t = testBoard();
    claimed(t);
    const before = t.dump();

    renewLeases(t.board, []);

    expect(t.dump()).toBe(before);
  });
});
