import { describe, expect, test } from "bun:test";
import { inStatus } from "../../testing/kernel.ts";
import { type TestBoard, testBoard } from "../../testing/mod.ts";
import { claimTask, completeTask, failRun, insightStats, reclaimTask } from "../mod.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A task that waits, is worked on and completes, or fails once before. */
function worked(
  t: TestBoard,
  { wait = 0, work = 0, fails = false, assignee = "coder", tenant = null as string | null },
): void {
  const { id } = t.ready({ assignee, tenant });
  t.clock.ms += wait;
  if (fails) {
    const { run } = claimTask(t.board, id, { claimer: "w" });
    failRun(
      t.board,
      { taskId: id, runId: run.id },
      { kind: "spawn_failed", error: "x" },
      { failureLimit: 9, backoffMs: () => 0 },
    );
  }
  const { run } = claimTask(t.board, id, { claimer: "w" });
  t.clock.ms += work;
  completeTask(t.board, id, { runId: run.id });
}

describe("insightStats()", () => {
  test("of an empty board has no figures, and no division by nothing", () => {
    const { board } = testBoard();

    const stats = insightStats(board, { days: 7 });

    expect(stats.throughput).toEqual({ per_hour: 0, series: Array.from({ length: 24 }, () => 0) });
    expect(stats.ready_wait).toEqual({
      p50_seconds: null,
      p95_seconds: null,
      series: Array.from({ length: 24 }, () => null),
    });
    expect(stats.first_try).toEqual({ ratio: null, tasks: 0, series: Array.from({ length: 7 }, () => null) });
    expect(stats.needs).toEqual({ open: 0, oldest_seconds: null, series: Array.from({ length: 7 }, () => 0) });
    expect([stats.first_at, stats.finished]).toEqual([null, { tasks: 0, more: false }]);
    expect(stats.cycle).toEqual({ points: [], p50_seconds: null, p95_seconds: null });
    expect([stats.hours.length, stats.profiles.length, stats.flow.length]).toEqual([24, 0, 7]);
  });

  test("counts completed and failed runs by hour and by profile, but none that was taken back", () => {
    const t = testBoard();
    worked(t, { assignee: "writer" });
    t.clock.ms += 2 * HOUR;
    worked(t, { fails: true });
    reclaimTask(t.board, inStatus(t, "running").id);

    const { throughput, hours, profiles } = insightStats(t.board, { days: 1 });

    expect(throughput.per_hour).toBeCloseTo(2 / 2); // The board is two hours old.
    expect(hours.filter(({ completed, failed }) => completed + failed > 0)).toEqual([
      { at: t.clock.ms - 2 * HOUR, completed: 1, failed: 0 },
      { at: t.clock.ms, completed: 1, failed: 1 },
    ]);
    expect(profiles.map(({ name, runs, ok }) => [name, runs, ok])).toEqual([
      ["coder", 2, 1],
      ["writer", 1, 1],
    ]);
  });

  test("leaves out what ended more than a day ago", () => {
    const t = testBoard();
    worked(t, {});
    t.clock.ms += DAY;

    expect(insightStats(t.board, { days: 7 }).throughput.per_hour).toBe(0);
  });

  test("measures how long tasks waited to be claimed", () => {
    const t = testBoard();
    for (const wait of [1, 2, 30]) worked(t, { wait: wait * MINUTE });

    expect(insightStats(t.board, { days: 1 }).ready_wait).toMatchObject({ p50_seconds: 120, p95_seconds: 1_800 });
  });

  test("measures first tries and cycle times of finished tasks", () => {
    const t = testBoard();
    worked(t, { work: 10 * MINUTE });
    worked(t, { work: 20 * MINUTE, fails: true });
    completeTask(t.board, t.ready().id); // By hand, without a run.

    const { first_try, cycle } = insightStats(t.board, { days: 2 });

    expect(first_try).toEqual({ ratio: 0.5, tasks: 2, series: [null, 0.5] });
    expect(cycle.points.map(({ seconds, ok }) => [seconds, ok])).toEqual([
      [600, true],
      [1_200, false],
    ]);
    expect(cycle).toMatchObject({ p50_seconds: 1_200, p95_seconds: 1_200 });
  });

  test("says what waits for a person, and for how long", () => {
    const t = testBoard();
    inStatus(t, "blocked");
    t.clock.ms += 90_500;
    inStatus(t, "review");

    const { needs } = insightStats(t.board, { days: 2 });
    expect(needs).toMatchObject({ open: 2, oldest_seconds: 90 });
    expect([needs.series[0], needs.series[1], needs.series.at(-1)]).toEqual([0, 1, 2]);
  });

  test("narrows to a tenant", () => {
    const t = testBoard();
    worked(t, { tenant: "x", work: MINUTE });
    worked(t, { work: 5 * MINUTE });
    inStatus(t, "blocked");

    const [named, none] = [
      insightStats(t.board, { days: 1, filter: { tenant: "x" } }),
      insightStats(t.board, { days: 1, filter: { tenant: null } }),
    ];

    expect([named.cycle.p50_seconds, none.cycle.p50_seconds]).toEqual([60, 300]);
    expect([named.needs.open, none.needs.open]).toEqual([0, 1]);
    expect(named.profiles).toMatchObject([{ runs: 1 }]);
  });

  test("survives a clock that stepped back", () => {
    const t = testBoard();
    worked(t, { work: MINUTE });
    inStatus(t, "blocked");
    t.clock.ms -= 2 * DAY;

    const { needs, cycle, throughput } = insightStats(t.board, { days: 3 });

    expect([needs.oldest_seconds, cycle.p50_seconds, throughput.per_hour]).toEqual([0, 60, 0]);
  });
});
