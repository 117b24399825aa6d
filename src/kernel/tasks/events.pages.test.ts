import { describe, expect, test } from "bun:test";
import { EPOCH, testBoard } from "../../testing/mod.ts";
import { addComment, asActor, eventsAfter, latestEventId, taskEvents } from "../mod.ts";

describe("eventsAfter()", () => {
  test("gives what came after the cursor, oldest first, whole and signed", () => {
    const { board, ready } = testBoard();
    const first = ready();
    addComment(board, first.id, { body: "earlier" });
    const cursor = latestEventId(board);
    const second = ready({ title: "second" });
    addComment(asActor(board, "bob"), first.id, { body: "hi" });

    expect(eventsAfter(board, cursor)).toEqual([
      {
        id: cursor + 1,
        task_id: second.id,
        run_id: null,
        kind: "created",
        actor: "ann",
        payload: { assignee: "coder", status: "ready", parents: [], tenant: null, skills: [] },
        created_at: EPOCH,
      },
      {
        id: cursor + 2,
        task_id: first.id,
        run_id: null,
        kind: "commented",
        actor: "bob",
        payload: { author: "bob", len: 2 },
        created_at: EPOCH,
      },
    ]);
    expect(eventsAfter(board, cursor + 2)).toEqual([]);
    expect(eventsAfter(board, cursor, { limit: 1 }).map(({ id }) => id)).toEqual([cursor + 1]);
  });

  test("narrows to a task, an assignee, a tenant, kinds, and all of them at once", () => {
    const { board, ready } = testBoard();
    const a = ready({ assignee: "a", tenant: "x" });
    const b = ready({ assignee: "b", tenant: "x" });
    addComment(board, b.id, { body: "hi" });
    const found = (filter: object) => eventsAfter(board, 0, filter).map(({ task_id, kind }) => [task_id, kind]);

    expect(found({ task_id: a.id })).toEqual([[a.id, "created"]]);
    expect(found({ assignee: "b" })).toEqual([
      [b.id, "created"],
      [b.id, "commented"],
    ]);
    expect(found({ tenant: "x", kinds: ["commented"] })).toEqual([[b.id, "commented"]]);
    expect(found({ task_id: a.id, assignee: "b" })).toEqual([]);
    expect(found({ kinds: [] })).toEqual([]);
    expect(found({ task_id: "t_00000000" })).toEqual([]);
  });

  test("reading on with the last id sees every event once", () => {
    const { board, ready } = testBoard();
    for (let i = 0; i < 25; i++) ready();
    const seen: number[] = [];

    for (
      let page = eventsAfter(board, 0, { limit: 10 });
      page.length > 0;
      page = eventsAfter(board, seen.at(-1)!, { limit: 10 })
    ) {
      seen.push(...page.map(({ id }) => id));
    }

    expect(seen).toEqual(Array.from({ length: 25 }, (_, i) => i + 1));
  });
});

describe("taskEvents()", () => {
  test("gives the newest of a task, oldest first, and pages back", () => {
    const { board, ready } = testBoard();
    const { id } = ready();
    for (let i = 0; i < 60; i++) {
      addComment(board, id, { body: `${i}` });
      ready();
    }
    const all = taskEvents(board, id, { limit: 100 }).map((event) => event.id);

    expect(all.length).toBe(61);
    expect(all).toEqual(all.toSorted((a, b) => a - b));
    expect(taskEvents(board, id).map((event) => event.id)).toEqual(all.slice(11));
    expect(taskEvents(board, id, { limit: 2, before: all[3]! }).map((event) => event.id)).toEqual(all.slice(1, 3));
  });
});

test("latestEventId() is 0 on an empty board", () => {
  expect(latestEventId(testBoard().board)).toBe(0);
});
