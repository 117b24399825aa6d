import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { inStatus } from "../../testing/kernel.ts";
import { testBoard } from "../../testing/mod.ts";
import { facetsOf } from "./facets.ts";
import { type Filter, matchingIds, readsTasks, viewTotals } from "./filter.ts";
import {
  boardColumns,
  claimTask,
  createTask,
  editTask,
  failRun,
  linkTasks,
  listTasks,
  STATUSES,
  type Task,
} from "../mod.ts";

describe("viewTotals()", () => {
  test("counts every status under a filter, the same by counters and by search", () => {
    const t = testBoard();
    for (const status of STATUSES) inStatus(t, status, { title: "mine", assignee: "me", tenant: "x" });
    t.ready({ title: "mine", assignee: null });
    const each = Object.fromEntries(STATUSES.map((status) => [status, 1]));

    expect(viewTotals(t.board, { assignee: "me", tenant: "x" })).toEqual(each as never);
    expect(viewTotals(t.board, { q: "MINE", assignee: "me" })).toEqual(each as never);
    expect(viewTotals(t.board, { q: "mine" })).toEqual({ ...each, ready: 2 } as never);
    expect(viewTotals(t.board, { assignee: "me", free: true })).toEqual({ ...each, todo: 0 } as never);
    expect(viewTotals(t.board, { assignee: "" })).toMatchObject({ ready: 1, done: 0 });
    expect(viewTotals(t.board, { assignee: null, q: "mine" })).toMatchObject({ ready: 1, done: 0 });
    expect(viewTotals(t.board, {})).toMatchObject({ ready: 3, done: 1, archived: 1 }); // With the todo's own parent.
  });
});

/** What a filter means, in TypeScript, for tasks of which nothing but these fields is asked. */
function fits(task: Task, { tenant, assignee, creator, priority, created }: Filter): boolean {
  const one = (
    choice: { any?: readonly unknown[] | undefined; none?: readonly unknown[] | undefined } | undefined,
    value: unknown,
  ) => (!choice?.any?.length || choice.any.includes(value)) && !choice?.none?.includes(value);
  return (
    one(tenant as object, task.tenant ?? "") &&
    one(assignee as object, task.assignee ?? "") &&
    one(creator, task.created_by) &&
    one(priority, task.priority) &&
    (created?.after === undefined || task.created_at >= created.after) &&
    (created?.before === undefined || task.created_at < created.before)
  );
}

describe("a filter", () => {
  test("means the same to the board, the list, the totals and the tasks themselves", () => {
    const names = ["", "a", "b"];
    const choice = <T>(values: readonly T[]) =>
      fc.record({ any: fc.subarray([...values]), none: fc.subarray([...values], { maxLength: 1 }) });
    const instant = fc.option(fc.nat(40), { nil: undefined });
    const filters = fc.record(
      {
        tenant: choice(names),
        assignee: choice(names),
        creator: choice(["ann", "bob"]),
        priority: choice([0, 1, 2]),
        created: fc.record({ after: instant, before: instant }),
      },
      { requiredKeys: [] },
    );
    const t = testBoard();
    const from = t.clock.ms;
    for (let i = 0; i < 40; i++) {
      t.clock.ms = from + i;
      const name = (n: number) => names[n % 3] || null;
      const [tenant, assignee] = [name(i), name(Math.floor(i / 3))];
      const created_by = i % 2 === 0 ? "ann" : "bob";
      createTask(t.board, { title: `${i}`, tenant, assignee, created_by, priority: i % 3, triage: i % 4 === 0 });
    }
    const every = listTasks(t.board);

    fc.assert(
      fc.property(filters, ({ created, ...rest }) => {
        const at = (offset: number | undefined) => (offset === undefined ? undefined : from + offset);
        const filter: Filter = { ...rest, created: { after: at(created?.after), before: at(created?.before) } };
        const wanted = every.filter((task) => fits(task, filter)).map(({ id }) => id);

        const listed = listTasks(t.board, filter).map(({ id }) => id);
        const columns = boardColumns(t.board, filter);
        const shown = columns.flatMap(({ tasks }) => tasks.map(({ id }) => id));
        const totals = viewTotals(t.board, filter);

        expect(listed).toEqual(wanted);
        expect(new Set(shown)).toEqual(new Set(wanted));
        expect(columns.reduce((sum, { total }) => sum + total, 0)).toBe(wanted.length);
        expect(totals.ready + totals.triage).toBe(wanted.length);
        expect(matchingIds(t.board, every.map(({ id }) => id), filter)).toEqual(new Set(wanted)); // prettier-ignore
      }),
      { numRuns: 60 },
    );
  });

  test("knows what failed, what waits for a parent, and what happened to a task last", () => {
    const t = testBoard();
    const failed = t.ready({ title: "failed" });
    const { run } = claimTask(t.board, failed.id, { claimer: "w" });
    const end = { failureLimit: 3, backoffMs: () => 0 };
    failRun(t.board, { taskId: failed.id, runId: run.id }, { kind: "spawn_failed", error: "x" }, end);
    const waiting = t.ready({ title: "waiting" });
    linkTasks(t.board, failed.id, waiting.id);
    t.clock.ms += 60_000;
    const touched = t.ready({ title: "touched" });
    const titles = (filter: Filter) => listTasks(t.board, filter).map(({ title }) => title);
    const late = t.clock.ms;
    t.clock.ms += 60_000;
    editTask(t.board, waiting.id, { title: "waiting and edited" });

    expect(titles({ failed: true })).toEqual(["failed"]);
    expect(titles({ failed: false })).toEqual(["waiting and edited", "touched"]);
    expect(titles({ free: true })).toEqual(["failed", "touched"]);
    expect(titles({ updated: { after: late } })).toEqual(["waiting and edited", "touched"]);
    expect(titles({ updated: { before: late } })).toEqual(["failed"]);
    expect(titles({ updated: { after: late + 1 }, created: { before: late } })).toEqual(["waiting and edited"]);
    expect(touched.status).toBe("ready");
  });

  test("reads tasks only for what lanes do not say", () => {
    expect(readsTasks({ tenant: "a", assignee: { any: ["x"], none: ["y"] } })).toBe(false);
    expect(readsTasks({ priority: { any: [], none: [] }, created: {}, q: " " })).toBe(false);
    for (const filter of [{ q: "x" }, { free: true }, { failed: false }, { priority: { none: [0] } }] as Filter[])
      expect(readsTasks(filter)).toBe(true);
  });
});

describe("facetsOf()", () => {
  test("counts the values of a field under the rest of the filter, and leaves the field's own choice out", () => {
    const t = testBoard();
    const make = (tenant: string | null, assignee: string, priority = 0) =>
      t.ready({ title: "task", tenant, assignee, priority });
    make("shop", "ann", 3);
    make("shop", "bob");
    make("web", "ann");
    make(null, "ann", 3);
    inStatus(t, "archived", { tenant: "old", assignee: "ann" });
    const facets = (field: Parameters<typeof facetsOf>[1], filter: Filter) =>
      facetsOf(t.board, field, { filter, statuses: ["ready", "todo"] }).map(({ value, n }) => [value, n]);

    expect(facets("tenant", { assignee: "ann", tenant: "web" })).toEqual([["", 1], ["shop", 1], ["web", 1]]); // prettier-ignore
    expect(facets("assignee", { tenant: { none: ["web"] } })).toEqual([["ann", 2], ["bob", 1]]); // prettier-ignore
    expect(facets("assignee", { q: "task", priority: { any: [3] } })).toEqual([["ann", 2]]);
    expect(facets("priority", { assignee: "ann" })).toEqual([["3", 2], ["0", 1]]); // prettier-ignore
    expect(facets("status", { tenant: "old" })).toEqual([["archived", 1]]);
    expect(facets("creator", {})).toEqual([[t.board.actor, 4]]);
  });
});
