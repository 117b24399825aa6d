/**
 * The fence around everything a worker writes: its run must still be the open one of its task.
 *
 * complete, block and heartbeat carry the run id into the kernel, which checks it there. Comments,
 * links and new tasks have no run of their own, so the check stands here, in the same transaction as
 * the write: a worker whose claim went to another must not leave follow-ups behind.
 *
 * @module
 */
import type { WorkerEnv } from "../home.ts";
import { type Board, getRun, getTask, KanbanError, resolveId, write } from "../kernel/mod.ts";

const HINT_STOP = "Another attempt may be at work. Stop now: do nothing more and end this session";

/**
 * Runs `fn` in one transaction with the check that the worker's run is open.
 *
 * @param act What the caller is about to do, for the refusal: "comment", "create a task".
 * @throws {KanbanError} `conflict` when the run is over; nothing was changed.
 */
export function fencedWrite<T>(board: Board, worker: WorkerEnv, act: string, fn: () => T): T {
  return write(board, () => {
    requireOpenRun(board, worker, act);
    return fn();
  });
}

/** Refuses when the worker's run is not the open run of its task. */
function requireOpenRun(board: Board, worker: WorkerEnv, act: string): void {
  const task = getTask(board, worker.task);
  if (task.current_run_id === worker.run) return;
  const run = getRun(board, worker.run);
  const found =
    run === null || run.task_id !== worker.task
      ? `there is no run ${worker.run} of task "${worker.task}"`
      : `run ${run.id} ended as ${run.outcome ?? "unknown"}${run.error ? ` (${run.error})` : ""}, the task is ${task.status}`;
  throw new KanbanError("conflict", `Cannot ${act}: your run ${worker.run} must be open, ${found}`, HINT_STOP);
}

/**
 * The id of the worker's own task; `given` may name it, in full or by a unique prefix.
 *
 * @throws {KanbanError} `refused` when it names another task.
 */
export function ownTask(board: Board, worker: WorkerEnv, act: string, given: string | undefined): string {
  if (given === undefined || given === worker.task) return worker.task;
  const id = resolveId(board, given);
  if (id === worker.task) return id;
  throw new KanbanError(
    "refused",
    `Cannot ${act} task "${id}": a worker may ${act} only its own task, which is "${worker.task}"`,
    "Leave task_id out; to tell another task something, use kanban_comment",
  );
}
