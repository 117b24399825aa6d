/**
 * The one function that writes `tasks.status`, by the table of `state_machine.ts`.
 *
 * Columns that follow from a status (the open run, completed_at, held, …) are written with it, in the same UPDATE,
 * because CHECKs are never deferred.
 *
 * @module
 */
import { type Board, run } from "../store/db.ts";
import { KanbanError } from "../errors.ts";
import { appendEvent, type EventPayloads, nextIds, type Was } from "./events.ts";
import { laneOf } from "../store/lanes.ts";
import {
  endRun,
  type Handoff,
  keepInstantRun,
  type NewRun,
  openRunParams,
  SET_NO_RUN,
  SET_OPEN_RUN,
} from "./run_rows.ts";
import { keepTexts } from "../store/revisions.ts";
import { type Outcome, type Status, STATUSES } from "../schema.ts";
import { type Transition, type TransitionName, TRANSITIONS, UNARCHIVED } from "./state_machine.ts";
import type { KeyedRow } from "./task_rows.ts";

type EventOf<V extends TransitionName> = (typeof TRANSITIONS)[V]["event"];

/** Where a task goes, and what goes with it. Columns that are left out follow from the status. */
export interface Move<V extends TransitionName = TransitionName> {
  to: Status;
  /** What the event says. */
  payload: EventPayloads[EventOf<V>];
  /** The fence: nothing changes unless this run is the open one. */
  runId?: number | undefined;
  /** The run to open; for `claim` alone. */
  opens?: NewRun;
  /** What the run leaves that ends. Where none is open, a summary or metadata are kept in a run of zero length. */
  leaves?: Handoff;
  held?: boolean;
  failures?: number;
  asked?: number | undefined;
  lastError?: string | null;
  retryAt?: number;
  result?: string | null;
  /** Columns as they were before, instead of what follows from the status. */
  restores?: Partial<KeyedRow>;
  /** An act, and no consequence of another one: its event keeps what it replaced, so that it can be undone. */
  undoable?: boolean;
}

/** A task after it was moved. */
export interface Moved {
  task: KeyedRow;
  /** The run that was opened, ended or kept with it. */
  runId: number | null;
}

/**
 * Moves a task and everything that follows from its status, ends or opens its run and records the event; call it inside
 * `write`, with the row read there.
 *
 * Leaving done or review clears `result` and `completed_at`; becoming ready stamps `ready_at`; only
 * todo can be held; a back-off ends with any move that does not set one.
 *
 * @throws {KanbanError} `conflict` when the task's status or open run is not what the verb needs.
 */
export function transition<V extends TransitionName>(board: Board, verb: V, task: KeyedRow, move: Move<V>): Moved {
  const rule: Transition = TRANSITIONS[verb];
  requireFrom(verb, task, move.runId);
  const open = task.current_run_id;
  if (open !== null && rule.run !== null && rule.run !== "opens") endRun(board, task, rule.run, move.leaves ?? {});
  const ids = nextIds(board);
  const kept = open === null && rule.run !== null && leavesSomething(move.leaves) ? ids.run : null;
  if (kept !== null) keepInstantRun(board, kept, task, rule.run as Outcome, move.leaves!);
  const runId = move.opens === undefined ? (rule.run === null ? null : (open ?? kept)) : ids.run;
  const { event: kind } = rule;
  const moves = move.to !== task.status;
  const now = board.now();
  const row = { ...after(task, move, now), ...move.restores, last_event_id: ids.event };
  const payload = move.undoable ? { ...move.payload, was: replaced(task, row) } : move.payload;
  appendEvent(board, ids, { kind, taskKey: task.key, runId, payload, moves });
  if (move.opens !== undefined) Object.assign(row, opened(ids.run, move.opens, now));
  store(board, task, row, { event: ids.event, opens: move.opens, ends: open ?? kept });
  storeResult(board, task, row);
  if (row.result !== task.result) keepTexts(board, task.key, ids.event, { result: task.result });
  return { task: row, runId };
}

function requireFrom(verb: TransitionName, task: KeyedRow, runId: number | undefined): void {
  const { from }: Transition = TRANSITIONS[verb];
  if (from.includes(task.status) && (runId === undefined || task.current_run_id === runId)) return;
  throw conflict(verb, task, runId === undefined ? orList(from) : `running under run ${runId}`);
}

/** The row as it becomes. */
function after(task: KeyedRow, move: Move, now: number): KeyedRow {
  const { to } = move;
  const finished = task.status === "done" || task.status === "review";
  const stays = to === "done" || to === "review" || to === "archived";
  return {
    ...task,
    status: to,
    ready_at: to === "ready" && task.status !== "ready" ? now : task.ready_at,
    started_at: to === "running" ? (task.started_at ?? now) : task.started_at,
    completed_at: to === "done" ? (task.completed_at ?? now) : to === "archived" ? task.completed_at : null,
    result: finished && !stays ? null : (move.result ?? task.result),
    held: to === "todo" && move.held ? 1 : 0,
    failures: move.failures ?? task.failures,
    asked: move.asked ?? task.asked,
    last_error: move.lastError === undefined ? task.last_error : move.lastError,
    retry_at: move.retryAt ?? null,
    current_run_id: null,
    claimer: null,
    claim_expires_at: null,
    worker_pid: null,
    last_heartbeat_at: null,
  };
}

/** What the move replaces, but for the result, which is a revision. */
function replaced(task: KeyedRow, row: KeyedRow): Was {
  const was: Was = { status: task.status };
  if (row.held !== task.held) was.held = task.held === 1;
  if (row.failures !== task.failures) was.failures = task.failures;
  if (row.asked !== task.asked) was.asked = task.asked;
  if (row.retry_at !== task.retry_at) was.retry_at = task.retry_at;
  if (row.last_error !== task.last_error) was.last_error = task.last_error;
  if (row.completed_at !== task.completed_at) was.completed_at = task.completed_at;
  if (row.result !== task.result && task.result === null) was.result = null;
  return was;
}

function opened(runId: number, { claimer, ttl_seconds }: NewRun, now: number): Partial<KeyedRow> {
  return {
    current_run_id: runId,
    claimer,
    claim_expires_at: now + ttl_seconds * 1_000,
    last_heartbeat_at: now,
  };
}

const SET_STATE = `status = $status, lane = $lane, current_run_id = $current_run_id, ready_at = $ready_at, started_at = $started_at,
  completed_at = $completed_at, held = $held, failures = $failures, asked = $asked, last_error = $last_error,
  retry_at = $retry_at, last_event_id = $event, events = events + 1`;
/** The guard sees to it that the row at hand is the one that is stored. */
const THIS_TASK = "WHERE key = +$key AND status = $from AND current_run_id IS $open";
// Joined once: a statement is found by its text, and a text that is joined at each use is hashed at each use.
const STORE = `UPDATE tasks SET ${SET_STATE} ${THIS_TASK}`;
const STORE_OPENED = `UPDATE tasks SET ${SET_STATE}, ${SET_OPEN_RUN} ${THIS_TASK}`;
const STORE_ENDED = `UPDATE tasks SET ${SET_STATE}, last_run_id = $ends, runs = runs + 1, ${SET_NO_RUN} ${THIS_TASK}`;

function store(
  board: Board,
  task: KeyedRow,
  row: KeyedRow,
  { event, opens, ends }: { event: number; opens: NewRun | undefined; ends: number | null },
): void {
  const lane = laneOf(board, row);
  // A whole row is copied faster than some of it; names that a statement does not ask for do no harm.
  const params = { ...row, lane, event, ends, from: task.status, open: task.current_run_id };
  const changed =
    opens !== undefined
      ? run(board, STORE_OPENED, { ...params, ...openRunParams(opens, row) })
      : run(board, ends === null ? STORE : STORE_ENDED, params);
  if (changed !== 1)
    throw new TypeError(`Cannot move task "${task.id}": another change was made after its row was read`);
}

function storeResult(board: Board, before: KeyedRow, { key, result }: KeyedRow): void {
  if (result === before.result) return;
  if (result === null) run(board, "DELETE FROM task_results WHERE task_key = $key", { key });
  else run(board, "INSERT OR REPLACE INTO task_results (task_key, result) VALUES ($key, $result)", { key, result });
}

function leavesSomething(handoff: Handoff | undefined): boolean {
  return handoff !== undefined && (handoff.summary != null || handoff.metadata != null);
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
  task: Pick<KeyedRow, "id" | "status" | "current_run_id">,
  needed: string,
): KanbanError {
  const found = task.current_run_id === null ? inWords(task.status) : `running under run ${task.current_run_id}`;
  return new KanbanError(
    "conflict",
    `Cannot ${ACTS[verb] ?? verb} task "${task.id}": it must be ${needed}, it is ${found}`,
    `See it with: kanban show ${task.id}`,
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
    ready: status === "blocked" ? "unblock" : status === "archived" ? "restore" : "move",
    blocked: "block",
    done: status === "review" ? "approve" : "complete",
    archived: "archive",
  };
  const moves = {} as Record<Status, true | string>;
  for (const to of STATUSES) {
    const verb = drop[to];
    const from: readonly Status[] = verb === undefined ? [] : TRANSITIONS[verb].from;
    if (to === status) moves[to] = "it has this status already";
    else if (to === "running") moves[to] = "claimed by workers";
    else if (to === "review") moves[to] = "entered when a worker completes a task that asks for review";
    else moves[to] = from.includes(status) ? true : `only from ${orList(from)}`;
  }
  return moves;
}

function orList(statuses: readonly Status[]): string {
  if (statuses === UNARCHIVED) return "unarchived";
  const words = statuses.map(inWords);
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

function inWords(status: Status): string {
  return status === "review" || status === "triage" ? `in ${status}` : status;
}
