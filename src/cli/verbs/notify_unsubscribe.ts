/**
 * `kanban notify-unsubscribe`: a chat hears no more of a task.
 *
 * @module
 */
import {
  KanbanError,
  listSubscriptions,
  type Subscription,
  type SubscriptionKey,
  unsubscribe,
} from "../../kernel/mod.ts";
import { task, toggle } from "../args.ts";
import { chatFlags, chatName, chatOf } from "../flags/subscribing.ts";
import { verb } from "../verb.ts";

export default verb({
  name: "notify-unsubscribe",
  act: "notify",
  args: { id: task("Task that is followed"), ...chatFlags, all: toggle("Every chat") },
  examples: [
    "kanban notify-unsubscribe t_1a2b --platform slack --chat-id C0123456789",
    "kanban notify-unsubscribe t_1a2b --all",
  ],
  notes: "What was pending is not sent any more, and what failed leaves the list.",
  run({ args, board, id, write, out }) {
    const named = [args.platform, args.chatId, args.threadId].some((value) => value !== undefined);
    if (args.all && named) {
      throw new KanbanError("invalid", "Cannot run notify-unsubscribe: --all means every chat, leave the others out");
    }
    const chat = args.all ? null : chatOf("notify-unsubscribe", args);
    const full = id(args.id);
    const gone = write([full], (): Subscription[] => {
      const subs = listSubscriptions(board, full);
      if (chat === null) return subs.filter((sub) => unsubscribe(board, full, sub));
      const found = subs.filter((sub) => isChat(sub, chat));
      if (unsubscribe(board, full, chat)) return found;
      throw new KanbanError(
        "not_found",
        `Cannot unsubscribe ${chatName(chat)} from task "${full}": no such subscription`,
        `List them with: kanban notify-list ${full}`,
      );
    });
    out(
      gone,
      () => gone.map((sub) => `unsubscribed ${chatName(sub)} from ${sub.task_id}`).join("\n") || "No subscriptions",
    );
  },
});

function isChat(sub: Subscription, { platform, chat_id, thread_id }: SubscriptionKey): boolean {
  return sub.platform === platform && sub.chat_id === chat_id && sub.thread_id === (thread_id ?? null);
}
