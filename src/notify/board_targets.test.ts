import { afterEach, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import {
  blockTask,
  claimForWorker,
  claimTask,
  completeTask,
  endUnavailable,
  failRun,
  latestEventId,
  recordGone,
  releaseHolds,
  subscribe,
  unblockTask,
} from "../kernel/mod.ts";
import { hanging } from "../testing/notify/chat_server.ts";
import { until } from "../testing/mod.ts";
import { closeAll, HOOK, server, setup, texts } from "../testing/notify/notifier.ts";
import { readTargets } from "./target_state.ts";

afterEach(closeAll);

type Setup = ReturnType<typeof setup>;
const TARGET = { platform: "webhook", chat_id: "ops" };

/** A notifier whose board-wide target is a chat that listens. */
async function listening(answer?: Parameters<typeof server>[0]) {
  const t = setup();
  const chat = server(answer);
  t.configure({ webhook: { url: chat.url }, board: [TARGET] });
  return { ...t, chat, state: () => readTargets(t.home)[0] };
}

/** Starts a notifier and waits until it has begun to listen. */
async function begun(t: Setup & { state(): unknown }, options = {}) {
  const notifier = t.start(options);
  await until(() => t.state() !== undefined, { what: "the target to begin" });
  return notifier;
}

/** Waits for the next millisecond. */
function later(): Promise<unknown> {
  const now = Date.now();
  return until(() => Date.now() > now);
}

/** A run of the next task meets a fault of its account. */
function meets({ board }: Setup, reason: string): void {
  const on = { kind: "account", key: "claude:login" } as const;
  const limits = { max_running: null, max_runtime_seconds: null, needs: [on] };
  const { task, run } = claimForWorker(board, {
    ...{ claimer: "dispatcher", boot_id: "boot", maxWorkers: 9, profiles: new Map([["coder", limits]]) },
  })!;
  recordGone(board, run.id);
  const fault = { on, reason, permanent: true, proof: "end", profile: "coder", profiles: ["coder"] } as const;
  endUnavailable(board, { taskId: task.id, runId: run.id }, fault);
}

/** A run of this task crashes. */
function crash({ board }: Setup, id: string, failureLimit: number): void {
  const { run } = claimTask(board, id, { claimer: "worker" });
  const crashed = {
    kind: "crashed",
    error: "exit code 1",
    pid: null,
    exit_code: 1,
    signal: null,
    log_tail: "",
  } as const;
  failRun(board, { taskId: id, runId: run.id }, crashed, { failureLimit, backoffMs: () => 0 });
}

describe("a target of the whole board", () => {
  test("hears of everything that asks for a person, on any task, and of nothing else", async () => {
    const t = await listening();
    await begun(t);
    const [asks, review, gaveUp, done] = [t.create("A"), t.create("B", { review: true }), t.create("C"), t.create("D")];

    crash(t, done, 5);
    for (const id of [done, review]) {
      const { run } = claimTask(t.board, id, { claimer: "worker" });
      completeTask(t.board, id, { runId: run.id, summary: "please look" });
    }
    crash(t, gaveUp, 1);
    blockTask(t.board, asks, { reason: "which?" });

    await until(() => t.chat.received.length === 3);
    expect(texts(t.chat)).toEqual([
      `@coder asks for a review of "B" (${review}): please look`,
      `@coder gave up on "C" (${gaveUp}) after 1 failure: exit code 1`,
      `@coder is blocked on "A" (${asks}): which?`,
    ]);
    await until(() => t.state()!.delivered === 3);
  });

  test("receives a hold once for any number of waiting tasks, and not one that is over", async () => {
    const t = await listening();
    for (let n = 0; n < 20; n++) t.create();
    meets(t, "HTTP 400: before it listened");
    releaseHolds(t.board, "claude:login");
    await begun(t);

    meets(t, "HTTP 401: invalid key");
    await until(() => t.chat.received.length === 1);
    blockTask(t.board, t.create("last"), { reason: "?" });
    await until(() => t.chat.received.length === 2);

    expect(texts(t.chat)[0]).toContain("account claude:login: HTTP 401: invalid key");
  });

  test("begins with what happens next, and continues where it was when none ran; what is answered by then is left out", async () => {
    const t = await listening();
    const [before, answered, open] = [t.create("before"), t.create("answered"), t.create("open")];
    blockTask(t.board, before, { reason: "old" });
    const first = await begun(t);
    first.stop();
    await first.done;
    for (const id of [answered, open]) blockTask(t.board, id, { reason: "while none ran" });
    unblockTask(t.board, answered);

    t.start();

    await until(() => t.state()!.delivered === 1);
    expect(texts(t.chat)).toEqual([`@coder is blocked on "open" (${open}): while none ran`]);
  });

  test("that is added to the settings later is listened for by itself", async () => {
    const t = await listening();
    t.configure({ webhook: { url: t.chat.url } });
    t.start();
    blockTask(t.board, t.create(), { reason: "too early" });

    t.configure({ webhook: { url: t.chat.url }, board: [{ ...TARGET, thread_id: 7 }] });
    await until(() => t.state() !== undefined, { ms: 20_000, what: "the settings to be read again" });
    blockTask(t.board, t.create(), { reason: "now" });

    await until(() => t.chat.received.length === 1);
    expect(t.chat.received[0]!.json).toMatchObject({ chat_id: "ops", thread_id: "7" });
  }, 30_000);

  test("that follows the task by a subscription, too, receives it once", async () => {
    const t = await listening();
    await begun(t);
    const id = t.create("followed");
    subscribe(t.board, id, HOOK("ops"));
    await later(); // A subscription of the same millisecond might be younger than the event.
    blockTask(t.board, id, { reason: "once" });
    await until(() => t.chat.received.length === 1);
    const other = t.create("other");
    blockTask(t.board, other, { reason: "twice" });

    await until(() => t.chat.received.length === 2);
    expect(texts(t.chat)[1]).toContain("twice");
  });

  test("of two notifiers is served by one, and by the other when that ends", async () => {
    const t = await listening();
    const first = await begun(t);
    t.start();
    for (let n = 0; n < 10; n++) blockTask(t.board, t.create(), { reason: `${n}` });
    await until(() => t.state()!.delivered === 10);

    first.stop();
    await first.done;
    blockTask(t.board, t.create(), { reason: "10" });

    await until(() => t.state()!.delivered === 11, { ms: 20_000 });
    expect(texts(t.chat).map((text) => text.split(": ").at(-1))).toEqual([...Array(11).keys()].map(String));
  }, 30_000);

  test("that cannot be reached is tried a bounded number of times, with a record, and the next message is sent", async () => {
    let refuse = true;
    const t = await listening(() => Response.json({}, { status: refuse ? 500 : 200 }));
    await begun(t, { triesMax: 3 });
    const id = t.create();
    blockTask(t.board, id, { reason: "first" });

    await until(() => t.state()!.failed.length === 1);
    expect(t.chat.received).toHaveLength(3);
    expect(new Set(t.chat.received.map(({ json }) => json.id)).size).toBe(1);
    expect(t.state()!.failed).toMatchObject([{ kind: "blocked", attempts: 3, error: expect.stringContaining("500") }]);
    expect(t.warnings).toEqual([expect.stringContaining(`gave up blocked of ${id} after try 3`)]);
    refuse = false;
    blockTask(t.board, t.create(), { reason: "second" });

    await until(() => t.state()!.delivered === 1);
  });

  test("that hangs holds up no subscription", async () => {
    const t = await listening(hanging);
    const fine = server();
    t.configure({
      webhook: { url: fine.url },
      discord: { token: "x", api_url: t.chat.url },
      board: [{ platform: "discord", chat_id: "1" }],
    });
    await begun(t, { timeoutMs: 60_000 });
    const id = t.create();
    subscribe(t.board, id, HOOK("C1"));
    await later();

    blockTask(t.board, id, { reason: "?" });

    await until(() => fine.received.length === 1 && t.chat.received.length === 1);
  });

  test("begins again if its file is not ours, or the board was restored", async () => {
    const t = await listening();
    for (const found of [
      "",
      "[]",
      '[{"platform":"webhook"}]',
      JSON.stringify([{ ...TARGET, thread_id: null, cursor: 1e9, delivered: 0, failed: [] }]),
    ]) {
      writeFileSync(t.home.notifierState, found);
      const notifier = t.start();
      const before = t.chat.received.length;
      await until(() => (t.state()?.cursor ?? Infinity) <= latestEventId(t.board));
      blockTask(t.board, t.create(), { reason: "?" });
      await until(() => t.chat.received.length === before + 1);
      notifier.stop();
      await notifier.done;
    }
  });
});
