/**
 * Webhook: posts JSON to a URL of one's own. With a `secret` each request is signed as Standard
 * Webhooks has it, over id, timestamp and body, so that the receiver can trust it.
 *
 * @module
 */
import { post } from "./http.ts";
import { type Message, optional, platform, secret, secretMap, url } from "./platform.ts";

export default platform({
  name: "webhook",
  settings: { url: url(), headers: optional(secretMap(), {}), secret: optional(secret(), null) },
  async send(message, settings, { signal }) {
    const body = JSON.stringify(payloadOf(message));
    const timestamp = String(Math.floor(Date.now() / 1_000));
    await post({
      url: settings.url,
      headers: {
        ...settings.headers,
        "webhook-id": message.id,
        "webhook-timestamp": timestamp,
        ...(settings.secret === null
          ? {}
          : { "webhook-signature": sign(settings.secret, message.id, timestamp, body) }),
      },
      body,
      signal,
    });
  },
});

function payloadOf({ id, text, kind, event_id, run_id, created_at, chat_id, thread_id, user_id, task }: Message) {
  const { id: task_id, title, status, assignee, tenant } = task;
  return {
    id,
    text,
    event: { id: event_id, kind, run_id, created_at },
    task: { id: task_id, title, status, assignee, tenant },
    chat_id,
    thread_id,
    user_id,
  };
}

function sign(key: string, id: string, timestamp: string, body: string): string {
  // A key of the form "whsec_" is base64, as that standard hands it out.
  const bytes = key.startsWith("whsec_") ? Buffer.from(key.slice(6), "base64") : Buffer.from(key);
  return `v1,${new Bun.CryptoHasher("sha256", bytes).update(`${id}.${timestamp}.${body}`).digest("base64")}`;
}
