import { afterEach, describe, expect, test } from "bun:test";
import { chatServer, hanging } from "../testing/notify/chat_server.ts";
import { configured, failure, MESSAGE, sending, server, stopServers } from "../testing/notify/platforms.ts";

afterEach(stopServers);

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
      task: { id: MESSAGE.task.id, title: "Translate README", status: "ready", assignee: "coder", tenant: "docs" },
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

  test("has been delivered when the status says so, also by a receiver that never ends its answer", async () => {
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

  test("asks for no longer pause than an hour, even if the receiver asks for it", async () => {
    const { url } = server(() => new Response("", { status: 503, headers: { "retry-after": "999999" } }));

    expect((await failure(configured("webhook", { url }).send(MESSAGE, sending()))).options.retryMs).toBe(3_600_000);
  });

  test("ends when its time is up", async () => {
    const { url } = server(hanging);

    await failure(configured("webhook", { url }).send(MESSAGE, sending(AbortSignal.timeout(50))));
  });

  test("says when no server listens", async () => {
    const { url, stop } = chatServer();
    stop();

    expect((await failure(configured("webhook", { url }).send(MESSAGE, sending()))).message).toStartWith(
      `cannot reach ${new URL(url).host}: `,
    );
  });
});
