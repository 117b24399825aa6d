/**
 * The append-only event log: every kind, its payload, and who listens for it.
 *
 * One event per change of state, written in the same transaction after the rows. Nothing decides
 * state from the log: it is what people, streams and notifications read.
 *
 * @module
 */
import { type Board, all, one, run } from "./db.ts";
import type { HoldKind, Status } from "./schema.ts";

/** Payload of each kind. To add a kind, add it here; the compiler then asks for its row in EVENT_KINDS. */
export interface EventPayloads {
  created: { assignee: string | null; status: Status; parents: string[]; tenant: string | null; skills: string[] };
  promoted: Record<string, never>;
  claimed: { claimer: string; expires_at: number };
  completed: { result_len: number; summary: string | null };
  review_requested: { result_len: number; summary: string | null };
  changes_requested: { reason: string };
  approved: Record<string, never>;
  blocked: { reason: string | null };
  /** Not blocked again, but put into triage: the same question, so many times in a row. */
  asked_again: { reason: string; times: number };
  unblocked: { status: Status };
  archived: { from: Status };
  reopened: { from: Status; status: Status };
  assigned: { assignee: string | null };
  edited: { fields: string[] };
  reprioritized: { priority: number };
  status: { from: Status; status: Status };
  linked: { parent: string; child: string };
  unlinked: { parent: string; child: string };
  commented: { author: string; len: number };
  scheduled: { not_before: number | null };
  spawned: { pid: number };
  heartbeat: { note: string | null };
  reclaimed: { reason: string; claimer: string };
  crashed: { pid: number | null; exit_code: number | null; signal: string | null; log_tail: string; error: string };
  /** `last_words`: what its agent said last. Events of older programs lack it, and `error`. */
  abandoned: { pid: number | null; exit_code: 0; log_tail: string; error?: string; last_words?: string };
  rate_limited: { until: number };
  /** The run met a fault of something that tasks share; what is done about it is a matter of its hold. */
  unavailable: { kind: HoldKind; key: string; error: string };
  /** Nothing is claimed for a shared thing: until then, or (null) until something changes. On the task that met it. */
  held: { kind: HoldKind; key: string; reason: string; until: number | null };
  /** `by`: `probe`, `change`, or who released it. */
  released: { kind: HoldKind; key: string; by: string };
  /** `silent`: not the run's time was over, but it showed no sign of life for so long. */
  timed_out: {
    pid: number | null;
    elapsed_seconds: number;
    limit_seconds: number;
    sigkill: boolean;
    silent?: boolean;
    error?: string;
  };
  spawn_failed: { error: string; failures: number };
  gave_up: { error: string; failures: number; last_words?: string };
  /** Ready for ten minutes for an assignee that is no profile; `meant`: the profile that probably was. */
  stranded: { assignee: string; meant: string | null };
  adopted: { pid: number };
}
export type EventKind = keyof EventPayloads;
export type Cluster = "lifecycle" | "edits" | "worker";

/**
 * `cluster` groups the kinds in `watch --kinds` and in the README; `terminal` kinds are what a
 * notification subscription covers.
 */
export const EVENT_KINDS = {
  created: { cluster: "lifecycle", terminal: false },
  promoted: { cluster: "lifecycle", terminal: false },
  claimed: { cluster: "lifecycle", terminal: false },
  completed: { cluster: "lifecycle", terminal: true },
  review_requested: { cluster: "lifecycle", terminal: true },
  changes_requested: { cluster: "lifecycle", terminal: false },
  approved: { cluster: "lifecycle", terminal: false },
  blocked: { cluster: "lifecycle", terminal: true },
  asked_again: { cluster: "lifecycle", terminal: true },
  unblocked: { cluster: "lifecycle", terminal: false },
  archived: { cluster: "lifecycle", terminal: false },
  reopened: { cluster: "lifecycle", terminal: false },
  assigned: { cluster: "edits", terminal: false },
  edited: { cluster: "edits", terminal: false },
  reprioritized: { cluster: "edits", terminal: false },
  status: { cluster: "edits", terminal: false },
  linked: { cluster: "edits", terminal: false },
  unlinked: { cluster: "edits", terminal: false },
  commented: { cluster: "edits", terminal: false },
  scheduled: { cluster: "edits", terminal: false },
  spawned: { cluster: "worker", terminal: false },
  heartbeat: { cluster: "worker", terminal: false },
  reclaimed: { cluster: "worker", terminal: false },
  crashed: { cluster: "worker", terminal: true },
  abandoned: { cluster: "worker", terminal: true },
  rate_limited: { cluster: "worker", terminal: false },
  unavailable: { cluster: "worker", terminal: false },
  held: { cluster: "worker", terminal: true },
  released: { cluster: "worker", terminal: false },
  timed_out: { cluster: "worker", terminal: true },
  spawn_failed: { cluster: "worker", terminal: false },
  gave_up: { cluster: "worker", terminal: true },
  stranded: { cluster: "worker", terminal: true },
  adopted: { cluster: "worker", terminal: false },
} as const satisfies { readonly [K in EventKind]: { readonly cluster: Cluster; readonly terminal: boolean } };

/** The kinds that a notification subscription covers. */
export type TerminalKind = {
  [K in EventKind]: (typeof EVENT_KINDS)[K]["terminal"] extends true ? K : never;
}[EventKind];

/** One event as every surface prints it. `run_id` is null when the event is not about a run. */
export type Event = {
  [K in EventKind]: {
    id: number;
    task_id: string;
    run_id: number | null;
    kind: K;
    actor: string;
    payload: EventPayloads[K];
    created_at: number;
  };
}[EventKind];

/** Appends one event. Call it inside the transaction that made the change it reports. */
export function emit<K extends EventKind>(
  board: Board,
  kind: K,
  taskKey: number,
  runId: number | null,
  payload: EventPayloads[K],
): void {
  run(
    board,
    `INSERT INTO task_events (task_key, run_id, kind, actor, payload, created_at)
     VALUES ($taskKey, $runId, $kind, $actor, $payload, $at)`,
    { taskKey, runId, kind, actor: board.actor, payload: JSON.stringify(payload), at: board.now() },
  );
}

export interface EventFilter {
  limit?: number;
  /** One task only. */
  task_id?: string;
  assignee?: string;
  tenant?: string;
  kinds?: readonly EventKind[];
}

/** Events with an id greater than `after`, oldest first, at most `limit` (1,000). */
export function eventsAfter(board: Board, after: number, filter: EventFilter = {}): Event[] {
  return all<EventRow>(
    board,
    `SELECT e.id, t.id AS task_id, e.run_id, e.kind, e.actor, e.payload, e.created_at
     FROM task_events e JOIN tasks t ON t.key = e.task_key
     WHERE e.id > +$after
       AND ($taskId IS NULL OR e.task_key = (SELECT key FROM tasks WHERE id = $taskId))
       AND ($assignee IS NULL OR t.assignee = $assignee)
       AND ($tenant IS NULL OR t.tenant = $tenant)
       AND ($kinds IS NULL OR e.kind IN (SELECT value FROM json_each($kinds)))
     ORDER BY e.id LIMIT $limit + 0`,
    {
      after,
      taskId: filter.task_id ?? null,
      assignee: filter.assignee ?? null,
      tenant: filter.tenant ?? null,
      kinds: filter.kinds === undefined ? null : JSON.stringify(filter.kinds),
      limit: filter.limit ?? 1_000,
    },
  ).map(asEvent);
}

/** The newest events of a task, oldest first. `before` pages back: only events with a smaller id. */
export function taskEvents(board: Board, taskId: string, page: { limit?: number; before?: number } = {}): Event[] {
  return all<EventRow>(
    board,
    `SELECT e.id, t.id AS task_id, e.run_id, e.kind, e.actor, e.payload, e.created_at
     FROM tasks t JOIN task_events e ON e.task_key = t.key
     WHERE t.id = +$taskId AND ($before IS NULL OR e.id < $before)
     ORDER BY e.id DESC LIMIT $limit + 0`,
    { taskId, before: page.before ?? null, limit: page.limit ?? 50 },
  )
    .reverse()
    .map(asEvent);
}

/** The id of the newest event on the board, 0 when there is none. A cursor that starts "now". */
export function latestEventId(board: Board): number {
  return one<{ id: number }>(board, "SELECT coalesce(max(id), 0) AS id FROM task_events")!.id;
}

type EventRow = Omit<Event, "payload"> & { payload: string };

function asEvent(row: EventRow): Event {
  return { ...row, payload: JSON.parse(row.payload) } as Event;
}
