/**
 * Telegram: the bot API's sendMessage. `chat_id` is a chat's number or `@channelname`, `thread_id` a
 * forum topic. Without a parse mode the text is taken as it is.
 *
 * @module
 */
import { post, refusalOf } from "./http.ts";
import { optional, platform, secret, url } from "./platform.ts";

export default platform({
  name: "telegram",
  settings: { token: secret(), api_url: optional(url(), "https://api.telegram.org") },
  chatProblem({ chat_id, thread_id }) {
    if (!/^(?:-?\d{1,19}|@\w{1,64})$/.test(chat_id)) return "the chat_id must be a number or @channelname";
    return thread_id === null || /^\d{1,15}$/.test(thread_id) ? null : "the thread_id must be a topic's number";
  },
  async send({ chat_id, thread_id, text }, { token, api_url }, { signal }) {
    await post(
      {
        url: `${api_url.replace(/\/$/, "")}/bot${token}/sendMessage`,
        body: JSON.stringify({
          chat_id,
          ...(thread_id === null ? {} : { message_thread_id: Number(thread_id) }),
          text,
          link_preview_options: { is_disabled: true },
        }),
        signal,
      },
      (answer) => refusalOf(answer, "description"),
    );
  },
});
