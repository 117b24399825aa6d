import { describe, expect, test } from "bun:test";
import { testBoard } from "../../testing/mod.ts";
import { addComment, createTask, listComments, listTasks, once } from "../mod.ts";

const KEY = "k".repeat(20);

describe("once()", () => {
  test("does an act once and gives its answer again", () => {
    const { board } = testBoard();
    const create = () => once(board, { key: KEY, content: "Write" }, () => createTask(board, { title: "Write" }).task);

    const first = create();
    const second = create();

    expect([first.again, second.again]).toEqual([false, true]);
    expect(second.answer).toEqual(first.answer);
    expect(listTasks(board)).toHaveLength(1);
  });

  test("does the same act under another key, and without a key, each time", () => {
    const { board, ready } = testBoard();
    const { id } = ready();
    const say = (key: string | null) =>
      once(board, key === null ? null : { key, content: "Hm" }, () => addComment(board, id, { body: "Hm" }));

    for (const key of [KEY, "l".repeat(20), null, null]) say(key);

    expect(listComments(board, id)).toHaveLength(4);
  });

  test("refuses other content under a used key", () => {
    const { board, refused } = testBoard();
    const create = (title: string) =>
      once(board, { key: KEY, content: title }, () => createTask(board, { title }).task);
    create("Write");

    refused(() => create("Write more"), "conflict", "it must say what it said before, it says something else");
  });

  test("keeps no key of an act that was refused", () => {
    const { board, refused } = testBoard();
    const create = (title: string) =>
      once(board, { key: KEY, content: title }, () => createTask(board, { title }).task);

    refused(() => create(" "), "invalid");

    expect(create("Write").again).toBe(false);
  });

  test("refuses a key of a wrong form", () => {
    const { board, refused } = testBoard();
    for (const key of ["", "short", "k".repeat(65), "k k k k k k k k k k k"])
      refused(() => once(board, { key, content: "" }, () => ({})), "invalid", "Cannot use request_key");
  });

  test("does not repeat a key of a megabyte", () => {
    const { board } = testBoard();
    const repeated = () => once(board, { key: "k".repeat(1_000_000), content: "" }, () => ({}));

    expect(repeated).toThrow(/^.{1,300}$/);
  });

  test("forgets all but the newest 4,096 keys", () => {
    const { board } = testBoard();
    const key = (n: number) => `key-${String(n).padStart(16, "0")}`;
    const act = (n: number) => once(board, { key: key(n), content: "" }, () => ({ n })).again;
    for (let n = 0; n < 4_100; n++) act(n);

    expect([act(3), act(4)]).toEqual([false, false]); // The first of them took the place of the other.
    expect(act(4_099)).toBe(true);
    expect(board.db.query("SELECT count(*) AS n FROM request_keys").get()).toEqual({ n: 4_096 });
  });
});
