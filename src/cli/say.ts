/**
 * Sentences that several verbs say.
 *
 * @module
 */
import type { Home } from "../home.ts";
import { type Board, boardState, countReady, lockHolder, type Task } from "../kernel/mod.ts";
import { cleanLine, count } from "./format.ts";

/** What became of a task, on one line: `completed t_1a2b3c4d (done): Translate README`. */
export function told(act: string, task: Task): string {
  return `${act} ${task.id} (${task.status}): ${cleanLine(task.title)}`;
}

/**
 * Why ready work does not start, or null when a dispatcher runs, nothing is ready, or a worker asks:
 * whoever started that one will come back.
 */
export function idleHint({ board, home, worker }: { board: Board; home: Home; worker: unknown }): string | null {
  if (worker !== null) return null;
  const ready = countReady(board);
  if (ready === 0) return null;
  const subject = `${count(ready, "task")} ${ready === 1 ? "is" : "are"} ready`;
  if (boardState(board).paused) return `${subject}, but the board is paused; go on with: kanban resume`;
  if (lockHolder(home.dispatcherLock) !== null) return null;
  return `${subject} and no dispatcher runs; start one with: kanban up`;
}
