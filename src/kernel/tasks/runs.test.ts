import { describe, expect, test } from "bun:test";
import { inStatus } from "../../testing/kernel.ts";
import { testBoard } from "../../testing/mod.ts";
import {
  blockTask,
  attemptOf,
  boardStats,
  claimTask,
  completeTask,
  getRun,
  listRuns,
  reclaimTask,
  recentRuns,
  recordUsage,
} from "../mod.ts";

describe("a run", () => {
  test("never ends before it started, even if the clock steps back", () => {
    const t = testBoard();
    const { id } = inStatus(t, "running");
    const started = t.clock.ms;
    t.clock.ms -= 3_600_000;

    completeTask(t.board, id);

    expect(listRuns(t.board, id)).toMatchObject([{ started_at: started, ended_at: started }]);
  });

  test("ends alone: the others continue", () => {
    const t = testBoard();
    const [done, other] = [inStatus(t, "running"), inStatus(t, "running")];

    completeTask(t.board, done.id, { summary: "mine" });

    expect(listRuns(t.board, other.id)).toMatchObject([{ outcome: null, ended_at: null, summary: null }]);
  });

  test("of zero length has a lease of none", () => {
    const t = testBoard();
    const { id } = t.ready();
    completeTask(t.board, id, { summary: "by hand" });

    expect(listRuns(t.board, id)).toMatchObject([
      { ttl_seconds: 0, claim_expires_at: t.clock.ms, boot_id: null, pid: null },
    ]);
  });

  test("leaves no row of its own before it ends, so that there cannot be a second open one", () => {
    const t = testBoard();
    const { id } = inStatus(t, "running");
    const ended = () => t.board.db.query<{ n: number }, []>("SELECT count(*) AS n FROM task_runs").get()!.n;

    expect(ended()).toBe(0);
    completeTask(t.board, id);
    expect(ended()).toBe(1);
  });
});

describe("listRuns()", () => {
  test("gives the newest, oldest first, and pages back", () => {
    const t = testBoard();
    const { id } = t.ready();
    t.done(); // Another task's run lies between.
    const ids = [1, 2, 3, 4, 5].map(() => {
      const { run } = claimTask(t.board, id, { claimer: "ann" });
      reclaimTask(t.board, id);
      return run.id;
    });
    const page = (options: object) => listRuns(t.board, id, options).map((run) => run.id);

    expect(page({})).toEqual(ids);
    expect(page({ limit: 2 })).toEqual(ids.slice(3));
    expect(page({ limit: 2, before: ids[3] })).toEqual(ids.slice(1, 3));
    expect(page({ before: ids[0] })).toEqual([]);
  });
});

test("attemptOf() counts the runs of the same task, up to the one asked for", () => {
  const t = testBoard();
  const { id } = t.ready();
  const ids = [1, 2, 3].map(() => {
    const { run } = claimTask(t.board, id, { claimer: "ann" });
    t.done(); // Another task's run lies between.
    reclaimTask(t.board, id);
    return run.id;
  });

  expect(ids.map((runId) => attemptOf(t.board, runId))).toEqual([1, 2, 3]);
  expect(attemptOf(t.board, 99)).toBe(0);
});

test("getRun() of an unknown run is null", () => {
  expect(getRun(testBoard().board, 99)).toBeNull();
});

test("recentRuns() are the newest ended ones of any task, newest first", () => {
  const t = testBoard();
  const first = t.done({ title: "first" });
  inStatus(t, "running");
  const asked = t.ready({ title: "asked", assignee: null });
  blockTask(t.board, asked.id, { reason: "which?" });

  expect(recentRuns(t.board)).toMatchObject([
    { task_id: asked.id, title: "asked", assignee: null, outcome: "blocked" },
    { task_id: first.id, title: "first", assignee: "coder", outcome: "completed" },
  ]);
  expect(recentRuns(t.board, { limit: 1 }).map(({ title }) => title)).toEqual(["asked"]);
});

describe("recordUsage()", () => {
  test("merges reports: a later one replaces the fields that it names", () => {
    const t = testBoard();
    inStatus(t, "running");

    recordUsage(t.board, 1, { usage: { tokens: 10, model: "m1", by_model: { a: 1 } }, session_id: "s-1" });
    recordUsage(t.board, 1, { usage: { tokens: 25, turns: 2 } });
    recordUsage(t.board, 1, {});

    expect(getRun(t.board, 1)).toMatchObject({
      usage: { tokens: 25, model: "m1", by_model: { a: 1 }, turns: 2 },
      session_id: "s-1",
    });
    expect(boardStats(t.board).usage).toEqual({ runs: 1, totals: { tokens: 25, turns: 2 } });
  });

  test("sums the numbers over all runs of any kind", () => {
    const t = testBoard();
    for (let i = 0; i < 3; i++) {
      inStatus(t, "running");
      recordUsage(t.board, i + 1, { usage: { tokens: 9e18, cost: 0.25, model: "x", flag: true, nothing: null } });
    }

    expect(boardStats(t.board).usage).toEqual({ runs: 3, totals: { tokens: 2.7e19, cost: 0.75 } });
  });

  test("numbers beyond every measure leave the figures readable, and later reports possible", () => {
    const t = testBoard();
    inStatus(t, "running");
    inStatus(t, "running");
    for (const value of [1.7e308, -1.7e308, 1.7e308]) {
      for (const run of [1, 2]) recordUsage(t.board, run, { usage: { tokens: value } });
    }
    for (const run of [1, 2]) recordUsage(t.board, run, { usage: { tokens: 1 } });

    expect(Object.keys(boardStats(t.board).usage.totals)).toEqual(["tokens"]);
  });

  test("names are data: none of them is a property of something else", () => {
    const t = testBoard();
    inStatus(t, "running");

    recordUsage(t.board, 1, { usage: JSON.parse('{"__proto__": 5, "constructor": 7, "": 9}') });

    expect(({} as { tokens?: number }).tokens).toBeUndefined();
    expect(Object.entries(boardStats(t.board).usage.totals)).toEqual([
      ["__proto__", 5],
      ["constructor", 7],
    ]);
  });

  test.each([[1], "x", 5])("refuses the usage %j", (usage) => {
    const t = testBoard();
    inStatus(t, "running");

    t.refused(
      () => recordUsage(t.board, 1, { usage: usage as never }),
      "invalid",
      /^Cannot use usage: it must be a JSON object/,
    );
  });

  test("refuses more than 100 names in one report, and a session id that is no name", () => {
    const t = testBoard();
    inStatus(t, "running");
    const usage = (names: number) => Object.fromEntries(Array.from({ length: names }, (_, i) => [`n${i}`, 1]));

    t.refused(
      () => recordUsage(t.board, 1, { usage: usage(101) }),
      "invalid",
      "Cannot use usage: it must be at most 100 names, got 101",
    );
    t.refused(() => recordUsage(t.board, 1, { session_id: "a\0" }), "invalid", /^Cannot use session_id: /);
    recordUsage(t.board, 1, { usage: usage(100) });
    expect(Object.keys(boardStats(t.board).usage.totals).length).toBe(100);
  });

  test("refuses an unknown run", () => {
    const t = testBoard();

    t.refused(
      () => recordUsage(t.board, 99, { usage: {} }),
      "not_found",
      "Cannot record the usage of run 99: no such run",
    );
  });
});
