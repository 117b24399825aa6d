import { describe, expect, test } from "bun:test";
import { testBoard } from "../../../testing/mod.ts";
import {
  archiveTask,
  asActor,
  assignTask,
  completeTask,
  drain,
  editTask,
  eventSweep,
  getTask,
  moveTask,
  patchTask,
  blockTask,
} from "../../mod.ts";

const DAY = 86_400_000;

describe("an edit with a base", () => {
  test("is refused when the field was replaced since, and tells both texts, who and when", () => {
    const t = testBoard();
    const { id, last_event_id: base } = t.ready({ body: "as it was" });
    t.clock.ms += 5_000;
    const { last_event_id } = editTask(asActor(t.board, "bob"), id, { body: "bob's" });

    const error = t.refused(
      () => editTask(t.board, id, { body: "mine" }, { base }),
      "conflict",
      /body.*bob changed it/,
    );

    expect(error.conflicts).toEqual([
      { field: "body", base: "as it was", now: "bob's", by: "bob", at: t.clock.ms, event_id: last_event_id },
    ]);
    expect(editTask(t.board, id, { body: "mine" }, { base: last_event_id }).body).toBe("mine");
  });

  test("tells what was at the base and what is now when it was replaced twice since, also from none and to none", () => {
    const t = testBoard();
    const { id, last_event_id: base } = t.ready();
    editTask(t.board, id, { body: "first" });
    editTask(t.board, id, { body: "second" });
    const middle = getTask(t.board, id).last_event_id;
    editTask(t.board, id, { body: null });

    const edit = (base: number) => t.refused(() => editTask(t.board, id, { body: "mine" }, { base }), "conflict");

    expect(edit(middle).conflicts).toMatchObject([{ base: "second", now: null }]);
    editTask(t.board, id, { body: "third" });
    expect(edit(base).conflicts).toMatchObject([{ base: null, now: "third" }]);
  });

  test("goes on when others changed other fields, or the field is again what it was, or already what is given", () => {
    const t = testBoard();
    const { id, last_event_id: base } = t.ready({ title: "One" });
    editTask(t.board, id, { body: "new", priority: 4, tenant: "acme" });
    assignTask(t.board, id, "bob");
    expect(editTask(t.board, id, { title: "Two" }, { base }).title).toBe("Two");

    expect(editTask(t.board, id, { body: "new" }, { base }).body).toBe("new");
    editTask(t.board, id, { body: null });
    expect(editTask(t.board, id, { body: "mine" }, { base }).body).toBe("mine");
  });

  test("knows every kind of edit: priority, start, assignee, project, skills", () => {
    const t = testBoard();
    const { id, last_event_id: base } = t.ready({ tenant: "a", skills: ["x"], not_before: 5 });
    editTask(t.board, id, { priority: 1, not_before: 7, tenant: "b", skills: ["y"] });
    assignTask(t.board, id, "bob");

    const given = { priority: 2, not_before: 8, tenant: "c", skills: ["z"] };
    const error = t.refused(() => editTask(t.board, id, given, { base }), "conflict");
    const byField = Object.fromEntries(error.conflicts!.map(({ field, base, now }) => [field, [base, now]]));
    expect(byField).toEqual({ priority: [0, 1], not_before: [5, 7], tenant: ["a", "b"], skills: [["x"], ["y"]] });

    const assigning = t.refused(() => assignTask(t.board, id, "cat", { base }), "conflict");
    expect(assigning.conflicts).toMatchObject([{ field: "assignee", base: "coder", now: "bob" }]);
  });

  test("of a patch names every conflict at once, and the status is one of its fields", () => {
    const t = testBoard();
    const { id, last_event_id: base } = t.ready({ title: "One" });
    blockTask(t.board, id, { reason: "which?" });
    patchTask(asActor(t.board, "bob"), id, { title: "Two", assignee: "bob" });

    const patch = { title: "Three", assignee: "cat", status: "done" } as const;
    const error = t.refused(() => patchTask(t.board, id, patch, { base }), "conflict");

    expect(error.conflicts!.map(({ field, base, now, by }) => [field, base, now, by])).toEqual([
      ["title", "One", "Two", "bob"],
      ["status", "ready", "blocked", "ann"],
      ["assignee", "coder", "bob", "bob"],
    ]);
  });

  test("is refused where gc has removed what happened since, unless nothing did", () => {
    const t = testBoard();
    const { id, last_event_id: base } = t.done({ body: "old" });
    editTask(t.board, id, { body: "new" });
    const { last_event_id: late } = getTask(t.board, id);
    t.clock.ms += 31 * DAY;
    moveTask(t.board, t.ready().id, "todo");
    drain(eventSweep(t.board, { retentionMs: 30 * DAY }));
    expect(t.kinds(id)).toEqual([]);

    const error = t.refused(() => editTask(t.board, id, { title: "Mine" }, { base }), "conflict", /no longer known/);
    expect(error.conflicts).toEqual([{ field: "title", now: "Translate README", by: null, at: null, event_id: null }]);
    expect(editTask(t.board, id, { title: "Mine" }, { base: late }).title).toBe("Mine");
    // The chain begins again with that edit, and names the event before it: nothing is missing after `late`.
    expect(editTask(t.board, id, { body: "also" }, { base: late }).body).toBe("also");
  });

  test("is refused for an archived task, and for a base that is no event", () => {
    const t = testBoard();
    const { id, last_event_id: base } = t.ready();
    t.refused(() => editTask(t.board, id, { title: "Mine" }, { base: 99 }), "invalid", "at most 1, got 99");
    t.refused(() => editTask(t.board, id, { title: "Mine" }, { base: -1 }), "invalid");
    archiveTask(t.board, id);
    t.refused(() => editTask(t.board, id, { title: "Mine" }, { base }), "conflict", "unarchived");
  });

  test("takes an event of another task as the moment that it was", () => {
    const t = testBoard();
    const { id } = t.ready();
    const { last_event_id: before } = t.ready();
    editTask(t.board, id, { title: "Theirs" });
    const { last_event_id: after } = t.ready();

    t.refused(() => editTask(t.board, id, { title: "Mine" }, { base: before }), "conflict");
    expect(editTask(t.board, id, { title: "Mine" }, { base: after }).title).toBe("Mine");
  });
});

test("every task that is returned has its newest event", () => {
  const t = testBoard();
  const created = t.ready();
  const claimed = t.done();
  const same = [created, claimed, editTask(t.board, created.id, { title: "x" }), completeTask(t.board, created.id)];
  expect(same.map((task) => task.last_event_id)).toEqual([1, 4, 5, 6]);
  expect(getTask(t.board, created.id).last_event_id).toBe(6);
});
