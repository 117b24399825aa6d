/**
 * Notification subscriptions: which chat wants to hear of which task.
 *
 * A subscription starts at the newest event, so nothing old is replayed, and survives any number of
 * retries. It is over when its task is done or archived and everything before that was sent; then its
 * row goes, unless something could not be delivered: that stays visible until a person unsubscribes.
 *
 * @module
 */
import { all, type Board, run, write } from "../store/db.ts";
import { KanbanError } from "../errors.ts";
import { EVENT_KINDS, eventChain, type EventKind, latestEventId } from "../tasks/events.ts";
import { keyOf } from "../store/ids.ts";
import { optionalName, requireText } from "../input.ts";
import { stateOf } from "../tasks/task_rows.ts";

/** What identifies a subscription of a task. */
export interface SubscriptionKey {
  platform: string;
  chat_id: string;
  thread_id?: string | null;
}

/** A subscription and what became of its deliveries. */
export interface Subscription {
  task_id: string;
  platform: string;
  chat_id: string;
  thread_id: string | null;
  user_id: string | null;
  created_at: number;
  /** The newest event that was taken up for it. */
  last_event_id: number;
  /** Tries in a row that failed. */
  failures: number;
  /** When it was over; it is only kept because something could not be delivered. */
  ended_at: number | null;
  delivered: number;
  /** Events that wait to be sent, the one on its way included. */
  pending: number;
  /** When the next try is due; null when no notifier has taken anything up. */
  retry_at: number | null;
  /** Why the last try of what is first in line failed. */
  error: string | null;
  /** What was given up, oldest first. */
  failed: FailedDelivery[];
}

/** An event that never reached its chat. */
export interface FailedDelivery {
  event_id: number;
  /** Null when the event was garbage-collected since. */
  kind: EventKind | null;
  attempts: number;
  failed_at: number;
  error: string;
}

/** The kinds that a subscription covers, as the JSON array that queries take. */
export const COVERED_KINDS = JSON.stringify(
  (Object.keys(EVENT_KINDS) as EventKind[]).filter((kind) => EVENT_KINDS[kind].terminal),
);

/**
 * Subscribes a chat to a task, from now on; repeating it changes nothing but the user.
 *
 * @throws {KanbanError} `not_found`; `invalid`; `conflict` when the task is done or archived.
 */
export function subscribe(
  board: Board,
  taskId: string,
  key: SubscriptionKey & { user_id?: string | null },
): Subscription {
  const fields = checkKey(key);
  const user = optionalName(key.user_id, "user_id");
  return write(board, () => {
    const task = stateOf(board, taskId, "subscribe to");
    if (task.status === "done" || task.status === "archived") {
      throw new KanbanError(
        "conflict",
        `Cannot subscribe to task "${task.id}": it must be unfinished, it is ${task.status}`,
        `It would send no more messages; see the task with: kanban show ${task.id}`,
      );
    }
    const params = { taskKey: task.key, ...fields };
    // One that is over (its task was opened again) begins afresh.
    run(
      board,
      `DELETE FROM notify_subs WHERE task_key = $taskKey AND platform = $platform AND chat_id = $chat
       AND thread_id = $thread AND ended_at IS NOT NULL`,
      params,
    );
    run(
      board,
      `INSERT INTO notify_subs (task_key, platform, chat_id, thread_id, user_id, created_at, last_event_id)
       VALUES ($taskKey, $platform, $chat, $thread, $user, $now, $last)
       ON CONFLICT (task_key, platform, chat_id, thread_id) DO UPDATE SET user_id = coalesce($user, user_id)`,
      { ...params, user, now: board.now(), last: latestEventId(board) },
    );
    return listSubscriptions(board, taskId).find((sub) => isKey(sub, fields))!;
  });
}

/**
 * Ends a subscription with everything that is pending or failed. Returns false when it did not exist.
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
  // The whole table is read: rows go when their task is finished.
  const rows = all<Omit<Subscription, "failed"> & { failed: string }>(
    board,
    `SELECT t.id AS task_id, s.platform, s.chat_id, nullif(s.thread_id, '') AS thread_id, s.user_id, s.created_at,
       s.last_event_id, s.failures, s.ended_at,
       (SELECT count(*) FROM notify_deliveries d WHERE d.sub_id = s.id AND d.delivered_at IS NOT NULL) AS delivered,
       (SELECT count(*) FROM notify_deliveries d WHERE d.sub_id = s.id AND d.retry_at IS NOT NULL)
         + (SELECT count(*) FROM (${eventChain("t", "s.last_event_id")}
            WHERE s.ended_at IS NULL AND kind IN (SELECT value FROM json_each($kinds)))) AS pending,
       (SELECT d.retry_at FROM notify_deliveries d
        WHERE d.sub_id = s.id AND d.retry_at IS NOT NULL ORDER BY d.event_id LIMIT 1) AS retry_at,
       (SELECT d.error FROM notify_deliveries d
        WHERE d.sub_id = s.id AND d.retry_at IS NOT NULL ORDER BY d.event_id LIMIT 1) AS error,
       (SELECT json_group_array(json_object('event_id', d.event_id, 'kind', e.kind, 'attempts', d.attempts,
                'failed_at', d.failed_at, 'error', d.error) ORDER BY d.event_id)
        FROM notify_deliveries d LEFT JOIN task_events e ON e.id = d.event_id
        WHERE d.sub_id = s.id AND d.failed_at IS NOT NULL) AS failed
     FROM notify_subs s JOIN tasks t ON t.key = s.task_key
     WHERE $taskId IS NULL OR t.id = $taskId ORDER BY s.id`,
    { taskId: taskId ?? null, kinds: COVERED_KINDS },
  );
  return rows.map((row) => ({ ...row, failed: JSON.parse(row.failed) as FailedDelivery[] }));
}

type KeyFields = ReturnType<typeof checkKey>;

function isKey(sub: Subscription, { platform, chat, thread }: KeyFields): boolean {
  return sub.platform === platform && sub.chat_id === chat && (sub.thread_id ?? "") === thread;
}

function checkKey({ platform, chat_id, thread_id }: SubscriptionKey) {
  const name = (value: unknown, field: string) => optionalName(requireText(value, field), field)!.trim();
  return {
    platform: name(platform, "platform"),
    chat: name(chat_id, "chat_id"),
    thread: optionalName(thread_id, "thread_id")?.trim() ?? "",
  };
}
