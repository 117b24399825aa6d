/**
 * Slack: chat.postMessage of the web API. `chat_id` is a channel, `thread_id` the timestamp of the
 * message that began the thread.
 *
 * @module
 */
import { post, refusalOf } from "./http.ts";
import { optional, platform, secret, url } from "./platform.ts";

export default platform({
  name: "slack",
  settings: { token: secret(), api_url: optional(url(), "https://slack.com/api") },
  async send({ chat_id, thread_id, text }, { token, api_url }, { signal }) {
    await post(
      {
        url: `${api_url.replace(/\/$/, "")}/chat.postMessage`,
        headers: { authorization: `Bearer ${token}` },
        body: JSON.stringify({
          channel: chat_id,
          ...(thread_id === null ? {} : { thread_ts: thread_id }),
          text: escaped(text),
          mrkdwn: false,
          unfurl_links: false,
          unfurl_media: false,
        }),
        signal,
      },
      // A refusal comes with status 200.
      (answer) => refusalOf(answer, "error"),
    );
  },
});

/** Even without markup `<!channel>` and `<@U…>` call people, and anybody may have written them into a title. */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
