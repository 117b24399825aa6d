import { afterEach, describe, expect, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { openFeed } from "../feed.ts";
import {
  closeBoard,
  completeTask,
  dataVersion,
  latestEventId,
  listSubscriptions,
  openBoard,
  subscribe,
} from "../kernel/mod.ts";
import { hanging } from "../testing/notify/chat_server.ts";
import { until } from "../testing/mod.ts";
import { ask, closeAll, closing, HOOK, server, setup } from "../testing/notify/notifier.ts";

afterEach(closeAll);

describe("a notifier among others, and its end", () => {
  test("two of them never send the same message", async () => {
    const { board, configure, start, create } = setup();
    const chat = server();
    configure({ webhook: { url: chat.url } });
    const ids = Array.from({ length: 10 }, () => create());
    for (const id of ids) for (const chat_id of ["C1", "C2", id]) subscribe(board, id, HOOK(chat_id));
    start();
    start();

    for (const id of ids) ask(board, id, "which?");
    for (const id of ids) completeTask(board, id, { summary: "did it" });

    await until(() => listSubscriptions(board).length === 0, { ms: 15_000 });
    const sent = chat.received.map(({ headers }) => headers["webhook-id"]!);
    expect(sent.length).toBe(60);
    expect(new Set(sent).size).toBe(60);
  }, 30_000);

  test("waits while another process keeps the board locked, and hears a stop all the same", async () => {
    const { home, board, configure, start, create } = setup();
    const locker = openBoard(home.db);
    closing.push(() => closeBoard(locker));
    const chat = server();
    configure({ webhook: { url: chat.url } });
    const id = create();
    subscribe(board, id, HOOK("C1"));
    ask(board, id, "which?");

    locker.db.run("BEGIN IMMEDIATE");
    start();
    const other = start();
    other.stop();
    expect(await other.done).toBe(0);
    expect(chat.received).toEqual([]);
    locker.db.run("COMMIT");

    await until(() => listSubscriptions(board)[0]!.delivered === 1);
    expect(chat.received.length).toBe(1);
  });

  test("a locked board does not hold up its end", async () => {
    const { home, board, configure, start, create } = setup();
    const locker = openBoard(home.db);
    closing.push(() => closeBoard(locker));
    const chat = server(hanging);
    configure({ webhook: { url: chat.url } });
    const id = create();
    subscribe(board, id, HOOK("C1"));
    ask(board, id, "which?");
    const notifier = start({ timeoutMs: 60_000 });
    await until(() => chat.received.length === 1);

    locker.db.run("BEGIN IMMEDIATE");
    notifier.stop();

    expect(await notifier.done).toBe(0);
    locker.db.run("ROLLBACK");
    expect(listSubscriptions(board, id)).toMatchObject([{ pending: 1, failures: 0 }]);
  }, 5_000);

  test("stopped, it leaves what is on its way to the next one", async () => {
    const { board, configure, start, create } = setup();
    const slow = server(hanging);
    configure({ webhook: { url: slow.url } });
    const id = create();
    subscribe(board, id, HOOK("C1"));
    const first = start({ timeoutMs: 60_000 });
    ask(board, id, "which?");
    await until(() => slow.received.length === 1);

    first.stop();

    expect(await first.done).toBe(0);
    expect(listSubscriptions(board)).toMatchObject([{ pending: 1, failures: 0, failed: [] }]);
    const quick = server();
    configure({ webhook: { url: quick.url } });
    start();
    await until(() => quick.received.length === 1);
    await until(() => listSubscriptions(board)[0]!.delivered === 1);
  });

  test("writes nothing while there are no subscriptions", async () => {
    const { home, board, start, create } = setup();
    const feed = openFeed(home.db);
    const notifier = start({ feed });
    const before = dataVersion(board);
    const id = create();
    ask(board, id, "which?");
    await until(() => feed.latest === latestEventId(board), { what: "the events to be handed out" });

    notifier.stop();

    expect(await notifier.done).toBe(0);
    expect(dataVersion(board)).toBe(before); // Only commits of another connection move it.
    feed.close();
  });

  test("ends with 70 and writes nothing more when the board was replaced [T: database or WAL]", async () => {
    const { home, board, configure, start, create } = setup();
    const chat = server(hanging);
    configure({ webhook: { url: chat.url } });
    const id = create();
    subscribe(board, id, HOOK("C1"));
    const notifier = start();
    ask(board, id, "which?");
    await until(() => chat.received.length === 1);

    rmSync(home.db);
    writeFileSync(home.db, "another file");

    expect(await notifier.done).toBe(70);
  });
});
