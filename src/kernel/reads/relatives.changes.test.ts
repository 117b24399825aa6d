import { describe, expect, test } from "bun:test";
import { inStatus } from "../../testing/kernel.ts";
import { testBoard } from "../../testing/mod.ts";
import { addComment, blockTask, failRun, linkTasks, moveTask, STATUSES, unblockTask } from "../mod.ts";
import { waitingSince } from "./cards.ts";
import { neighbourIds } from "./relatives.ts";
import { matchingIds } from "./filter.ts";

describe("waitingSince()", () => {
  test("is when a task was blocked or handed in; other tasks are left out", () => {
    const t = testBoard();
    const tasks = STATUSES.map((status) => inStatus(t, status));
    const at = t.clock.ms;
    t.clock.ms += 60_000;
    for (const { id } of tasks) addComment(t.board, id, { body: "later" });

    const since = waitingSince(
      t.board,
      tasks.map(({ id }) => id),
    );

    const waiting = tasks.filter(({ status }) => status === "blocked" || status === "review");
    expect(since).toEqual(new Map(waiting.map(({ id }) => [id, at])));
  });

  test("is the newest time, also when the breaker did it", () => {
    const t = testBoard();
    const { id } = inStatus(t, "blocked");
    unblockTask(t.board, id);
    t.clock.ms += 60_000;
    moveTask(t.board, id, "triage");
    const other = inStatus(t, "running");
    failRun(
      t.board,
      { taskId: other.id, runId: other.current_run_id! },
      { kind: "spawn_failed", error: "x" },
      { failureLimit: 1, backoffMs: () => 0 },
    );

    expect(waitingSince(t.board, [id, other.id, "t_00000000"])).toEqual(new Map([[other.id, t.clock.ms]]));
  });
});

test("waitingSince() counts from the newest block, and answers only for whom it was asked", () => {
  const t = testBoard();
  const [asked, other] = [inStatus(t, "blocked"), inStatus(t, "blocked")];
  unblockTask(t.board, asked.id);
  t.clock.ms += 60_000;
  blockTask(t.board, asked.id);

  expect(waitingSince(t.board, [asked.id])).toEqual(new Map([[asked.id, t.clock.ms]]));
  expect(waitingSince(t.board, [])).toEqual(new Map());
  expect(waitingSince(t.board, [other.id]).get(other.id)).toBe(t.clock.ms - 60_000);
});

test("neighbourIds() are the parents and children of all of them, each once", () => {
  const t = testBoard();
  const [a, b, c, d] = [t.ready().id, t.ready().id, t.ready().id, t.ready().id];
  for (const [parent, child] of [
    [a, b],
    [a, c],
    [b, d],
    [c, d],
  ] as const)
    linkTasks(t.board, parent, child);

  expect(neighbourIds(t.board, [b, c], 9).toSorted()).toEqual([a, d].toSorted());
  expect(neighbourIds(t.board, [b, c], 1).length).toBe(1);
  expect(neighbourIds(t.board, [], 9)).toEqual([]);
});

test("matchingIds() are those of the given that a search finds", () => {
  const t = testBoard();
  const [yes, no, other] = [
    t.ready({ title: "Äpfel" }).id,
    t.ready({ title: "Birnen" }).id,
    t.ready({ title: "äpfel" }).id,
  ];

  expect(matchingIds(t.board, [yes, no], { q: "ÄPFEL" })).toEqual(new Set([yes]));
  expect(matchingIds(t.board, [yes, no, other], { q: "" })).toEqual(new Set([yes, no, other]));
});
