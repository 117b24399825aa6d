import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { inStatus } from "../testing/kernel.ts";
import { type TestBoard, testBoard } from "../testing/mod.ts";
import {
  addComment,
  archiveTask,
  assigneeNames,
  blockTask,
  boardColumns,
  type Card,
  claimTask,
  columnPage,
  completeTask,
  failRun,
  getCard,
  getTask,
  linkTasks,
  moveTask,
  reclaimTask,
  type Status,
  STATUSES,
  tenantNames,
  unblockTask,
} from "./mod.ts";

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

describe("a card", () => {
  const card = (t: TestBoard, id: string) => getCard(t.board, id)!;

  test("is the task without its body", () => {
    const t = testBoard();
    const { body: _, ...task } = getTask(
      t.board,
      inStatus(t, "running", { body: "long", skills: ["git"], review: true }).id,
    );

    const {
      age,
      link_counts,
      waits_for,
      comment_count,
      progress,
      latest_summary,
      question,
      attempts,
      run_started_at,
      run_ttl_seconds,
      ...rest
    } = card(t, task.id);

    expect(rest).toEqual(task);
    expect({
      age,
      link_counts,
      waits_for,
      comment_count,
      progress,
      latest_summary,
      question,
      attempts,
      run_started_at,
      run_ttl_seconds,
    }).toEqual({
      age: { created_seconds: 0, ready_seconds: null, run_seconds: 0, time_to_complete_seconds: null },
      link_counts: { parents: 0, children: 0 },
      waits_for: 0,
      comment_count: 0,
      progress: null,
      latest_summary: null,
      question: null,
      attempts: 1,
      run_started_at: t.clock.ms,
      run_ttl_seconds: 900,
    });
  });

  test("tells ages in whole seconds, never negative, null where unknown", () => {
    const t = testBoard();
    const { id } = t.ready();
    t.clock.ms += 10_999;
    expect(card(t, id).age).toEqual({
      created_seconds: 10,
      ready_seconds: 10,
      run_seconds: null,
      time_to_complete_seconds: null,
    });

    claimTask(t.board, id, { claimer: "w" });
    t.clock.ms += 5_000;
    expect(card(t, id).age).toEqual({
      created_seconds: 15,
      ready_seconds: null,
      run_seconds: 5,
      time_to_complete_seconds: null,
    });

    completeTask(t.board, id);
    t.clock.ms += 60_000;
    expect(card(t, id).age).toEqual({
      created_seconds: 75,
      ready_seconds: null,
      run_seconds: null,
      time_to_complete_seconds: 5,
    });

    t.clock.ms -= 3_600_000;
    expect(card(t, id).age.created_seconds).toBe(0);
  });

  test("counts parents, those it waits for, children and how many of them are finished", () => {
    const t = testBoard();
    const { id } = t.ready();
    for (const parent of [t.done(), t.ready(), t.ready()]) linkTasks(t.board, parent.id, id);
    const children = [t.ready(), t.ready(), t.ready()];
    for (const child of children) linkTasks(t.board, id, child.id);
    completeTask(t.board, moveTask(t.board, children[0]!.id, "ready").id);
    archiveTask(t.board, children[1]!.id); // Unfinished: it does not count as done.

    expect(card(t, id)).toMatchObject({
      link_counts: { parents: 3, children: 3 },
      waits_for: 2,
      progress: { done: 1, total: 3 },
    });
  });

  test("counts comments and attempts, and shows the newest summary, cut", () => {
    const t = testBoard();
    const { id } = t.ready();
    blockTask(t.board, id, { reason: "first" });
    unblockTask(t.board, id);
    const { run } = claimTask(t.board, id, { claimer: "w" });
    completeTask(t.board, id, { runId: run.id, summary: "x".repeat(500) });
    addComment(t.board, id, { body: "nice" });

    expect(card(t, id)).toMatchObject({ comment_count: 2, attempts: 2, latest_summary: "x".repeat(400) });
  });

  describe("that is blocked shows the question", () => {
    test("of the block", () => {
      const t = testBoard();

      expect(card(t, blockTask(t.board, t.ready().id, { reason: "A or B?" }).id).question).toBe("A or B?");
    });

    test("or the error that tripped the breaker", () => {
      const t = testBoard();
      const { id } = inStatus(t, "running");
      failRun(
        t.board,
        { taskId: id, runId: 1 },
        { kind: "spawn_failed", error: "no such program" },
        { failureLimit: 1, backoffMs: () => 0 },
      );

      expect(card(t, id).question).toBe("no such program");
    });

    test("and none when the newest block gave no reason", () => {
      const t = testBoard();
      const { id } = inStatus(t, "running");
      failRun(
        t.board,
        { taskId: id, runId: 1 },
        { kind: "spawn_failed", error: "old error" },
        { failureLimit: 9, backoffMs: () => 0 },
      );
      blockTask(t.board, id, { reason: "old question" });
      unblockTask(t.board, id);
      blockTask(t.board, id);

      expect(card(t, id).question).toBeNull();
    });

    test("and none once it is unblocked", () => {
      const t = testBoard();
      const { id } = inStatus(t, "blocked");

      expect(card(t, unblockTask(t.board, id).id).question).toBeNull();
    });
  });

  test("of an unknown task is null", () => {
    expect(getCard(testBoard().board, "t_00000000")).toBeNull();
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
