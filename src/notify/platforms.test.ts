import { afterEach, describe, expect, test } from "bun:test";
import { homeOf } from "../home.ts";
import type { JsonObject } from "../kernel/mod.ts";
import { type Answer, chatServer, hanging } from "../testing/chat_server.ts";
import { testBoard } from "../testing/mod.ts";
import { type Message, SendError } from "./platform.ts";
import { PLATFORMS } from "./platforms.ts";
import { subscriptionProblem } from "./settings.ts";

const task = testBoard().ready({ title: "Translate README", tenant: "docs" });
const MESSAGE: Message = {
  id: "kb_0123456789abcdef0123",
  text: "@coder is blocked: <!channel> & “which?”",
  kind: "blocked",
  event_id: 7,
  run_id: 3,
  created_at: 1_767_225_600_000,
  chat_id: "42",
  thread_id: null,
  user_id: "U7",
  task,
};
const sending = (signal = AbortSignal.timeout(5_000)) => ({ home: homeOf({ KANBAN_HOME: "/nowhere" }), signal });

const open: { stop(): void }[] = [];
afterEach(() => open.splice(0).forEach((server) => server.stop()));

function server(answer?: Answer) {
  const started = chatServer(answer);
  open.push(started);
  return started;
}

/** A platform with its settings; fails the test when it cannot send. */
function configured(name: string, section: JsonObject) {
  const found = PLATFORMS.get(name)!.configure(section);
  if (!found.ready) throw new Error(found.problem);
  return found;
}

async function failure(sent: Promise<void>): Promise<SendError> {
  const error = await sent.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(SendError);
  return error as SendError;
}

describe("telegram", () => {
  test("posts sendMessage with the bot's token in the path", async () => {
    const { url, received } = server();
    const telegram = configured("telegram", { token: "12:AbC", api_url: `${url}/` });

    await telegram.send({ ...MESSAGE, chat_id: "-100123", thread_id: "5" }, sending());

    expect(received).toMatchObject([
      {
        path: "/bot12:AbC/sendMessage",
        json: {
          chat_id: "-100123",
          message_thread_id: 5,
          text: MESSAGE.text,
          link_preview_options: { is_disabled: true },
        },
      },
    ]);
    expect(received[0]!.headers["content-type"]).toStartWith("application/json");
  });

  test("tells the reason and the pause of a refusal, and never the token", async () => {
    const { url } = server(() =>
      Response.json(
        { ok: false, error_code: 429, description: "Too Many Requests for 12:AbC", parameters: { retry_after: 7 } },
        { status: 429 },
      ),
    );

    const error = await failure(configured("telegram", { token: "12:AbC", api_url: url }).send(MESSAGE, sending()));

    expect(error.message).toBe(`${new URL(url).host} answered 429: Too Many Requests for …`);
    expect(error.options).toEqual({ retryMs: 7_000 });
  });

  test.each([
    ["../x", null],
    ["name", null],
    ["42", "x"],
  ])("takes no chat %s with thread %s", async (chat_id, thread_id) => {
    const { url, received } = server();

    const error = await failure(
      configured("telegram", { token: "1:A", api_url: url }).send({ ...MESSAGE, chat_id, thread_id }, sending()),
    );

    expect(error.options.final).toBe(true);
    expect(received).toEqual([]);
  });
});

describe("slack", () => {
  test("posts chat.postMessage, and nothing in a text calls people", async () => {
    const { url, received } = server();

    await configured("slack", { token: "xoxb-1", api_url: url }).send({ ...MESSAGE, thread_id: "1.2" }, sending());

    expect(received).toMatchObject([
      {
        path: "/chat.postMessage",
        headers: { authorization: "Bearer xoxb-1" },
        json: {
          channel: "42",
          thread_ts: "1.2",
          text: "@coder is blocked: &lt;!channel&gt; &amp; “which?”",
          mrkdwn: false,
        },
      },
    ]);
  });

  test("a refusal comes with status 200, a rate limit with a header; what is no answer of Slack is no success", async () => {
    const refusing = server(() => Response.json({ ok: false, error: "channel_not_found" }));
    const limiting = server(() =>
      Response.json({ ok: false, error: "ratelimited" }, { status: 429, headers: { "retry-after": "30" } }),
    );
    const send = (api_url: string) => configured("slack", { token: "xoxb-1", api_url }).send(MESSAGE, sending());

    const page = server(() => new Response("<h1>Sign in</h1>"));
    const broken = server(() => new Response("no upstream", { status: 502 }));
    expect((await failure(send(refusing.url))).message).toEndWith("answered 200: channel_not_found");
    expect((await failure(send(page.url))).message).toEndWith(
      "answered 200: it does not look like the service that was expected",
    );
    expect((await failure(send(broken.url))).message).toEndWith("answered 502: no upstream");
    expect((await failure(send(limiting.url))).options).toEqual({ retryMs: 30_000 });
  });
});

describe("discord", () => {
  test("posts to the channel, or to the thread in its place; mentions call nobody; a repetition is recognised", async () => {
    const { url, received } = server();
    const discord = configured("discord", { token: "tok", api_url: url });

    await discord.send(MESSAGE, sending());
    await discord.send({ ...MESSAGE, thread_id: "99" }, sending());

    expect(received.map(({ path }) => path)).toEqual(["/channels/42/messages", "/channels/99/messages"]);
    expect(received[0]).toMatchObject({
      headers: { authorization: "Bot tok" },
      json: {
        content: MESSAGE.text,
        allowed_mentions: { parse: [] },
        nonce: MESSAGE.id,
        enforce_nonce: true,
      },
    });
  });

  test("no chat leaves the path of the channel", async () => {
    const { url, received } = server();

    const error = await failure(
      configured("discord", { token: "tok", api_url: url }).send({ ...MESSAGE, chat_id: "../users/@me" }, sending()),
    );

    expect(error).toMatchObject({ message: "the chat_id must be a channel's number", options: { final: true } });
    expect(received).toEqual([]);
  });

  test("tells the reason and the pause of a refusal", async () => {
    const { url } = server(() =>
      Response.json({ message: "You are being rate limited.", retry_after: 1.5, global: false }, { status: 429 }),
    );

    const error = await failure(configured("discord", { token: "tok", api_url: url }).send(MESSAGE, sending()));

    expect(error.message).toEndWith("answered 429: You are being rate limited.");
    expect(error.options).toEqual({ retryMs: 1_500 });
  });
});

describe("webhook", () => {
  test("posts what happened, with headers of one's own, signed so that the receiver can trust it", async () => {
    const { url, received } = server(() => new Response(null, { status: 204 }));
    const key = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const webhook = configured("webhook", {
      url: `${url}/hook?x=1`,
      headers: { "X-Board": "one" },
      secret: `whsec_${key}`,
    });

    await webhook.send(MESSAGE, sending());

    const [{ path, headers, text, json }] = received as [(typeof received)[0]];
    expect(path).toBe("/hook?x=1");
    expect(headers).toMatchObject({ "x-board": "one", "webhook-id": MESSAGE.id });
    const signed = `${MESSAGE.id}.${headers["webhook-timestamp"]}.${text}`;
    const signature = new Bun.CryptoHasher("sha256", Buffer.from(key, "base64")).update(signed).digest("base64");
    expect(headers["webhook-signature"]).toBe(`v1,${signature}`);
    expect(Math.abs(Number(headers["webhook-timestamp"]) - Date.now() / 1_000)).toBeLessThan(60);
    expect(json).toEqual({
      id: MESSAGE.id,
      text: MESSAGE.text,
      event: { id: 7, kind: "blocked", run_id: 3, created_at: MESSAGE.created_at },
      task: { id: task.id, title: "Translate README", status: "ready", assignee: "coder", tenant: "docs" },
      chat_id: "42",
      thread_id: null,
      user_id: "U7",
    });
  });

  test("a header of one's own takes the place of ours, however it is written", async () => {
    const { url, received } = server();
    const headers = { "Content-Type": "application/vnd.board+json", "USER-AGENT": "mine", "Webhook-ID": "forged" };

    await configured("webhook", { url, headers }).send(MESSAGE, sending());

    expect(received[0]!.headers).toMatchObject({
      "content-type": "application/vnd.board+json",
      "user-agent": "mine",
      "webhook-id": MESSAGE.id,
    });
  });

  test("has been told when the status says so, also by a receiver that never ends its answer", async () => {
    const { url, received } = server(
      () => new Response(new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(1)) })),
    );

    await configured("webhook", { url }).send(MESSAGE, sending(AbortSignal.timeout(2_000)));

    expect(received).toHaveLength(1);
  });

  test("is not signed without a secret", async () => {
    const { url, received } = server();

    await configured("webhook", { url }).send(MESSAGE, sending());

    expect(received[0]!.headers).not.toHaveProperty("webhook-signature");
  });

  test("follows no redirect: it would take the headers along", async () => {
    const elsewhere = server();
    const { url } = server(() => Response.redirect(`${elsewhere.url}/stolen`, 307));

    const error = await failure(configured("webhook", { url }).send(MESSAGE, sending()));

    expect(error.message).toContain("answered 307");
    expect(elsewhere.received).toEqual([]);
  });

  test("shows the start of a page of HTML, and no secret of the settings", async () => {
    const { url } = server(
      ({ headers }) =>
        new Response(`<html><b>Bad</b>\ngateway for ${headers["authorization"]}</html>`, { status: 502 }),
    );
    const webhook = configured("webhook", { url, headers: { authorization: "Bearer s3cret" } });

    const error = await failure(webhook.send(MESSAGE, sending()));

    expect(error.message).toBe(`${new URL(url).host} answered 502: Bad gateway for …`);
  });

  test("reads only the beginning of an answer that never ends", async () => {
    const { url } = server(
      () =>
        new Response(
          new ReadableStream({
            pull: (controller) => controller.enqueue(new Uint8Array(16_384).fill(65)),
          }),
          { status: 500 },
        ),
    );

    const error = await failure(configured("webhook", { url }).send(MESSAGE, sending()));

    expect(error.message).toStartWith(`${new URL(url).host} answered 500: AAA`);
    expect(error.message.length).toBeLessThan(300);
  });

  test("asks for no longer pause than an hour, whatever the receiver says", async () => {
    const { url } = server(() => new Response("", { status: 503, headers: { "retry-after": "999999" } }));

    expect((await failure(configured("webhook", { url }).send(MESSAGE, sending()))).options.retryMs).toBe(3_600_000);
  });

  test("ends when its time is up", async () => {
    const { url } = server(hanging);

    await failure(configured("webhook", { url }).send(MESSAGE, sending(AbortSignal.timeout(50))));
  });

  test("says when nobody listens", async () => {
    const { url, stop } = chatServer();
    stop();

    expect((await failure(configured("webhook", { url }).send(MESSAGE, sending()))).message).toStartWith(
      `cannot reach ${new URL(url).host}: `,
    );
  });
});

describe("settings", () => {
  test.each<[string, JsonObject | undefined, string]>([
    ["telegram", undefined, "it needs notify.telegram in config.yaml"],
    ["telegram", {}, "it needs notify.telegram.token"],
    ["telegram", { token: null }, "it needs notify.telegram.token"],
    ["telegram", { token: 5 }, "notify.telegram.token must be a text"],
    ["telegram", { token: "  " }, "notify.telegram.token must be a text"],
    ["telegram", { token: "a", tokn: "b" }, "notify.telegram.tokn is not a known key, it has token, api_url"],
    ["slack", { token: "a", api_url: "ftp://x" }, "notify.slack.api_url must be an http or https URL"],
    ["webhook", { url: "/etc/passwd" }, "notify.webhook.url must be an http or https URL"],
    ["webhook", { url: "http://x", headers: { a: 1 } }, "notify.webhook.headers must be names and texts"],
    ["command", { argv: [] }, "notify.command.argv must be a list of texts"],
    ["command", { argv: "rm -rf" }, "notify.command.argv must be a list of texts"],
    [
      "command",
      { argv: ["x", "{task_id}"] },
      "notify.command.argv: no placeholder is named {task_id}, there are {text} {task} {kind} {chat_id} {thread_id} {user_id}",
    ],
  ])("%s with %j: %s", (name, section, problem) => {
    expect(PLATFORMS.get(name)!.configure(section)).toEqual({ ready: false, problem });
  });

  test("subscriptionProblem() says in words why nothing would be sent", () => {
    const chat = { chat_id: "42", thread_id: null };

    expect(subscriptionProblem("slack", chat, { slack: { token: "x" } })).toBeNull();
    expect(subscriptionProblem("slack", chat, {})).toBe("not configured: it needs notify.slack in config.yaml");
    expect(subscriptionProblem("discord", { ...chat, chat_id: "general" }, {})).toBe(
      "the chat_id must be a channel's number",
    );
    for (const name of ["pager", "constructor", "__proto__"]) {
      expect(subscriptionProblem(name, chat, {})).toBe(
        "no platform has that name, there are telegram, slack, discord, webhook, command",
      );
    }
  });
});
