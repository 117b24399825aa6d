import { afterEach, describe, expect, test } from "bun:test";
import type { JsonObject } from "../kernel/mod.ts";
import { configured, failure, MESSAGE, sending, server, stopServers } from "../testing/notify/platforms.ts";
import { PLATFORMS } from "./platforms.ts";
import { subscriptionProblem } from "./settings.ts";

afterEach(stopServers);

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

  test("returns the reason and the pause of a refusal, and never the token", async () => {
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
      "answered 200: it is not the response of the expected service",
    );
    expect((await failure(send(broken.url))).message).toEndWith("answered 502: no upstream");
    expect((await failure(send(limiting.url))).options).toEqual({ retryMs: 30_000 });
  });
});

describe("discord", () => {
  test("posts to the channel, or to the thread in its place; mentions notify no user; a repetition is recognised", async () => {
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

  test("returns the reason and the pause of a refusal", async () => {
    const { url } = server(() =>
      Response.json({ message: "You are being rate limited.", retry_after: 1.5, global: false }, { status: 429 }),
    );

    const error = await failure(configured("discord", { token: "tok", api_url: url }).send(MESSAGE, sending()));

    expect(error.message).toEndWith("answered 429: You are being rate limited.");
    expect(error.options).toEqual({ retryMs: 1_500 });
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
        "no such platform; the platforms are telegram, slack, discord, webhook, command",
      );
    }
  });
});
