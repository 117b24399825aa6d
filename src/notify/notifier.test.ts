import { afterEach, describe, expect, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { openFeed } from "../feed.ts";
import { homeOf, prepareHome } from "../home.ts";
import {
  approveTask,
  blockTask,
  type Board,
  claimTask,
  closeBoard,
  completeTask,
  createTask,
  dataVersion,
  latestEventId,
  listSubscriptions,
  openBoard,
  subscribe,
  unblockTask,
} from "../kernel/mod.ts";
import { accepting, type Answer, chatServer, type ChatServer, hanging } from "../testing/chat_server.ts";
import { tempDir, until } from "../testing/mod.ts";
import { type Notifier, type NotifierOptions, startNotifier } from "./mod.ts";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A home on disk with a board that the test writes to, as another process would. */
function setup() {
  const dir = tempDir();
  closing.push(dir.remove);
  const home = homeOf({ KANBAN_HOME: dir.path });
  prepareHome(home);
  const board = openBoard(home.db, { actor: "ann" });
  closing.push(() => closeBoard(board));
  const warnings: string[] = [];
  return {
    home,
    board,
    warnings,
    /** Writes the notify section. JSON is YAML. */
    configure: (notify: object) => writeFileSync(home.config, JSON.stringify({ notify })),
    /** Starts a notifier that is quick to try again. */
    start(options: NotifierOptions = {}): Notifier {
      const notifier = startNotifier(home, {
        backoffMs: () => 5,
        timeoutMs: 5_000,
        warn: (line) => warnings.push(line),
        ...options,
      });
      closing.push(() => {
        notifier.stop();
        return notifier.done;
      });
      return notifier;
    },
    create: (title = "Translate README", more: { review?: boolean } = {}) =>
      createTask(board, { title, assignee: "coder", ...more }).task.id,
  };
}

function server(answer?: Answer): ChatServer {
  const started = chatServer(answer);
  closing.push(started.stop);
  return started;
}

const HOOK = (chat_id: string) => ({ platform: "webhook", chat_id });
const texts = ({ received }: ChatServer): string[] => received.map(({ json }) => json.text ?? json.content);

/** Blocks and unblocks a task: one event to tell of. */
function ask(board: Board, id: string, reason: string): void {
  blockTask(board, id, { reason });
  unblockTask(board, id);
}

describe("a notifier", () => {
  test("tells what came while none ran, then what comes, in order, and ends with the task", async () => {
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

  test("a target that hangs and one that fails do not hold up the others", async () => {
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

  test("a target that never answers is tried a bounded number of times, with a record", async () => {
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

  test("ends with 70 and writes nothing more when the board was replaced", async () => {
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
