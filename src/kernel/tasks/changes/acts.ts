/**
 * Acts: what a person did in one go, and may take back for ten minutes.
 *
 * An act is one event, or several that name the first of them: an edit of title and priority, a bulk action. Only events
 * that keep what they replaced can be undone; claims, completions of workers and consequences (a child that became
 * ready) do not.
 *
 * @module
 */
import { all, type Board, each, one } from "../../store/db.ts";
import { KanbanError } from "../../errors.ts";
import { asEvent, type Event, type EventRow, type Kept, SELECT_EVENT } from "../events.ts";

/** How long an act can be undone. */
const UNDO_MS = 600_000;

/** An act on one task or many. */
export interface Act {
  /** The id of its first event. */
  id: number;
  by: string;
  at: number;
  /** What was done, for the words "undid …": "the move". */
  what: string;
  /** The tasks that it changed, in order. */
  task_ids: string[];
}

/**
 * The act that an event began, or belongs to.
 *
 * @throws {KanbanError} `not_found` when the event is none of an act; `refused` when its time is over, or a worker did it.
 */
export function getAct(board: Board, eventId: number): Act {
  const event = eventOf(board, eventId);
  const id = event === null ? null : actIdOf(event);
  if (event === null || id === null) {
    throw new KanbanError(
      "not_found",
      `Cannot undo event ${eventId}: it must be one of a person's act, ${event === null ? "there is no such event" : `it is ${event.kind}`}`,
      "See what can be undone with: kanban undo --dry-run",
    );
  }
  const first = eventOf(board, id) ?? event;
  refuseOthers(board, first);
  // The events since are those of ten minutes at most.
  const task_ids = all<{ task_id: string }>(
    board,
    `SELECT DISTINCT t.id AS task_id FROM task_events e JOIN tasks t ON t.key = e.task_key
     WHERE e.id >= +$id AND (e.id = $id OR e.payload ->> '$.act' = $id) ORDER BY e.id`,
    { id },
  ).map((row) => row.task_id);
  return { id, by: first.actor, at: first.created_at, what: deedOf(first), task_ids };
}

/**
 * The newest act of this person that can be undone and was not: null when there is none. What only took back another
 * act is passed over, so that asking again goes further back.
 *
 * @param taskId Of one task only.
 */
export function newestAct(
  board: Board,
  { by = board.actor, taskId }: { by?: string; taskId?: string | undefined },
): Act | null {
  const since = board.now() - UNDO_MS;
  const undone = new Set<number>();
  // From the newest on, and no further than ten minutes back.
  const rows = each<EventRow>(
    board,
    `${SELECT_EVENT} FROM task_events e JOIN tasks t ON t.key = e.task_key ORDER BY e.id DESC`,
  );
  for (const row of rows) {
    if (row.created_at < since) return null;
    if (!row.payload.includes('"was"')) continue;
    const event = asEvent(row);
    const { undoes, worker } = keptOf(event);
    if (undoes !== undefined && !undone.has(event.id)) undone.add(undoes);
    const mine = event.actor === by && worker === undefined && undoes === undefined && !undone.has(event.id);
    if (mine && actIdOf(event) !== null && (taskId === undefined || event.task_id === taskId)) {
      return getAct(board, event.id);
    }
  }
  return null;
}

/** The act of an event: null for one that cannot be undone. */
export function actIdOf(event: Event): number | null {
  const { was, act } = keptOf(event);
  return was === undefined ? null : (act ?? event.id);
}

export function keptOf(event: Event): Kept {
  return event.payload as Kept;
}

/**
 * Refuses what is too long ago, and what was not done by the same kind of caller.
 *
 * @throws {KanbanError} `refused`.
 */
export function refuseOthers(board: Board, event: Event): void {
  const ms = board.now() - event.created_at;
  const what = `Cannot undo ${deedOf(event)} of task "${event.task_id}"`;
  if (ms > UNDO_MS) {
    throw new KanbanError(
      "refused",
      `${what}: it must be at most ${UNDO_MS / 60_000} minutes old, it is ${ago(ms)}`,
      `A text can still be put back, see: kanban history ${event.task_id}`,
    );
  }
  if ((keptOf(event).worker ?? false) === (board.fence !== null)) return;
  throw new KanbanError(
    "refused",
    `${what}: a person must have done it, it was ${event.actor}${keptOf(event).worker ? ", a worker" : ""}`,
    `See what changed with: kanban history ${event.task_id}`,
  );
}

function eventOf(board: Board, id: number): Event | null {
  const row = one<EventRow>(
    board,
    `${SELECT_EVENT} FROM task_events e JOIN tasks t ON t.key = e.task_key WHERE e.id = +$id`,
    { id },
  );
  return row === null ? null : asEvent(row);
}

/** What an event did, as a noun. */
export function deedOf(event: Event): string {
  return keptOf(event).undoes === undefined ? (DEEDS[event.kind] ?? "the change") : "the undo";
}

const DEEDS: Partial<Record<Event["kind"], string>> = {
  completed: "the completion",
  changes_requested: "the request for changes",
  approved: "the approval",
  blocked: "the block",
  unblocked: "the unblocking",
  archived: "the archiving",
  restored: "the restoring",
  stopped: "the stop",
  reopened: "the move",
  status: "the move",
  assigned: "the assignment",
  edited: "the edit",
  reprioritized: "the change of priority",
  scheduled: "the change of start",
  linked: "the link",
  unlinked: "the unlinking",
};

/** A while ago, in words. */
export function ago(ms: number): string {
  return ms < 60_000 ? "just now" : `${Math.floor(ms / 60_000)} min ago`;
}
