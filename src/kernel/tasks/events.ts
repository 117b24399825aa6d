/**
 * The append-only event log: every kind, its payload, and who listens for it.
 *
 * One event per change of state, written in the same transaction after the rows. Nothing decides
 * state from the log: it is what people, streams and notifications read.
 *
 * @module
 */
import { type Board, all, one, run } from "../store/db.ts";
import type { HoldKind, Status, Task } from "../schema.ts";

/** The values that an act replaced. A text that was there is a revision instead, see `revisions.ts`. */
export type Was = Partial<Task> & { linked?: boolean };

/** What the event of an act keeps beside what it tells, so that it can be compared with, listed and undone. */
export type Kept = {
  /** Only what a person or an agent decided has it: no claim, no worker's completion, no consequence of another act. */
  was?: Was;
  /** The first event of the act that it belongs to, where that is another one. */
  act?: number;
  /** The event that it takes back. */
  undoes?: number;
  /** A worker did it. */
  worker?: true;
};

/** Payload of each kind. To add a kind, add it here; the compiler then asks for its row in EVENT_KINDS. */
export interface EventPayloads {
  created: { assignee: string | null; status: Status; parents: string[]; tenant: string | null; skills: string[] };
  promoted: Record<string, never>;
  claimed: { claimer: string; expires_at: number };
  completed: { result_len: number; summary: string | null } & Kept;
  review_requested: { result_len: number; summary: string | null };
  changes_requested: { reason: string } & Kept;
  approved: Kept;
  blocked: { reason: string | null } & Kept;
  /** Not blocked again, but put into triage: the same question, so many times in a row. */
  asked_again: { reason: string; times: number };
  unblocked: { status: Status } & Kept;
  archived: { from: Status } & Kept;
  restored: { status: Status } & Kept;
  /** A move was taken back. What undoes something else is an event of that kind. */
  undone: { from: Status; status: Status } & Kept;
  reopened: { from: Status; status: Status } & Kept;
  assigned: { assignee: string | null } & Kept;
  edited: { fields: string[] } & Kept;
  reprioritized: { priority: number } & Kept;
  status: { from: Status; status: Status } & Kept;
  linked: { parent: string; child: string } & Kept;
  unlinked: { parent: string; child: string } & Kept;
  commented: { author: string; len: number };
  /** A comment or a body has `@PERSON`; `text` is the line of it. */
  mentioned: { person: string; author: string; text: string };
  scheduled: { not_before: number | null } & Kept;
  spawned: { pid: number };
  heartbeat: { note: string | null };
  /** By a person, who holds the task with it. */
  stopped: Kept & { reason: string | null; claimer: string };
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
  created: { cluster: "lifecycle", terminal: false, neighbours: true },
  promoted: { cluster: "lifecycle", terminal: false },
  claimed: { cluster: "lifecycle", terminal: false },
  completed: { cluster: "lifecycle", terminal: true, neighbours: true },
  review_requested: { cluster: "lifecycle", terminal: true },
  changes_requested: { cluster: "lifecycle", terminal: false },
  approved: { cluster: "lifecycle", terminal: false, ends: true, neighbours: true },
  blocked: { cluster: "lifecycle", terminal: true },
  asked_again: { cluster: "lifecycle", terminal: true },
  unblocked: { cluster: "lifecycle", terminal: false },
  archived: { cluster: "lifecycle", terminal: false, ends: true, neighbours: true },
  restored: { cluster: "lifecycle", terminal: false, neighbours: true },
  undone: { cluster: "lifecycle", terminal: false, neighbours: true },
  reopened: { cluster: "lifecycle", terminal: false, neighbours: true },
  assigned: { cluster: "edits", terminal: false },
  edited: { cluster: "edits", terminal: false },
  reprioritized: { cluster: "edits", terminal: false },
  status: { cluster: "edits", terminal: false },
  linked: { cluster: "edits", terminal: false, neighbours: true },
  unlinked: { cluster: "edits", terminal: false, neighbours: true },
  commented: { cluster: "edits", terminal: false },
  mentioned: { cluster: "edits", terminal: true },
  scheduled: { cluster: "edits", terminal: false },
  spawned: { cluster: "worker", terminal: false },
  heartbeat: { cluster: "worker", terminal: false },
  stopped: { cluster: "lifecycle", terminal: false },
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
} as const satisfies { readonly [K in EventKind]: KindRow };

interface KindRow {
  readonly cluster: Cluster;
  readonly terminal: boolean;
  /** Ends the subscriptions of its task without a message of its own. */
  readonly ends?: true;
  /** Parents and children look different after it: what they wait for, or how far they are. */
  readonly neighbours?: true;
}

/** Whether notifications have to look at an event: they cover its kind, or it ends their subscription. */
export function concernsSubscriptions(kind: EventKind): boolean {
  const { terminal, ends }: KindRow = EVENT_KINDS[kind];
  return terminal || ends === true;
}

/** Whether the parents and children of its task look different after an event. */
export function concernsNeighbours(kind: EventKind): boolean {
  const { neighbours }: KindRow = EVENT_KINDS[kind];
  return neighbours === true;
}

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

/** The ids that the next event and the next run get. */
export interface NextIds {
  event: number;
  run: number;
}

/** Reads them from the newest event. Call it inside `write`: they are free until something is emitted. */
export function nextIds(board: Board): NextIds {
  const newest = one<{ id: number; run_seq: number }>(
    board,
    "SELECT id, run_seq FROM task_events WHERE id = (SELECT max(id) FROM task_events)",
  );
  return newest === null ? { event: 1, run: 1 } : { event: newest.id + 1, run: newest.run_seq + 1 };
}

/**
 * Appends one event. Call it inside the transaction that makes the change it reports; before that change where it
 * `moves` the task to another lane.
 *
 * @returns Its id.
 */
export function emit<K extends EventKind>(
  board: Board,
  kind: K,
  taskKey: number,
  runId: number | null,
  payload: EventPayloads[K],
  { moves = false } = {},
): number {
  const ids = nextIds(board);
  appendEvent(board, ids, { kind, taskKey, runId, payload, moves });
  run(board, "UPDATE tasks SET last_event_id = $id, events = events + 1 WHERE key = $taskKey", {
    id: ids.event,
    taskKey,
  });
  return ids.event;
}

/** An event that has no id yet. */
export interface NewEvent<K extends EventKind = EventKind> {
  kind: K;
  taskKey: number;
  /** A run that exists, or the one that gets the next id. */
  runId: number | null;
  payload: EventPayloads[K];
  /** The task leaves its lane with it: the change follows, before any other event. */
  moves?: boolean;
}

/**
 * Writes the row of an event. The caller makes it the newest one of its task, in the UPDATE that it makes anyway;
 * `emit` is for those that make none.
 */
export function appendEvent(
  board: Board,
  ids: NextIds,
  { kind, taskKey, runId, payload, moves = false }: NewEvent,
): void {
  // VALUES, since what a SELECT finds is gathered first in a table that has a trigger: twice the time.
  // A task that is just being created points at this event already, and comes from no lane.
  const isNew = kind === "created" ? 1 : 0;
  run(
    board,
    `INSERT INTO task_events (id, task_key, prev_id, run_id, kind, actor, payload, created_at, run_seq, was_lane)
     VALUES ($id, $taskKey, iif($isNew, NULL, (SELECT last_event_id FROM tasks WHERE key = $taskKey)),
       $runId, $kind, $actor, $payload, $at, $runSeq,
       CASE WHEN $isNew THEN 0 WHEN $moves THEN (SELECT lane FROM tasks WHERE key = $taskKey) END)`,
    {
      id: ids.event,
      taskKey,
      runId,
      kind,
      isNew,
      moves: moves ? 1 : 0,
      actor: board.actor,
      payload: JSON.stringify("was" in payload ? ofAct(board, ids.event, payload) : payload),
      at: board.now(),
      runSeq: Math.max(ids.run - 1, runId ?? 0),
    },
  );
}

/** The payload of an act's event, with what ties the events of one act together. */
function ofAct(board: Board, id: number, payload: Kept): Kept {
  const first = board.act?.first ?? null;
  if (board.act !== undefined && first === null) board.act.first = id;
  return {
    ...payload,
    ...(first === null ? {} : { act: first }),
    ...(board.act?.undoes === undefined ? {} : { undoes: board.act.undoes }),
    ...(board.fence === null ? {} : { worker: true }),
  };
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
  // Of one task its chain is read: among the events of all, its own may be few.
  const from =
    filter.task_id === undefined
      ? "task_events e JOIN tasks t ON t.key = e.task_key WHERE e.id > +$after AND $taskId IS NULL"
      : `tasks t JOIN task_events e ON e.id IN (${eventChain("t", "$after")}) WHERE t.id = +$taskId`;
  return all<EventRow>(
    board,
    `${SELECT_EVENT} FROM ${from}
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
    `${SELECT_EVENT} FROM tasks t JOIN task_events e ON e.id IN (
       ${eventChain("t")} WHERE id < $before LIMIT $limit + 0)
     WHERE t.id = +$taskId ORDER BY e.id`,
    { taskId, before: page.before ?? Number.MAX_SAFE_INTEGER, limit: page.limit ?? 50 },
  ).map(asEvent);
}

/** The select list of an event `e` of a task `t`, for `asEvent`. */
export const SELECT_EVENT = "SELECT e.id, t.id AS task_id, e.run_id, e.kind, e.actor, e.payload, e.created_at";

/**
 * A query for the ids and kinds of a task's events, newest first, for a statement in which the task has this alias.
 * The chain ends where gc has been. A WHERE and a LIMIT may follow: no more of it is read than they take.
 *
 * @param after Only events with a greater id than this expression gives.
 */
export function eventChain(task: string, after = "0"): string {
  return chainFrom(`${task}.last_event_id`, after);
}

/** The same for the events before one of that alias. */
export function eventsBefore(event: string): string {
  return chainFrom(`${event}.prev_id`, "0");
}

function chainFrom(head: string, after: string): string {
  return `WITH RECURSIVE chain (id, prev_id, kind) AS (
    SELECT id, prev_id, kind FROM task_events WHERE id = ${head} AND id > ${after}
    UNION ALL SELECT o.id, o.prev_id, o.kind FROM chain c JOIN task_events o ON o.id = c.prev_id WHERE o.id > ${after}
  ) SELECT id FROM chain`;
}

/** The id of the newest event on the board, 0 if none. A cursor that starts "now". */
export function latestEventId(board: Board): number {
  return one<{ id: number }>(board, "SELECT coalesce(max(id), 0) AS id FROM task_events")!.id;
}

/** An event as it is stored. */
export type EventRow = Omit<Event, "payload"> & { payload: string };

/** A stored event as callers see it. */
export function asEvent(row: EventRow): Event {
  return { ...row, payload: JSON.parse(row.payload) } as Event;
}
