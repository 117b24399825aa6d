import { describe, expect, test } from "bun:test";
import { history, inStatus } from "../../testing/kernel.ts";
import { type TestBoard, testBoard } from "../../testing/mod.ts";
import { editTask, getTask, latestEventId, linkTasks, moveTask, neighbours, STATUSES, unlinkTasks } from "../mod.ts";

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
