import { describe, expect, test } from "bun:test";
import { inStatus } from "../../testing/kernel.ts";
import { testBoard } from "../../testing/mod.ts";
import { viewTotals } from "./filter.ts";
import { STATUSES } from "../mod.ts";

describe("viewTotals()", () => {
  test("counts every status under a filter, the same by counters and by search", () => {
    const t = testBoard();
    for (const status of STATUSES) inStatus(t, status, { title: "mine", assignee: "me", tenant: "x" });
    t.ready({ title: "mine", assignee: null });
    const each = Object.fromEntries(STATUSES.map((status) => [status, 1]));

    expect(viewTotals(t.board, { assignee: "me", tenant: "x" })).toEqual(each as never);
    expect(viewTotals(t.board, { q: "MINE", assignee: "me" })).toEqual(each as never);
    expect(viewTotals(t.board, { q: "mine" })).toEqual({ ...each, ready: 2 } as never);
    expect(viewTotals(t.board, { assignee: "me", free: true })).toEqual({ ...each, todo: 0 } as never);
    expect(viewTotals(t.board, { assignee: "" })).toMatchObject({ ready: 1, done: 0 });
    expect(viewTotals(t.board, { assignee: null, q: "mine" })).toMatchObject({ ready: 1, done: 0 });
    expect(viewTotals(t.board, {})).toMatchObject({ ready: 3, done: 1, archived: 1 }); // With the todo's own parent.
  });
});
