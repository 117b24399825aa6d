import { describe, expect, test } from "bun:test";
import { inStatus } from "../../testing/kernel.ts";
import { testBoard } from "../../testing/mod.ts";
import {
  assigneeCounts,
  assignTask,
  boardStats,
  completeTask,
  createTask,
  editTask,
  staleness,
  type Status,
  STATUSES,
} from "../mod.ts";

describe("boardStats()", () => {
  test("of an empty board", () => {
    const { board, clock } = testBoard();

    expect(boardStats(board)).toEqual({
      by_status: { triage: 0, todo: 0, ready: 0, running: 0, review: 0, blocked: 0, done: 0, archived: 0 },
      by_assignee: {},
      oldest_ready_age_seconds: null,
      usage: { runs: 0, totals: {} },
      holds: [],
      now: clock.ms,
    });
  });

  test("counts by status and by assignee, those of nobody under the empty name", () => {
    const t = testBoard();
    for (const status of STATUSES) inStatus(t, status, { assignee: "ann", tenant: status });
    t.ready({ assignee: null });

    const { by_status, by_assignee } = boardStats(t.board);

    const each = Object.fromEntries(STATUSES.map((status) => [status, 1])) as Record<Status, number>;
    expect(by_assignee).toEqual({ ann: each, coder: { ready: 1 }, "": { ready: 1 } }); // The todo's parent is coder's.
    expect(by_status).toEqual({ ...each, ready: 3 });
  });

  test("follows each change of status, assignee and tenant", () => {
    const t = testBoard();
    const { id } = t.ready({ assignee: "a", tenant: "x" });
    editTask(t.board, id, { tenant: "y" });
    assignTask(t.board, id, "b");
    completeTask(t.board, id);

    expect(boardStats(t.board)).toMatchObject({ by_assignee: { b: { done: 1 } } });
    expect(Object.keys(boardStats(t.board).by_assignee)).toEqual(["b"]);
  });

  test.each(["__proto__", "constructor", "toString", "hasOwnProperty"])(
    "an assignee called %s is a name like any other",
    (name) => {
      const t = testBoard();
      t.ready({ assignee: name });

      const { by_assignee } = boardStats(t.board);

      expect(Object.entries(by_assignee)).toEqual([[name, { ready: 1 }]]);
      expect(assigneeCounts(t.board)).toEqual([{ name, counts: { ready: 1 } }]);
      expect(({} as { ready?: number }).ready).toBeUndefined();
      expect((Object as { ready?: number }).ready).toBeUndefined();
    },
  );

  test("the oldest ready task counts from when it became ready, whatever its priority", () => {
    const t = testBoard();
    const parent = t.ready({ priority: 9 });
    t.ready({ parents: [parent.id], priority: 5 });
    t.clock.ms += 60_000;
    const low = createTask(t.board, { title: "low", priority: -3 });
    t.clock.ms += 60_000;
    createTask(t.board, { title: "high", priority: 9 });
    completeTask(t.board, parent.id); // Its child is ready from now.
    t.clock.ms += 1_999;

    expect(boardStats(t.board).oldest_ready_age_seconds).toBe(61);
    completeTask(t.board, low.task.id);
    expect(boardStats(t.board).oldest_ready_age_seconds).toBe(1);
  });

  test("the oldest ready task may be the most urgent one", () => {
    const t = testBoard();
    t.ready({ priority: 4 });
    t.clock.ms += 60_000;
    t.ready();

    expect(boardStats(t.board).oldest_ready_age_seconds).toBe(60);
  });

  test("an age is never negative", () => {
    const t = testBoard();
    t.ready();
    t.clock.ms -= 3_600_000;

    expect(boardStats(t.board).oldest_ready_age_seconds).toBe(0);
  });
});

test("assigneeCounts() lists the names that have tasks, sorted, nobody left out", () => {
  const t = testBoard();
  t.ready({ assignee: "zoe" });
  inStatus(t, "done", { assignee: "ann" });
  const moved = t.ready({ assignee: "gone" });
  assignTask(t.board, moved.id, "ann");
  t.ready({ assignee: null });

  expect(assigneeCounts(t.board)).toEqual([
    { name: "ann", counts: { done: 1, ready: 1 } },
    { name: "zoe", counts: { ready: 1 } },
  ]);
});

describe("staleness()", () => {
  const MINUTE = 60_000;
  const HOUR = 60 * MINUTE;
  const DAY = 24 * HOUR;

  test.each<[Status, amber: number, red: number]>([
    ["running", 10 * MINUTE, 60 * MINUTE],
    ["ready", HOUR, 24 * HOUR],
    ["blocked", HOUR, 24 * HOUR],
    ["todo", 7 * DAY, 30 * DAY],
  ])("%s turns amber and red", (status, amber, red) => {
    const at = (age: number) => staleness({ status }, 1_000, 1_000 + age);

    expect([at(0), at(amber - 1), at(amber), at(red - 1), at(red)]).toEqual([
      "fresh",
      "fresh",
      "amber",
      "amber",
      "red",
    ]);
    expect(at(-DAY)).toBe("fresh");
    expect(staleness({ status }, null, 1e15)).toBe("fresh");
  });

  test.each(["triage", "review", "done", "archived"] as const)("%s never does", (status) => {
    expect(staleness({ status }, 0, 1e15)).toBe("fresh");
  });
});
