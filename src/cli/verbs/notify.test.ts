import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { listSubscriptions, subscribe, type Subscription } from "../../kernel/mod.ts";
import { chatServer } from "../../testing/notify/chat_server.ts";
import { testCli } from "../../testing/cli.ts";
import { until } from "../../testing/mod.ts";

setDefaultTimeout(30_000); // Every call is a process, and the machine may be busy.

const cli = testCli();
const chat = chatServer();
afterAll(() => {
  chat.stop();
  cli.remove();
});
mkdirSync(cli.dir, { recursive: true, mode: 0o700 });
/** Writes config.yaml; JSON is YAML. */
const configure = (notify: unknown) => writeFileSync(join(cli.dir, "config.yaml"), JSON.stringify({ notify }));

/** Expects a refusal that leaves every row as it was. */
async function refused(words: string[], exit: number, message: string): Promise<void> {
  const before = cli.dump();
  const ran = await cli.run(...words);
  expect(ran).toMatchObject({ exit, stdout: "", stderr: expect.stringContaining(message) });
  expect(cli.dump()).toBe(before);
}
const subscribing = (id: string, ...more: string[]) => ["notify-subscribe", id, ...more];

describe("kanban notify-subscribe", () => {
  test("subscribes a chat, and says why nothing can be sent yet", async () => {
    configure({});
    const id = await cli.create("followed");

    const first = await cli.run(...subscribing(id, "--platform", "slack", "--chat-id", "C1", "--thread-id", "1.2"));
    const again = await cli.json<Subscription>(
      ...subscribing(id, "--platform", "slack", "--chat-id", "C1", "--thread-id", "1.2", "--user-id", "U7"),
    );
    configure({ slack: { token: "x" } });
    const idle = await cli.run(...subscribing(id, "--platform", "slack", "--chat-id", "C1"));

    expect(first).toEqual({
      exit: 0,
      stdout: `subscribed slack C1 thread 1.2 to ${id}\n`,
      stderr:
        "hint: nothing can be sent to slack C1 thread 1.2: not configured: it needs notify.slack in config.yaml\n",
    });
    expect(again).toMatchObject({ task_id: id, platform: "slack", chat_id: "C1", thread_id: "1.2", user_id: "U7" });
    expect(idle.stderr).toBe("hint: nothing is sent until a board runs; start one with: kanban up\n");
  });

  test("a target of the whole board is listed first, told by a board that runs, and named by doctor", async () => {
    const ops = chatServer();
    configure({ board: [{ platform: "webhook", chat_id: "ops" }] });
    const listed = () => cli.json<object[]>("notify-list");
    const checked = async () => {
      const { stdout } = await cli.run("doctor", "--json");
      const { findings } = JSON.parse(stdout) as { findings: { check: string; message: string }[] };
      return findings.filter(({ check }) => check === "notifications").map(({ message }) => message);
    };
    expect((await listed())[0]).toMatchObject({ task_id: null, platform: "webhook", chat_id: "ops", delivered: 0 });
    expect((await cli.run("notify-list")).stdout).toMatch(/^the board +webhook ops/m);
    expect(await checked()).toContain(
      "nothing can be sent to webhook ops: not configured: it needs notify.webhook in config.yaml",
    );

    configure({ webhook: { url: ops.url }, board: [{ platform: "webhook", chat_id: "ops" }] });
    const up = cli.start(["up", "--no-open", "--port", "0"]);
    const state = join(cli.dir, "run", "notifier.json");
    await until(() => existsSync(state), { what: "the target to begin" });
    const id = await cli.create("asks", "--assignee", "demo", "--body", "block which one?");

    await until(() => ops.received.length === 1, { what: "the message" });
    up.kill("SIGTERM");
    await up.exited;
    ops.stop();
    expect(ops.received[0]!.json.text).toBe(`@demo is blocked on "asks" (${id}): which one?`);
    expect((await listed())[0]).toMatchObject({ task_id: null, delivered: 1, pending: 0, failed: [], problem: null });
    configure({});
  });

  test("refuses what could never be sent, and changes nothing", async () => {
    const id = await cli.create("odd");
    const done = await cli.create("done");
    await cli.run("complete", done);

    await refused(subscribing(id, "--chat-id", "C1"), 2, "Cannot run notify-subscribe: --platform is missing");
    await refused(subscribing(id, "--platform", "slack"), 2, "--chat-id is missing");
    await refused(
      subscribing(id, "--platform", "slak", "--chat-id", "C1"),
      2,
      "--platform must be one of telegram, slack",
    );
    await refused(subscribing(id, "--platform", "slak", "--chat-id", "C1"), 2, "Did you mean: slack");
    await refused(subscribing(id, "--platform", "slack", "--chat-id", "-x"), 2, "--chat-id=-");
    await refused(subscribing(id, "--platform", "slack", "--chat-id", " "), 2, "Cannot use chat_id: it must be a text");
    await refused(
      subscribing(id, "--platform", "discord", "--chat-id", "general"),
      2,
      "the chat_id must be a channel's number",
    );
    await refused(
      subscribing(id, "--platform", "telegram", "--chat-id", "4", "--thread-id", "x"),
      2,
      "the thread_id must be a topic's number",
    );
    await refused(subscribing("t_00000000", "--platform", "slack", "--chat-id", "C1"), 1, "no such task");
    await refused(
      subscribing(done, "--platform", "slack", "--chat-id", "C1"),
      1,
      `Cannot subscribe to task "${done}": it must be unfinished, it is done`,
    );
  });
});

describe("kanban notify-list", () => {
  test("is empty where nobody is subscribed", async () => {
    const id = await cli.create("alone");

    expect(await cli.run("notify-list", id)).toMatchObject({ exit: 0, stdout: "No subscriptions\n" });
    expect(await cli.json<Subscription[]>("notify-list", id)).toEqual([]);
    await refused(["notify-list", "t_00000000"], 1, "no such task");
  });

  test("says what a configuration that cannot be read means", async () => {
    const id = await cli.create("waiting");
    await cli.run(...subscribing(id, "--platform", "slack", "--chat-id", "C1"));
    writeFileSync(join(cli.dir, "config.yaml"), "notify: 5");

    const { exit, stdout } = await cli.run("notify-list", id);

    configure({});
    expect(exit).toBe(0);
    expect(stdout).toMatch(new RegExp(`^TASK +CHAT +STATE\\n${id}  slack C1  nothing yet; Cannot read .*config.yaml`));
  });
});

describe("kanban notify-unsubscribe", () => {
  test("ends one, or all of a task; what is not there is refused", async () => {
    const id = await cli.create("noisy");
    for (const chatId of ["C1", "C2", "C3"]) {
      await cli.run(...subscribing(id, "--platform", "slack", "--chat-id", chatId));
    }
    const ending = (...more: string[]) => ["notify-unsubscribe", id, ...more];

    const one = await cli.run(...ending("--platform", "slack", "--chat-id", "C2"));
    await refused(
      ending("--platform", "slack", "--chat-id", "C2"),
      1,
      `Cannot unsubscribe slack C2 from task "${id}": no such subscription`,
    );
    await refused(ending(), 2, "--platform is missing");
    await refused(ending("--all", "--chat-id", "C1"), 2, "--all means every chat");
    const rest = await cli.json<Subscription[]>(...ending("--all"));

    expect(one.stdout).toBe(`unsubscribed slack C2 from ${id}\n`);
    expect(rest.map(({ chat_id }) => chat_id)).toEqual(["C1", "C3"]);
    expect(await cli.json<Subscription[]>("notify-list", id)).toEqual([]);
  });
});

test("kanban up sends what a worker's run brings, and keeps a record of what could not be sent", async () => {
  configure({ webhook: { url: `${chat.url}/hook` } });
  const id = await cli.create("Say hello", "--assignee", "demo", "--body", "complete hello\nand more");
  await cli.run(...subscribing(id, "--platform", "webhook", "--chat-id", "ops"));
  // As another program may have subscribed it, which knows more platforms.
  cli.board((board) => subscribe(board, id, { platform: "pager", chat_id: "\u001b[31mduty", thread_id: null }));

  const up = cli.start(["up", "--no-open", "--port", "0"]);
  try {
    await until(() => chat.received.length === 1, { ms: 20_000, what: "the message" });
    await until(() => cli.board((board) => listSubscriptions(board, id)).length === 1, { what: "the end" });
  } finally {
    up.kill("SIGINT");
    await up.exited;
  }

  expect(up.exitCode).toBe(0);
  expect(chat.received).toMatchObject([
    { path: "/hook", json: { text: `@demo completed "Say hello" (${id}): hello`, chat_id: "ops" } },
  ]);
  const { stdout } = await cli.run("notify-list", id);
  expect(stdout).toMatch(
    new RegExp(
      `^TASK +CHAT +STATE\\n${id}  pager duty  1 failed; over since \\S+Z\\n` +
        `  ! completed \\(event \\d+\\) failed, \\S+Z: no platform is named "pager"\\n$`,
    ),
  );
});
