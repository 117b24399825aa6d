import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { inStatus } from "../../testing/kernel.ts";
import { testBoard } from "../../testing/mod.ts";
import {
  addComment,
  archiveTask,
  asActor,
  briefPage,
  claimTask,
  columnPage,
  completeTask,
  editTask,
  getTask,
  linkTasks,
  listPage,
  listTasks,
  neighbours,
  reclaimTask,
  showTask,
  SORTS,
  STATUSES,
  visitBrief,
} from "../mod.ts";

const titles = (tasks: readonly { title: string }[]) => tasks.map(({ title }) => title);

describe("listTasks()", () => {
  test("is by priority descending, then age", () => {
    const t = testBoard();
    t.ready({ title: "old" });
    t.ready({ title: "urgent", priority: 4 });
    t.ready({ title: "low", priority: -1 });
    t.clock.ms += 1_000;
    t.ready({ title: "young" });
    t.clock.ms -= 3_600_000; // A clock that stepped back: age is what was stamped.
    t.ready({ title: "back" });

    expect(titles(listTasks(t.board))).toEqual(["urgent", "back", "old", "young", "low"]);
  });

  test("shows archived tasks only when asked", () => {
    const t = testBoard();
    for (const status of STATUSES) inStatus(t, status, { title: status, assignee: "me" });
    const of = (filter: object) => titles(listTasks(t.board, { assignee: "me", ...filter }));

    expect(of({})).toEqual(STATUSES.filter((status) => status !== "archived"));
    expect(of({ archived: true })).toEqual([...STATUSES]);
    expect(of({ status: ["archived"] })).toEqual(["archived"]);
    expect(of({ status: ["done", "ready"] })).toEqual(["ready", "done"]);
    expect(of({ status: [] })).toEqual([]);
  });

  test("leaves out what waits for a parent, if asked for what is free", () => {
    const t = testBoard();
    const parent = t.ready({ title: "parent" });
    t.ready({ title: "child", parents: [parent.id] });
    const free = () => titles(listTasks(t.board, { free: true }));
    expect(free()).toEqual(["parent"]);

    completeTask(t.board, parent.id);

    expect(free()).toEqual(["parent", "child"]);
  });

  test("narrows to an assignee and a tenant, exactly as stored; the empty one means nobody's", () => {
    const t = testBoard();
    t.ready({ title: "a", assignee: "Ann", tenant: "x" });
    t.ready({ title: "b", assignee: "ann", tenant: null });
    t.ready({ title: "c", assignee: null, tenant: "x" });
    const of = (filter: object) => titles(listTasks(t.board, filter));

    expect(of({ assignee: "Ann" })).toEqual(["a"]);
    expect(of({ assignee: "" })).toEqual(["c"]);
    expect(of({ assignee: null })).toEqual(["c"]);
    expect(of({ tenant: "x" })).toEqual(["a", "c"]);
    expect(of({ tenant: "" })).toEqual(["b"]);
    expect(of({ tenant: "x", assignee: "Ann" })).toEqual(["a"]);
    expect(of({ tenant: "%" })).toEqual([]);
  });

  test.each(SORTS)("sorts by %s, those without one last", (sort) => {
    const t = testBoard();
    const b = t.done({ title: "b", assignee: "z" });
    t.clock.ms += 1_000;
    t.done({ title: "A", assignee: "Y" });
    t.clock.ms += 1_000;
    inStatus(t, "triage", { title: "c", assignee: null, priority: 1 });
    editTask(t.board, b.id, { body: "edited" });
    const order = titles(listTasks(t.board, { sort }));

    const expected = {
      priority: "cbA",
      created: "bAc",
      ready: "bAc",
      started: "bAc",
      completed: "bAc",
      title: "Abc",
      assignee: "Abc",
      status: "bAc",
    };
    expect(order.join("")).toBe(expected[sort]);
  });

  test("gives at most `limit`", () => {
    const t = testBoard();
    for (let i = 0; i < 5; i++) t.ready({ title: `${i}` });

    expect(titles(listTasks(t.board, { limit: 2 }))).toEqual(["0", "1"]);
    expect(listTasks(t.board, { limit: 0 })).toEqual([]);
  });
});

describe("listPage()", () => {
  test("pages of any size are together exactly the list, also under ties", () => {
    const task = fc.record({ priority: fc.integer({ min: -1, max: 1 }), gap: fc.integer({ min: -1, max: 1 }) });
    fc.assert(
      fc.property(fc.array(task, { maxLength: 14 }), fc.integer({ min: 1, max: 6 }), (tasks, limit) => {
        const t = testBoard();
        for (const { priority, gap } of tasks) {
          t.clock.ms += gap;
          t.ready({ priority });
        }
        const pages: string[] = [];
        let after: string | undefined;
        do {
          const page = listPage(t.board, { limit, after });
          expect(page.tasks.length).toBeLessThanOrEqual(limit);
          if (after !== undefined) expect(page.tasks).not.toEqual([]); // A cursor says that there is more.
          pages.push(...page.tasks.map(({ id }) => id));
          after = page.next ?? undefined;
        } while (after !== undefined);

        expect(pages).toEqual(listTasks(t.board).map(({ id }) => id));
      }),
      { numRuns: 60 },
    );
  });

  test("pages over tasks from before 1970, which an import may bring", () => {
    const t = testBoard();
    t.clock.ms = -5_000;
    for (const title of ["a", "b"]) t.ready({ title });
    const first = listPage(t.board, { limit: 1 });
    const column = columnPage(t.board, "ready", { limit: 1 });

    expect(titles(listPage(t.board, { limit: 1, after: first.next! }).tasks)).toEqual(["b"]);
    expect(columnPage(t.board, "ready", { limit: 1, after: column.next! }).tasks.map(({ title }) => title)).toEqual([
      "b",
    ]);
  });

  test("goes on after the cursor although the task there was archived meanwhile", () => {
    const t = testBoard();
    const ids = [1, 2, 3, 4].map((n) => t.ready({ title: `${n}` }).id);
    const first = listPage(t.board, { limit: 2 });
    archiveTask(t.board, ids[1]!);

    expect(titles(listPage(t.board, { limit: 2, after: first.next! }).tasks)).toEqual(["3", "4"]);
  });

  test.each(["", "x", "1.2", "1.2.3.4", "1.2.3'", "١.2.3"])("refuses the cursor %j", (after) => {
    const t = testBoard();

    t.refused(() => listPage(t.board, { after }), "invalid", /^Cannot use after: it must be the cursor of a page/);
  });

  test.each(SORTS)("pages in the order of %s without missing or repeating any, whatever leaves meanwhile", (sort) => {
    const t = testBoard();
    for (let i = 0; i < 23; i++) {
      t.clock.ms += i % 3;
      t.ready({ title: `Task ${i % 5}`, priority: i % 3, assignee: i % 4 === 0 ? null : `a${i % 2}` });
    }
    const every = listTasks(t.board, { sort }).map(({ id }) => id);
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const page = listPage(t.board, { sort, limit: 4, after });
      seen.push(...page.tasks.map(({ id }) => id));
      // The row that the cursor was made from need not be there any more.
      if (seen.length === 8) archiveTask(t.board, seen.at(-1)!);
      after = page.next ?? undefined;
    } while (after !== undefined);

    expect(seen).toEqual(every);
  });

  test("refuses the cursor of another order", () => {
    const t = testBoard();
    for (let i = 0; i < 3; i++) t.ready();

    t.refused(() => listPage(t.board, { sort: "title", after: "0.1.1" }), "invalid", /^Cannot use after: /);
    const { next } = listPage(t.board, { sort: "title", limit: 1 });
    t.refused(() => listPage(t.board, { after: next! }), "invalid", /^Cannot use after: /);
  });
});

describe("briefPage()", () => {
  test("is the same list without bodies and results, and with the beginning of a long error", () => {
    const t = testBoard();
    const { id } = t.ready({ title: "long", body: "b".repeat(9_000) });
    t.ready({ title: "second" });
    t.board.db.run("UPDATE tasks SET last_error = ? WHERE id = ?", ["e".repeat(9_000), id]);

    const { tasks, next } = briefPage(t.board, { limit: 1 });

    const { body: _, result: __, ...rest } = getTask(t.board, id);
    expect(tasks).toEqual([{ ...rest, last_error: `${"e".repeat(1_000)} …` }]);
    expect(next).toBe(listPage(t.board, { limit: 1 }).next);
  });
});

describe("neighbours()", () => {
  test("are id, title, status and the first line of what was handed over, else of what is asked for", () => {
    const t = testBoard();
    const { id } = t.ready();
    const handed = t.done({ title: "handed over", body: "asked" });
    const asked = t.ready({ title: "asked for", body: `\n${"long ".repeat(200)}\nsecond line` });
    const bare = t.ready({ title: "bare" });
    for (const parent of [handed, asked, bare]) linkTasks(t.board, parent.id, id);

    const parents = neighbours(t.board, id, "parents");

    expect(parents).toMatchObject([
      { id: handed.id, title: "handed over", status: "done", first_line: "did handed over" },
      {
        id: asked.id,
        status: "ready",
        completed_at: null,
        first_line: expect.stringMatching(/^(long ?)+ … \d+ bytes/),
      },
      { id: bare.id, first_line: "" },
    ]);
    expect(neighbours(t.board, id, "parents", { limit: 1, offset: 2 })).toEqual(parents.slice(2));
    expect(neighbours(t.board, handed.id, "children").map((child) => child.id)).toEqual([id]);
  });
});

describe("showTask()", () => {
  test("gives the task with everything about it, oldest first, and how much there is", () => {
    const t = testBoard();
    const parents = [t.done({ title: "p1" }), t.ready({ title: "p2" })];
    const { id } = t.ready({ title: "me", parents: parents.map((parent) => parent.id) });
    t.ready({ title: "c1", parents: [id] });
    for (let i = 1; i <= 3; i++) addComment(asActor(t.board, "bob"), id, { body: `${i}` });

    const page = showTask(t.board, id, { events: 2, comments: 2 });

    expect(page.task).toMatchObject({ id, status: "todo" });
    expect([titles(page.parents), titles(page.children)]).toEqual([["p1", "p2"], ["c1"]]);
    expect(page.comments.map(({ body }) => body)).toEqual(["2", "3"]);
    expect(page.events.map(({ kind }) => kind)).toEqual(["commented", "commented"]);
    expect(page.runs).toEqual([]);
    expect(page.totals).toEqual({
      ...{ comments: 3, events: 4, runs: 0 },
      ...{ parents: 2, unfinished_parents: 1, children: 1 },
    });
  });

  test("gives 50 events, 50 runs and 100 comments unless told otherwise", () => {
    const t = testBoard();
    const { id } = t.ready();
    for (let i = 0; i < 101; i++) {
      addComment(t.board, id, { body: `${i}` });
      claimTask(t.board, id, { claimer: "x" });
      reclaimTask(t.board, id);
    }

    const page = showTask(t.board, id);

    expect([page.events.length, page.runs.length, page.comments.length]).toEqual([50, 50, 100]);
    expect(page.totals).toMatchObject({ comments: 101, events: 304, runs: 101 });
    expect(page.runs.at(-1)!.id).toBe(101);
  });

  test("refuses an unknown task, as do its neighbours", () => {
    const { board, refused } = testBoard();

    refused(() => showTask(board, "t_00000000"), "not_found");
    refused(() => neighbours(board, "t_00000000", "parents"), "not_found");
  });
});

describe("visitBrief()", () => {
  test("hands over what briefPage() lists, some hundred at a time", () => {
    const t = testBoard();
    for (let i = 0; i < 1_203; i++) t.ready({ priority: i % 3, body: "long" });
    const parts: number[] = [];
    const found: unknown[] = [];

    for (const filter of [{}, { sort: "title" as const, limit: 700 }, { assignee: "nobody" }]) {
      found.length = 0;
      visitBrief(t.board, filter, (tasks) => {
        parts.push(tasks.length);
        found.push(...tasks);
      });
      expect(found).toEqual(briefPage(t.board, filter).tasks);
    }
    expect(parts).toEqual([500, 500, 203, 500, 200]);
  });

  test("keeps no snapshot between the parts: what has ceased to match is left out, what is new does not come", () => {
    const t = testBoard();
    const all = Array.from({ length: 600 }, () => t.ready());
    const found: string[] = [];

    visitBrief(t.board, { status: ["ready"] }, (tasks) => {
      expect(t.board.db.inTransaction).toBe(false);
      found.push(...tasks.map(({ id }) => id));
      if (found.length === 500) archiveTask(t.board, all[550]!.id);
      if (found.length === 500) t.ready();
    });

    expect(found).toEqual(all.filter((_, i) => i !== 550).map(({ id }) => id));
  });
});
