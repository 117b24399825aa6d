import { describe, expect, test } from "bun:test";
import { inStatus } from "../../testing/kernel.ts";
import { type TestBoard, testBoard } from "../../testing/mod.ts";
import {
  archiveTask,
  claimForWorker,
  claimTask,
  completeTask,
  countReady,
  moveTask,
  type ProfileLimits,
  rateLimitRun,
  recordGone,
  reclaimTask,
  setPaused,
  skippedTasks,
  type WorkerClaim,
  workerCandidates,
} from "../mod.ts";

const NO_LIMIT: ProfileLimits = { max_running: null, max_runtime_seconds: null };

function options(profiles: Record<string, Partial<ProfileLimits>> = { coder: {} }, maxWorkers = 100): WorkerClaim {
  const limits = Object.entries(profiles).map(([name, limit]) => [name, { ...NO_LIMIT, ...limit }] as const);
  return { claimer: "dispatcher", boot_id: "boot-1", profiles: new Map(limits), maxWorkers };
}

/** Claims until no task can be claimed; titles in order. */
function drain({ board }: TestBoard, claim: WorkerClaim): string[] {
  const titles: string[] = [];
  for (let next = claimForWorker(board, claim); next !== null; next = claimForWorker(board, claim)) {
    titles.push(next.task.title);
  }
  return titles;
}

describe("claimForWorker()", () => {
  test("opens a run with the boot of its process, for the profile of the assignee", () => {
    const t = testBoard();
    const { id } = t.ready();

    const claimed = claimForWorker(t.board, { ...options(), ttlSeconds: 60 });

    expect(claimed).toMatchObject({
      task: { id, status: "running" },
      run: { profile: "coder", claimer: "dispatcher", boot_id: "boot-1", ttl_seconds: 60, pid: null },
    });
  });

  test("takes by priority, then longest ready, then oldest", () => {
    const t = testBoard();
    const late = t.ready({ title: "late" });
    claimTask(t.board, late.id, { claimer: "ann" });
    t.ready({ title: "low", priority: -1 });
    t.ready({ title: "first" });
    t.ready({ title: "second" });
    t.clock.ms += 1_000;
    reclaimTask(t.board, late.id);
    t.ready({ title: "high", priority: 4 });

    expect(workerCandidates(t.board, options(), 9).map(({ title }) => title)).toEqual([
      "high",
      "first",
      "second",
      "late",
      "low",
    ]);
    expect(drain(t, options())).toEqual(["high", "first", "second", "late", "low"]);
  });

  test("leaves unassigned tasks, tasks of people, and those of other profiles", () => {
    const t = testBoard();
    t.ready({ assignee: null, priority: 9 });
    t.ready({ assignee: "Ann Müller", priority: 9 });
    t.ready({ title: "mine", assignee: "writer" });

    expect(drain(t, options({ writer: {}, coder: {} }))).toEqual(["mine"]);
  });

  test("leaves a task until its back-off is over", () => {
    const t = testBoard();
    const { id } = inStatus(t, "running");
    rateLimitRun(t.board, { taskId: id, runId: 1 }, { retryMs: 1_000 });

    t.clock.ms += 999;
    expect(claimForWorker(t.board, options())).toBeNull();
    t.clock.ms += 1;
    expect(claimForWorker(t.board, options())?.task.id).toBe(id);
  });

  test.each(["moved", "reclaimed"])(
    "leaves a %s task until the process of its last run is gone; a person may claim it",
    (how) => {
      const t = testBoard();
      const { id } = t.ready();
      const { run } = claimForWorker(t.board, options())!;
      if (how === "moved") moveTask(t.board, id, "ready");
      else reclaimTask(t.board, id);

      expect(claimForWorker(t.board, options())).toBeNull();
      expect(claimTask(t.board, id, { claimer: "ann" }).task.status).toBe("running");
      reclaimTask(t.board, id);
      recordGone(t.board, run.id);

      expect(claimForWorker(t.board, options())?.task.id).toBe(id);
    },
  );

  test("counts a worker whose run was closed as alive until its process is gone", () => {
    const t = testBoard();
    t.ready({ title: "one" });
    t.ready({ title: "two" });
    const { task, run } = claimForWorker(t.board, options({ coder: {} }, 1))!;
    archiveTask(t.board, task.id);

    expect(claimForWorker(t.board, options({ coder: {} }, 1))).toBeNull();
    recordGone(t.board, run.id);

    expect(claimForWorker(t.board, options({ coder: {} }, 1))?.task.title).toBe("two");
  });

  test.each(["completed", "archived"])("a worker whose task was %s and that is slow to exit", (how) => {
    const t = testBoard();
    for (const title of ["one", "two"]) t.ready({ title });
    const claim = options({ coder: { max_running: 1 } }, 1);
    const { task, run } = claimForWorker(t.board, claim)!;
    if (how === "completed") completeTask(t.board, task.id, { runId: run.id, summary: "done" });
    else archiveTask(t.board, task.id);
    const free = (ms: number) => {
      t.clock.ms = run.started_at + ms;
      return workerCandidates(t.board, claim, 9).map(({ title }) => title);
    };

    // It holds its slot for five seconds; one that is still there long after it must be gone holds it again.
    expect(free(4_999)).toEqual([]);
    expect(free(5_000)).toEqual(how === "completed" ? ["two"] : []);
    expect(free(74_999)).toEqual(how === "completed" ? ["two"] : []);
    expect(free(75_000)).toEqual([]);
  });

  test("keeps to the workers of the board and of each profile, people not counted", () => {
    const t = testBoard();
    claimTask(t.board, t.ready().id, { claimer: "ann" });
    for (let i = 0; i < 4; i++) t.ready({ title: `a${i}`, assignee: "a", priority: 5 });
    for (let i = 0; i < 4; i++) t.ready({ title: `b${i}`, assignee: "b" });

    expect(drain(t, options({ a: { max_running: 2 }, b: {} }, 5))).toEqual(["a0", "a1", "b0", "b1", "b2"]);
  });

  test.each([0, -1])("starts nothing with max_workers %i", (maxWorkers) => {
    const t = testBoard();
    t.ready();

    expect(claimForWorker(t.board, options({ coder: {} }, maxWorkers))).toBeNull();
  });

  test.each<[task: number | null, profile: number | null, effective: number | null]>([
    [null, null, null],
    [null, 60, 60],
    [null, 0, null],
    [30, 60, 30],
    [0, 60, null],
  ])("the task's limit %p wins over the profile's %p: %p", (own, profile, effective) => {
    const t = testBoard();
    t.ready({ max_runtime_seconds: own });

    expect(claimForWorker(t.board, options({ coder: { max_runtime_seconds: profile } }))!.run.max_runtime_seconds).toBe(
      effective,
    );
  });

  test("claims nothing while the board is paused, without an error", () => {
    const t = testBoard();
    t.ready();
    setPaused(t.board, true);

    expect(claimForWorker(t.board, options())).toBeNull();
    expect(workerCandidates(t.board, options(), 9)).toEqual([]);
  });
});

describe("workerCandidates()", () => {
  test("says exactly what would be claimed, and changes nothing", () => {
    const t = testBoard();
    for (let i = 0; i < 100; i++) t.ready({ title: `a${i}`, assignee: "a", priority: 5 });
    for (let i = 0; i < 5; i++) t.ready({ title: `b${i}`, assignee: "b" });
    const limits = options({ a: { max_running: 1 }, b: {} }, 4);
    const before = t.dump();

    const dry = workerCandidates(t.board, limits, 4).map(({ title }) => title);

    expect(t.dump()).toBe(before);
    expect(dry).toEqual(["a0", "b0", "b1", "b2"]);
    expect(drain(t, limits)).toEqual(dry);
  });

  test("counts who is alive already, and fills each profile to its limit", () => {
    const t = testBoard();
    for (let i = 0; i < 9; i++) t.ready({ title: `a${i}`, assignee: "a" });
    claimForWorker(t.board, options({ a: {} }));

    expect(workerCandidates(t.board, options({ a: { max_running: 3 } }), 9).map(({ title }) => title)).toEqual([
      "a1",
      "a2",
    ]);
    expect(workerCandidates(t.board, options({ a: {} }, 4), 9).length).toBe(3);
  });

  test("stops at its limit", () => {
    const t = testBoard();
    for (let i = 0; i < 5; i++) t.ready();

    expect(workerCandidates(t.board, options(), 2).length).toBe(2);
    expect(workerCandidates(t.board, options(), 0)).toEqual([]);
  });
});

describe("skippedTasks()", () => {
  const skipped = (t: TestBoard, names: string[], limit?: number) =>
    skippedTasks(t.board, { names: new Set(names), people: new Set(["eve"]) }, limit);

  test("names the unassigned ready tasks and those without a profile, first in the queue first", () => {
    const t = testBoard();
    const nobody = [t.ready({ assignee: null }), t.ready({ assignee: null, priority: 1 })];
    const foreign = [t.ready({ assignee: "zoe" }), t.ready({ assignee: "__proto__" })];
    t.ready();
    inStatus(t, "blocked", { assignee: null });

    expect(skipped(t, ["coder"])).toEqual({
      unassigned: [nobody[1]!.id, nobody[0]!.id],
      no_profile: foreign.map(({ id }) => id),
      missing: [],
    });
    expect(skipped(t, ["coder"], 1).no_profile).toEqual([foreign[0]!.id]);
    expect(skipped(t, ["coder", "zoe", "__proto__"]).no_profile).toEqual([]);
  });

  test("leaves out people, and calls missing what was probably meant as a profile", () => {
    const t = testBoard();
    const slip = t.ready({ assignee: "codr" });
    const unusable = t.ready({ assignee: "writer" });
    t.ready({ assignee: "eve" }); // Named in the settings.
    t.ready({ assignee: "bob", created_by: "bob" });
    const unknown = t.ready({ assignee: "zoe" });

    const roster = { names: new Set(["coder"]), unusable: new Set(["writer"]), people: new Set(["eve"]) };
    const { no_profile, missing } = skippedTasks(t.board, roster);

    expect(no_profile).toEqual([slip, unusable, unknown].map(({ id }) => id));
    expect(missing).toEqual([slip, unusable].map(({ id }) => id));
  });
});

test("countReady() counts what is ready and past its back-off", () => {
  const t = testBoard();
  expect(countReady(t.board)).toBe(0);
  const { id } = inStatus(t, "running");
  rateLimitRun(t.board, { taskId: id, runId: 1 }, { retryMs: 1_000 });
  t.ready();
  completeTask(t.board, t.ready().id);

  expect(countReady(t.board)).toBe(1);
  t.clock.ms += 1_000;
  expect(countReady(t.board)).toBe(2);
});

test("countReady() of profiles leaves out what has no assignee, and what waits for others", () => {
  const t = testBoard();
  const late = inStatus(t, "running", { assignee: "writer" });
  rateLimitRun(t.board, { taskId: late.id, runId: 1 }, { retryMs: 1_000 });
  for (const assignee of [null, "bob", "coder", "coder"]) t.ready({ assignee });
  const ready = (...profiles: string[]) => countReady(t.board, { profiles: new Set(profiles) });

  expect([ready("coder"), ready("writer"), ready("coder", "writer"), ready()]).toEqual([2, 0, 2, 0]);
  t.clock.ms += 1_000;
  expect([ready("writer"), ready("coder", "writer")]).toEqual([1, 3]);
});
