import { afterEach, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { approveTask, claimTask, completeTask, listSubscriptions, subscribe } from "../kernel/mod.ts";
import { accepting, hanging } from "../testing/notify/chat_server.ts";
import { until } from "../testing/mod.ts";
import { ask, closeAll, HOOK, server, setup, texts } from "../testing/notify/notifier.ts";

afterEach(closeAll);

describe("a notifier", () => {
  test("sends what came while none ran, then what comes, in order, and ends with the task", async () => {
    const { board, configure, start, create } = setup();
    const chat = server();
    configure({ webhook: { url: chat.url } });
    const id = create("Translate README", { review: true });
    ask(board, id, "before the subscription");
    subscribe(board, id, HOOK("C1"));
    ask(board, id, "first");
    ask(board, id, "second");

    start();
    await until(() => chat.received.length === 2);
    const { run } = claimTask(board, id, { claimer: "worker" });
    completeTask(board, id, { runId: run.id, summary: "please look" });
    await until(() => chat.received.length === 3);
    approveTask(board, id);

    await until(() => listSubscriptions(board).length === 0, { what: "the subscription to end" });
    const named = `"Translate README" (${id})`;
    expect(texts(chat)).toEqual([
      `@coder is blocked on ${named}: first`,
      `@coder is blocked on ${named}: second`,
      `@coder asks for a review of ${named}: please look`,
    ]);
  });

  test("a target that hangs and one that fails do not hold up the others [T: one bad subscription]", async () => {
    const { board, configure, start, create } = setup();
    const hook = server(({ json }) =>
      json.chat_id === "hangs"
        ? new Promise(() => {})
        : Response.json({}, { status: json.chat_id === "fails" ? 500 : 200 }),
    );
    const discord = server(hanging);
    configure({ webhook: { url: hook.url }, discord: { token: "x", api_url: discord.url } });
    const id = create();
    for (const chat_id of ["hangs", "fails", "fine"]) subscribe(board, id, HOOK(chat_id));
    for (let i = 0; i < 10; i++) subscribe(board, id, { platform: "discord", chat_id: String(i) });
    const arrived = (chat_id: string) => hook.received.filter(({ json }) => json.chat_id === chat_id).length;

    start({ timeoutMs: 60_000, backoffMs: () => 60_000 });
    ask(board, id, "one");
    await until(() => discord.received.length === 8 && arrived("hangs") === 1 && arrived("fails") === 1);
    for (let n = 1; n <= 5; n++) {
      await until(() => arrived("fine") === n, { what: `message ${n} at the chat that works` });
      ask(board, id, "more");
    }

    expect(arrived("hangs")).toBe(1);
    expect(arrived("fails")).toBe(1);
    expect(discord.received.length).toBe(8); // No more than so many at a time.
  });

  test("a target that never answers is tried a bounded number of times, with a record [T: one bad subscription]", async () => {
    const { board, warnings, configure, start, create } = setup();
    const chat = server(hanging);
    configure({ webhook: { url: chat.url } });
    const id = create();
    subscribe(board, id, HOOK("C1"));

    start({ timeoutMs: 20, triesMax: 3 });
    ask(board, id, "which?");

    const failed = await until(() => listSubscriptions(board)[0]!.failed[0], { what: "the record" });
    expect(failed).toMatchObject({ kind: "blocked", attempts: 3, error: "no answer within 0.02 s" });
    expect(chat.received.length).toBe(3);
    expect(new Set(chat.received.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
    expect(warnings).toEqual([
      `notify: webhook "C1": gave up blocked of ${id} after try 3: no answer within 0.02 s. See: kanban notify-list ${id}`,
    ]);
  });

  test("a target that is dead for good loses its subscription, with a record", async () => {
    const { board, configure, start, create } = setup();
    const chat = server(() => new Response("gone", { status: 410 }));
    configure({ webhook: { url: chat.url } });
    const id = create();
    subscribe(board, id, HOOK("C1"));
    ask(board, id, "first");
    ask(board, id, "second");
    ask(board, id, "third");

    start({ triesMax: 2, failuresMax: 4 });

    await until(() => listSubscriptions(board)[0]!.ended_at);
    const host = new URL(chat.url).host;
    expect(listSubscriptions(board)[0]!.failed.map(({ attempts, error }) => [attempts, error])).toEqual([
      [2, `${host} answered 410: gone`],
      [2, `${host} answered 410: gone`],
      [0, `dropped after 4 failed tries in a row: ${host} answered 410: gone`],
    ]);
    ask(board, id, "fourth");
    expect(chat.received.length).toBe(4);
  });

  test("a target that recovers gets its message once", async () => {
    const { board, configure, start, create } = setup();
    const chat = server((request, n) => (n < 3 ? new Response("", { status: 503 }) : accepting(request, n)));
    configure({ webhook: { url: chat.url } });
    const id = create();
    subscribe(board, id, HOOK("C1"));
    start();

    completeTask(board, id, { summary: "did it" });

    await until(() => listSubscriptions(board).length === 0);
    expect(chat.received.length).toBe(3);
  });

  test("a pause that the target asks for is kept", async () => {
    const { board, configure, start, create } = setup();
    const chat = server(() => new Response("", { status: 429, headers: { "retry-after": "600" } }));
    configure({ webhook: { url: chat.url } });
    const id = create();
    subscribe(board, id, HOOK("C1"));
    start();

    ask(board, id, "which?");

    await until(() => listSubscriptions(board)[0]!.failures === 1);
    expect(listSubscriptions(board)[0]!.retry_at! - Date.now()).toBeGreaterThan(590_000);
  });

  test("an unknown platform is on the failed list at once", async () => {
    const { board, start, create } = setup();
    const id = create();
    subscribe(board, id, { platform: "pager", chat_id: "C1" });
    start();

    ask(board, id, "which?");

    expect(await until(() => listSubscriptions(board)[0]!.failed[0])).toMatchObject({
      kind: "blocked",
      attempts: 0,
      error: 'no platform is named "pager"',
    });
  });

  test("what is for a platform without settings waits without a try, and goes out when they come", async () => {
    const { home, board, configure, start, create } = setup();
    const chat = server();
    const id = create();
    subscribe(board, id, { platform: "slack", chat_id: "C1" });
    completeTask(board, id, { summary: "did it" });
    start();
    const other = create();
    subscribe(board, other, { platform: "pager", chat_id: "C1" });
    ask(board, other, "x");
    await until(() => listSubscriptions(board, other)[0]!.failed[0], { what: "a pass of the notifier" });
    expect(listSubscriptions(board, id)).toMatchObject([{ pending: 1, failures: 0, failed: [], ended_at: null }]);

    writeFileSync(home.config, "notify: [");
    ask(board, other, "y");
    await until(() => listSubscriptions(board, other)[0]!.failed.length === 2);
    configure({ slack: { token: "x", api_url: chat.url } });
    ask(board, other, "z");

    await until(() => chat.received.length === 1);
    await until(() => listSubscriptions(board, id).length === 0);
    expect(texts(chat)).toEqual([`@coder completed "Translate README" (${id}): did it`]);
  });
});
