import { describe, expect, test } from "bun:test";
import { history, inStatus } from "../../testing/kernel.ts";
import { testBoard } from "../../testing/mod.ts";
import { addComment, listComments, STATUSES } from "../mod.ts";

describe("addComment()", () => {
  test("signs with who acts and says how long the text is", () => {
    const { board, clock, ready } = testBoard();
    const { id } = ready();
    clock.ms += 1_000;

    const comment = addComment(board, id, { body: " look at <b>this</b>\n🗂 " });

    expect(comment).toEqual({
      id: comment.id,
      task_id: id,
      author: "ann",
      via: null,
      body: " look at <b>this</b>\n🗂 ",
      created_at: clock.ms,
    });
    expect(listComments(board, id)).toEqual([comment]);
    expect(history(board, id).at(-1)).toEqual(["commented", null, { author: "ann", len: comment.body.length }]);
  });

  test("keeps who really wrote it beside the name it is signed with", () => {
    const { board, ready } = testBoard();
    const { id } = ready();

    addComment(board, id, { body: "hello", author: "Reviewer", via: "coder" });

    expect(listComments(board, id)).toMatchObject([{ author: "Reviewer", via: "coder" }]);
  });

  test.each(STATUSES)("is possible on a task that is %s and does not move it", (status) => {
    const t = testBoard();
    const { id } = inStatus(t, status);

    addComment(t.board, id, { body: "noted" });

    expect(t.board.db.query("SELECT status FROM tasks WHERE id = ?").get(id)).toEqual({ status });
  });

  test.each<[string, object, RegExp]>([
    ["a blank text", { body: " \n" }, /^Cannot use comment: it must be a text that is not blank/],
    ["a text with NUL", { body: "a\0b" }, /^Cannot use comment: it must be a text without NUL/],
    [
      "a text over 1 MiB",
      { body: "é".repeat(524_289) },
      /^Cannot use comment: it must be at most 1 MiB of text, got 1048578 bytes/,
    ],
    ["a number", { body: 5 }, /^Cannot use comment: it must be a text, got 5/],
    ["an author of 201 characters", { body: "x", author: "x".repeat(201) }, /^Cannot use author: /],
    ["an author with NUL", { body: "x", author: "\0" }, /^Cannot use author: /],
    ["a via with NUL", { body: "x", via: "\0" }, /^Cannot use via: /],
  ])("refuses %s", (_what, comment, message) => {
    const { board, ready, refused } = testBoard();
    const { id } = ready();

    refused(() => addComment(board, id, comment as { body: string }), "invalid", message);
  });

  test("refuses an unknown task", () => {
    const { board, refused } = testBoard();

    refused(
      () => addComment(board, "t_00000000", { body: "x" }),
      "not_found",
      'Cannot comment on task "t_00000000": no such task',
    );
  });
});

describe("listComments()", () => {
  test("gives the newest, oldest first, and pages back", () => {
    const { board, ready } = testBoard();
    const [task, other] = [ready(), ready()];
    const ids = [1, 2, 3, 4, 5].map((n) => {
      addComment(board, other.id, { body: "elsewhere" });
      return addComment(board, task.id, { body: `${n}` }).id;
    });
    const page = (options: object) => listComments(board, task.id, options).map(({ id }) => id);

    expect(page({})).toEqual(ids);
    expect(page({ limit: 2 })).toEqual(ids.slice(3));
    expect(page({ limit: 2, before: ids[3] })).toEqual(ids.slice(1, 3));
    expect(page({ before: ids[0] })).toEqual([]);
  });

  test("gives 100 by default", () => {
    const { board, ready } = testBoard();
    const { id } = ready();
    for (let i = 0; i < 101; i++) addComment(board, id, { body: `${i}` });

    expect(listComments(board, id).length).toBe(100);
    expect(listComments(board, id)[0]!.body).toBe("1");
  });
});
