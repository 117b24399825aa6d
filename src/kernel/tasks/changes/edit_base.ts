/**
 * The base of an edit: the event that it was made from, and what other changes replaced since.
 *
 * The events of acts keep the small values that they replaced (`was`), and a replaced text is a revision under the id
 * of that event. So an edit that names its base is not written over what somebody else wrote meanwhile: it is refused
 * with both texts. Two edits of different fields are no conflict.
 *
 * ```ts
 * const board = openBoard(":memory:");
 * const { task } = createTask(board, { title: "Translate README" });
 * const base = task.last_event_id;
 * editTask(board, task.id, { title: "Translate README to German" }, { base });
 * assertThrows(() => editTask(board, task.id, { title: "Translate it" }, { base }), "conflict");
 * editTask(board, task.id, { priority: 2 }, { base }); // Another field.
 * ```
 *
 * @module
 */
import { all, type Board } from "../../store/db.ts";
import { type FieldConflict, KanbanError } from "../../errors.ts";
import { asEvent, type Event, eventChain, type EventRow, latestEventId, SELECT_EVENT } from "../events.ts";
import { invalid, requireInteger } from "../../input.ts";
import { type Revision, revisionsAfter } from "../../store/revisions.ts";
import type { Json, Status, Task } from "../../schema.ts";
import { type KeyedRow, taskOf } from "../task_rows.ts";
import { TRANSITIONS } from "../state_machine.ts";

/** Where an edit comes from. */
export interface EditBase {
  /**
   * The newest event of the task when the edit was begun: `last_event_id` of the task as it was read. Left out: the
   * edit replaces whatever is there.
   */
  base?: number | undefined;
}

/**
 * Refuses an edit of what another change replaced since its base. A field that has the given value already, or again
 * the one of the base, is no conflict: nothing would be lost. Where gc has removed events since, nothing is known of
 * what happened, so each field that would change is one.
 *
 * @param given The fields that are about to be set.
 * @throws {KanbanError} `conflict`, with both sides of each such field; `invalid` for a base that is no event.
 */
export function requireUnchanged(board: Board, task: KeyedRow, given: Partial<Task>, base: number | undefined): void {
  if (base === undefined || task.last_event_id <= checkBase(board, base)) return;
  const conflicts = conflictsSince(board, task, given, base);
  const [first, ...others] = conflicts;
  if (first === undefined) return;
  const found =
    first.by === null
      ? "what happened since is no longer known"
      : `${first.by} changed it with event ${first.event_id}`;
  const more = others.length === 0 ? "" : `; so it is with ${others.map(({ field }) => field).join(", ")}`;
  throw new KanbanError(
    "conflict",
    `Cannot edit task "${task.id}": its ${first.field} must be as it was at event ${base}, ${found}${more}`,
    `See what changed with: kanban history ${task.id}. What is there now can be replaced from event ${task.last_event_id}`,
    undefined,
    conflicts,
  );
}

function checkBase(board: Board, base: number): number {
  requireInteger(base, "base", { min: 0, max: Number.MAX_SAFE_INTEGER });
  const latest = latestEventId(board);
  if (base > latest) throw invalid("base", `the id of an event of this board, at most ${latest}`, String(base));
  return base;
}

function conflictsSince(board: Board, task: KeyedRow, given: Partial<Task>, base: number): FieldConflict[] {
  const { events, whole } = eventsSince(board, task, base);
  const texts = revisionsAfter(board, task.key, base);
  const now = taskOf(task);
  const conflicts: FieldConflict[] = [];
  for (const field of Object.keys(given) as (keyof Task)[]) {
    if (same(now[field], given[field])) continue;
    const replacing = events.filter((event) => fieldsOf(event).includes(field));
    if (replacing.length === 0 && whole) continue;
    const before = whole ? valueBefore(replacing[0]!, field, texts) : undefined;
    if (before !== undefined && same(before, now[field])) continue;
    const last = replacing.at(-1);
    conflicts.push({
      field,
      ...(before === undefined ? {} : { base: before }),
      now: now[field] as Json,
      by: last?.actor ?? null,
      at: last?.created_at ?? null,
      event_id: last?.id ?? null,
    });
  }
  return conflicts;
}

/** The events of a task after one, oldest first, and whether those are all: gc removes old ones of finished tasks. */
export function eventsSince(board: Board, task: KeyedRow, after: number): { events: Event[]; whole: boolean } {
  const rows = all<EventRow & { prev_id: number | null }>(
    board,
    `${SELECT_EVENT}, e.prev_id FROM tasks t JOIN task_events e ON e.id IN (${eventChain("t", "$after")})
     WHERE t.key = +$key ORDER BY e.id`,
    { key: task.key, after },
  );
  const [oldest] = rows;
  // Each event names the one before it, also when that is gone; after an import only the one of its creation is the first.
  const missing =
    oldest === undefined ? task.last_event_id : (oldest.prev_id ?? (oldest.kind === "created" ? 0 : oldest.id - 1));
  return { events: rows.map(({ prev_id: _, ...row }) => asEvent(row)), whole: missing <= after };
}

/** What a field was before an event that replaced it; undefined where that is not known. */
export function valueBefore(event: Event, field: string, texts: readonly Revision[]): Json | undefined {
  const text = texts.find((each) => each.event_id === event.id && each.field === field);
  if (text !== undefined) return text.text;
  const { was, from } = event.payload as { was?: Record<string, Json>; from?: Status };
  return was?.[field] ?? (field === "status" ? (from ?? STATUS_BEFORE.get(event.kind)) : was?.[field]);
}

/** The fields that an event of an act replaced; each transition replaces the status. */
export function fieldsOf(event: Event): readonly string[] {
  switch (event.kind) {
    case "edited":
      return event.payload.fields;
    case "reprioritized":
      return ["priority"];
    case "scheduled":
      return ["not_before"];
    case "assigned":
      return ["assignee"];
    default:
      return MOVING.has(event.kind) ? ["status"] : [];
  }
}

const ROWS = Object.values(TRANSITIONS).map((row) => ({ ...row, from: row.from as readonly Status[] }));
const MOVING: ReadonlySet<string> = new Set(ROWS.map(({ event }) => event));
/** Of the kinds that are emitted from one status alone. */
const STATUS_BEFORE: ReadonlyMap<string, Status> = new Map(
  [...Map.groupBy(ROWS, ({ event }) => event)].flatMap(([event, rows]) => {
    const from = new Set(rows.flatMap((row) => row.from));
    return from.size === 1 ? [[event, [...from][0]!] as const] : [];
  }),
);

/** The status that an event led to; undefined for one that led to none. */
export function statusAfter(event: Event): Status | undefined {
  const { status } = event.payload as { status?: Status };
  return status ?? STATUS_AFTER.get(event.kind);
}

/** Where the kinds lead that do not say it. */
const STATUS_AFTER: ReadonlyMap<string, Status> = new Map(ROWS.map(({ event, to }) => [event, to[0]]));

/** Whether two values of a field are the same. */
export function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
