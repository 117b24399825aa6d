/**
 * Dependencies: which task waits for which, and the promotion of those that wait no more.
 *
 * A parent is finished when it is done, or was archived after being done; in columns: when it has a
 * `completed_at`. Promotion happens in the transaction that caused it and looks only at the children
 * of the task that changed, so its cost does not depend on the size of the board.
 *
 * @module
 */
import { all, type Board, one, run, write } from "../store/db.ts";
import { KanbanError } from "../errors.ts";
import { emit } from "./events.ts";
import { keyOf } from "../store/ids.ts";
import { type KeyedRow, stateAt, stateOf } from "./task_rows.ts";
import { transition } from "./transition.ts";

/**
 * Makes `childId` wait for `parentId`. A ready child waits again if the parent is unfinished.
 *
 * @param options.keepsReady A ready child stays so all the same: a person had put it there.
 * @returns `linked: false` when the link was there already: nothing changed.
 * @throws {KanbanError} `not_found`; `refused` for a link to itself or one that closes a cycle.
 */
export function linkTasks(
  board: Board,
  parentId: string,
  childId: string,
  { keepsReady = false } = {},
): { linked: boolean } {
  return write(board, () => {
    const parent = stateOf(board, parentId, "link");
    const child = stateOf(board, childId, "link");
    if (!addLink(board, parent, child)) return { linked: false };
    if (child.status === "ready" && parent.completed_at === null && !keepsReady) waitAgain(board, child);
    return { linked: true };
  });
}

/**
 * Ends a dependency; a child with nothing left to wait for is promoted at once.
 *
 * @param options.makesReady It becomes ready whatever else it waits for: a person had put it there before the link.
 * @returns `unlinked: false` when there was no such link: nothing changed.
 * @throws {KanbanError} `not_found`.
 */
export function unlinkTasks(
  board: Board,
  parentId: string,
  childId: string,
  { makesReady = false } = {},
): { unlinked: boolean } {
  return write(board, () => {
    const parent = keyOf(board, parentId, "unlink");
    const child = stateOf(board, childId, "unlink");
    const gone = run(board, "DELETE FROM task_links WHERE parent_key = $parent AND child_key = $child", {
      parent,
      child: child.key,
    });
    if (gone === 0) return { unlinked: false };
    emit(board, "unlinked", child.key, null, { parent: parentId, child: childId, was: { linked: true } });
    // Ready since when it was: what only became ready through a parent waits again with it.
    const since = { ready_at: child.ready_at ?? board.now() };
    if (makesReady && child.status === "todo" && child.held === 0) promote(board, child, since);
    else promoteIfFree(board, child);
    return { unlinked: true };
  });
}

/** Inserts one link with its event; false when it is there. Refuses itself and cycles. Call it inside `write`. */
export function addLink(
  board: Board,
  parent: { key: number; id: string },
  child: { key: number; id: string },
  { silent = false } = {},
): boolean {
  if (parent.key === child.key) {
    throw new KanbanError("refused", `Cannot link task "${parent.id}": its child must be another task, it is itself`);
  }
  const there = one(board, "SELECT 1 FROM task_links WHERE parent_key = $parent AND child_key = $child", {
    parent: parent.key,
    child: child.key,
  });
  if (there !== null) return false;
  if (reaches(board, child.key, parent.key)) {
    throw new KanbanError(
      "refused",
      `Cannot link task "${parent.id}" as a parent of "${child.id}": dependencies must not form a cycle, ` +
        `"${parent.id}" already waits for "${child.id}"`,
      `See the chain with: kanban graph ${child.id}`,
    );
  }
  run(board, "INSERT INTO task_links (parent_key, child_key) VALUES ($parent, $child)", {
    parent: parent.key,
    child: child.key,
  });
  if (!silent) emit(board, "linked", child.key, null, { parent: parent.id, child: child.id, was: { linked: false } });
  return true;
}

/** How many parents of a task are not finished. */
function unfinishedParents(board: Board, childKey: number): number {
  return one<{ n: number }>(
    board,
    `SELECT count(*) AS n FROM task_links l JOIN tasks p ON p.key = l.parent_key
     WHERE l.child_key = +$childKey AND p.completed_at IS NULL`,
    { childKey },
  )!.n;
}

/** Whether a task has something to wait for: an unfinished parent, or a start in the future. */
export function waits(board: Board, task: Pick<KeyedRow, "key" | "not_before">): boolean {
  return (task.not_before !== null && task.not_before > board.now()) || unfinishedParents(board, task.key) > 0;
}

/** Promotes every child that waited only for this parent. Call it in the transaction that finished it. */
export function promoteChildren(board: Board, parentKey: number): void {
  const free = all<{ key: number }>(
    board,
    `SELECT t.key FROM task_links l JOIN tasks t ON t.key = l.child_key
     WHERE l.parent_key = +$parentKey AND +t.status = 'todo' AND t.held = 0
       AND (t.not_before IS NULL OR t.not_before <= $now)
       AND NOT EXISTS (SELECT 1 FROM task_links o JOIN tasks p ON p.key = o.parent_key
                       WHERE o.child_key = t.key AND p.completed_at IS NULL)`,
    { parentKey, now: board.now() },
  );
  for (const { key } of free) promote(board, stateAt(board, key));
}

/** Promotes one task if it is in todo, not held, and waits for nothing. Call it inside `write`. */
export function promoteIfFree(board: Board, task: KeyedRow): boolean {
  if (task.status !== "todo" || task.held === 1 || waits(board, task)) return false;
  promote(board, task);
  return true;
}

/** Sends a ready task back to todo: something is waited for again. Call it inside `write`. */
export function waitAgain(board: Board, task: KeyedRow): void {
  transition(board, "wait", task, { to: "todo", payload: { from: "ready", status: "todo" } });
}

/**
 * Makes the children of a task that is no longer finished wait again, if they only became ready
 * through it. One that was ready before, or is ready although another parent is unfinished, was put
 * there by a person, and stays.
 *
 * @param finishedAt When the parent had been finished.
 */
export function demoteChildren(board: Board, parentKey: number, finishedAt: number): void {
  const ready = all<{ key: number }>(
    board,
    `SELECT t.key FROM task_links l JOIN tasks t ON t.key = l.child_key
     WHERE l.parent_key = +$parentKey AND +t.status = 'ready' AND t.ready_at >= $finishedAt
       AND NOT EXISTS (SELECT 1 FROM task_links o JOIN tasks p ON p.key = o.parent_key
                       WHERE o.child_key = t.key AND o.parent_key <> $parentKey AND p.completed_at IS NULL)`,
    { parentKey, finishedAt },
  );
  for (const { key } of ready) waitAgain(board, stateAt(board, key));
}

function promote(board: Board, task: KeyedRow, restores: Partial<KeyedRow> = {}): void {
  transition(board, "promote", task, { to: "ready", payload: {}, restores });
}

/** Whether `to` is `from` or waits for it, directly or through others. */
function reaches(board: Board, from: number, to: number): boolean {
  const found = one(
    board,
    `WITH RECURSIVE below (key) AS (
       SELECT $from UNION SELECT l.child_key FROM below JOIN task_links l ON l.parent_key = below.key
     ) SELECT 1 FROM below WHERE key = $to`,
    { from, to },
  );
  return found !== null;
}
