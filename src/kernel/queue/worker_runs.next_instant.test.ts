import { describe, expect, test } from "bun:test";
import { type TestBoard, testBoard } from "../../testing/mod.ts";
import { archiveTask, claimTask, failRun, nextInstant, rateLimitRun, reclaimTask } from "../mod.ts";

describe("nextInstant()", () => {
  test("is null when time alone changes nothing", () => {
    const t = testBoard();
    t.ready();
    t.done();

    expect(nextInstant(t.board)).toBeNull();
  });

  test("is the earliest of leases, time limits, starts and back-offs in the future", () => {
    const t = testBoard();
    const now = t.clock.ms;
    claimTask(t.board, t.ready().id, { claimer: "ann", ttlSeconds: 400 });
    expect(nextInstant(t.board)).toBe(now + 400_000);

    claimTask(t.board, t.ready({ max_runtime_seconds: 300 }).id, { claimer: "ann", ttlSeconds: 900 });
    expect(nextInstant(t.board)).toBe(now + 300_000);

    t.ready({ not_before: now + 200_000 });
    expect(nextInstant(t.board)).toBe(now + 200_000);

    const { task, run } = claimTask(t.board, t.ready().id, { claimer: "ann" });
    failRun(
      t.board,
      { taskId: task.id, runId: run.id },
      { kind: "spawn_failed", error: "x" },
      { failureLimit: 9, backoffMs: () => 100_000 },
    );
    expect(nextInstant(t.board)).toBe(now + 100_000);

    t.clock.ms = now + 100_000; // What is due now is not in the future any more.
    expect(nextInstant(t.board)).toBe(now + 200_000);
  });

  const AHEAD: Record<string, (t: TestBoard, ms: number) => void> = {
    lease: (t, ms) => void claimTask(t.board, t.ready().id, { claimer: "ann", ttlSeconds: ms / 1_000 }),
    "time limit": (t, ms) =>
      void claimTask(t.board, t.ready({ max_runtime_seconds: ms / 1_000 }).id, { claimer: "ann", ttlSeconds: 1e6 }),
    start: (t, ms) => void t.ready({ not_before: t.clock.ms + ms }),
    "back-off": (t, ms) => {
      const { task, run } = claimTask(t.board, t.ready().id, { claimer: "ann" });
      rateLimitRun(t.board, { taskId: task.id, runId: run.id }, { retryMs: ms });
    },
  };

  test.each(Object.keys(AHEAD))("of several of the kind %s is the earliest that is still in the future", (kind) => {
    const t = testBoard();
    for (const ms of [3_000, 1_000, 2_000]) AHEAD[kind]!(t, ms);
    const now = t.clock.ms;

    const seen: (number | null)[] = [];
    for (let i = 0; i < 3; i++) {
      seen.push(nextInstant(t.board)! - now);
      t.clock.ms += 1_000;
    }

    expect(seen).toEqual([1_000, 2_000, 3_000]);
    expect(nextInstant(t.board)).toBe(kind === "time limit" ? now + 1e9 : null);
  });

  test("knows nothing of runs that are over and of tasks that moved on", () => {
    const t = testBoard();
    const run = claimTask(t.board, t.ready({ max_runtime_seconds: 60 }).id, { claimer: "ann" });
    reclaimTask(t.board, run.task.id);
    archiveTask(t.board, t.ready({ not_before: t.clock.ms + 1_000 }).id);

    expect(nextInstant(t.board)).toBeNull();
  });
});
