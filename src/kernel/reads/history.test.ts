import { describe, expect, test } from "bun:test";
import { testBoard } from "../../testing/mod.ts";
import {
  asActor,
  assignTask,
  claimTask,
  completeTask,
  drain,
  editTask,
  eventSweep,
  getTask,
  linkTasks,
  moveTask,
  requestChanges,
  restoreFields,
  taskHistory,
  unlinkTasks,
} from "../mod.ts";

const DAY = 86_400_000;
const told = ({ board }: ReturnType<typeof testBoard>, id: string) =>
  taskHistory(board, id).changes.map(({ kind, by, fields }) => [
    kind,
    by,
    ...fields.map(({ field, was, now }) => [field, was, now]),
  ]);

describe("taskHistory()", () => {
  test("lists who replaced what with what, newest first, and nothing that replaced nothing", () => {
    const t = testBoard();
    const [parent, { id }] = [t.ready(), t.ready({ title: "One", body: "a" })];
    editTask(t.board, id, { title: "Two", body: "b", tenant: "acme" });
    editTask(asActor(t.board, "bob"), id, { title: "Three", body: null, priority: 3 });
    assignTask(t.board, id, null);
    linkTasks(t.board, parent.id, id);
    unlinkTasks(t.board, parent.id, id);
    claimTask(t.board, id, { claimer: "w" });

    expect(told(t, id)).toEqual([
      ["unlinked", "ann", ["parent", parent.id, null]],
      ["linked", "ann", ["parent", null, parent.id]],
      ["assigned", "ann", ["assignee", "coder", null]],
      ["edited", "bob", ["title", "Two", "Three"], ["body", "b", null]],
      ["reprioritized", "bob", ["priority", 0, 3]],
      ["edited", "ann", ["title", "One", "Two"], ["body", "a", "b"], ["tenant", null, "acme"]],
    ]);
  });

  test("keeps the result that a move or a request for changes clears", () => {
    const t = testBoard();
    const { id } = t.ready({ review: true });
    const finish = (result: string) =>
      completeTask(t.board, id, { runId: claimTask(t.board, id, { claimer: "w" }).run.id, result });
    finish("first");
    requestChanges(t.board, id, { reason: "shorter" });
    finish("second");
    moveTask(t.board, id, "todo");
    expect(getTask(t.board, id).result).toBeNull();

    expect(told(t, id)).toEqual([
      ["reopened", "ann", ["status", "review", "todo"], ["result", "second", null]],
      ["changes_requested", "ann", ["status", "review", "ready"], ["result", "first", null]],
    ]);
  });

  test("goes on page by page, and a page of long texts is a short one", () => {
    const t = testBoard();
    const { id } = t.ready();
    for (let i = 0; i < 5; i++) editTask(t.board, id, { title: `title ${i}`, body: `${i}`.repeat(700_000) });
    const pages: number[][] = [];
    for (let before: number | undefined; before === undefined || pages.length < 9;) {
      const { changes, older } = taskHistory(t.board, id, { limit: 4, before });
      pages.push(changes.map(({ event_id }) => event_id));
      if (older === null) break;
      before = older;
    }
    expect(pages).toEqual([[6, 5], [4, 3], [2]]);
    const [, second] = taskHistory(t.board, id, { before: 5 }).changes;
    expect(second!.fields.find(({ field }) => field === "title")).toEqual({
      field: "title",
      was: "title 0",
      now: "title 1",
    });
  });

  test("still has the texts when gc has removed their events", () => {
    const t = testBoard();
    const { id } = t.ready({ title: "One", body: "a" });
    editTask(asActor(t.board, "bob"), id, { title: "Two", body: "b" });
    editTask(t.board, id, { body: "c", priority: 2 });
    completeTask(t.board, id);
    t.clock.ms += 31 * DAY;
    t.ready();
    drain(eventSweep(t.board, { retentionMs: 30 * DAY }));

    expect(t.kinds(id)).toEqual([]);
    expect(told(t, id)).toEqual([
      [null, "ann", ["body", "b", "c"]],
      [null, "bob", ["body", "a", "b"], ["title", "One", "Two"]],
    ]);
    expect(restoreFields(t.board, id, 2)).toMatchObject({ title: "One", body: "a" });
  });
});

describe("restoreFields()", () => {
  test("puts back what a change replaced, as an edit that is listed itself", () => {
    const t = testBoard();
    const { id } = t.ready({ title: "One", body: "a" });
    const { last_event_id: change } = editTask(t.board, id, { body: "b", title: "Two" });
    editTask(t.board, id, { body: "c", priority: 1 });

    expect(restoreFields(t.board, id, change)).toMatchObject({ title: "One", body: "a", priority: 1 });
    expect(told(t, id)[0]).toEqual(["edited", "ann", ["title", "Two", "One"], ["body", "c", "a"]]);
  });

  test("puts back an assignee, and a text that was none", () => {
    const t = testBoard();
    const { id } = t.ready();
    const { last_event_id: written } = editTask(t.board, id, { body: "b" });
    const { last_event_id: given } = assignTask(t.board, id, "bob");

    expect(restoreFields(t.board, id, given).assignee).toBe("coder");
    expect(restoreFields(t.board, id, written).body).toBeNull();
  });

  test("refuses what is no change of this task, what no edit can set, and a base that is old", () => {
    const t = testBoard();
    const { id, last_event_id: base } = t.ready();
    const other = editTask(t.board, t.ready().id, { title: "other" });
    t.refused(() => restoreFields(t.board, id, base), "not_found", "has no such change");
    t.refused(() => restoreFields(t.board, id, other.last_event_id), "not_found");
    const moved = moveTask(t.board, id, "todo");
    t.refused(() => restoreFields(t.board, id, moved.last_event_id), "refused", "it is status");
    const { last_event_id: change } = editTask(t.board, id, { title: "Two" });
    editTask(t.board, id, { title: "Three" });
    t.refused(() => restoreFields(t.board, id, change, { base: change }), "conflict");
  });
});
