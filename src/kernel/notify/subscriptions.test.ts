import { describe, expect, test } from "bun:test";
import { inStatus } from "../../testing/kernel.ts";
import { testBoard } from "../../testing/mod.ts";
import { addComment, blockTask, latestEventId, listSubscriptions, subscribe, unsubscribe } from "../mod.ts";

const SLACK = { platform: "slack", chat_id: "C1" };

describe("subscribe()", () => {
  test("begins at the newest event, so that nothing old is replayed", () => {
    const { board, clock, ready } = testBoard();
    const { id } = ready();
    addComment(board, id, { body: "old" });

    const subscription = subscribe(board, id, { ...SLACK, user_id: "U7" });

    expect(subscription).toEqual({
      task_id: id,
      platform: "slack",
      chat_id: "C1",
      thread_id: null,
      user_id: "U7",
      created_at: clock.ms,
      last_event_id: latestEventId(board),
      failures: 0,
      ended_at: null,
      delivered: 0,
      pending: 0,
      retry_at: null,
      error: null,
      failed: [],
    });
  });

  test("is no change of the task: no event", () => {
    const { board, ready, kinds } = testBoard();

    subscribe(board, ready().id, SLACK);

    expect(kinds()).toEqual(["created"]);
  });

  test("repeated changes nothing but the user, and keeps its place", () => {
    const { board, clock, ready } = testBoard();
    const { id } = ready();
    const first = subscribe(board, id, { ...SLACK, user_id: "U7" });
    blockTask(board, id, { reason: "news" });
    clock.ms += 1_000;

    expect(subscribe(board, id, SLACK)).toEqual({ ...first, pending: 1 });
    expect(subscribe(board, id, { ...SLACK, user_id: "U8" })).toEqual({ ...first, pending: 1, user_id: "U8" });
    expect(listSubscriptions(board).filter(({ ended_at }) => ended_at === null).length).toBe(1);
  });

  test("distinguishes chats, threads and tasks", () => {
    const { board, ready } = testBoard();
    const [a, b] = [ready(), ready()];

    subscribe(board, a.id, SLACK);
    subscribe(board, a.id, { ...SLACK, thread_id: "T1" });
    subscribe(board, a.id, { ...SLACK, chat_id: "C2" });
    subscribe(board, b.id, SLACK);

    expect(listSubscriptions(board).filter(({ ended_at }) => ended_at === null).length).toBe(4);
    expect(listSubscriptions(board, a.id).map(({ chat_id, thread_id }) => [chat_id, thread_id])).toEqual([
      ["C1", null],
      ["C1", "T1"],
      ["C2", null],
    ]);
    expect(listSubscriptions(board).length).toBe(4);
  });

  test.each<[string, object, RegExp]>([
    ["a blank platform", { platform: " " }, /^Cannot use platform: /],
    ["a blank chat", { chat_id: "" }, /^Cannot use chat_id: /],
    ["a NUL", { chat_id: "a\0" }, /^Cannot use chat_id: /],
    ["a long chat", { chat_id: "x".repeat(201) }, /^Cannot use chat_id: /],
    ["a long thread", { thread_id: "x".repeat(201) }, /^Cannot use thread_id: /],
  ])("refuses %s", (_what, key, message) => {
    const { board, ready, refused } = testBoard();
    const { id } = ready();

    refused(() => subscribe(board, id, { ...SLACK, ...key }), "invalid", message);
  });

  test.each(["done", "archived"] as const)("refuses a task that is %s: nothing more would come", (status) => {
    const t = testBoard();
    const { id } = inStatus(t, status);

    t.refused(
      () => subscribe(t.board, id, SLACK),
      "conflict",
      `Cannot subscribe to task "${id}": it must be unfinished, it is ${status}`,
    );
  });

  test("refuses an unknown task", () => {
    const { board, refused } = testBoard();

    refused(
      () => subscribe(board, "t_00000000", SLACK),
      "not_found",
      'Cannot subscribe to task "t_00000000": no such task',
    );
  });
});

describe("unsubscribe()", () => {
  test("ends that one, and returns false when it did not exist", () => {
    const { board, ready } = testBoard();
    const { id } = ready();
    subscribe(board, id, SLACK);
    subscribe(board, id, { ...SLACK, thread_id: "T1" });

    expect(unsubscribe(board, id, SLACK)).toBe(true);
    expect(unsubscribe(board, id, SLACK)).toBe(false);

    expect(listSubscriptions(board, id)).toMatchObject([{ thread_id: "T1" }]);
  });

  test("refuses an unknown task", () => {
    const { board, refused } = testBoard();

    refused(() => unsubscribe(board, "t_00000000", SLACK), "not_found", "t_00000000");
  });
});
