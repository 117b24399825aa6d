import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { inStatus } from "../testing/kernel.ts";
import { testBoard } from "../testing/mod.ts";
import {
  archiveTask,
  boardStats,
  claimTask,
  completeTask,
  KanbanError,
  moveTask,
  type Status,
  STATUSES,
  unblockTask,
} from "./mod.ts";
import { cumulativeFlow } from "./flow.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Without the statuses that nothing stands in. */
const present = (counts: Partial<Record<Status, number>>) =>
  Object.fromEntries(Object.entries(counts).filter(([, n]) => n > 0));

describe("cumulativeFlow()", () => {
  test("of an empty board is nothing in every status, day by day", () => {
    const { board, clock } = testBoard();

    const flow = cumulativeFlow(board, { days: 3 });

    expect(flow.map(({ at }) => at)).toEqual([clock.ms - 2 * DAY, clock.ms - DAY, clock.ms]);
    expect(flow.map(({ counts }) => present(counts))).toEqual([{}, {}, {}]);
  });

  test("follows a task through its days", () => {
    const t = testBoard();
    const { id } = inStatus(t, "blocked");
    t.clock.ms += DAY;
    unblockTask(t.board, id);
    claimTask(t.board, id, { claimer: "w" });
    t.clock.ms += DAY;
    completeTask(t.board, id);
    t.clock.ms += DAY;
    archiveTask(t.board, id);

    const flow = cumulativeFlow(t.board, { days: 4 });

    expect(flow.map(({ counts }) => present(counts))).toEqual([
      { blocked: 1 },
      { running: 1 },
      { done: 1 },
      { archived: 1 },
    ]);
  });

  test("narrows to a tenant, and to those without one", () => {
    const t = testBoard();
    t.ready({ tenant: "x" });
    inStatus(t, "triage");

    expect(present(cumulativeFlow(t.board, { days: 1, tenant: "x" })[0]!.counts)).toEqual({ ready: 1 });
    expect(present(cumulativeFlow(t.board, { days: 1, tenant: "" })[0]!.counts)).toEqual({ triage: 1 });
  });

  test("is what the board's counts were at the end of each day, whatever happened", () => {
    const step = fc.record({
      verb: fc.constantFrom("create", "claim", "complete", "triage", "todo", "ready", "archive"),
      task: fc.nat(5),
      hours: fc.integer({ min: 0, max: 30 }),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 25 }), (steps) => {
        const t = testBoard();
        const ids: string[] = [];
        const seen: { at: number; counts: Record<string, number> }[] = [{ at: 0, counts: {} }];
        for (const { verb, task, hours } of steps) {
          t.clock.ms += hours * HOUR;
          const id = ids[task % Math.max(1, ids.length)];
          try {
            if (verb === "create" || id === undefined) ids.push(inStatus(t, STATUSES[task]!).id);
            else if (verb === "claim") claimTask(t.board, id, { claimer: "w" });
            else if (verb === "complete") completeTask(t.board, id, { summary: "s" });
            else if (verb === "archive") archiveTask(t.board, id);
            else moveTask(t.board, id, verb as Status);
          } catch (error) {
            if (!(error instanceof KanbanError)) throw error;
          }
          seen.push({ at: t.clock.ms, counts: boardStats(t.board).by_status });
        }

        for (const { at, counts } of cumulativeFlow(t.board, { days: 40 })) {
          expect(present(counts)).toEqual(present(seen.findLast((one) => one.at <= at)!.counts));
        }
      }),
      { numRuns: 40 },
    );
  });
});
