/**
 * `kanban mentions`: the texts that have `@` and the name of the one who asks.
 *
 * @module
 */
import { openMentions, seeMentions } from "../../kernel/mod.ts";
import { toggle } from "../args.ts";
import { oneLine, shortSpan } from "../../text.ts";
import { verb } from "../verb.ts";

export default verb({
  name: "mentions",
  act: "mentions",
  args: { read: toggle("Mark them as read") },
  examples: ["kanban mentions", "kanban mentions --read"],
  notes: `A person is mentioned by @NAME in a comment or a body, outside of code. Who comments on the task has read its
mentions. The targets under notify.board in config.yaml, and subscriptions of the task, are told as well.`,
  run({ args, board, who, out }) {
    const mentions = openMentions(board, who);
    if (args.read) seeMentions(board, who);
    out(mentions, () => {
      if (mentions.length === 0) return `No mentions of ${oneLine(who)} that are not read.`;
      const age = (at: number) => shortSpan((board.now() - at) / 1_000);
      return mentions
        .map(({ task_id, title, author, text, created_at }) =>
          [`${task_id}  ${oneLine(title)}`, `  ${oneLine(author)}, ${age(created_at)} ago: ${oneLine(text)}`].join(
            "\n",
          ),
        )
        .join("\n");
    });
  },
});
