/**
 * Claims: who is working on a task right now, and until when.
 *
 * A claim is a lease. Claiming opens a run, and the run id is the fencing token: each later write by that worker
 * names the run it believes it owns, and changes nothing once the task has moved on. A person names no run and acts
 * on the open one.
 *
 * ```ts
 * const board = openBoard(":memory:");
 * const { task } = createTask(board, { title: "Translate README", assignee: "linguist" });
 * const { run } = claimTask(board, task.id, { claimer: "linguist", ttlSeconds: 60 });
 * completeTask(board, task.id, { runId: run.id, summary: "translated" });
 * assertThrows(() => heartbeat(board, task.id, { runId: run.id }), "conflict");
 * ```
 *
 * @module
 */
import { type Board, read, run, write } from "../store/db.ts";
import { KanbanError } from "../errors.ts";
import { emit } from "./events.ts";
import type { Grant } from "./fence.ts";
import {
  firstLine,
  optionalName,
  optionalText,
  requireInteger,
  requireObject,
  requireText,
  SECONDS_MAX,
} from "../input.ts";
import { notePerson } from "../store/known_names.ts";
import { firstInLanes } from "../store/lanes.ts";
import { promoteChildren } from "./links.ts";
import { boardState } from "./pause.ts";
import { insertComment } from "./comments.ts";
import { ASKED_MAX, timesAsked } from "./questions.ts";
import { type NewRun, newRun } from "./run_rows.ts";
import type { JsonObject, Run, Task } from "../schema.ts";
import { getTask, type KeyedRow, stateAt, stateOf, taskOf } from "./task_rows.ts";
import { conflict, transition } from "./transition.ts";
import { requireFreeWorktree, WORKTREE_IS_FREE } from "./workspaces.ts";

/** Lease of a worker, in seconds. */
export const WORKER_TTL_SECONDS = 900;
/** Lease of a person, in seconds: a working day has no heartbeat. */
export const PERSON_TTL_SECONDS = 86_400;

export interface ClaimOptions {
  /** Who holds the lease: for people to read, and for the event. */
  claimer: string;
  /** Length of the lease, in seconds from now; default 900. Each heartbeat renews it for as long. */
  ttlSeconds?: number;
  /** The run's profile; default: the assignee. */
  profile?: string | null;
  /** The boot of the machine whose process will work on it: only a dispatcher's claim has one. */
  boot_id?: string | null;
  /** With it: the machine, and the PID namespace that its pid will be a number of. */
  host?: string | null;
  pid_namespace?: string | null;
  /** The effective time limit; default: the task's own. Null means none. */
  max_runtime_seconds?: number | null;
  /** What its worker may do beyond what every worker may; default nothing. */
  may?: readonly Grant[];
}

/** A claim that was won: the task, running, and the run that was opened for it. */
export interface Claimed {
  task: Task;
  run: Run;
}

/** What a worker or a person leaves when it completes a task. */
export interface Completion {
  /** The fence; without it, a person acts on the open run. */
  runId?: number | undefined;
  summary?: string | null;
  metadata?: JsonObject | null;
  result?: string | null;
}

/**
 * Claims a ready task and opens a run.
 *
 * @throws {KanbanError} `not_found`; `conflict` when the task is not ready, or another one works in its worktree;
 * `refused` while the board is paused.
 */
export function claimTask(board: Board, id: string, options: ClaimOptions): Claimed {
  checkClaim(options);
  return write(board, () => {
    const task = stateOf(board, id, "claim");
    if (task.status === "ready") requireFreeWorktree(board, id);
    return claim(board, task, options);
  });
}

/** Claims the task that is next in the queue, or returns null when nothing is ready. */
export function claimNext(board: Board, options: ClaimOptions & { assignee?: string | undefined }): Claimed | null {
  checkClaim(options);
  return write(board, () => {
    const next = nextInQueue(board, options.assignee);
    return next === null ? null : claim(board, next, options);
  });
}

/** The task that is next in the queue: ready, past its back-off, its worktree free, by priority, then longest ready. */
export function peekNext(board: Board, { assignee }: { assignee?: string | undefined } = {}): Task | null {
  return read(board, () => {
    const next = nextInQueue(board, assignee);
    return next === null ? null : getTask(board, next.id);
  });
}

/** Opens the run of a task. Call it inside `write`, with the row read there. */
export function claim(board: Board, task: KeyedRow, options: ClaimOptions): Claimed {
  refuseWhilePaused(board, task);
  const fresh: NewRun = {
    profile: options.profile === undefined ? task.assignee : options.profile,
    step_key: task.current_step_key,
    claimer: options.claimer.toWellFormed(),
    ttl_seconds: options.ttlSeconds ?? WORKER_TTL_SECONDS,
    max_runtime_seconds:
      options.max_runtime_seconds === undefined ? task.max_runtime_seconds || null : options.max_runtime_seconds,
    boot_id: options.boot_id ?? null,
    may: options.may ?? [],
    host: options.host ?? null,
    pid_namespace: options.pid_namespace ?? null,
  };
  const expires_at = board.now() + fresh.ttl_seconds * 1_000;
  const moved = transition(board, "claim", task, {
    to: "running",
    opens: fresh,
    payload: { claimer: fresh.claimer, expires_at },
  });
  if (fresh.boot_id === null) notePerson(board, board.actor);
  return { task: taskOf(moved.task), run: newRun(moved.task, fresh) };
}

/**
 * Shows that the work continues: the lease starts again from now with its full length.
 *
 * @throws {KanbanError} `not_found`; `conflict` when the task is not running, or not under this run.
 */
export function heartbeat(
  board: Board,
  id: string,
  beat: { runId?: number | undefined; note?: string | null } = {},
): Task {
  const note = optionalText(beat.note, "note") || null;
  return write(board, () => {
    const task = stateOf(board, id, "heartbeat");
    const runId = openRunOf(task, "heartbeat", beat.runId);
    run(
      board,
      `UPDATE tasks SET run_last_heartbeat_at = $now, run_claim_expires_at = $now + run_ttl_seconds * 1000
       WHERE key = $key`,
      { key: task.key, now: board.now() },
    );
    emit(board, "heartbeat", task.key, runId, { note });
    return getTask(board, id);
  });
}

/**
 * Ends a task's work as completed. It moves to done and releases its children; a worker's completion
 * of a task that asks for review moves it to review instead.
 *
 * @throws {KanbanError} `not_found`; `invalid`; `conflict` when the task is no longer running under this run.
 */
export function completeTask(board: Board, id: string, completion: Completion = {}): Task {
  const handoff = checkHandoff(completion);
  return write(board, () => {
    const task = stateOf(board, id, "complete");
    const verb = completion.runId !== undefined && task.review === 1 ? "submit" : "complete";
    // The fence. Asking for status 'running' is not enough: after a reclaim the task may be running
    // for another worker, and a late worker would close that other run.
    const moved = transition(board, verb, task, {
      to: verb === "submit" ? "review" : "done",
      runId: completion.runId,
      undoable: completion.runId === undefined,
      result: handoff.result,
      failures: 0,
      lastError: null,
      leaves: handoff,
      payload: {
        result_len: handoff.result?.length ?? 0,
        summary: handoff.summary === null ? null : firstLine(handoff.summary),
      },
    });
    if (verb === "complete") promoteChildren(board, task.key);
    return taskOf(moved.task);
  });
}

/**
 * Completes one task and claims the next in a single transaction: a third fewer written pages than two.
 * On a paused board, or when nothing is ready, `next` is null.
 */
export function completeAndClaimNext(
  board: Board,
  id: string,
  completion: Completion,
  options: ClaimOptions & { assignee?: string | undefined },
): { completed: Task; next: Claimed | null } {
  return write(board, () => {
    const completed = completeTask(board, id, completion);
    return { completed, next: boardState(board).paused ? null : claimNext(board, options) };
  });
}

/**
 * Stops work on a task until a person answers, or in triage when a worker asks the same for the third time
 * without a person between. The reason is kept as the run's summary and as a
 * comment, in the same transaction: a refused block leaves no comment.
 *
 * @throws {KanbanError} `not_found`; `conflict` when the task is neither running nor ready, or not under this run.
 */
export function blockTask(
  board: Board,
  id: string,
  { runId, reason }: { runId?: number | undefined; reason?: string | null } = {},
): Task {
  const question = reason == null ? null : requireText(reason, "reason");
  return write(board, () => {
    const task = stateOf(board, id, "block");
    const asked = runId === undefined || question === null ? null : timesAsked(board, task, question);
    const again = asked !== null && asked >= ASKED_MAX;
    const move = {
      runId,
      undoable: runId === undefined,
      ...(asked === null ? {} : { asked }),
      leaves: { summary: question },
    };
    const moved = again
      ? transition(board, "ask-again", task, { ...move, to: "triage", payload: { reason: question!, times: asked } })
      : transition(board, "block", task, { ...move, to: "blocked", payload: { reason: question } });
    if (question !== null) {
      insertComment(board, task.key, { author: board.actor, via: null, body: `BLOCKED: ${question}` });
    }
    return taskOf(moved.task);
  });
}

const MAY_BEGIN = `(t.retry_at IS NULL OR t.retry_at <= $now) AND ${WORKTREE_IS_FREE}`;

function nextInQueue(board: Board, assignee: string | undefined): KeyedRow | null {
  const [next] = firstInLanes(
    board,
    { status: "ready", owners: assignee === undefined ? undefined : [assignee] },
    {
      limit: 1,
      where: MAY_BEGIN,
      params: { now: board.now() },
    },
  );
  return next === undefined ? null : stateAt(board, next.key);
}

function checkClaim({ claimer, ttlSeconds }: ClaimOptions): void {
  optionalName(requireText(claimer, "claimer"), "claimer");
  if (ttlSeconds !== undefined) requireInteger(ttlSeconds, "ttl", { min: 1, max: SECONDS_MAX });
}

function refuseWhilePaused(board: Board, task: KeyedRow): void {
  const { paused, paused_by } = boardState(board);
  if (!paused) return;
  throw new KanbanError(
    "refused",
    `Cannot claim task "${task.id}": the board must be running, it was paused${paused_by ? ` by ${paused_by}` : ""}`,
    "Resume it with: kanban resume",
  );
}

/** The open run that a verb acts on: the named one, which must be open, or else the open one. */
function openRunOf(task: KeyedRow, verb: string, runId: number | undefined): number {
  const open = task.current_run_id;
  if (open !== null && (runId === undefined || runId === open)) return open;
  throw conflict(verb, task, runId === undefined ? "running" : `running under run ${runId}`);
}

/** Checks a handoff without reading the board; the summary falls back to the result. */
export function checkHandoff({ summary, metadata, result }: Completion) {
  const text = result == null ? null : requireText(result, "result");
  if (metadata !== undefined && metadata !== null) requireObject(metadata, "metadata");
  // Blank is no way to say "none": `--summary "$(tail -1 report)"` of an empty report would hand over nothing.
  const said = summary == null ? text : requireText(summary, "summary");
  return { summary: said, metadata: metadata ?? null, result: text };
}
