/**
 * The state machine of the model: what each verb of the contract does to a board.
 *
 * @module
 */
import type { Json, JsonObject, Status } from "../../src/kernel/mod.ts";
import {
  allOrNothing,
  comment,
  emit,
  enter,
  find,
  firstLine,
  type ModelBoard,
  type ModelTask,
  openRunOf,
  Refused,
  requireState,
  runsOf,
  waits,
} from "./board.ts";
import { demoteChildren, promoteChildren } from "./links.ts";
import { type Claim, claim, close, closeOrKeep, queue } from "./runs.ts";

const NOT_ARCHIVED: readonly Status[] = ["triage", "todo", "ready", "running", "review", "blocked", "done"];

export interface Completion {
  runId?: number;
  summary?: string | null;
  metadata?: JsonObject | null;
  result?: string | null;
}

export function complete(board: ModelBoard, id: string, { runId, summary, metadata, result }: Completion): ModelTask {
  const task = find(board, id);
  requireState(task, ["running", "ready", "blocked", "review"], runId);
  const text = summary || result || null;
  const review = runId !== undefined && task.review;
  const closed = closeOrKeep(board, task, "completed", { summary: text, metadata: metadata ?? null });
  enter(board, task, review ? "review" : "done");
  task.result = result || task.result;
  task.failures = 0;
  task.last_error = null;
  emit(board, review ? "review_requested" : "completed", task, closed, {
    result_len: result?.length ?? 0,
    summary: text === null ? null : firstLine(text),
  });
  if (!review) promoteChildren(board, task);
  return task;
}

export function approve(board: ModelBoard, id: string): ModelTask {
  const task = find(board, id);
  requireState(task, ["review"]);
  enter(board, task, "done");
  emit(board, "approved", task, null, {});
  promoteChildren(board, task);
  return task;
}

export function requestChanges(board: ModelBoard, id: string, reason: string, author: string | null): ModelTask {
  if (reason.trim() === "") throw new Refused("invalid");
  const task = find(board, id);
  requireState(task, ["review"]);
  enter(board, task, "ready");
  task.result = null;
  comment(board, task, author ?? board.actor, `CHANGES REQUESTED: ${reason}`);
  emit(board, "changes_requested", task, null, { reason });
  return task;
}

export function block(board: ModelBoard, id: string, reason: string | null, runId?: number): ModelTask {
  const task = find(board, id);
  requireState(task, ["running", "ready"], runId);
  if (runId !== undefined && reason !== null) {
    const last = runsOf(board, task).findLast((run) => run.outcome === "blocked");
    const same = last?.summary != null && last.summary.trim().toLowerCase() === reason.trim().toLowerCase();
    task.asked = same ? task.asked + 1 : 1;
  }
  const again = runId !== undefined && reason !== null && task.asked >= 3;
  const closed = closeOrKeep(board, task, "blocked", { summary: reason });
  enter(board, task, again ? "triage" : "blocked");
  if (reason !== null) comment(board, task, board.actor, `BLOCKED: ${reason}`);
  if (again) emit(board, "asked_again", task, closed, { reason, times: task.asked });
  else emit(board, "blocked", task, closed, { reason });
  return task;
}

export function unblock(board: ModelBoard, id: string, answer: string | null, author: string | null): ModelTask {
  const task = find(board, id);
  requireState(task, ["blocked"]);
  enter(board, task, waits(board, task) ? "todo" : "ready");
  task.failures = 0;
  task.asked = 0;
  if (answer !== null) comment(board, task, author ?? board.actor, answer);
  emit(board, "unblocked", task, null, { status: task.status });
  return task;
}

export function archive(board: ModelBoard, id: string): ModelTask {
  const task = find(board, id);
  requireState(task, NOT_ARCHIVED);
  const from = task.status;
  board.parked.set(task.id, task.held);
  const closed = close(board, task, "reclaimed", { error: `archived by ${board.actor}` });
  enter(board, task, "archived");
  emit(board, "archived", task, closed, { from });
  return task;
}

export function restore(board: ModelBoard, id: string): ModelTask {
  const task = find(board, id);
  requireState(task, ["archived"]);
  const taken = board.tasks.some(
    (other) =>
      other.status !== "archived" && other.idempotency_key !== null && other.idempotency_key === task.idempotency_key,
  );
  if (taken) throw new Refused("conflict");
  const { from, held } = archivedFrom(board, task);
  const finishedAt = task.completed_at;
  if (finishedAt !== null) enter(board, task, "done");
  else if (from === "triage" || from === "review" || from === "blocked") enter(board, task, from);
  else enter(board, task, (from === "todo" && held) || waits(board, task) ? "todo" : "ready");
  if (finishedAt !== null) task.completed_at = finishedAt;
  if (task.status !== "done" && task.status !== "review") task.result = null;
  task.held = task.status === "todo" && held;
  emit(board, "restored", task, null, { status: task.status });
  return task;
}

/** What it was when it was archived, as far as its events still tell. */
export function archivedFrom(board: ModelBoard, task: ModelTask): { from: Json; held: boolean } {
  const at = board.events.findLastIndex(({ task_id, kind }) => task_id === task.id && kind === "archived");
  if (at === -1 || board.collected.has(at)) return { from: null, held: false };
  return { from: board.events[at]!.payload["from"]!, held: board.parked.get(task.id) ?? false };
}

/** What people do by dragging. To running is a claim of a day. */
export function move(board: ModelBoard, id: string, to: Status): ModelTask {
  if (to === "review" || to === "blocked" || to === "done" || to === "archived") throw new Refused("invalid");
  const task = find(board, id);
  if (to === "running") {
    claim(board, task, { claimer: board.actor, ttlSeconds: 86_400 });
    return task;
  }
  if (task.status === "archived") throw new Refused("conflict", "archived");
  const { status: from, completed_at: finishedAt } = task;
  // Out of triage todo means "released", from anywhere else it means "parked".
  const target = to === "todo" && from === "triage" && !waits(board, task) ? "ready" : to;
  const held = target === "todo" && from !== "triage";
  if (target === from && held === task.held) return task;
  const closed = close(board, task, "reclaimed", { error: `moved to ${target} by ${board.actor}` });
  enter(board, task, target);
  task.asked = 0;
  task.held = held;
  if (from === "blocked") task.failures = 0;
  const reopened = from === "done" || from === "review";
  if (reopened) task.result = null;
  emit(board, reopened ? "reopened" : "status", task, closed, { from, status: target });
  if (from === "done") demoteChildren(board, task, finishedAt!);
  return task;
}

export function heartbeat(board: ModelBoard, id: string, note: string | null, runId?: number): ModelTask {
  const task = find(board, id);
  requireState(task, ["running"], runId);
  const run = openRunOf(board, task)!;
  run.last_heartbeat_at = board.now;
  run.claim_expires_at = board.now + run.ttl_seconds * 1_000;
  emit(board, "heartbeat", task, run.id, { note });
  return task;
}

/** Claims what is next in the queue, or nothing. */
export function claimNext(board: ModelBoard, assignee: string | undefined, options: Claim): ModelTask | null {
  const next = queue(board, assignee)[0];
  if (next === undefined) return null;
  claim(board, next, options);
  return next;
}

/** Completes one and claims the next. A paused board hands out nothing, but takes what is finished. */
export function completeAndClaimNext(board: ModelBoard, id: string, completion: Completion, options: Claim) {
  return allOrNothing(board, () => {
    const completed = complete(board, id, completion);
    const next = board.paused.paused ? null : claimNext(board, undefined, options);
    return { completed, next };
  });
}

export function setPaused(board: ModelBoard, paused: boolean): void {
  if (board.paused.paused === paused) return;
  board.paused = { paused, paused_by: paused ? board.actor : null, paused_at: paused ? board.now : null };
}
