import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { claim, failTry, KNOWN, LEASE_MS, reasonOf, SLACK, subscribed } from "../../testing/notify/deliveries.ts";
import { boardFile, printed, spawnScript } from "../../testing/kernel.ts";
import { testBoard } from "../../testing/mod.ts";
import {
  blockTask,
  drain,
  eventSweep,
  completeTask,
  createTask,
  type Delivery,
  listSubscriptions,
  openBoard,
  queueDeliveries,
  recordDelivered,
  releaseDelivery,
  subscribe,
  unsubscribe,
} from "../mod.ts";

// Processes take seconds where many share a machine; a hang is still found.
setDefaultTimeout(60_000);

describe("claimDeliveries()", () => {
  test("gives each delivery to one notifier, until its claim runs out", () => {
    const t = testBoard();
    subscribed(t, "which?");

    const [mine] = claim(t);
    expect(claim(t)).toEqual([]);
    t.clock.ms += LEASE_MS - 1;
    expect(claim(t)).toEqual([]);
    t.clock.ms += 1;
    const [theirs] = claim(t);

    expect([mine!.attempt, theirs!.attempt]).toEqual([1, 2]);
    expect(recordDelivered(t.board, mine!)).toBe(false);
    expect(failTry(t, mine!, null)).toBeNull();
    releaseDelivery(t.board, mine!);
    expect(listSubscriptions(t.board)).toMatchObject([
      { pending: 1, failed: [], failures: 0, retry_at: t.clock.ms + LEASE_MS },
    ]);
    expect(recordDelivered(t.board, theirs!)).toBe(true);
    expect(recordDelivered(t.board, theirs!)).toBe(false);
  });

  test("keeps the order of a subscription's events after any failure", () => {
    const t = testBoard();
    subscribed(t, "first", "second");

    const [first] = claim(t);
    expect(reasonOf(first!)).toBe("first");
    failTry(t, first!, 5_000);
    expect(claim(t)).toEqual([]);
    t.clock.ms += 5_000;
    const [again] = claim(t);
    expect(reasonOf(again!)).toBe("first");
    failTry(t, again!, null);

    expect(claim(t).map(reasonOf)).toEqual(["second"]);
  });

  test("sends one message at a time to a chat, and keeps to the slots of a platform", () => {
    const t = testBoard();
    const { id } = t.ready();
    for (const [platform, chat_id, thread_id] of [
      ["slack", "C1", null],
      ["slack", "C1", "T1"],
      ["slack", "C2", null],
      ["webhook", "C1", null],
    ] as const) {
      subscribe(t.board, id, { platform, chat_id, thread_id });
    }
    blockTask(t.board, id, { reason: "which?" });
    queueDeliveries(t.board, KNOWN);
    const chats = (deliveries: Delivery[]) =>
      deliveries.map(({ platform, chat_id, thread_id }) => [platform, chat_id, thread_id]);

    expect(chats(claim(t, { slots: { slack: 1, webhook: 0 } }))).toEqual([["slack", "C1", null]]);
    expect(chats(claim(t, { slots: { slack: 8, webhook: 8 }, busy: [SLACK] }))).toEqual([
      ["slack", "C2", null],
      ["webhook", "C1", null],
    ]);
    expect(chats(claim(t))).toEqual([["slack", "C1", "T1"]]);
  });

  test("takes chats that failed last time after all others", () => {
    const t = testBoard();
    const { id } = t.ready();
    for (const chat_id of ["C1", "C2"]) subscribe(t.board, id, { platform: "slack", chat_id });
    blockTask(t.board, id, { reason: "which?" });
    queueDeliveries(t.board, KNOWN);
    const [first] = claim(t, { slots: { slack: 1 } });
    failTry(t, first!, 0);

    const [next] = claim(t, { slots: { slack: 1 } });

    expect([first!.chat_id, next!.chat_id]).toEqual(["C1", "C2"]);
  });

  test("says when the event is gone", () => {
    const t = testBoard();
    const id = subscribed(t);
    completeTask(t.board, id, { summary: "did it" });
    queueDeliveries(t.board, KNOWN);
    t.clock.ms += 100;
    t.ready();
    drain(eventSweep(t.board, { retentionMs: 1 }));

    expect(claim(t)).toMatchObject([{ event: null, task: { id } }]);
  });

  test("processes that race never get the same delivery", async () => {
    const file = boardFile("race.db");
    const board = openBoard(file);
    const { id } = createTask(board, { title: "Translate README" }).task;
    for (let i = 0; i < 60; i++) subscribe(board, id, { platform: "slack", chat_id: `C${i}` });
    blockTask(board, id, { reason: "which?" });
    const racers = Array.from({ length: 4 }, () =>
      spawnScript(
        `const board = kernel.openBoard(args[0]);
         kernel.queueDeliveries(board, { ready: ["slack"], waiting: [] });
         for (let got = 1; got > 0; ) {
           const claimed = kernel.claimDeliveries(board, { slots: new Map([["slack", 2]]), busy: [], leaseMs: 60_000 });
           for (const one of claimed) { print(one.chat_id); kernel.recordDelivered(board, one); }
           got = claimed.length;
         }`,
        file,
      ),
    );

    const got = (await Promise.all(racers.map((racer) => printed<string>(racer)))).flat();

    expect(got.toSorted()).toEqual(Array.from({ length: 60 }, (_, i) => `C${i}`).toSorted());
  }, 30_000);
});

describe("recordFailedTry()", () => {
  test("counts the tries in a row; a success resets it", () => {
    const t = testBoard();
    subscribed(t, "which?");

    expect(failTry(t, claim(t)[0]!)).toBe("retried");
    expect(listSubscriptions(t.board)).toMatchObject([
      { failures: 1, pending: 1, retry_at: t.clock.ms + 1_000, error: "no answer" },
    ]);
    t.clock.ms += 1_000;
    recordDelivered(t.board, claim(t)[0]!);

    expect(listSubscriptions(t.board)).toMatchObject([{ failures: 0, pending: 0, error: null, delivered: 1 }]);
  });

  test("drops the whole subscription when its chat never answers, with everything on the failed list", () => {
    const t = testBoard();
    const id = subscribed(t, "first", "second");

    failTry(t, claim(t)[0]!, 0, 2);
    expect(failTry(t, claim(t)[0]!, 0, 2)).toBe("dropped");

    const [subscription] = listSubscriptions(t.board);
    expect(subscription).toMatchObject({ ended_at: t.clock.ms, pending: 0 });
    const error = "dropped after 2 failed tries in a row: no answer";
    expect(subscription!.failed).toMatchObject([
      { kind: "blocked", attempts: 2, error },
      { kind: "blocked", attempts: 0, error },
    ]);
    blockTask(t.board, id, { reason: "third" });
    queueDeliveries(t.board, KNOWN);
    expect(claim(t)).toEqual([]);
  });

  test("is nothing after the subscription was ended", () => {
    const t = testBoard();
    const id = subscribed(t, "which?");
    const [delivery] = claim(t);
    unsubscribe(t.board, id, SLACK);

    expect(failTry(t, delivery!)).toBeNull();
    expect(recordDelivered(t.board, delivery!)).toBe(false);
  });
});

test("a released claim is due again at once, and its try still counts", () => {
  const t = testBoard();
  subscribed(t, "which?");

  releaseDelivery(t.board, claim(t)[0]!);

  expect(claim(t)).toMatchObject([{ attempt: 2 }]);
});
