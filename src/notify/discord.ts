/**
 * Discord: a bot's message to a channel. `chat_id` is a channel; a thread is a channel too, so a `thread_id` replaces
 * it.
 *
 * @module
 */
import { post } from "./http.ts";
import { optional, platform, secret, url } from "./platform.ts";

const TEXT_MAX = 2_000;
const ID = /^\d{1,20}$/;

export default platform({
  name: "discord",
  settings: { token: secret(), api_url: optional(url(), "https://discord.com/api/v10") },
  chatProblem({ chat_id, thread_id }) {
    // They become part of the URL.
    if (!ID.test(chat_id)) return "the chat_id must be a channel's number";
    return thread_id === null || ID.test(thread_id) ? null : "the thread_id must be a thread's number";
  },
  async send({ id, chat_id, thread_id, text }, { token, api_url }, { signal }) {
    await post(
      {
        url: `${api_url.replace(/\/$/, "")}/channels/${thread_id ?? chat_id}/messages`,
        headers: { authorization: `Bot ${token}` },
        body: JSON.stringify({
          content: text.slice(0, TEXT_MAX).toWellFormed(),
          // A title must not mention any user.
          allowed_mentions: { parse: [] },
          // A repetition within some minutes is recognised and dropped.
          nonce: id.slice(0, 25),
          enforce_nonce: true,
        }),
        signal,
      },
      ({ status, json }) => (status < 300 ? null : typeof json["message"] === "string" ? json["message"] : null),
    );
  },
});
