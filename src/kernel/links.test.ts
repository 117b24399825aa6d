import { describe, expect, test } from "bun:test";
import { history, inStatus } from "../testing/kernel.ts";
import { type TestBoard, testBoard } from "../testing/mod.ts";
import {
  archiveTask,
  approveTask,
  blockTask,
  claimTask,
  completeTask,
  editTask,
  getTask,
  latestEventId,
  linkTasks,
  moveTask,
  neighbours,
  neverReleased,
  reclaimTask,
  type Status,
  STATUSES,
  unblockTask,
  unlinkTasks,
} from "./mod.ts";

const statusOf = ({ board }: TestBoard, id: string) => getTask(board, id).status;

describe("linkTasks()", () => {
  test("makes a ready child wait for an unfinished parent", () => {
    const t = testBoard();
    const [parent, child] = [t.ready(), t.ready()];
    const after = latestEventId(t.board);

    expect(linkTasks(t.board, parent.id, child.id)).toEqual({ linked: true });

    expect(statusOf(t, child.id)).toBe("todo");
    expect(history(t.board, child.id, after)).toEqual([
      ["linked", null, { parent: parent.id, child: child.id }],
      ["status", null, { from: "ready", status: "todo" }],
    ]);
    expect(history(t.board, parent.id, after)).toEqual([]);
  });

  test("leaves a ready child ready under a finished parent", () => {
    const t = testBoard();
    const [parent, child] = [t.done(), t.ready()];

    linkTasks(t.board, parent.id, child.id);

    expect(statusOf(t, child.id)).toBe("ready");
    expect(neighbours(t.board, child.id, "parents").map(({ id }) => id)).toEqual([parent.id]);
  });

  test("leaves a child ready that a person made ready over another parent, when a finished one is added", () => {
    const t = testBoard();
    const child = inStatus(t, "todo");
    moveTask(t.board, child.id, "ready");

    linkTasks(t.board, t.done().id, child.id);

    expect(statusOf(t, child.id)).toBe("ready");
  });

  test.each(STATUSES.filter((status) => status !== "ready"))("does not move a child that is %s", (status) => {
    const t = testBoard();
    const child = inStatus(t, status);

    linkTasks(t.board, t.ready().id, child.id);

    expect(statusOf(t, child.id)).toBe(status);
  });

  test("a repeated link changes nothing and emits nothing", () => {
    const t = testBoard();
    const [parent, child] = [t.ready(), t.ready()];
    linkTasks(t.board, parent.id, child.id);
    moveTask(t.board, child.id, "ready");
    const before = t.dump();

    expect(linkTasks(t.board, parent.id, child.id)).toEqual({ linked: false });

    expect(t.dump()).toBe(before);
  });

  test("refuses a link of a task to itself", () => {
    const { board, ready, refused } = testBoard();
    const { id } = ready();

    refused(
      () => linkTasks(board, id, id),
      "refused",
      `Cannot link task "${id}": its child must be another task, it is itself`,
    );
  });

  test.each([2, 3, 5])("refuses a link that closes a cycle of %i", (length) => {
    const { board, ready, refused } = testBoard();
    const chain = Array.from({ length }, (_, i) => ready({ title: `link ${i}` }).id);
    for (let i = 1; i < length; i++) linkTasks(board, chain[i - 1]!, chain[i]!);
    const [first, last] = [chain[0]!, chain.at(-1)!];

    const error = refused(() => linkTasks(board, last, first), "refused", `"${last}" already waits for "${first}"`);

    expect(error.hint).toContain(`kanban graph ${first}`);
  });

  test("takes a diamond: two ways from one task to another are no cycle", () => {
    const { board, ready } = testBoard();
    const [a, b, c, d] = [ready().id, ready().id, ready().id, ready().id];
    for (const [parent, child] of [
      [a, b],
      [a, c],
      [b, d],
      [c, d],
      [a, d],
    ] as const)
      linkTasks(board, parent, child);

    const parents = (id: string) => neighbours(board, id, "parents").map((parent) => parent.id);
    expect([a, b, c, d].map(parents)).toEqual([[], [a], [a], [a, b, c]]);
  });

  test("refuses unknown tasks by name, as parent and as child", () => {
    const { board, ready, refused } = testBoard();
    const { id } = ready();

    refused(() => linkTasks(board, "t_deadbeef", id), "not_found", 'Cannot link task "t_deadbeef": no such task');
    refused(() => linkTasks(board, id, "t_deadbeef"), "not_found", 'Cannot link task "t_deadbeef": no such task');
  });
});

describe("unlinkTasks()", () => {
  test("promotes at once a child with nothing left to wait for", () => {
    const t = testBoard();
    const [parent, child] = [t.ready(), t.ready()];
    linkTasks(t.board, parent.id, child.id);
    const after = latestEventId(t.board);

    expect(unlinkTasks(t.board, parent.id, child.id)).toEqual({ unlinked: true });

    expect(statusOf(t, child.id)).toBe("ready");
    expect(history(t.board, child.id, after)).toEqual([
      ["unlinked", null, { parent: parent.id, child: child.id }],
      ["promoted", null, {}],
    ]);
  });

  test.each<[string, (t: TestBoard, id: string) => void]>([
    ["another unfinished parent", (t, id) => linkTasks(t.board, t.ready().id, id)],
    ["a start that lies ahead", (t, id) => editTask(t.board, id, { not_before: t.clock.ms + 1 })],
    ["a person who holds it", (t, id) => moveTask(t.board, id, "todo")],
  ])("does not promote a child that waits for %s", (_what, also) => {
    const t = testBoard();
    const [parent, child] = [t.ready(), t.ready()];
    linkTasks(t.board, parent.id, child.id);
    also(t, child.id);

    unlinkTasks(t.board, parent.id, child.id);

    expect(statusOf(t, child.id)).toBe("todo");
  });

  test("of a link that is not there changes nothing and emits nothing", () => {
    const { board, ready, dump } = testBoard();
    const [a, b] = [ready(), ready()];
    linkTasks(board, a.id, b.id);
    const before = dump();

    expect(unlinkTasks(board, b.id, a.id)).toEqual({ unlinked: false });

    expect(dump()).toBe(before);
  });

  test("refuses unknown tasks by name", () => {
    const { board, ready, refused } = testBoard();
    const { id } = ready();

    refused(() => unlinkTasks(board, "t_deadbeef", id), "not_found", "t_deadbeef");
    refused(() => unlinkTasks(board, id, "t_deadbeef"), "not_found", "t_deadbeef");
  });
});

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

  test("an unblocked child of finished parents is ready, whatever else is unfinished", () => {
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
