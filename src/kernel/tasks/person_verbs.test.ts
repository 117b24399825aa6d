import { describe, expect, test } from "bun:test";
import { history, inStatus } from "../../testing/kernel.ts";
import { testBoard } from "../../testing/mod.ts";
import {
  addComment,
  approveTask,
  archiveTask,
  asActor,
  claimTask,
  completeTask,
  editTask,
  eventsAfter,
  explained,
  failRun,
  getCard,
  getTask,
  latestEventId,
  linkTasks,
  listComments,
  listRuns,
  moveTask,
  peekNext,
  promoteDue,
  reclaimTask,
  requestChanges,
  stopTask,
  unblockTask,
} from "../mod.ts";

describe("approveTask()", () => {
  test("finishes the task in one event that is about no run", () => {
    const t = testBoard();
    const { id } = inStatus(t, "review");
    const after = latestEventId(t.board);
    t.clock.ms += 60_000;

    expect(approveTask(t.board, id)).toMatchObject({ status: "done", completed_at: t.clock.ms });

    expect(history(t.board, id, after)).toEqual([["approved", null, {}]]);
    expect(listRuns(t.board, id).length).toBe(1);
  });
});

describe("requestChanges()", () => {
  test("sends the task back with the request as a comment", () => {
    const t = testBoard();
    const { id } = inStatus(t, "review");
    const after = latestEventId(t.board);

    expect(requestChanges(t.board, id, { reason: "shorter, please", author: "boss" }).status).toBe("ready");

    expect(listComments(t.board, id)).toMatchObject([
      { author: "boss", via: null, body: "CHANGES REQUESTED: shorter, please" },
    ]);
    expect(history(t.board, id, after)).toEqual([["changes_requested", null, { reason: "shorter, please" }]]);
  });

  test.each(["", " \n", "a\0"])("refuses the request %j", (reason) => {
    const t = testBoard();
    const { id } = inStatus(t, "review");

    t.refused(() => requestChanges(t.board, id, { reason }), "invalid", /^Cannot use request: /);
  });
});

describe("unblockTask()", () => {
  test("forgets failures and keeps the answer as a comment of the same transaction", () => {
    const t = testBoard();
    const { id } = inStatus(t, "running");
    failRun(
      t.board,
      { taskId: id, runId: 1 },
      { kind: "spawn_failed", error: "no such program" },
      { failureLimit: 1, backoffMs: () => 0 },
    );
    const after = latestEventId(t.board);

    const task = unblockTask(t.board, id, { comment: "installed it", author: "boss" });

    expect(task).toMatchObject({ status: "ready", failures: 0, ready_at: t.clock.ms });
    expect(listComments(t.board, id)).toMatchObject([{ author: "boss", body: "installed it" }]);
    expect(history(t.board, id, after)).toEqual([["unblocked", null, { status: "ready" }]]);
  });

  test.each([undefined, null, "", "  "])("writes no comment for the answer %j", (comment) => {
    const t = testBoard();
    const { id } = inStatus(t, "blocked");
    const before = listComments(t.board, id).length;

    unblockTask(t.board, id, comment === undefined ? {} : { comment });

    expect(listComments(t.board, id).length).toBe(before);
  });

  test("goes to todo while a parent is unfinished or the start is in the future", () => {
    const t = testBoard();
    const [child, later] = [inStatus(t, "blocked"), inStatus(t, "blocked")];
    linkTasks(t.board, t.ready().id, child.id);
    editTask(t.board, later.id, { not_before: t.clock.ms + 1 });

    expect(unblockTask(t.board, child.id)).toMatchObject({ status: "todo", held: false });
    expect(unblockTask(t.board, later.id)).toMatchObject({ status: "todo", held: false });
  });

  test("a refused answer leaves no comment", () => {
    const t = testBoard();
    const { id } = inStatus(t, "ready");

    t.refused(() => unblockTask(t.board, id, { comment: "go on" }), "conflict", "it must be blocked, it is ready");
    t.refused(() => unblockTask(t.board, id, { comment: "a\0" }), "invalid", /^Cannot use comment: /);
  });
});

describe("archiveTask()", () => {
  test("closes the open run as reclaimed and says who archived it", () => {
    const t = testBoard();
    const { id } = inStatus(t, "running");
    const after = latestEventId(t.board);

    expect(archiveTask(asActor(t.board, "boss"), id)).toMatchObject({ status: "archived", current_run_id: null });

    expect(listRuns(t.board, id)).toMatchObject([
      { outcome: "reclaimed", error: "archived by boss", ended_at: t.clock.ms },
    ]);
    expect(history(t.board, id, after)).toEqual([["archived", 1, { from: "running" }]]);
  });

  test("of an idle task is about no run", () => {
    const t = testBoard();
    const { id } = inStatus(t, "todo");
    moveTask(t.board, id, "todo");

    expect(archiveTask(t.board, id)).toMatchObject({ status: "archived", held: false });

    expect(history(t.board, id).at(-1)).toEqual(["archived", null, { from: "todo" }]);
  });
});

describe("reclaimTask()", () => {
  test("takes the task back and says by whom, in the run's error and in the event", () => {
    const t = testBoard();
    const { id } = inStatus(t, "running");
    const after = latestEventId(t.board);
    t.clock.ms += 5_000;

    expect(reclaimTask(asActor(t.board, "boss"), id)).toMatchObject({
      status: "ready",
      ready_at: t.clock.ms,
      failures: 0,
      retry_at: null,
    });

    expect(listRuns(t.board, id)).toMatchObject([
      { outcome: "reclaimed", error: "reclaimed by boss", ended_at: t.clock.ms },
    ]);
    expect(history(t.board, id, after)).toEqual([["reclaimed", 1, { reason: "reclaimed by boss", claimer: "worker" }]]);
  });

  test("keeps the reason that is given", () => {
    const t = testBoard();
    const { id } = inStatus(t, "running");

    reclaimTask(t.board, id, { reason: "no heartbeat for 60 min" });

    expect(listRuns(t.board, id)).toMatchObject([{ error: "no heartbeat for 60 min" }]);
  });

  test("of a run that is over leaves the current one", () => {
    const t = testBoard();
    const { id } = inStatus(t, "running");
    reclaimTask(t.board, id);
    const { run } = claimTask(t.board, id, { claimer: "bob" });

    t.refused(
      () => reclaimTask(t.board, id, { runId: 1 }),
      "conflict",
      `it must be running under run 1, it is running under run ${run.id}`,
    );
  });
});

describe("stopTask()", () => {
  test("ends the run and holds the task, in one event that says who stopped it", () => {
    const t = testBoard();
    const { id } = inStatus(t, "running");
    const after = latestEventId(t.board);

    const task = stopTask(asActor(t.board, "ann"), id, { reason: "wrong branch" });

    expect(task).toMatchObject({ status: "todo", held: true, failures: 0, last_error: null, current_run_id: null });
    expect(listRuns(t.board, id)).toMatchObject([{ outcome: "reclaimed", error: "stopped by ann: wrong branch" }]);
    expect(history(t.board, id, after)).toEqual([["stopped", 1, { reason: "wrong branch", claimer: "worker" }]]);
    expect(eventsAfter(t.board, after)[0]!.actor).toBe("ann");
  });

  test("nothing claims it until a person moves it on", () => {
    const t = testBoard();
    const { id } = inStatus(t, "running");
    stopTask(t.board, id);
    t.clock.ms += 86_400_000;
    promoteDue(t.board);

    expect(peekNext(t.board)).toBeNull();
    t.refused(() => claimTask(t.board, id, { claimer: "worker" }), "conflict", "it must be ready, it is todo");

    expect(moveTask(t.board, id, "ready")).toMatchObject({ status: "ready", held: false });
    expect(claimTask(t.board, id, { claimer: "worker" }).run.id).toBe(2);
  });

  test("a parent that finishes does not start it", () => {
    const t = testBoard();
    const parent = t.ready({ title: "its parent" });
    const { id } = t.ready({ parents: [parent.id] });
    moveTask(t.board, id, "ready");
    claimTask(t.board, id, { claimer: "worker" });
    stopTask(t.board, id);

    completeTask(t.board, parent.id);

    expect(getTask(t.board, id)).toMatchObject({ status: "todo", held: true });
  });

  test("refuses what is not running, and another run than the one that was seen", () => {
    const t = testBoard();
    const { id } = inStatus(t, "running");
    t.refused(() => stopTask(t.board, id, { runId: 7 }), "conflict", "running under run 7, it is running under run 1");
    stopTask(t.board, id);
    t.refused(() => stopTask(t.board, id), "conflict", `Cannot stop task "${id}": it must be running, it is todo`);
    t.refused(() => stopTask(t.board, "t_00000000"), "not_found", "t_00000000");
  });
});

describe("stopped_by of a card", () => {
  test("names who stopped it, until it is started or parked again", () => {
    const t = testBoard();
    const { id } = inStatus(t, "running");
    stopTask(asActor(t.board, "ann"), id);
    addComment(t.board, id, { body: "why I stopped it" });
    expect(getCard(t.board, id)).toMatchObject({ held: true, stopped_by: "ann" });
    expect(explained(t.board, [getTask(t.board, id)], noQueue)[0]!.waits_for).toEqual({
      kind: "parked",
      words: "a person to start it again: stopped by ann",
      until: null,
    });

    moveTask(t.board, id, "ready");
    expect(getCard(t.board, id)).toMatchObject({ held: false, stopped_by: null });
    moveTask(t.board, id, "todo");

    expect(getCard(t.board, id)).toMatchObject({ held: true, stopped_by: null });
  });
});

function noQueue(): never {
  throw new Error("A task that a person holds depends on no dispatcher");
}
