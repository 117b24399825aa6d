/**
 * Notification subscriptions: who wants to hear of a task, and which deliveries were claimed.
 *
 * A subscription starts at the newest event, so nothing old is replayed. Every delivery is claimed in
 * a transaction before it is sent: two notifiers never send the same one twice.
 *
 * @module
 */
import { all, type Board, one, run, write } from "./db.ts";
import { latestEventId } from "./events.ts";
import { keyOf } from "./ids.ts";
import { optionalName, requireText } from "./input.ts";

export interface Subscription {
  task_id: string;
  platform: string;
  chat_id: string;
  thread_id: string | null;
  user_id: string | null;
  created_at: number;
  last_event_id: number;
  failures: number;
}

/** What tells one subscription of a task from another. */
export interface SubscriptionKey {
  platform: string;
  chat_id: string;
  thread_id?: string | null;
}

/**
 * Subscribes a chat to a task; repeating it changes nothing but the user.
 *
 * @throws {KanbanError} `not_found`; `invalid`.
 */
export function subscribe(
  board: Board,
  taskId: string,
  key: SubscriptionKey & { user_id?: string | null },
): Subscription {
  const fields = checkKey(key);
  const user = optionalName(key.user_id, "user_id");
  return write(board, () => {
    const taskKey = keyOf(board, taskId, "subscribe to");
    run(
      board,
      `INSERT INTO notify_subs (task_key, platform, chat_id, thread_id, user_id, created_at, last_event_id)
       VALUES ($taskKey, $platform, $chat, $thread, $user, $now, $last)
       ON CONFLICT (task_key, platform, chat_id, thread_id) DO UPDATE SET user_id = coalesce($user, user_id)`,
      { taskKey, ...fields, user, now: board.now(), last: latestEventId(board) },
    );
    return listSubscriptions(board, taskId).find(
      (sub) =>
        sub.platform === fields.platform && sub.chat_id === fields.chat && (sub.thread_id ?? "") === fields.thread,
    )!;
  });
}

/**
 * Ends a subscription. Returns false when there was none.
 *
 * @throws {KanbanError} `not_found`; `invalid`.
 */
export function unsubscribe(board: Board, taskId: string, key: SubscriptionKey): boolean {
  const fields = checkKey(key);
  return write(board, () => {
    const taskKey = keyOf(board, taskId, "unsubscribe from");
    const gone = run(
      board,
      `DELETE FROM notify_subs
       WHERE task_key = $taskKey AND platform = $platform AND chat_id = $chat AND thread_id = $thread`,
      { taskKey, ...fields },
    );
    return gone > 0;
  });
}

/** The subscriptions of one task, or of the whole board; oldest first. */
export function listSubscriptions(board: Board, taskId?: string): Subscription[] {
  return all<Subscription>(
    board,
    `SELECT t.id AS task_id, s.platform, s.chat_id, nullif(s.thread_id, '') AS thread_id, s.user_id, s.created_at,
       s.last_event_id, s.failures
     FROM notify_subs s JOIN tasks t ON t.key = s.task_key
     WHERE $taskId IS NULL OR t.id = $taskId ORDER BY s.id`,
    { taskId: taskId ?? null },
  );
}

/** How many subscriptions there are: a notifier with none need not look at events. */
export function countSubscriptions(board: Board): number {
  return one<{ n: number }>(board, "SELECT count(*) AS n FROM notify_subs")!.n;
}

function checkKey({ platform, chat_id, thread_id }: SubscriptionKey) {
  return {
    platform: requireText(platform, "platform").trim(),
    chat: requireText(chat_id, "chat_id").trim(),
    thread: optionalName(thread_id, "thread_id")?.trim() ?? "",
  };
}
