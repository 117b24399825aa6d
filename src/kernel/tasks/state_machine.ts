/**
 * The state machine: one table of who may go where.
 *
 * A verb is legal from some statuses, leads to some, says so with one event and does one thing to the open run. The
 * state diagram, the drop targets of the web board, what waits for a person and the refusals all come from this table;
 * `transition.ts` writes what it says.
 *
 * @module
 */
import { eventChain, type EventKind } from "./events.ts";
import { type Outcome, type Status, STATUSES } from "../schema.ts";

export interface Transition {
  readonly from: readonly Status[];
  readonly to: readonly Status[];
  readonly event: EventKind;
  /** What happens to the open run: a new one, an end with this outcome, or nothing. */
  readonly run: "opens" | Outcome | null;
}

/** Every status but the last. */
export const UNARCHIVED = STATUSES.filter((status) => status !== "archived");

/** Every status in which no run is open. */
const IDLE = STATUSES.filter((status) => status !== "running");

/** Every change of status there is. A new one is a row here and the function that calls `transition`. */
export const TRANSITIONS = {
  promote: { from: ["todo"], to: ["ready"], event: "promoted", run: null },
  wait: { from: ["ready"], to: ["todo"], event: "status", run: null },
  claim: { from: ["ready"], to: ["running"], event: "claimed", run: "opens" },
  complete: { from: ["running", "ready", "blocked", "review"], to: ["done"], event: "completed", run: "completed" },
  submit: { from: ["running"], to: ["review"], event: "review_requested", run: "completed" },
  approve: { from: ["review"], to: ["done"], event: "approved", run: null },
  "request-changes": { from: ["review"], to: ["ready"], event: "changes_requested", run: null },
  block: { from: ["running", "ready"], to: ["blocked"], event: "blocked", run: "blocked" },
  "ask-again": { from: ["running"], to: ["triage"], event: "asked_again", run: "blocked" },
  unblock: { from: ["blocked"], to: ["ready", "todo"], event: "unblocked", run: null },
  move: { from: UNARCHIVED, to: ["triage", "todo", "ready"], event: "status", run: "reclaimed" },
  reopen: { from: ["done", "review"], to: ["triage", "todo", "ready"], event: "reopened", run: null },
  archive: { from: UNARCHIVED, to: ["archived"], event: "archived", run: "reclaimed" },
  restore: {
    from: ["archived"],
    to: ["triage", "todo", "ready", "review", "blocked", "done"],
    event: "restored",
    run: null,
  },
  undo: { from: IDLE, to: IDLE, event: "undone", run: null },
  stop: { from: ["running"], to: ["todo"], event: "stopped", run: "reclaimed" },
  reclaim: { from: ["running"], to: ["ready"], event: "reclaimed", run: "reclaimed" },
  crash: { from: ["running"], to: ["ready"], event: "crashed", run: "crashed" },
  abandon: { from: ["running"], to: ["ready"], event: "abandoned", run: "abandoned" },
  "time-out": { from: ["running"], to: ["ready"], event: "timed_out", run: "timed_out" },
  "fail-to-start": { from: ["running"], to: ["ready"], event: "spawn_failed", run: "spawn_failed" },
  "rate-limit": { from: ["running"], to: ["ready"], event: "rate_limited", run: "rate_limited" },
  "find-unavailable": { from: ["running"], to: ["ready"], event: "unavailable", run: "unavailable" },
  "give-up": { from: ["running"], to: ["blocked"], event: "gave_up", run: "gave_up" },
} as const satisfies Record<string, Transition>;

export type TransitionName = keyof typeof TRANSITIONS;

/** The kinds of events after which a task waits for a person: blocked, or in review. As a list in SQL. */
export const WAITS_FOR_PERSON = eventsTo("blocked", "review");

/** The kinds of events after which a task may be in todo. As a list in SQL. */
const LEADS_TO_TODO = eventsTo("todo");

/** Who stopped the task of that alias and so holds it, from its newest event that led to todo; else null. */
export function stopperOf(alias: string): string {
  return `CASE WHEN ${alias}.held = 1 THEN (
    SELECT iif(e.kind = 'stopped', e.actor, NULL) FROM task_events e WHERE e.id = (
      ${eventChain(alias)} WHERE kind IN ${LEADS_TO_TODO} LIMIT 1)) END`;
}

function eventsTo(...statuses: readonly Status[]): string {
  const rules: readonly Transition[] = Object.values(TRANSITIONS);
  const kinds = new Set(rules.flatMap(({ to, event }) => (to.some((one) => statuses.includes(one)) ? [event] : [])));
  return `(${[...kinds].map((kind) => `'${kind}'`).join(", ")})`;
}
