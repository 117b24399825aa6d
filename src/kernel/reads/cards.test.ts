import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { inStatus } from "../../testing/kernel.ts";
import { type TestBoard, testBoard } from "../../testing/mod.ts";
import {
  archiveTask,
  assigneeNames,
  boardColumns,
  type Card,
  columnPage,
  completeTask,
  moveTask,
  reclaimTask,
  type Status,
  STATUSES,
  tenantNames,
} from "../mod.ts";

const titles = (cards: readonly Card[]) => cards.map(({ title }) => title).join("");

/** All cards of a column, read a page at a time. */
function paged({ board }: TestBoard, status: Status, limit: number, filter = {}): Card[] {
  const cards: Card[] = [];
  let after: string | undefined;
  do {
    const page = columnPage(board, status, { ...filter, limit, after });
    expect(page.tasks.length).toBeLessThanOrEqual(limit);
    if (after !== undefined) expect(page.tasks).not.toEqual([]); // A cursor says that there is more.
    cards.push(...page.tasks);
    after = page.next ?? undefined;
  } while (after !== undefined);
  return cards;
}

describe("boardColumns()", () => {
  test("gives the columns in order, archived only when asked", () => {
    const t = testBoard();
    for (const status of STATUSES) inStatus(t, status, { title: status, assignee: "me" });
    const columns = boardColumns(t.board, { assignee: "me", include_archived: true });

    expect(columns.map(({ name }) => name)).toEqual([...STATUSES]);
    expect(columns.map(({ tasks }) => titles(tasks))).toEqual([...STATUSES]);
    expect(columns.map(({ total }) => total)).toEqual(STATUSES.map(() => 1));
    expect(boardColumns(t.board).map(({ name }) => name)).toEqual(STATUSES.filter((status) => status !== "archived"));
  });

  test("shows a page of each column, Running whole, and all that there are as total", () => {
    const t = testBoard();
    for (let i = 0; i < 5; i++) {
      t.ready();
      inStatus(t, "running");
    }

    const columns = boardColumns(t.board, { limit: 3 });

    const [ready, running] = [
      columns.find(({ name }) => name === "ready")!,
      columns.find(({ name }) => name === "running")!,
    ];
    expect([ready.tasks.length, ready.total, ready.next === null]).toEqual([3, 5, false]);
    expect([running.tasks.length, running.total, running.next]).toEqual([5, 5, null]);
  });

  test("narrows to tenant, assignee and search, totals with it", () => {
    const t = testBoard();
    t.ready({ title: "a", tenant: "x", assignee: "ann" });
    t.ready({ title: "b", tenant: "x", assignee: "bob" });
    t.ready({ title: "c", assignee: "ann" });
    const ready = (filter: object) => {
      const { tasks, total } = boardColumns(t.board, filter).find(({ name }) => name === "ready")!;
      expect(total).toBe(tasks.length);
      return titles(tasks);
    };

    expect(ready({})).toBe("abc");
    expect(ready({ tenant: "x" })).toBe("ab");
    expect(ready({ assignee: "ann" })).toBe("ac");
    expect(ready({ tenant: "x", assignee: "ann" })).toBe("a");
    expect(ready({ q: "BOB" })).toBe("b");
    expect(ready({ tenant: "x", q: "ann" })).toBe("a");
    expect(ready({ tenant: undefined, assignee: undefined, q: " " })).toBe("abc");
    expect(ready({ tenant: "" })).toBe("c");
    expect(ready({ tenant: null })).toBe("c");
    expect(ready({ assignee: "" })).toBe("");
    expect(ready({ tenant: "y" })).toBe("");
  });
});

test("boardColumns() leaves out what waits for a parent, if asked for what is free", () => {
  const t = testBoard();
  inStatus(t, "todo", { title: "child" });
  moveTask(t.board, t.ready({ title: "held" }).id, "todo");
  moveTask(t.board, inStatus(t, "todo", { title: "forced" }).id, "ready");
  const column = (name: Status) => boardColumns(t.board, { free: true }).find((one) => one.name === name)!;

  expect([titles(column("todo").tasks), column("todo").total]).toEqual(["held", 1]);
  expect(column("ready").tasks.map(({ title }) => title)).toEqual(["its parent", "its parent"]);
});

describe("the order of a column", () => {
  test("ready: as the dispatcher takes them", () => {
    const t = testBoard();
    const late = inStatus(t, "running", { title: "3" });
    t.ready({ title: "4", priority: -1 });
    t.ready({ title: "2" });
    t.clock.ms += 1_000;
    reclaimTask(t.board, late.id);
    t.ready({ title: "1", priority: 1 });

    expect(titles(columnPage(t.board, "ready").tasks)).toBe("1234");
  });

  test("other living columns: by priority, then age", () => {
    const t = testBoard();
    inStatus(t, "triage", { title: "2" });
    t.clock.ms += 1_000;
    inStatus(t, "triage", { title: "1", priority: 1 });
    inStatus(t, "triage", { title: "3" });

    expect(titles(columnPage(t.board, "triage").tasks)).toBe("123");
  });

  test.each(["done", "archived"] as const)("%s: newest first", (status) => {
    const t = testBoard();
    const tasks = ["3", "2", "1"].map((title) => t.ready({ title, priority: Number(title) }));
    for (const { id } of tasks) {
      t.clock.ms += 1_000;
      completeTask(t.board, id);
      if (status === "archived") archiveTask(t.board, id);
    }

    expect(titles(columnPage(t.board, status).tasks)).toBe("123");
  });
});

describe("columnPage()", () => {
  const task = fc.record({
    priority: fc.integer({ min: -1, max: 1 }),
    gap: fc.integer({ min: -1, max: 1 }),
    status: fc.constantFrom<Status>("ready", "triage", "done", "blocked", "archived"),
    tenant: fc.constantFrom("x", "y"),
  });

  test("pages of any size are together exactly the column, in its order, also under ties", () => {
    fc.assert(
      fc.property(
        fc.array(task, { maxLength: 20 }),
        fc.integer({ min: 1, max: 5 }),
        fc.boolean(),
        (tasks, limit, narrow) => {
          const t = testBoard();
          for (const { gap, status, ...input } of tasks) {
            t.clock.ms += gap;
            inStatus(t, status, input);
          }
          for (const status of ["ready", "triage", "done", "blocked", "archived"] as const) {
            const filter = narrow ? { tenant: "x" } : {};
            const whole = columnPage(t.board, status, { ...filter, limit: 1_000 });

            const pages = paged(t, status, limit, filter);

            expect(pages).toEqual(whole.tasks);
            expect(whole.total).toBe(whole.tasks.length);
            expect(whole.next).toBeNull();
            expect(new Set(pages.map(({ id }) => id)).size).toBe(pages.length);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test("pages a search too", () => {
    const t = testBoard();
    for (let i = 0; i < 7; i++) t.ready({ title: i % 2 === 0 ? `even ${i}` : `odd ${i}` });

    expect(paged(t, "ready", 2, { q: "EVEN" }).map(({ title }) => title)).toEqual([
      "even 0",
      "even 2",
      "even 4",
      "even 6",
    ]);
    expect(columnPage(t.board, "ready", { q: "EVEN", limit: 2 }).total).toBe(4);
  });

  test.each(["", "x", "1.2", "1.2.3'", "1e3.2.3"])("refuses the cursor %j", (after) => {
    const t = testBoard();

    t.refused(
      () => columnPage(t.board, "ready", { after }),
      "invalid",
      /^Cannot use after: it must be the cursor of a page/,
    );
  });
});

describe("tenantNames() and assigneeNames()", () => {
  test("are the sorted names on visible tasks", () => {
    const t = testBoard();
    t.ready({ tenant: "b", assignee: "zoe" });
    t.ready({ tenant: "a", assignee: "ann" });
    t.ready({ tenant: null, assignee: null });
    archiveTask(t.board, t.ready({ tenant: "old", assignee: "gone" }).id);

    expect([tenantNames(t.board), assigneeNames(t.board)]).toEqual([
      ["a", "b"],
      ["ann", "zoe"],
    ]);
    expect(tenantNames(t.board, { archived: true })).toEqual(["a", "b", "old"]);
    expect(assigneeNames(t.board, { archived: true })).toEqual(["ann", "gone", "zoe"]);
  });

  test("forget a name with its last task", () => {
    const t = testBoard();
    const { id } = t.ready({ tenant: "a" });
    archiveTask(t.board, id);

    expect(tenantNames(t.board)).toEqual([]);
  });
});
