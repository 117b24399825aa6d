import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { inStatus } from "../../testing/kernel.ts";
import { testBoard } from "../../testing/mod.ts";
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
} from "../mod.ts";
import { cumulativeFlow } from "./flow.ts";
import { viewTotals } from "./filter.ts";

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

  test.each([
    ["ten minutes", 10 * 60_000],
    ["two hours", 2 * HOUR],
    ["two days", 2 * DAY],
    ["four days and a half", 4.5 * DAY],
  ])("of a board that is %s old begins with the board, at nothing", (_, age) => {
    const t = testBoard();
    const first = t.clock.ms;
    t.ready();
    t.clock.ms += age;

    const flow = cumulativeFlow(t.board, { days: 30, first });

    expect(flow[0]).toMatchObject({ at: first, counts: { ready: 0 } });
    expect(flow.at(-1)).toMatchObject({ at: t.clock.ms, counts: { ready: 1 } });
    expect(flow.length).toBeGreaterThanOrEqual(age > 3 * DAY ? 5 : 20);
    expect(flow.slice(1).every(({ counts }) => counts.ready === 1)).toBe(true);
    expect(flow.map(({ at }) => at)).toEqual(flow.map(({ at }) => at).toSorted((a, b) => a - b));
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

    expect(present(cumulativeFlow(t.board, { days: 1, filter: { tenant: "x" } })[0]!.counts)).toEqual({ ready: 1 });
    expect(present(cumulativeFlow(t.board, { days: 1, filter: { tenant: "" } })[0]!.counts)).toEqual({ triage: 1 });
  });

  test("is what the board's counts were at the end of each day, whatever happened", () => {
    const step = fc.record({
      verb: fc.constantFrom("create", "claim", "complete", "triage", "todo", "ready", "archive"),
      task: fc.nat(5),
      tenant: fc.constantFrom("x", null),
      hours: fc.integer({ min: 0, max: 30 }),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 25 }), fc.integer({ min: 1, max: 40 }), (steps, days) => {
        const t = testBoard();
        const ids: string[] = [];
        const seen: { at: number; all: Record<string, number>; x: Record<string, number> }[] = [
          { at: 0, all: {}, x: {} },
        ];
        for (const { verb, task, tenant, hours } of steps) {
          t.clock.ms += hours * HOUR;
          const id = ids[task % Math.max(1, ids.length)];
          try {
            if (verb === "create" || id === undefined) ids.push(inStatus(t, STATUSES[task]!, { tenant }).id);
            else if (verb === "claim") claimTask(t.board, id, { claimer: "w" });
            else if (verb === "complete") completeTask(t.board, id, { summary: "s" });
            else if (verb === "archive") archiveTask(t.board, id);
            else moveTask(t.board, id, verb as Status);
          } catch (error) {
            if (!(error instanceof KanbanError)) throw error;
          }
          seen.push({ at: t.clock.ms, all: boardStats(t.board).by_status, x: viewTotals(t.board, { tenant: "x" }) });
        }
        t.clock.ms += 5 * HOUR; // Days end between the steps.

        const [all, x] = [
          cumulativeFlow(t.board, { days }),
          cumulativeFlow(t.board, { days, filter: { tenant: "x" } }),
        ];

        expect([all.length, x.length]).toEqual([days, days]);
        for (const [i, { at, counts }] of all.entries()) {
          const then = seen.findLast((one) => one.at <= at)!;
          expect([present(counts), present(x[i]!.counts)]).toEqual([present(then.all), present(then.x)]);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("leaves out the days that its events do not reach back to", () => {
    const t = testBoard();
    t.ready();
    t.clock.ms += 2 * DAY;
    const { id } = inStatus(t, "triage");
    t.board.db.run(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
       INSERT INTO task_events (task_key, kind, actor, payload, created_at, run_seq)
       SELECT (SELECT key FROM tasks WHERE id = ?), 'commented', 'x', '{}', ?, (SELECT max(run_seq) FROM task_events) FROM n`,
      [id, t.clock.ms],
    );
    t.clock.ms += DAY;

    const flow = cumulativeFlow(t.board, { days: 4 });

    expect(flow.map(({ at }) => at)).toEqual([t.clock.ms - DAY, t.clock.ms]);
    expect(flow.map(({ counts }) => present(counts))).toEqual([
      { ready: 1, triage: 1 },
      { ready: 1, triage: 1 },
    ]);
  });
});
