import { describe, expect, test } from "bun:test";
import { claim, failTry, KNOWN, LEASE_MS, reasonOf, SLACK, subscribed } from "../../testing/notify/deliveries.ts";
import { plansOf } from "../../testing/kernel.ts";
import { type TestBoard, testBoard } from "../../testing/mod.ts";
import {
  approveTask,
  archiveTask,
  blockTask,
  type Breaker,
  claimTask,
  completeTask,
  failRun,
  listSubscriptions,
  moveTask,
  nextDelivery,
  queueDeliveries,
  recordDelivered,
  subscribe,
  unblockTask,
  unsubscribe,
} from "../mod.ts";

const BREAKER: Breaker = { failureLimit: 3, backoffMs: () => 0 };

describe("queueDeliveries()", () => {
  test("takes up the covered kinds since the subscription, once", () => {
    const t = testBoard();
    const { id } = t.ready();
    blockTask(t.board, id, { reason: "old" });
    unblockTask(t.board, id);
    subscribe(t.board, id, SLACK);
    const { run } = claimTask(t.board, id, { claimer: "worker" });
    const crash = { kind: "crashed", pid: 1, exit_code: 3, signal: null, log_tail: "", error: "exit code 3" } as const;
    failRun(t.board, { taskId: id, runId: run.id }, crash, BREAKER);
    blockTask(t.board, id, { reason: "new" });
    expect(listSubscriptions(t.board)).toMatchObject([{ pending: 2 }]);

    queueDeliveries(t.board, KNOWN);
    queueDeliveries(t.board, KNOWN);

    const [first] = claim(t);
    recordDelivered(t.board, first!);
    const [second] = claim(t);
    recordDelivered(t.board, second!);
    expect([first!, second!].map(reasonOf)).toEqual(["crashed", "new"]);
    expect(claim(t)).toEqual([]);
    expect(listSubscriptions(t.board)).toMatchObject([{ pending: 0, delivered: 2, ended_at: null }]);
  });

  test("takes only the given tasks", () => {
    const t = testBoard();
    const [a, b] = [t.ready().id, t.ready().id];
    for (const id of [a, b]) {
      subscribe(t.board, id, SLACK);
      blockTask(t.board, id, { reason: id });
    }

    queueDeliveries(t.board, KNOWN, [b]);

    expect(claim(t).map(reasonOf)).toEqual([b]);
  });

  test("fails a delivery to an unknown platform at once", () => {
    const t = testBoard();
    const { id } = t.ready();
    subscribe(t.board, id, { platform: "constructor", chat_id: "x" });
    blockTask(t.board, id, { reason: "which?" });

    queueDeliveries(t.board, KNOWN);

    const [subscription] = listSubscriptions(t.board);
    expect(subscription).toMatchObject({ pending: 0, delivered: 0, ended_at: null });
    expect(subscription!.failed).toMatchObject([
      { kind: "blocked", attempts: 0, failed_at: t.clock.ms, error: 'no platform is named "constructor"' },
    ]);
    expect(claim(t, { slots: { constructor: 8 } })).toEqual([]);
  });

  test("leaves alone what is for a known platform that is not configured, also when its task is done", () => {
    const t = testBoard();
    const { id } = t.ready();
    subscribe(t.board, id, { platform: "telegram", chat_id: "1" });
    completeTask(t.board, id, { summary: "did it" });

    queueDeliveries(t.board, KNOWN);

    expect(listSubscriptions(t.board)).toMatchObject([{ pending: 1, failed: [], ended_at: null }]);
    queueDeliveries(t.board, { ready: ["telegram"], waiting: [] });
    const [delivery] = claim(t, { slots: { telegram: 1 } });
    expect(delivery).toMatchObject({ attempt: 1, event: { kind: "completed" } });
    recordDelivered(t.board, delivery!);
    expect(listSubscriptions(t.board)).toEqual([]);
  });
});

describe("the end of a subscription", () => {
  test("comes after its last delivery when the task is done", () => {
    const t = testBoard();
    const id = subscribed(t, "which?");
    completeTask(t.board, id, { summary: "did it" });
    queueDeliveries(t.board, KNOWN, [id]);

    recordDelivered(t.board, claim(t)[0]!);
    expect(listSubscriptions(t.board).filter(({ ended_at }) => ended_at === null).length).toBe(1);
    recordDelivered(t.board, claim(t)[0]!);

    expect(listSubscriptions(t.board)).toEqual([]);
  });

  test.each([
    ["approved", (t: TestBoard, id: string) => approveTask(t.board, id)],
    ["archived", (t: TestBoard, id: string) => archiveTask(t.board, id)],
  ])("comes without a further message when the task is %s", (_, end) => {
    const t = testBoard();
    const { id } = t.ready({ review: true });
    subscribe(t.board, id, SLACK);
    const { run } = claimTask(t.board, id, { claimer: "worker" });
    completeTask(t.board, id, { runId: run.id, summary: "please look" });
    queueDeliveries(t.board, KNOWN);
    const [review] = claim(t);
    expect(review!.event!.kind).toBe("review_requested");
    recordDelivered(t.board, review!);
    expect(listSubscriptions(t.board).filter(({ ended_at }) => ended_at === null).length).toBe(1);

    end(t, id);
    queueDeliveries(t.board, KNOWN, [id]);

    expect(listSubscriptions(t.board)).toEqual([]);
    expect(claim(t)).toEqual([]);
  });

  test("keeps failures visible until the chat unsubscribes or subscribes again", () => {
    const t = testBoard();
    const id = subscribed(t);
    completeTask(t.board, id, { summary: "did it" });
    queueDeliveries(t.board, KNOWN);
    failTry(t, claim(t)[0]!, null);

    expect(listSubscriptions(t.board)).toMatchObject([
      { ended_at: t.clock.ms, failed: [{ kind: "completed", attempts: 1, error: "no answer" }] },
    ]);
    expect(listSubscriptions(t.board).filter(({ ended_at }) => ended_at === null).length).toBe(0);
    moveTask(t.board, id, "ready");
    expect(subscribe(t.board, id, SLACK)).toMatchObject({ ended_at: null, failed: [], failures: 0, pending: 0 });
    expect(unsubscribe(t.board, id, SLACK)).toBe(true);
    expect(listSubscriptions(t.board)).toEqual([]);
  });
});

test("nextDelivery() returns the earliest instant of the platforms that can send", () => {
  const t = testBoard();
  expect(nextDelivery(t.board, KNOWN.ready)).toBeNull();
  subscribed(t, "which?");

  expect(nextDelivery(t.board, KNOWN.ready)).toBe(t.clock.ms);
  expect(nextDelivery(t.board, ["webhook"])).toBeNull();
  claim(t);
  expect(nextDelivery(t.board, KNOWN.ready, t.clock.ms)).toBe(t.clock.ms + LEASE_MS);
});

test("what a notifier asks all the time is answered by indexes", () => {
  const t = testBoard();
  const id = subscribed(t);
  blockTask(t.board, id, { reason: "which?" });

  const plans = plansOf(t.board, () => {
    queueDeliveries(t.board, KNOWN, [id]);
    nextDelivery(t.board, KNOWN.ready);
    recordDelivered(t.board, claim(t)[0]!);
  });

  const scans = plans
    .flat()
    .filter((line) => line.startsWith("SCAN") && !/VIRTUAL TABLE|^SCAN (\(|c$|chain$)/.test(line));
  expect(scans).toEqual([]);
});
