import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { testBoard } from "../../testing/mod.ts";
import { all, type Board } from "./db.ts";
import { firstInLanes, type LaneFilter, type Position } from "./lanes.ts";
import { createTask } from "../mod.ts";

/** The same by a sort of all tasks. */
function sorted(board: Board, { status, owners, notOwners, projects, notProjects }: LaneFilter): Position[] {
  const rows = all<Position & { assignee: string | null; tenant: string | null }>(
    board,
    `SELECT urgency, queue_at, key, assignee, tenant FROM tasks WHERE status = $status
     ORDER BY urgency, queue_at, key`,
    { status },
  );
  return rows
    .filter(({ assignee }) => owners === undefined || owners.includes(assignee ?? ""))
    .filter(({ assignee }) => !notOwners?.includes(assignee ?? ""))
    .filter(({ tenant }) => projects === undefined || projects.includes(tenant ?? ""))
    .filter(({ tenant }) => !notProjects?.includes(tenant ?? ""))
    .map(({ urgency, queue_at, key }) => ({ urgency, queue_at, key }));
}

describe("firstInLanes()", () => {
  test("merges lanes into the order of their column, from any position and as far as it is asked", () => {
    const name = fc.constantFrom(null, "a", "b");
    const tasks = fc.array(
      fc.record({ assignee: name, tenant: name, priority: fc.nat(2), later: fc.nat(2), triage: fc.boolean() }),
      { minLength: 60, maxLength: 90 },
    );
    const filter = fc.record(
      {
        status: fc.constantFrom("ready" as const, "triage" as const),
        owners: fc.subarray(["", "a", "b"], { minLength: 1 }),
        notOwners: fc.subarray(["", "a", "b"], { maxLength: 1 }),
        projects: fc.subarray(["", "a", "b"], { minLength: 1 }),
        notProjects: fc.subarray(["", "b"], { minLength: 1 }),
      },
      { requiredKeys: ["status"] },
    );
    fc.assert(
      fc.property(tasks, filter, fc.nat(30), fc.nat(50), (tasks, filter, from, limit) => {
        const t = testBoard();
        for (const { later, ...fields } of tasks) {
          t.clock.ms += later;
          createTask(t.board, { title: "task", ...fields });
        }
        const every = sorted(t.board, filter);
        const after = every[from - 1] ?? null;

        const found = firstInLanes(t.board, filter, { limit, after });

        const rest = every.slice(after === null ? 0 : from);
        expect(found.map(({ key }) => key)).toEqual(rest.slice(0, Math.max(1, limit)).map(({ key }) => key));
      }),
      { numRuns: 60 },
    );
  });
});
