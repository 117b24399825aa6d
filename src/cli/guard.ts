/**
 * What a worker may do through the CLI, and the fence around what it writes.
 *
 * complete, block and heartbeat carry the run id into the kernel, which checks it in its own UPDATE.
 * No other verb belongs to a run, so theirs is checked here, in the transaction of the write: a worker
 * whose claim went to another leaves nothing behind, whatever it calls.
 *
 * @module
 */
import { environment, type WorkerEnv } from "../home.ts";
import { type Board, getRun, KanbanError, write } from "../kernel/mod.ts";

/**
 * The run id that complete, block or heartbeat must name; undefined for a person, who acts on
 * whatever run is open.
 *
 * @throws {KanbanError} `refused` when a worker names another task or another run.
 */
export function ownRun(worker: WorkerEnv | null, act: string, id: string, run: number | undefined): number | undefined {
  if (worker !== null && id !== worker.task) {
    throw new KanbanError(
      "refused",
      `Cannot ${act} task "${id}": a worker may ${act} only its own task, which is "${worker.task}"`,
      `Tell the other task what you found with: kanban comment ${id} TEXT`,
    );
  }
  return namedRun(worker, `${act} task "${id}"`, run);
}

/**
 * The run that a write names: that of `--run`, else of `KANBAN_RUN`, which a script may set alone.
 *
 * @throws {KanbanError} `refused` when a worker names another run than its own; `invalid` when the
 * variable holds no run id, or is not there although `KANBAN_TASK` is: whoever set one of them does
 * not mean to write without a fence.
 */
export function namedRun(worker: WorkerEnv | null, act: string, run: number | undefined): number | undefined {
  if (worker === null) return run ?? runOfEnvironment();
  if (run === undefined || run === worker.run) return worker.run;
  throw new KanbanError(
    "refused",
    `Cannot ${act}: a worker acts under its own run, which is ${worker.run}, got --run ${run}`,
    "Leave --run out",
  );
}

function runOfEnvironment(): number | undefined {
  const { KANBAN_RUN: run, KANBAN_TASK: task } = environment();
  if (!run && !task) return undefined;
  if (run && /^[1-9]\d{0,14}$/.test(run)) return Number(run);
  const found = run ? `got ${JSON.stringify(run.slice(0, 80))}` : "and KANBAN_TASK is set without it";
  throw new KanbanError(
    "invalid",
    `Cannot use KANBAN_RUN: it must be the id of a run, ${found}`,
    `Set it to the id that kanban claim printed, or unset ${task ? "KANBAN_TASK" : "it"}`,
  );
}

/**
 * Refuses what is no worker's environment and yet no person's: a task without its run. Taken for a
 * person's, it would be the way around the fence.
 *
 * @throws {KanbanError} `invalid`.
 */
export function refuseHalfWorker(worker: WorkerEnv | null): void {
  if (worker === null && environment()["KANBAN_TASK"]) runOfEnvironment();
}

/**
 * Refuses to a worker what takes a person.
 *
 * @throws {KanbanError} `refused`; `invalid` for half the environment of a worker.
 */
export function personOnly(worker: WorkerEnv | null, act: string): void {
  if (worker === null) return refuseHalfWorker(worker);
  throw new KanbanError(
    "refused",
    `Cannot ${act}: it takes a person, and this is the environment of a worker (run ${worker.run})`,
    `Leave your judgement as a comment: kanban comment ID TEXT`,
  );
}

/**
 * Runs a write in one transaction: that of a worker, or of anybody who names a run, only while that
 * run is open.
 *
 * @throws {KanbanError} `not_found` for a run that never was; `conflict` when it is over; `invalid` for
 * half the environment of a worker.
 */
export function fenced<T>(board: Board, run: number | undefined, act: string, fn: () => T): T {
  return write(board, () => {
    if (run === undefined) refuseHalfWorker(null);
    else requireOpen(board, run, act);
    return fn();
  });
}

function requireOpen(board: Board, run: number, act: string): void {
  const found = getRun(board, run);
  if (found === null) throw new KanbanError("not_found", `Cannot ${act}: no such run, ${run}`);
  if (found.outcome === null) return;
  const why = found.error === null ? "" : ` (${found.error})`;
  throw new KanbanError(
    "conflict",
    `Cannot ${act}: run ${run} must be open, it ended as ${found.outcome}${why}`,
    "Stop here: the task may be in other hands by now",
  );
}
