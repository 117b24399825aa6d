/**
 * The state machine: one table of who may go where, and the one function that writes `tasks.status`.
 *
 * A verb is legal from some statuses, leads to some, says so with one event and does one thing to the
 * open run. The state diagram, the drop targets of the web board and the refusals all come from this
 * table. Columns that follow from a status (pointer, completed_at, held, …) are written with it, in
 * the same UPDATE, because CHECKs are never deferred.
 *
 * @module
 */
import { type Board, one } from "./db.ts";
import { KanbanError } from "./errors.ts";
import type { EventKind } from "./events.ts";
import { noSuchTask } from "./ids.ts";
import { type Outcome, type Status, STATUSES } from "./schema.ts";
import { type BareTaskRow, RETURNING_TASK } from "./task_rows.ts";

interface Transition {
  readonly from: readonly Status[];
  readonly to: readonly Status[];
  readonly event: EventKind;
  /** What happens to the open run: a new one, an end with this outcome, or nothing. */
  readonly run: "opens" | Outcome | null;
}

const UNARCHIVED = STATUSES.filter((status) => status !== "archived");

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

/** The part of a task's row that decides where it may go. */
export interface TaskState {
  key: number;
  id: string;
  status: Status;
  current_run_id: number | null;
  assignee: string | null;
  review: number;
  held: number;
  failures: number;
  asked: number;
  not_before: number | null;
  completed_at: number | null;
  current_step_key: string | null;
  max_runtime_seconds: number | null;
}

/** Columns that a transition may set along with the status; left out, they follow from the status. */
export interface Along {
  /** The run just opened; for `claim` alone. */
  opens?: number;
  /** The fence: nothing changes unless this run is the open one. */
  runId?: number | undefined;
  held?: boolean;
  failures?: number;
  asked?: number;
  lastError?: string | null;
  retryAt?: number;
  result?: string | null;
}

/** The select list of a `TaskState`. */
export const SELECT_STATE = `SELECT key, id, status, current_run_id, assignee, review, held, failures, asked, not_before,
  completed_at, current_step_key, max_runtime_seconds`;

/**
 * Reads what decides where a task may go.
 *
 * @throws {KanbanError} `not_found`.
 */
export function stateOf(board: Board, id: string, act: string): TaskState {
  const state = one<TaskState>(board, `${SELECT_STATE} FROM tasks WHERE id = +$id`, { id });
  if (state === null) throw noSuchTask(act, id);
  return state;
}

/**
 * Moves a task and everything that follows from its status; call it inside `write`.
 *
 * Leaving done or review clears `result` and `completed_at`; becoming ready stamps `ready_at`; only
 * todo can be held; a back-off ends with any move that does not set one.
 *
 * @returns The task's row after it.
 * @throws {KanbanError} `conflict` when the task's status or open run is not what the verb needs.
 */
export function transition(
  board: Board,
  verb: TransitionName,
  task: TaskState,
  to: Status,
  along: Along = {},
): BareTaskRow {
  const { from }: Transition = TRANSITIONS[verb];
  const moved = one<BareTaskRow>(
    board,
    `UPDATE tasks SET
       status = $to,
       current_run_id = $opens,
       ready_at = CASE WHEN $to = 'ready' AND status <> 'ready' THEN $now ELSE ready_at END,
       started_at = CASE WHEN $to = 'running' THEN coalesce(started_at, $now) ELSE started_at END,
       completed_at = CASE $to WHEN 'done' THEN coalesce(completed_at, $now) WHEN 'archived' THEN completed_at END,
       result = CASE WHEN status IN ('done', 'review') AND $to NOT IN ('done', 'review', 'archived') THEN NULL
         ELSE coalesce($result, result) END,
       held = $held,
       failures = coalesce($failures, failures),
       asked = coalesce($asked, asked),
       last_error = CASE WHEN $setError THEN $lastError ELSE last_error END,
       retry_at = $retryAt
     WHERE key = +$key AND instr($from, '"' || status || '"') > 0 AND ($runId IS NULL OR current_run_id = $runId)
     ${RETURNING_TASK}`,
    {
      key: task.key,
      to,
      from: JSON.stringify(from),
      now: board.now(),
      opens: along.opens ?? null,
      runId: along.runId ?? null,
      result: along.result ?? null,
      held: to === "todo" && along.held ? 1 : 0,
      failures: along.failures ?? null,
      asked: along.asked ?? null,
      setError: along.lastError === undefined ? 0 : 1,
      lastError: along.lastError ?? null,
      retryAt: along.retryAt ?? null,
    },
  );
  if (moved === null)
    throw conflict(verb, task, along.runId === undefined ? orList(from) : `running under run ${along.runId}`);
  return moved;
}

/** What a verb is called in a message, where its name alone does not read well. */
const ACTS: Readonly<Record<string, string>> = {
  wait: "send back",
  submit: "complete",
  "ask-again": "block",
  "request-changes": "request changes of",
  crash: "report a crash of",
  abandon: "report the silent end of",
  "time-out": "end the overdue run of",
  "fail-to-start": "report the failed start of",
  "rate-limit": "report the rate limit of",
  "find-unavailable": "report what was unavailable to",
  "give-up": "give up",
  comment: "comment on",
};

/** The error for a task whose state is not what a verb needs. */
export function conflict(
  verb: string,
  task: Pick<TaskState, "id" | "status" | "current_run_id">,
  needed: string,
): KanbanError {
  const found = task.current_run_id === null ? inWords(task.status) : `running under run ${task.current_run_id}`;
  return new KanbanError(
    "conflict",
    `Cannot ${ACTS[verb] ?? verb} task "${task.id}": it must be ${needed}, it is ${found}`,
    `Look at it with: kanban show ${task.id}`,
  );
}

/**
 * Where a card in `status` may be dropped: true, or the reason why not, in words.
 * Running takes no drops; a person takes a task by claiming it.
 */
export function legalMoves(status: Status): Record<Status, true | string> {
  const drop: Partial<Record<Status, TransitionName>> = {
    triage: "move",
    todo: "move",
    ready: status === "blocked" ? "unblock" : "move",
    blocked: "block",
    done: status === "review" ? "approve" : "complete",
    archived: "archive",
  };
  const moves = {} as Record<Status, true | string>;
  for (const to of STATUSES) {
    const verb = drop[to];
    const from: readonly Status[] = verb === undefined ? [] : TRANSITIONS[verb].from;
    if (to === status) moves[to] = "it is here already";
    else if (to === "running") moves[to] = "claimed by workers";
    else if (to === "review") moves[to] = "entered when a worker completes a task that asks for review";
    else moves[to] = from.includes(status) ? true : `only from ${orList(from)}`;
  }
  return moves;
}

function orList(statuses: readonly Status[]): string {
  if (statuses.length === UNARCHIVED.length) return "unarchived";
  const words = statuses.map(inWords);
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

function inWords(status: Status): string {
  return status === "review" || status === "triage" ? `in ${status}` : status;
}
