import { describe, expect, test } from "bun:test";
import { history } from "../../testing/kernel.ts";
import { type TestBoard, testBoard } from "../../testing/mod.ts";
import {
  activeHolds,
  claimForWorker,
  completeTask,
  endUnavailable,
  failRun,
  getRun,
  getTask,
  heartbeat,
  HOLD_PAUSE_MS_MAX,
  holdOf,
  type HoldKey,
  nextInstant,
  rateLimitRun,
  reclaimTask,
  recordGone,
  recordSpawned,
  releaseHolds,
  reviewHolds,
  type SharedFault,
  underRun,
  type WorkerClaim,
  workerCandidates,
} from "../mod.ts";

const ACCOUNT: HoldKey = { kind: "account", key: "claude:KEY:1" };
const OTHER: HoldKey = { kind: "account", key: "claude:KEY:2" };
const PROVIDER: HoldKey = { kind: "provider", key: "claude" };

/** Two profiles of one account, one of another; all of one provider. */
const CLAIM: WorkerClaim = {
  claimer: "dispatcher",
  boot_id: "boot",
  maxWorkers: 100,
  profiles: new Map([
    ["coder", { max_running: null, max_runtime_seconds: null, needs: [ACCOUNT, PROVIDER] }],
    ["writer", { max_running: null, max_runtime_seconds: null, needs: [ACCOUNT, PROVIDER] }],
    ["reader", { max_running: null, max_runtime_seconds: null, needs: [OTHER, PROVIDER] }],
  ]),
};

const fault = (given: Partial<SharedFault> = {}): SharedFault => ({
  ...{ on: ACCOUNT, reason: "HTTP 529: overloaded", permanent: false, proof: "call" },
  ...{ profile: "coder", profiles: ["coder", "writer"], ...given },
});

/** The next claim; its process is recorded. */
function next(t: TestBoard, claim: WorkerClaim = CLAIM): { taskId: string; runId: number; assignee: string } | null {
  const claimed = claimForWorker(t.board, claim);
  if (claimed === null) return null;
  const ids = { taskId: claimed.task.id, runId: claimed.run.id };
  recordSpawned(t.board, { ...ids, pid: 7, pid_started: "1", boot_id: "boot" });
  return { ...ids, assignee: claimed.task.assignee! };
}

/** Ends a run by a fault. */
function meets(t: TestBoard, ids: { taskId: string; runId: number }, given: Partial<SharedFault> = {}) {
  recordGone(t.board, ids.runId);
  return endUnavailable(t.board, ids, fault(given));
}

function completes(t: TestBoard, { taskId, runId }: { taskId: string; runId: number }): void {
  completeTask(t.board, taskId, { runId, summary: "done" });
  recordGone(t.board, runId);
}

describe("endUnavailable()", () => {
  test("books the fault on the thing: its task has failed no more often and is ready, and one hold is reported", () => {
    const t = testBoard();
    const { id } = t.ready();
    const run = next(t)!;

    const task = meets(t, run, { permanent: true, reason: "HTTP 401" });

    expect(task).toMatchObject({ id, status: "ready", failures: 0, retry_at: null, last_error: null });
    expect(getRun(t.board, run.runId)).toMatchObject({ outcome: "unavailable", error: "HTTP 401" });
    expect(activeHolds(t.board)).toMatchObject([
      { ...ACCOUNT, reason: "HTTP 401", since: t.clock.ms, until: null, probes: 0, task_id: id, profile: "coder" },
    ]);
    expect(history(t.board, id).slice(3)).toEqual([
      ["held", run.runId, { ...ACCOUNT, reason: "HTTP 401", until: null }],
      ["unavailable", run.runId, { ...ACCOUNT, error: "HTTP 401" }],
    ]);
  });

  test("of runs that were under way the later ones report nothing, and do not make the pause longer", () => {
    const t = testBoard();
    for (let i = 0; i < 3; i++) t.ready();
    const runs = [next(t)!, next(t)!, next(t)!];

    for (const run of runs) meets(t, run);

    expect(t.kinds().filter((kind) => kind === "held")).toHaveLength(1);
    expect(activeHolds(t.board)).toMatchObject([{ probes: 0, until: t.clock.ms + 1_000 }]);
  });

  test("of a run that was under way a permanent cause, or a later end, counts", () => {
    const t = testBoard();
    for (let i = 0; i < 3; i++) t.ready();
    const runs = [next(t)!, next(t)!, next(t)!];
    meets(t, runs[0]!);

    meets(t, runs[1]!, { until: t.clock.ms + 60_000 });
    expect(activeHolds(t.board)).toMatchObject([{ until: t.clock.ms + 60_000 }]);
    meets(t, runs[2]!, { permanent: true });

    expect(activeHolds(t.board)).toMatchObject([{ until: null }]);
  });

  test("refuses a run that is over, and books nothing", () => {
    const t = testBoard();
    t.ready();
    const run = next(t)!;
    completes(t, run);

    t.refused(() => endUnavailable(t.board, run, fault()), "conflict", `running under run ${run.runId}`);
  });

  test("a limit ends its run as rate limited, and the hold alone decides when", () => {
    const t = testBoard();
    const { id } = t.ready();
    const run = next(t)!;
    recordGone(t.board, run.runId);

    rateLimitRun(t.board, run, { retryMs: 60_000, error: "429", fault: fault({ until: t.clock.ms + 60_000 }) });

    expect(getTask(t.board, id)).toMatchObject({ status: "ready", retry_at: null });
    expect(activeHolds(t.board)).toMatchObject([{ ...ACCOUNT, until: t.clock.ms + 60_000 }]);
    expect(nextInstant(t.board)).toBe(t.clock.ms + 60_000);
  });
});

describe("the queue", () => {
  test("claims nothing for profiles that depend on what is held, and continues with the others", () => {
    const t = testBoard();
    for (const assignee of ["coder", "writer", "reader"]) t.ready({ assignee });
    meets(t, next(t)!, { permanent: true });
    const before = t.dump();

    expect(workerCandidates(t.board, CLAIM, 9).map(({ assignee }) => assignee)).toEqual(["reader"]);
    expect(t.dump()).toBe(before);
    expect(next(t)?.assignee).toBe("reader");
    expect(next(t)).toBeNull();
    t.clock.ms += 86_400_000;
    expect(next(t)).toBeNull();
  });

  test("a hold on the provider holds every account of it", () => {
    const t = testBoard();
    for (const assignee of ["coder", "writer", "reader"]) t.ready({ assignee });
    meets(t, next(t)!, { on: PROVIDER });

    expect(next(t)).toBeNull();
  });

  test("when the pause is over one task probes, for any dispatcher; the others wait for what it shows", () => {
    const t = testBoard();
    for (let i = 0; i < 5; i++) t.ready({ assignee: i % 2 === 0 ? "coder" : "writer" });
    const met = meets(t, next(t)!);
    t.clock.ms += 999;
    expect(next(t)).toBeNull();
    t.clock.ms += 1;

    expect(workerCandidates(t.board, CLAIM, 9)).toHaveLength(1);
    const probe = next(t)!;
    const second = next(t, { ...CLAIM, claimer: "another" });

    expect(second).toBeNull();
    expect(activeHolds(t.board)).toMatchObject([{ probe_run_id: probe.runId }]);
    expect(nextInstant(t.board)).toBeGreaterThan(t.clock.ms);
    completes(t, probe);
    expect(activeHolds(t.board)).toEqual([]);
    expect(history(t.board, met.id)).toContainEqual(["released", null, { ...ACCOUNT, by: "probe" }]);
    expect([next(t), next(t), next(t), next(t)].filter((run) => run !== null)).toHaveLength(4);
  });

  test("the same fault again doubles the pause, from a second to a quarter of an hour [C1]", () => {
    const t = testBoard();
    t.ready();
    const pauses: number[] = [];
    for (let i = 0; i < 13; i++) {
      meets(t, next(t)!);
      const { until } = activeHolds(t.board)[0]!;
      pauses.push((until! - t.clock.ms) / 1_000);
      t.clock.ms = until!;
    }

    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]);
    expect(t.kinds().filter((kind) => kind === "held")).toHaveLength(1);
  });

  test("an end that the provider names is waited for", () => {
    const t = testBoard();
    t.ready();
    meets(t, next(t)!, { until: t.clock.ms + 5 * 3_600_000 });

    expect(activeHolds(t.board)[0]!.until).toBe(t.clock.ms + 5 * 3_600_000);
  });

  test("a fault that comes back after a probe that went well continues with the same count", () => {
    const t = testBoard();
    t.ready();
    t.ready();
    meets(t, next(t)!);
    t.clock.ms += 1_000;
    const probe = next(t)!;
    underRun(t.board, probe, "heartbeat", [probe.taskId], () => heartbeat(t.board, probe.taskId, probe));
    expect(activeHolds(t.board)).toEqual([]);

    meets(t, probe);

    expect(activeHolds(t.board)).toMatchObject([{ probes: 1, until: t.clock.ms + 2_000, since: t.clock.ms - 1_000 }]);
    expect(t.kinds().filter((kind) => kind === "held")).toHaveLength(1);
  });

  test("one that lasts a day is reported once more", () => {
    const t = testBoard();
    t.ready();
    const held = () => t.kinds().filter((kind) => kind === "held").length;
    meets(t, next(t)!);
    for (const [hours, told] of [
      [23, 1],
      [2, 2],
      [24, 2],
    ] as const) {
      t.clock.ms += hours * 3_600_000;
      meets(t, next(t)!);
      expect(held()).toBe(told);
    }
  });
});

describe("an account that no run has used yet", () => {
  const TRIED: WorkerClaim = {
    ...CLAIM,
    profiles: new Map([...CLAIM.profiles].map(([name, limits]) => [name, { ...limits, trial: limits.needs![0]! }])),
  };

  test("is tried by one run: with its first call all continue, and nothing is reported", () => {
    const t = testBoard();
    for (const assignee of ["coder", "writer", "coder", "reader"]) t.ready({ assignee });
    const dry = workerCandidates(t.board, TRIED, 9).map(({ assignee }) => assignee);
    const first = next(t, TRIED)!;

    expect(dry).toEqual(["coder", "reader"]);
    expect(next(t, TRIED)?.assignee).toBe("reader");
    expect(next(t, TRIED)).toBeNull();
    expect(activeHolds(t.board)).toMatchObject([{ ...ACCOUNT, trial: true, probe_run_id: first.runId }, OTHER]);
    underRun(t.board, first, "comment", [], () => {});
    expect([next(t, TRIED)?.assignee, next(t, TRIED)?.assignee]).toEqual(["writer", "coder"]);
    expect(t.kinds().filter((kind) => kind === "held" || kind === "released")).toEqual([]);
  });

  test("and whose first run meets a fault is held from then on, and reported", () => {
    const t = testBoard();
    t.ready();
    const first = next(t, TRIED)!;
    t.clock.ms += 60_000;

    meets(t, first, { permanent: true });

    expect(activeHolds(t.board)).toMatchObject([{ trial: false, since: t.clock.ms, probes: 0, until: null }]);
    expect(t.kinds().filter((kind) => kind === "held")).toHaveLength(1);
  });

  test("blocks other tasks for five minutes at most", () => {
    const t = testBoard();
    t.ready();
    t.ready();
    next(t, TRIED);
    t.clock.ms += 299_999;
    expect(next(t, TRIED)).toBeNull();
    expect(nextInstant(t.board)).toBe(t.clock.ms + 1);

    t.clock.ms += 1;

    expect(next(t, TRIED)).not.toBeNull();
    expect(activeHolds(t.board)).toEqual([]);
  });
});

describe("a probe", () => {
  function probing(given: Partial<SharedFault> = {}) {
    const t = testBoard();
    t.ready();
    t.ready();
    meets(t, next(t)!, given);
    t.clock.ms += 1_000;
    const { task, run } = claimForWorker(t.board, CLAIM)!;
    return { t, probe: { taskId: task.id, runId: run.id } };
  }
  const spawned = { pid: 7, pid_started: "1", boot_id: "boot" };

  test.each([
    ["start", ["released", "released", "released"]],
    ["call", ["held", "released", "released"]],
    ["end", ["held", "held", "released"]],
  ] as const)("of a hold that its %s proves to be over: by a process, by a call, by its end", (proof, expected) => {
    const { t, probe } = probing({ proof });
    const seen = () => (activeHolds(t.board).length === 0 ? "released" : "held");

    recordSpawned(t.board, { ...probe, ...spawned });
    const started = seen();
    underRun(t.board, probe, "comment", [], () => {});
    const called = seen();
    recordGone(t.board, probe.runId, { exit_code: 3 });
    const failure = {
      kind: "crashed",
      pid: 7,
      exit_code: 3,
      signal: null,
      log_tail: "",
      error: "exit code 3",
    } as const;
    failRun(t.board, probe, failure, { failureLimit: 5, backoffMs: () => 0 });

    expect([started, called, seen()]).toEqual([...expected]);
  });

  test("that is taken back, or meets another fault, shows nothing: another one tries after a pause", () => {
    const { t, probe } = probing();
    recordSpawned(t.board, { ...probe, ...spawned });
    recordGone(t.board, probe.runId);
    reclaimTask(t.board, probe.taskId, { runId: probe.runId });
    expect(activeHolds(t.board)).toMatchObject([{ probe_run_id: null, probes: 0, until: t.clock.ms + 1_000 }]);
    t.clock.ms += 1_000;

    meets(t, next(t)!, { on: PROVIDER });

    expect(activeHolds(t.board)).toMatchObject([
      { ...ACCOUNT, probe_run_id: null, until: t.clock.ms + 1_000 },
      { ...PROVIDER, until: t.clock.ms + 1_000 },
    ]);
  });

  test("whose start fails shows nothing", () => {
    const { t, probe } = probing();

    failRun(t.board, probe, { kind: "spawn_failed", error: "no skill" }, { failureLimit: 1, backoffMs: () => 0 });

    expect(getRun(t.board, probe.runId)).toMatchObject({ outcome: "gave_up" });
    expect(activeHolds(t.board)).toMatchObject([{ probe_run_id: null }]);
  });
});

describe("the end of a hold", () => {
  test("by a person, named by its key or with its kind; another name changes nothing", () => {
    const t = testBoard();
    const { id } = t.ready();
    meets(t, next(t)!, { permanent: true });
    const before = t.dump();

    expect(releaseHolds(t.board, "claude")).toEqual([]);
    expect(t.dump()).toBe(before);
    expect(releaseHolds(t.board, "account:claude:KEY:1")).toMatchObject([ACCOUNT]);

    expect(activeHolds(t.board)).toEqual([]);
    expect(history(t.board, id).at(-1)).toEqual(["released", null, { ...ACCOUNT, by: "ann" }]);
    expect(next(t)?.taskId).toBe(id);
  });

  test("a changed configuration lets one task try at once, and the same one nothing", () => {
    const t = testBoard();
    t.ready();
    t.ready();
    meets(t, next(t)!, { permanent: true, fingerprint: "a" });
    const { id } = activeHolds(t.board)[0]!;
    reviewHolds(t.board, [{ id, profiles: ["coder", "writer"], fingerprint: "a" }]);
    expect(next(t)).toBeNull();

    reviewHolds(t.board, [{ id, profiles: ["coder"], fingerprint: "b" }]);

    const probe = next(t)!;
    expect(next(t)).toBeNull();
    meets(t, probe, { permanent: true, fingerprint: "b" });
    expect(activeHolds(t.board)).toMatchObject([{ until: null, probes: 1 }]);
  });

  test("one that no profile depends on any more is over", () => {
    const t = testBoard();
    t.ready();
    meets(t, next(t)!, { permanent: true });

    reviewHolds(t.board, [{ id: activeHolds(t.board)[0]!.id, profiles: [], fingerprint: null }]);

    expect(activeHolds(t.board)).toEqual([]);
    expect(t.kinds().at(-1)).toBe("released");
  });

  test("one that a person released begins afresh when it is met again", () => {
    const t = testBoard();
    t.ready();
    meets(t, next(t)!);
    t.clock.ms += HOLD_PAUSE_MS_MAX / 2;
    releaseHolds(t.board, ACCOUNT.key);

    meets(t, next(t)!);

    expect(activeHolds(t.board)).toMatchObject([{ probes: 0, since: t.clock.ms }]);
    expect(t.kinds().filter((kind) => kind === "held")).toHaveLength(2);
  });
});

test("holdOf() names what the tasks of an assignee wait for", () => {
  const t = testBoard();
  t.ready();
  meets(t, next(t)!, { permanent: true });

  expect(holdOf(t.board, "writer")).toMatchObject(ACCOUNT);
  expect(holdOf(t.board, "reader")).toBeNull();
  expect(holdOf(t.board, null)).toBeNull();
});
