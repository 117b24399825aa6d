/**
 * The history of a task: who replaced what, when, and with what; and the way back to what was replaced.
 *
 * Each change is an event of an act with the values before and after. What was before is in the event, or for a text
 * in its revision; what came after is what the next change replaced, or what is there now. Revisions outlive the
 * events that gc removes: their changes are listed without a kind.
 *
 * ```ts
 * const board = openBoard(":memory:");
 * const { task } = createTask(board, { title: "Translate README" });
 * editTask(board, task.id, { title: "Translate it" });
 * const [change] = taskHistory(board, task.id).changes;
 * if (change!.fields[0]!.was !== "Translate README") throw new Error("a replaced text is kept");
 * restoreFields(board, task.id, change!.event_id);
 * if (getTask(board, task.id).title !== "Translate README") throw new Error("and can be put back");
 * ```
 *
 * @module
 */
import { all, type Board, read, write } from "../store/db.ts";
import { KanbanError } from "../errors.ts";
import { asEvent, type Event, eventChain, type EventKind, type EventRow, SELECT_EVENT } from "../tasks/events.ts";
import { type EditBase, eventsSince, fieldsOf, statusAfter, valueBefore } from "../tasks/changes/edit_base.ts";
import { nextRevision, type Revision, revisionsOf } from "../store/revisions.ts";
import { type PatchInput, patchTask } from "../tasks/patch.ts";
import { type Json, type Task, TEXT_FIELDS, type TextField } from "../schema.ts";
import { type KeyedRow, stateOf, taskOf } from "../tasks/task_rows.ts";

/** One field of a change. A side that is not known is left out: older programs did not keep it. */
export interface FieldChange {
  /** Of the task; `parent` for a dependency that was added (was null) or removed (now null). */
  field: string;
  was?: Json | undefined;
  now?: Json | undefined;
}

export interface Change {
  /** What `restoreFields` and the edit base take. */
  event_id: number;
  /** Null where gc has removed the event: the texts that it replaced are left. */
  kind: EventKind | null;
  by: string;
  at: number;
  /** A worker did it. */
  worker: boolean;
  fields: FieldChange[];
}

/** Bytes of text, roughly, after which a page ends. */
const PAGE_TEXT = 2 * 1024 * 1024;

/**
 * The newest changes of a task, newest first. A page has at most `limit` (50) of them, and ends earlier where the texts
 * in it are long; `older` is the `before` of the next page, or null.
 *
 * @throws {KanbanError} `not_found`.
 */
export function taskHistory(
  board: Board,
  id: string,
  { limit = 50, before = Number.MAX_SAFE_INTEGER }: { limit?: number | undefined; before?: number | undefined } = {},
): { changes: Change[]; older: number | null } {
  return read(board, () => {
    const task = stateOf(board, id, "find");
    const events = actsBefore(board, task, before, limit + 1);
    const newer = eventsSince(board, task, before - 1).events.filter((event) => fieldsOf(event).length > 0);
    const changes: Change[] = [];
    let length = 0;
    for (const change of changesOf(board, task, events, newer, before)) {
      if (changes.length === limit || (length > PAGE_TEXT && changes.length > 0)) {
        return { changes, older: changes.at(-1)!.event_id };
      }
      changes.push(change);
      for (const { was, now } of change.fields) length += lengthOf(was) + lengthOf(now);
    }
    return { changes, older: null };
  });
}

/**
 * Gives the fields that a change replaced the values that they had before it, as a new edit.
 *
 * @param eventId The `event_id` of the change.
 * @throws {KanbanError} `not_found` when the task has no such change; `refused` when it replaced nothing that an edit
 * can set; `conflict` as `patchTask`.
 */
export function restoreFields(board: Board, id: string, eventId: number, { base }: EditBase = {}): Task {
  return write(board, () => {
    const task = stateOf(board, id, "find");
    const [change] = changesOf(board, task, actsBefore(board, task, eventId + 1, 1), [], eventId + 1);
    if (change?.event_id !== eventId) {
      throw new KanbanError(
        "not_found",
        `Cannot restore what event ${eventId} replaced in task "${id}": it has no such change`,
        `List its changes with: kanban history ${id}`,
      );
    }
    const patch = Object.fromEntries(
      change.fields.flatMap(({ field, was }) => (was === undefined || !isEditable(field) ? [] : [[field, was]])),
    ) as PatchInput;
    if (patch.workspace_kind === "scratch") delete patch.workspace_path; // A scratch workspace gets its place by itself.
    if (Object.keys(patch).length > 0) return patchTask(board, id, patch, { base });
    throw new KanbanError(
      "refused",
      `Cannot restore what event ${eventId} replaced in task "${id}": it must be something that an edit can set, it is ${change.fields.map(({ field }) => field).join(", ") || "nothing"}`,
      `Print it with: kanban history ${id}`,
    );
  });
}

const isEditable = (field: string) => field !== "status" && field !== "result" && field !== "parent";

/** Changes newest first: those of the events, then those of which only texts are left. */
function* changesOf(
  board: Board,
  task: KeyedRow,
  events: readonly Event[],
  newer: readonly Event[],
  before: number,
): Generator<Change> {
  const later = [...newer]; // Oldest first.
  for (const event of events) {
    const texts = revisionsOf(board, task.key, event.id);
    yield {
      event_id: event.id,
      kind: event.kind,
      by: event.actor,
      at: event.created_at,
      worker: "worker" in event.payload,
      fields: fieldChanges(board, task, event, texts, later),
    };
    later.unshift(event);
  }
  const kept = all<{ event_id: number }>(
    board,
    `SELECT DISTINCT event_id FROM task_revisions r WHERE task_key = $key AND event_id < $before
       AND NOT EXISTS (SELECT 1 FROM task_events WHERE id = r.event_id) ORDER BY event_id DESC`,
    { key: task.key, before: Math.min(before, events.at(-1)?.id ?? before) },
  );
  for (const { event_id } of kept) {
    const texts = revisionsOf(board, task.key, event_id);
    const [{ replaced_by, replaced_at }] = texts as [Revision];
    const fields = texts.map(({ field, text }) => ({ field, was: text, now: textAfter(board, task, event_id, field) }));
    yield { event_id, kind: null, by: replaced_by, at: replaced_at, worker: false, fields };
  }
}

/** The events of a task that replaced something, newest first. */
function actsBefore(board: Board, task: KeyedRow, before: number, limit: number): Event[] {
  return all<EventRow>(
    board,
    `${SELECT_EVENT} FROM tasks t JOIN task_events e ON e.id IN (${eventChain("t")} WHERE id < $before)
     WHERE t.key = +$key AND (e.payload -> '$.was' IS NOT NULL OR e.kind IN (${REPLACING}))
     ORDER BY e.id DESC LIMIT $limit + 0`,
    { key: task.key, before, limit },
  ).map(asEvent);
}

/** Kinds that always replace something, also in events of programs that did not keep what. */
const REPLACING = "'edited', 'assigned', 'reprioritized', 'scheduled', 'linked', 'unlinked'";

function fieldChanges(
  board: Board,
  task: KeyedRow,
  event: Event,
  texts: readonly Revision[],
  later: readonly Event[],
): FieldChange[] {
  if (event.kind === "linked") return [{ field: "parent", was: null, now: event.payload.parent }];
  if (event.kind === "unlinked") return [{ field: "parent", was: event.payload.parent, now: null }];
  const fields = fieldsOf(event).map((field): FieldChange => {
    const [was, now] = [valueBefore(event, field, texts), valueAfter(board, task, event, field, later)];
    return { field, ...(was === undefined ? {} : { was }), ...(now === undefined ? {} : { now }) };
  });
  const result = texts.find(({ field }) => field === "result");
  if (result === undefined) return fields;
  const isFinished = ["done", "review"].includes(statusAfter(event) ?? "");
  return [
    ...fields,
    { field: "result", was: result.text, now: isFinished ? textAfter(board, task, event.id, "result") : null },
  ];
}

function valueAfter(
  board: Board,
  task: KeyedRow,
  event: Event,
  field: string,
  later: readonly Event[],
): Json | undefined {
  if (field === "status") return statusAfter(event);
  const next = later.find((other) => fieldsOf(other).includes(field));
  if (next === undefined) return taskOf(task)[field as keyof Task];
  return valueBefore(next, field, isText(field) ? revisionsOf(board, task.key, next.id) : []);
}

/** A text after an event of which only its revisions are left. */
function textAfter(board: Board, task: KeyedRow, eventId: number, field: TextField): string | null {
  return nextRevision(board, task.key, eventId, field) ?? task[field];
}

const isText = (field: string) => TEXT_FIELDS.some((text) => text === field);

function lengthOf(value: Json | undefined): number {
  return typeof value === "string" ? value.length : 0;
}
