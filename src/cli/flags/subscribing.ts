/**
 * What the notify verbs have in common: which chat is meant, and why nothing would reach it.
 *
 * @module
 */
import { type Config, loadConfig } from "../../config.ts";
import type { Home } from "../../home.ts";
import { KanbanError, suggest, type Subscription, type SubscriptionKey } from "../../kernel/mod.ts";
import { PLATFORMS, subscriptionProblem } from "../../notify/mod.ts";
import { text } from "../args.ts";
import { oneLine } from "../../text.ts";

const NAMES = [...PLATFORMS.keys()].join(", ");

/** The flags that name a chat. */
export const chatFlags = {
  platform: text(`Where: ${NAMES}`, { hint: "NAME" }),
  chatId: text("Chat or channel, as the platform names it", { hint: "ID" }),
  threadId: text("Thread or topic in that chat", { hint: "ID" }),
};

interface ChatFlags {
  readonly platform: string | undefined;
  readonly chatId: string | undefined;
  readonly threadId: string | undefined;
}

/**
 * The chat that the flags name.
 *
 * @throws {KanbanError} `invalid` when the platform or the chat is missing, or no such chat can be.
 */
export function chatOf(verb: string, { platform, chatId, threadId }: ChatFlags): SubscriptionKey {
  const missing = platform === undefined ? "--platform" : chatId === undefined ? "--chat-id" : null;
  if (missing !== null) {
    throw new KanbanError("invalid", `Cannot run ${verb}: ${missing} is missing`, `See kanban ${verb} --help`);
  }
  const chat = { chat_id: chatId!.trim(), thread_id: threadId?.trim() || null };
  const found = PLATFORMS.get(platform!.trim());
  if (found === undefined) {
    const near = suggest(platform!.trim(), [...PLATFORMS.keys()]);
    throw new KanbanError(
      "invalid",
      `Cannot run ${verb}: --platform must be one of ${NAMES}, got "${oneLine(platform!, 80)}"`,
      near === null ? undefined : `Did you mean: ${near}`,
    );
  }
  const wrong = found.chatProblem(chat);
  if (wrong !== null) throw new KanbanError("invalid", `Cannot run ${verb}: ${wrong}`);
  return { platform: platform!.trim(), ...chat };
}

/** Finds out why nothing would be sent; a `config.yaml` that cannot be read is such a reason. */
export function problemFinder(
  home: Home,
): (sub: Pick<Subscription, "platform" | "chat_id" | "thread_id">) => string | null {
  let notify: Config["notify"];
  try {
    ({ notify } = loadConfig(home));
  } catch (error) {
    if (!(error instanceof KanbanError)) throw error;
    return () => error.message;
  }
  return (sub) => subscriptionProblem(sub.platform, sub, notify);
}

/** The targets of the whole board; none where `config.yaml` cannot be read, which is said of each subscription. */
export function boardTargets(home: Home): Config["notify_board"] {
  try {
    return loadConfig(home).notify_board;
  } catch (error) {
    if (!(error instanceof KanbanError)) throw error;
    return [];
  }
}

/** A chat in words: `slack C1`, `telegram -100 thread 7`. */
export function chatName({ platform, chat_id, thread_id }: SubscriptionKey): string {
  const thread = thread_id == null ? "" : ` thread ${oneLine(thread_id)}`;
  return `${oneLine(platform)} ${oneLine(chat_id)}${thread}`;
}
