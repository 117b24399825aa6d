/**
 * Deliveries: what has to be sent to whom, and who is sending it.
 *
 * An event is taken up once per subscription (the row), and each try is a claim on that row: a lease
 * with a number. A notifier that dies in mid-try loses the claim when it runs out; one that was only
 * slow finds the number moved on and changes nothing. So two notifiers never send the same thing at
 * the same time, and what a dead one left behind is tried again: a chat may see a message twice only
 * when its notifier died between sending and saying so.
 *
 * The deliveries of one subscription go out in the order of their events, one after the other.
 *
 * @module
 */
import { all, type Board, one, run, write } from "../store/db.ts";
import { eventChain, type Event, eventsAfter } from "../tasks/events.ts";
import type { Task } from "../schema.ts";
import { COVERED_KINDS } from "./subscriptions.ts";
import { getTask } from "../tasks/task_rows.ts";

/** Which platforms a notifier knows. No notifier knows any other name. */
export interface KnownPlatforms {
  /** Can send now. */
  ready: readonly string[];
  /** Known, but not configured: what is for them waits untouched. */
  waiting: readonly string[];
}

/** One try at sending one event to one chat. */
export interface Delivery {
  readonly sub_id: number;
  readonly event_id: number;
  /** The number of this try, from 1; the fence of everything that is recorded about it. */
  readonly attempt: number;
  readonly platform: string;
  readonly chat_id: string;
  readonly thread_id: string | null;
  readonly user_id: string | null;
  readonly task: Task;
  /** Null when it was garbage-collected before it could be sent. */
  readonly event: Event | null;
}

/**
 * Takes up the events that subscriptions have not seen yet, and ends the subscriptions that are over. A
 * delivery to an unknown platform fails at once.
 *
 * @param taskIds Only these tasks; default all.
 */
export function queueDeliveries(
  board: Board,
  { ready, waiting }: KnownPlatforms,
  taskIds: readonly string[] | null = null,
): void {
  const subs = subscriptionsOf(board, taskIds);
  if (subs.length === 0) return;
  const list = JSON.stringify(subs);
  write(board, () => {
    run(
      board,
      `INSERT INTO notify_deliveries (sub_id, event_id, retry_at, failed_at, error)
       SELECT s.id, e.id, iif(known.value IS NULL, NULL, $now), iif(known.value IS NULL, $now, NULL),
         iif(known.value IS NULL, 'no platform is named "' || s.platform || '"', NULL)
       FROM json_each($list) i JOIN notify_subs s ON s.id = i.value
       JOIN tasks t ON t.key = s.task_key
       JOIN task_events e ON e.id IN (${eventChain("t", "s.last_event_id")} WHERE kind IN (SELECT value FROM json_each($kinds)))
       LEFT JOIN json_each($ready) known ON known.value = s.platform
       WHERE s.ended_at IS NULL AND s.platform NOT IN (SELECT value FROM json_each($waiting))`,
      {
        list,
        now: board.now(),
        kinds: COVERED_KINDS,
        ready: JSON.stringify(ready),
        waiting: JSON.stringify(waiting),
      },
    );
    run(
      board,
      `UPDATE notify_subs SET last_event_id = max(last_event_id, coalesce(
         (SELECT max(d.event_id) FROM notify_deliveries d WHERE d.sub_id = notify_subs.id), 0))
       WHERE id IN (SELECT value FROM json_each($list))`,
      { list },
    );
    endFinished(board, list);
  });
}

/** When the next try of these platforms is due, or null when nothing is pending. `after`: the first one later than that. */
export function nextDelivery(board: Board, platforms: readonly string[], after = 0): number | null {
  return one<{ at: number | null }>(
    board,
    `SELECT min(d.retry_at) AS at FROM notify_deliveries d JOIN notify_subs s ON s.id = d.sub_id
     WHERE d.retry_at > $after AND d.retry_at IS NOT NULL
       AND s.platform IN (SELECT value FROM json_each($platforms))`,
    { after, platforms: JSON.stringify(platforms) },
  )!.at;
}

export interface ClaimRequest {
  /** How many tries each platform may begin; a platform that is missing begins none. */
  slots: ReadonlyMap<string, number>;
  /** Chats that are being sent to: one at a time each. */
  busy: readonly Pick<Delivery, "platform" | "chat_id">[];
  /** How long the claims last. It must be longer than any try. */
  leaseMs: number;
}

/** Claims tries that are due, at most one per chat. */
export function claimDeliveries(board: Board, { slots, busy, leaseMs }: ClaimRequest): Delivery[] {
  return write(board, () => {
    const free = new Map(slots);
    const claimed: Delivery[] = [];
    for (const due of dueDeliveries(board, [...slots.keys()], busy)) {
      const left = free.get(due.platform) ?? 0;
      if (left <= 0) continue;
      free.set(due.platform, left - 1);
      run(
        board,
        `UPDATE notify_deliveries SET attempts = attempts + 1, retry_at = $until
         WHERE sub_id = $sub_id AND event_id = $event_id`,
        { sub_id: due.sub_id, event_id: due.event_id, until: board.now() + leaseMs },
      );
      const { task_id, attempts, ...rest } = due;
      const event = eventsAfter(board, due.event_id - 1, { limit: 1 })[0];
      claimed.push({
        ...rest,
        attempt: attempts + 1,
        task: getTask(board, task_id),
        event: event?.id === due.event_id ? event : null,
      });
    }
    return claimed;
  });
}

/** Records that a try succeeded. Returns false when its claim expired and another notifier took it. */
export function recordDelivered(board: Board, delivery: Delivery): boolean {
  return write(board, () => {
    const changed = run(
      board,
      `UPDATE notify_deliveries SET delivered_at = $now, retry_at = NULL, error = NULL
       WHERE sub_id = $sub_id AND event_id = $event_id AND attempts = $attempt AND retry_at IS NOT NULL`,
      { ...fence(delivery), now: board.now() },
    );
    if (changed === 0) return false;
    run(board, "UPDATE notify_subs SET failures = 0 WHERE id = $sub_id", { sub_id: delivery.sub_id });
    endFinished(board, JSON.stringify([delivery.sub_id]));
    return true;
  });
}

/** What happens after a try failed. */
export interface FailedTry {
  error: string;
  /** Until the next try; null gives this delivery up. */
  retryMs: number | null;
  /** So many tries in a row that fail end the subscription. */
  failuresMax: number;
}

/**
 * Records that a try failed: it is repeated later, or given up, or its whole subscription is dropped
 * because the chat has not answered for too long. Null when another notifier took the claim.
 */
export function recordFailedTry(
  board: Board,
  delivery: Delivery,
  { error, retryMs, failuresMax }: FailedTry,
): "retried" | "failed" | "dropped" | null {
  return write(board, () => {
    const now = board.now();
    const changed = run(
      board,
      `UPDATE notify_deliveries SET error = $error, retry_at = $retryAt, failed_at = iif($retryAt IS NULL, $now, NULL)
       WHERE sub_id = $sub_id AND event_id = $event_id AND attempts = $attempt AND retry_at IS NOT NULL`,
      { ...fence(delivery), error, now, retryAt: retryMs === null ? null : now + Math.round(retryMs) },
    );
    if (changed === 0) return null;
    const { failures } = one<{ failures: number }>(
      board,
      "UPDATE notify_subs SET failures = failures + 1 WHERE id = $sub_id RETURNING failures",
      { sub_id: delivery.sub_id },
    )!;
    if (failures >= failuresMax) {
      drop(board, delivery.sub_id, `dropped after ${failures} failed tries in a row: ${error}`);
      return "dropped";
    }
    endFinished(board, JSON.stringify([delivery.sub_id]));
    return retryMs === null ? "failed" : "retried";
  });
}

/** Gives a claim back without a verdict: the next notifier retries at once. */
export function releaseDelivery(board: Board, delivery: Delivery): void {
  write(board, () =>
    run(
      board,
      `UPDATE notify_deliveries SET retry_at = $now
       WHERE sub_id = $sub_id AND event_id = $event_id AND attempts = $attempt AND retry_at IS NOT NULL`,
      { ...fence(delivery), now: board.now() },
    ),
  );
}

interface DueRow extends Omit<Delivery, "attempt" | "task" | "event"> {
  task_id: string;
  attempts: number;
}

/**
 * The first due delivery of each chat that is free. An earlier one of the same subscription goes first;
 * chats that failed last time come after all others, so that they never use up the slots.
 */
function dueDeliveries(board: Board, platforms: readonly string[], busy: ClaimRequest["busy"]): DueRow[] {
  return all<DueRow>(
    board,
    `SELECT sub_id, event_id, attempts, platform, chat_id, thread_id, user_id, task_id FROM (
       SELECT d.sub_id, d.event_id, d.attempts, d.retry_at, s.failures, s.platform, s.chat_id,
         nullif(s.thread_id, '') AS thread_id, s.user_id, t.id AS task_id,
         row_number() OVER (PARTITION BY s.platform, s.chat_id ORDER BY d.retry_at, d.event_id, d.sub_id) AS place
       FROM notify_deliveries d JOIN notify_subs s ON s.id = d.sub_id JOIN tasks t ON t.key = s.task_key
       WHERE d.retry_at IS NOT NULL AND d.retry_at <= $now
         AND s.platform IN (SELECT value FROM json_each($platforms))
         AND NOT EXISTS (SELECT 1 FROM json_each($busy) b
                         WHERE b.value ->> 'platform' = s.platform AND b.value ->> 'chat_id' = s.chat_id)
         AND NOT EXISTS (SELECT 1 FROM notify_deliveries o
                         WHERE o.sub_id = d.sub_id AND o.event_id < d.event_id AND o.retry_at IS NOT NULL))
     WHERE place = 1 ORDER BY failures > 0, retry_at, event_id, sub_id LIMIT 100`,
    {
      now: board.now(),
      platforms: JSON.stringify(platforms),
      busy: JSON.stringify(busy.map(({ platform, chat_id }) => ({ platform, chat_id }))),
    },
  );
}

function subscriptionsOf(board: Board, taskIds: readonly string[] | null): number[] {
  const rows =
    taskIds === null
      ? all<{ id: number }>(board, "SELECT id FROM notify_subs WHERE ended_at IS NULL")
      : all<{ id: number }>(
          board,
          `SELECT s.id FROM json_each($ids) i JOIN tasks t ON t.id = i.value
           JOIN notify_subs s ON s.task_key = t.key WHERE s.ended_at IS NULL`,
          { ids: JSON.stringify(taskIds) },
        );
  return rows.map(({ id }) => id);
}

/** Ends those whose task is finished and that have nothing left to send; only failures keep a row. */
function endFinished(board: Board, list: string): void {
  run(
    board,
    `UPDATE notify_subs AS s SET ended_at = $now
     WHERE s.id IN (SELECT value FROM json_each($list)) AND s.ended_at IS NULL
       AND EXISTS (SELECT 1 FROM tasks t WHERE t.key = s.task_key AND +t.status IN ('done', 'archived'))
       AND NOT EXISTS (SELECT 1 FROM notify_deliveries d WHERE d.sub_id = s.id AND d.retry_at IS NOT NULL)
       AND NOT EXISTS (SELECT 1 FROM tasks t WHERE t.key = s.task_key AND EXISTS (
         ${eventChain("t", "s.last_event_id")} WHERE kind IN (SELECT value FROM json_each($kinds))))`,
    { list, now: board.now(), kinds: COVERED_KINDS },
  );
  run(
    board,
    `DELETE FROM notify_subs WHERE id IN (SELECT value FROM json_each($list)) AND ended_at IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM notify_deliveries d WHERE d.sub_id = notify_subs.id AND d.failed_at IS NOT NULL)`,
    { list },
  );
}

/** Ends a subscription whose chat cannot be reached; what was pending is on the failed list. */
function drop(board: Board, subId: number, error: string): void {
  const params = { subId, now: board.now() };
  run(
    board,
    `UPDATE notify_deliveries SET error = $error, failed_at = $now, retry_at = NULL
     WHERE sub_id = $subId AND retry_at IS NOT NULL`,
    { ...params, error },
  );
  run(board, "UPDATE notify_subs SET ended_at = $now WHERE id = $subId", params);
}

function fence({ sub_id, event_id, attempt }: Delivery) {
  return { sub_id, event_id, attempt };
}
