/**
 * What people decide about tasks: approve, request changes, unblock, archive, move, stop, reclaim.
 *
 * @module
 */
import { type Board, write } from "../store/db.ts";
import { insertComment } from "./comments.ts";
import { claim, PERSON_TTL_SECONDS } from "./claims.ts";
import { invalid, optionalName, optionalText, requireText } from "../input.ts";
import { demoteChildren, promoteChildren, waits } from "./links.ts";
import { isPerson } from "../store/known_names.ts";
import { type Status, STATUSES, type Task } from "../schema.ts";
import { type KeyedRow, stateOf, taskOf } from "./task_rows.ts";
import { conflict, transition } from "./transition.ts";

/**
 * Accepts reviewed work: the task is done and releases its children.
 *
 * @throws {KanbanError} `not_found`; `conflict` when the task is not in review.
 */
export function approveTask(board: Board, id: string): Task {
  return write(board, () => {
    const task = stateOf(board, id, "approve");
    const moved = transition(board, "approve", task, { to: "done", undoable: true, payload: {} });
    promoteChildren(board, task.key);
    return taskOf(moved.task);
  });
}

/**
 * Sends reviewed work back. The request is kept as a comment, which the next worker reads.
 *
 * @throws {KanbanError} `not_found`; `invalid` without a request; `conflict` when the task is not in review.
 */
export function requestChanges(board: Board, id: string, request: { reason: string; author?: string | null }): Task {
  const reason = requireText(request.reason, "request");
  const author = optionalName(request.author, "author") ?? board.actor;
  return write(board, () => {
    const task = stateOf(board, id, "request changes of");
    const moved = transition(board, "request-changes", task, { to: "ready", undoable: true, payload: { reason } });
    insertComment(board, task.key, { author, via: null, body: `CHANGES REQUESTED: ${reason}` });
    return taskOf(moved.task);
  });
}

/**
 * Unblocks a task, with the answer as a comment if given. Its failures are forgotten.
 *
 * @param answer.via Who really answers, when it is an agent in the name of the author.
 * @throws {KanbanError} `not_found`; `conflict` when the task is not blocked.
 */
export function unblockTask(
  board: Board,
  id: string,
  answer: { comment?: string | null; author?: string | null; via?: string | null } = {},
): Task {
  const comment = optionalText(answer.comment, "comment")?.trim() ? answer.comment! : null;
  const author = optionalName(answer.author, "author") ?? board.actor;
  const via = optionalName(answer.via, "via");
  return write(board, () => {
    const task = stateOf(board, id, "unblock");
    const to: Status = waits(board, task) ? "todo" : "ready";
    const moved = transition(board, "unblock", task, {
      to,
      undoable: true,
      failures: 0,
      ...(isPerson(board, via) ? { asked: 0 } : {}),
      payload: { status: to },
    });
    if (comment !== null) insertComment(board, task.key, { author, via, body: comment });
    return taskOf(moved.task);
  });
}

/**
 * Puts a task out of sight. An open run is closed as reclaimed; the dispatcher then ends its process.
 *
 * @throws {KanbanError} `not_found`; `conflict` when it is archived already.
 */
export function archiveTask(board: Board, id: string): Task {
  return write(board, () => {
    const task = stateOf(board, id, "archive");
    const leaves = { error: `archived by ${board.actor}` };
    const payload = { from: task.status };
    return taskOf(transition(board, "archive", task, { to: "archived", undoable: true, leaves, payload }).task);
  });
}

/**
 * Moves a task by hand to triage, todo or ready; to running is a claim by the person.
 *
 * To todo parks it (`held`) until it is moved on, except from triage: there it is released, to todo
 * if it waits for something, else to ready. To ready is allowed over unfinished parents. Where it is
 * already, nothing changes.
 *
 * @throws {KanbanError} `not_found`; `invalid` for a status that has a verb of its own; `conflict`.
 */
export function moveTask(board: Board, id: string, to: Status, { claimer }: { claimer?: string } = {}): Task {
  if (!STATUSES.includes(to)) throw invalid("status", `one of ${STATUSES.join(", ")}`, `"${String(to)}"`);
  const verb = OWN_VERB[to];
  if (verb !== undefined)
    throw invalid(
      "status",
      "triage, todo, ready or running",
      `"${to}"`,
      `Use: kanban ${verb} ${id}${to === "blocked" ? " REASON" : ""}`,
    );
  return write(board, () => {
    const task = stateOf(board, id, "move");
    if (to === "running") {
      return claim(board, task, { claimer: claimer ?? board.actor, ttlSeconds: PERSON_TTL_SECONDS }).task;
    }
    const target = to === "todo" && task.status === "triage" && !waits(board, task) ? "ready" : to;
    const held = target === "todo" && task.status !== "triage";
    if (target === task.status && held === (task.held === 1)) return taskOf(task);
    return moveTo(board, task, target, held);
  });
}

const OWN_VERB: Partial<Record<Status, string>> = {
  review: "complete",
  blocked: "block",
  done: "complete",
  archived: "archive",
};

function moveTo(board: Board, task: KeyedRow, to: Status, held: boolean): Task {
  const finished = task.status === "done" || task.status === "review";
  const moved = transition(board, finished ? "reopen" : "move", task, {
    to,
    held,
    undoable: true,
    ...(task.status === "blocked" ? { failures: 0 } : {}),
    ...(isPerson(board) ? { asked: 0 } : {}),
    leaves: { error: `moved to ${to} by ${board.actor}` },
    payload: { from: task.status, status: to },
  });
  if (task.completed_at !== null) demoteChildren(board, task.key, task.completed_at);
  return taskOf(moved.task);
}

/**
 * Ends the run of a task and holds the task in todo: no attempt follows until a person moves it on.
 *
 * @throws {KanbanError} `not_found`; `conflict` when the task is not running, or not under this run.
 */
export function stopTask(
  board: Board,
  id: string,
  { reason, runId }: { reason?: string | null; runId?: number | undefined } = {},
): Task {
  const why = optionalText(reason, "reason")?.trim() || null;
  return write(board, () => {
    const task = stateOf(board, id, "stop");
    if (task.claimer === null) throw conflict("stop", task, "running");
    const moved = transition(board, "stop", task, {
      to: "todo",
      held: true,
      undoable: true,
      runId,
      leaves: { error: `stopped by ${board.actor}${why === null ? "" : `: ${why}`}` },
      payload: { reason: why, claimer: task.claimer },
    });
    return taskOf(moved.task);
  });
}

/**
 * Takes a running task back from its claimer; the next attempt may start at once.
 *
 * @throws {KanbanError} `not_found`; `conflict` when the task is not running, or not under this run.
 */
export function reclaimTask(
  board: Board,
  id: string,
  { reason, runId }: { reason?: string | null; runId?: number | undefined } = {},
): Task {
  const why = optionalText(reason, "reason")?.trim() || `reclaimed by ${board.actor}`;
  return write(board, () => {
    const task = stateOf(board, id, "reclaim");
    if (task.claimer === null) throw conflict("reclaim", task, "running");
    const payload = { reason: why, claimer: task.claimer };
    return taskOf(transition(board, "reclaim", task, { to: "ready", runId, leaves: { error: why }, payload }).task);
  });
}
