/**
 * Dependencies in the model: linking, and who is released or waits again through it.
 *
 * @module
 */
import {
  childrenOf,
  emit,
  enter,
  find,
  isFinished,
  type ModelBoard,
  type ModelTask,
  parentsOf,
  Refused,
  waits,
} from "./board.ts";

export function link(board: ModelBoard, parentId: string, childId: string): boolean {
  const parent = find(board, parentId);
  const child = find(board, childId);
  if (parent === child) throw new Refused("refused");
  if (child.parents.has(parent.n)) return false;
  if (isBelow(board, child, parent)) throw new Refused("refused");
  child.parents.add(parent.n);
  emit(board, "linked", child, null, { parent: parentId, child: childId });
  if (child.status === "ready" && !isFinished(parent)) waitAgain(board, child);
  return true;
}

export function unlink(board: ModelBoard, parentId: string, childId: string): boolean {
  const parent = find(board, parentId);
  const child = find(board, childId);
  if (!child.parents.delete(parent.n)) return false;
  emit(board, "unlinked", child, null, { parent: parentId, child: childId });
  promoteIfFree(board, child);
  return true;
}

/** Promotes a task that waits in todo for nothing. */
export function promoteIfFree(board: ModelBoard, task: ModelTask): boolean {
  if (task.status !== "todo" || task.held || waits(board, task)) return false;
  enter(board, task, "ready");
  emit(board, "promoted", task, null, {});
  return true;
}

/** After a task was finished. */
export function promoteChildren(board: ModelBoard, task: ModelTask): void {
  for (const child of childrenOf(board, task)) promoteIfFree(board, child);
}

/**
 * After a finished task was taken back: children that became ready through it wait again. One that was
 * ready before, or is ready over another unfinished parent, was put there by a person, and stays.
 */
export function demoteChildren(board: ModelBoard, task: ModelTask, finishedAt: number): void {
  for (const child of childrenOf(board, task)) {
    const others = parentsOf(board, child).filter((parent) => parent !== task);
    const through = child.ready_at !== null && child.ready_at >= finishedAt;
    if (child.status === "ready" && through && others.every(isFinished)) waitAgain(board, child);
  }
}

export function waitAgain(board: ModelBoard, task: ModelTask): void {
  emit(board, "status", task, null, { from: task.status, status: "todo" });
  enter(board, task, "todo");
}

/** Whether `task` is `top` or waits for it, directly or through others. */
function isBelow(board: ModelBoard, top: ModelTask, task: ModelTask): boolean {
  const above = new Set([task]);
  for (const each of above) for (const parent of parentsOf(board, each)) above.add(parent);
  return above.has(top);
}
