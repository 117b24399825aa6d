import { describe, expect, test } from "bun:test";
import { history, inStatus } from "../../testing/kernel.ts";
import { type TestBoard, testBoard } from "../../testing/mod.ts";
import {
  archiveTask,
  approveTask,
  blockTask,
  claimTask,
  completeTask,
  getTask,
  latestEventId,
  linkTasks,
  moveTask,
  neverReleased,
  reclaimTask,
  type Status,
  unblockTask,
} from "../mod.ts";

const statusOf = ({ board }: TestBoard, id: string) => getTask(board, id).status;

describe("promotion", () => {
  test("comes with the last parent, in the transaction that finished it, and for its children alone", () => {
    const t = testBoard();
    const [first, second] = [t.ready(), t.ready()];
    const child = t.ready({ parents: [first.id, second.id] });
    const stranger = inStatus(t, "todo");

    completeTask(t.board, first.id);
    expect(statusOf(t, child.id)).toBe("todo");
    t.clock.ms += 1_000;
    completeTask(t.board, second.id);

    expect(getTask(t.board, child.id)).toMatchObject({ status: "ready", ready_at: t.clock.ms });
    expect(statusOf(t, stranger.id)).toBe("todo");
    expect(t.kinds(child.id)).toEqual(["created", "promoted"]);
  });

  test("waits for approval when the parent asks for review", () => {
    const t = testBoard();
    const parent = inStatus(t, "review");
    const child = t.ready({ parents: [parent.id] });
    expect(statusOf(t, child.id)).toBe("todo");

    approveTask(t.board, parent.id);

    expect(statusOf(t, child.id)).toBe("ready");
  });

  test("never comes from a parent that was archived unfinished, and the child says which", () => {
    const t = testBoard();
    const [parent, other] = [t.ready(), t.ready()];
    const child = t.ready({ parents: [parent.id, other.id] });

    archiveTask(t.board, parent.id);
    completeTask(t.board, other.id);

    expect(statusOf(t, child.id)).toBe("todo");
    expect(neverReleased(t.board, child.id)).toEqual([parent.id]);
    expect(neverReleased(t.board, other.id)).toEqual([]);
  });

  test("a parent archived after being done stays finished", () => {
    const t = testBoard();
    const [parent, other] = [t.done(), t.ready()];
    const child = t.ready({ parents: [parent.id, other.id] });
    archiveTask(t.board, parent.id);

    completeTask(t.board, other.id);

    expect(statusOf(t, child.id)).toBe("ready");
    expect(neverReleased(t.board, child.id)).toEqual([]);
  });

  test.each(["triage", "todo"] as const)("leaves a child alone that a person put to %s", (status) => {
    const t = testBoard();
    const parent = t.ready();
    const child = t.ready({ parents: [parent.id] });
    moveTask(t.board, child.id, status);

    completeTask(t.board, parent.id);

    expect(statusOf(t, child.id)).toBe(status);
  });

  test("comes with the last parent when the start is now, to the millisecond", () => {
    const t = testBoard();
    const parent = t.ready();
    const child = t.ready({ parents: [parent.id], not_before: t.clock.ms + 1_000 });
    t.clock.ms += 1_000;

    completeTask(t.board, parent.id);

    expect(statusOf(t, child.id)).toBe("ready");
  });

  test("an unblocked child of finished parents is ready, with other tasks unfinished", () => {
    const t = testBoard();
    const child = inStatus(t, "blocked");
    linkTasks(t.board, t.done().id, child.id);
    t.ready();

    expect(unblockTask(t.board, child.id).status).toBe("ready");
  });

  test("an unblocked child waits for its parents again", () => {
    const t = testBoard();
    const parent = t.ready();
    const child = inStatus(t, "blocked");
    linkTasks(t.board, parent.id, child.id);

    expect(unblockTask(t.board, child.id).status).toBe("todo");
    completeTask(t.board, parent.id);

    expect(statusOf(t, child.id)).toBe("ready");
  });
});

describe("reopening a parent", () => {
  function family(child: Status | "forced" = "ready") {
    const t = testBoard();
    const parent = t.ready();
    const task = t.ready({ parents: [parent.id] });
    if (child === "forced") moveTask(t.board, task.id, "ready");
    t.clock.ms += 1_000;
    completeTask(t.board, parent.id);
    t.clock.ms += 1_000;
    return { t, parent, child: task };
  }

  test.each(["triage", "todo", "ready"] as const)(
    "to %s makes the child wait again that became ready through it",
    (to) => {
      const { t, parent, child } = family();
      const after = latestEventId(t.board);

      moveTask(t.board, parent.id, to);

      expect(statusOf(t, child.id)).toBe("todo");
      expect(history(t.board, child.id, after)).toEqual([["status", null, { from: "ready", status: "todo" }]]);
      expect(history(t.board, parent.id, after)).toEqual([["reopened", null, { from: "done", status: to }]]);
    },
  );

  test("makes a child of two finished parents wait, for that one", () => {
    const { t, parent, child } = family();
    linkTasks(t.board, t.done().id, child.id);
    t.ready();

    moveTask(t.board, parent.id, "ready");

    expect(statusOf(t, child.id)).toBe("todo");
  });

  test("leaves a running child running, which is ready again after a reclaim", () => {
    const { t, parent, child } = family();
    claimTask(t.board, child.id, { claimer: "bob" });

    moveTask(t.board, parent.id, "ready");

    expect(statusOf(t, child.id)).toBe("running");
    expect(reclaimTask(t.board, child.id).status).toBe("ready");
  });

  test.each(["blocked", "done", "archived"] as const)("leaves a child that is %s", (status) => {
    const { t, parent, child } = family();
    if (status === "blocked") blockTask(t.board, child.id);
    if (status === "done") completeTask(t.board, child.id);
    if (status === "archived") archiveTask(t.board, child.id);

    moveTask(t.board, parent.id, "ready");

    expect(statusOf(t, child.id)).toBe(status);
  });

  test("leaves a child that a person had made ready before the parent was finished", () => {
    const { t, parent, child } = family("forced");

    moveTask(t.board, parent.id, "ready");

    expect(statusOf(t, child.id)).toBe("ready");
  });

  test("leaves a child that a person made ready over another unfinished parent", () => {
    const { t, parent, child } = family();
    linkTasks(t.board, t.ready().id, child.id);
    moveTask(t.board, child.id, "ready");

    moveTask(t.board, parent.id, "ready");

    expect(statusOf(t, child.id)).toBe("ready");
  });

  test("and finishing it again releases the child again", () => {
    const { t, parent, child } = family();
    moveTask(t.board, parent.id, "ready");

    completeTask(t.board, parent.id);

    expect(statusOf(t, child.id)).toBe("ready");
  });
});
