/**
 * What a worker may do through the CLI, and the fence around what it writes.
 *
 * complete, block and heartbeat carry the run id into the kernel, which checks it in its own UPDATE.
 * Comments, links and new tasks belong to no run, so theirs is checked here, in the transaction of the
 * write: a worker whose claim went to another leaves nothing behind.
 *
 * @module
 */
import type { WorkerEnv } from "../home.ts";
import { type Board, getRun, KanbanError, write } from "../kernel/mod.ts";

/**
 * The run id that complete, block or heartbeat must name: `--run`, else the worker's own; undefined
 * for a person, who acts on whatever run is open.
 *
 * @throws {KanbanError} `refused` when a worker names another task or another run.
 */
export function ownRun(worker: WorkerEnv | null, act: string, id: string, run: number | undefined): number | undefined {
  if (worker === null) return run;
  if (id !== worker.task) {
    throw new KanbanError(
      "refused",
      `Cannot ${act} task "${id}": a worker may ${act} only its own task, which is "${worker.task}"`,
      `Tell the other task what you found with: kanban comment ${id} TEXT`,
    );
  }
  if (run !== undefined && run !== worker.run) {
    throw new KanbanError(
      "refused",
      `Cannot ${act} task "${id}": a worker acts under its own run, which is ${worker.run}, got --run ${run}`,
    );
  }
  return worker.run;
}

/**
 * Runs a write of a worker, or one with `--run`, only while that run is open.
 *
 * @throws {KanbanError} `not_found` for a run that never was; `conflict` when it is over.
 */
export function fenced<T>(board: Board, run: number | undefined, act: string, fn: () => T): T {
  if (run === undefined) return fn();
  return write(board, () => {
    const found = getRun(board, run);
    if (found === null) throw new KanbanError("not_found", `Cannot ${act}: no such run, ${run}`);
    if (found.outcome !== null) {
      const why = found.error === null ? "" : ` (${found.error})`;
      throw new KanbanError(
        "conflict",
        `Cannot ${act}: run ${run} must be open, it ended as ${found.outcome}${why}`,
        "Stop here: the task may be in other hands by now",
      );
    }
    return fn();
  });
}
