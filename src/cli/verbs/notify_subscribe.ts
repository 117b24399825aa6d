/**
 * `kanban notify-subscribe`: tells a chat what becomes of a task, from now on.
 *
 * @module
 */
import { lockHolder, subscribe } from "../../kernel/mod.ts";
import { task, text } from "../args.ts";
import { chatFlags, chatName, chatOf, problemFinder } from "../flags/subscribing.ts";
import { verb } from "../verb.ts";

export default verb({
  name: "notify-subscribe",
  act: "notify",
  args: {
    id: task("Task to follow"),
    ...chatFlags,
    userId: text("Who asked for it; handed on to webhooks and commands", { hint: "ID" }),
  },
  examples: [
    "kanban notify-subscribe t_1a2b --platform slack --chat-id C0123456789",
    "kanban notify-subscribe t_1a2b --platform telegram --chat-id -1001234567890 --thread-id 5",
    "kanban notify-subscribe t_1a2b --platform command --chat-id desktop",
  ],
  notes: `It begins with what happens next, covers completed, blocked, review requested, gave up, crashed, timed out
and abandoned, and ends when the task is done or archived. Messages are sent by: kanban up

Platforms are set up in config.yaml, under notify:
  telegram: { token: BOT_TOKEN }
  slack:    { token: xoxb-… }
  discord:  { token: BOT_TOKEN }
  webhook:  { url: https://…, secret: KEY, headers: { NAME: VALUE } }
  command:  { argv: [notify-send, kanban, "{text}"] }
A chat for the whole board is named there too; it gets everything that asks for a person (blocked,
review requested, gave up, the same question again, no such profile) and of each hold once:
  board:    [{ platform: slack, chat_id: C0123456789 }]
A command gets the text on standard input, and for an element of its argv that is exactly {text}, {task}, {kind},
{chat_id}, {thread_id} or {user_id} that value; no shell reads any of it.`,
  run({ args, board, home, id, write, out, note }) {
    const chat = { ...chatOf("notify-subscribe", args), user_id: args.userId ?? null };
    const full = id(args.id);
    const subscription = write([full], () => subscribe(board, full, chat));
    out(subscription, (sub) => `subscribed ${chatName(sub)} to ${sub.task_id}`);
    const problem = problemFinder(home)(subscription);
    if (problem !== null) note(`hint: nothing can be sent to ${chatName(subscription)}: ${problem}`);
    else if (lockHolder(home.dispatcherLock) === null)
      note("hint: nothing is sent until a board runs; start one with: kanban up");
  },
});
