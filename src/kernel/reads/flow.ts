/**
 * Cumulative flow: how many tasks stood in each status, day by day.
 *
 * Nothing stores that. It is the counts of now with the changes of status taken back one by one, from
 * the newest event to the oldest one read.
 *
 * @module
 */
import { all, type Board, one } from "../store/db.ts";
import { type EventKind, eventsBefore } from "../tasks/events.ts";
import { type Filter, narrowedBy, narrowing, viewTotals } from "./filter.ts";
import type { Status } from "../schema.ts";
import { TRANSITIONS } from "../tasks/state_machine.ts";

const DAY = 86_400_000;
/** Events looked at, at most; where they do not reach back far enough, days are left out. */
const EVENTS_MAX = 20_000;

export interface FlowPoint {
  at: number;
  counts: Partial<Record<Status, number>>;
}

export interface FlowOptions {
  days: number;
  filter?: Filter;
  /** When the board began; before it nothing is shown. */
  first?: number | null;
}

/**
 * The counts at the end of each of the last `days` days, oldest first; a day ends at this time of day. On a board that
 * is younger it begins with the board, in steps of hours or minutes while that is at most three days ago.
 */
export function cumulativeFlow(board: Board, { days, filter = {}, first = null }: FlowOptions): FlowPoint[] {
  const now = board.now();
  const { steps, reach } = statusSteps(board, filter, now - days * DAY);
  const counts = viewTotals(board, filter);
  const flow: FlowPoint[] = [];
  const instants = instantsOf(now, days, first);
  const recordUntil = (at: number) => {
    while (flow.length < instants.length && instants[flow.length]! >= at) {
      const instant = instants[flow.length]!;
      flow.unshift({ at: first === null ? instant : Math.max(instant, first), counts: { ...counts } });
    }
  };
  for (const { at, from, to } of steps.reverse()) {
    recordUntil(at);
    counts[to] = Math.max(0, counts[to] - 1);
    if (from !== null) counts[from]++;
  }
  recordUntil(reach);
  return flow;
}

/** Steps of a board that is younger than three days. */
const YOUNG_STEPS = 24;

/** When the counts are taken, newest first. */
function instantsOf(now: number, days: number, first: number | null): number[] {
  const from = now - (days - 1) * DAY;
  if (first === null || first <= from) return Array.from({ length: days }, (_, index) => now - index * DAY);
  // Just before the board began there was nothing yet.
  const start = Math.min(first, now) - 1;
  const step = now - start > 3 * DAY ? DAY : Math.max(1_000, (now - start) / YOUNG_STEPS);
  const instants = [];
  for (let at = now; at > start + step / 2; at -= step) instants.push(Math.round(at));
  return [...instants, start];
}

interface Step {
  id: number;
  task_key: number;
  kind: EventKind;
  /** What the payload says about where the task came from and went. */
  went: Status | null;
  came: Status | null;
  run_id: number | null;
  created_at: number;
}

interface Change {
  at: number;
  from: Status | null;
  to: Status;
}

/** The newest changes of status since `since`, oldest first, and how far back they are complete. */
function statusSteps(board: Board, filter: Filter, since: number): { steps: Change[]; reach: number } {
  const first = one<{ id: number; at: number }>(
    board,
    `SELECT id, created_at AS at FROM task_events
     WHERE id > (SELECT coalesce(max(id), 0) FROM task_events) - $most ORDER BY id LIMIT 1`,
    { most: EVENTS_MAX },
  );
  if (first === null) return { steps: [], reach: since };
  const rows = all<Step>(
    board,
    `SELECT e.id, e.task_key, e.kind, e.run_id, e.created_at, e.payload ->> '$.status' AS went, e.payload ->> '$.from' AS came
     FROM task_events e JOIN tasks t ON t.key = e.task_key
     WHERE e.id >= $first AND e.created_at >= $since AND ${narrowedBy(filter)}
     ORDER BY e.id`,
    { first: first.id, since, ...narrowing(filter) },
  );
  // Event 1 is the board's first: before it there was nothing to miss.
  const complete = first.id === 1 || first.at <= since;
  const steps = rows.filter(({ kind }) => kind in AFTER);
  return { steps: withBefore(steps, statusesBefore(board, steps)), reach: complete ? since - DAY : first.at };
}

/**
 * Where tasks stood before their first step, for those whose step does not tell and may have been made
 * from several statuses. Of each it reads one event; none is left where gc has been.
 */
function statusesBefore(board: Board, steps: readonly Step[]): Map<number, Status> {
  const firsts = new Map<number, Step>();
  for (const step of steps) if (!firsts.has(step.task_key)) firsts.set(step.task_key, step);
  const open = [...firsts.values()].filter(({ kind }) => kind === "completed" || kind === "blocked");
  const rows = all<Pick<Step, "task_key" | "kind" | "went">>(
    board,
    `SELECT e.task_key, e.kind, e.payload ->> '$.status' AS went
     FROM json_each($open) o CROSS JOIN task_events f ON f.id = o.value CROSS JOIN task_events e ON e.id = (
       ${eventsBefore("f")} WHERE kind IN (SELECT value FROM json_each($kinds)) LIMIT 1)`,
    { open: JSON.stringify(open.map(({ id }) => id)), kinds: JSON.stringify(Object.keys(AFTER)) },
  );
  return new Map(rows.map(({ task_key, kind, went }) => [task_key, AFTER[kind] ?? went!]));
}

/** The kinds of events that change a status. A task after `created` has the status of its payload. */
const AFTER: Partial<Record<EventKind, Status | null>> = { created: null, ...only("to") };

/** The status that a task had before an event, for the kinds with one such status. */
const BEFORE = only("from");

/** By kind of event, the one status on that side of its transitions; null where there are several. */
function only(side: "from" | "to"): Partial<Record<EventKind, Status | null>> {
  const byKind: Partial<Record<EventKind, Status | null>> = {};
  for (const transition of Object.values(TRANSITIONS)) {
    const statuses: readonly Status[] = transition[side];
    const one = statuses.length === 1 ? statuses[0]! : null;
    const { event } = transition;
    byKind[event] = event in byKind && byKind[event] !== one ? null : one;
  }
  return byKind;
}

/** Each step with both ends; `last` tells where tasks stood before their first one. */
function withBefore(steps: readonly Step[], last: Map<number, Status>): Change[] {
  return steps.map(({ task_key, kind, went, came, run_id, created_at }) => {
    const to = AFTER[kind] ?? went!;
    const guess = BEFORE[kind] ?? (run_id === null ? "ready" : "running");
    const from = kind === "created" ? null : (came ?? last.get(task_key) ?? guess);
    last.set(task_key, to);
    return { at: created_at, from, to };
  });
}
