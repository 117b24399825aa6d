/**
 * Runs as a dispatcher sees them: which are open, whose process may live, and what became of it.
 *
 * The dispatcher starts and ends processes outside any transaction and reports each result with one call from here.
 * `boot_id` marks a run that a dispatcher made; until `process_gone_at` is set, its process may still be alive, with
 * any outcome of the run.
 *
 * @module
 */
import { all, type Board, one, run, write } from "../store/db.ts";
import { KanbanError } from "../errors.ts";
import { emit } from "../tasks/events.ts";
import { proveProbe, TRIAL_MS } from "../tasks/probes.ts";
import { asRun, ENDED_RUN, getRun, HAS_OPEN_RUN, OPEN_RUN, type RunRow, updateRun } from "../tasks/runs.ts";
import type { Run, Status } from "../schema.ts";
import { stateOf } from "../tasks/task_rows.ts";
import { conflict } from "../tasks/transition.ts";

/** A run with what a dispatcher needs to know of its task. */
export interface WorkerRun extends Run {
  assignee: string | null;
  task_status: Status;
  workspace_path: string | null;
  title: string;
  /** Consecutive failures of the task before this run. */
  failures: number;
}

const OF_TASK = "t.assignee, t.status AS task_status, t.workspace_path, t.title, t.failures";
const OPEN_RUNS = `SELECT ${OPEN_RUN}, ${OF_TASK} FROM tasks t WHERE ${HAS_OPEN_RUN}`;

type WorkerRunRow = Omit<WorkerRun, "metadata" | "usage"> & RunRow;

/** Every open run, oldest first: as many as tasks are running. */
export function openRuns(board: Board): WorkerRun[] {
  return all<WorkerRunRow>(board, `${OPEN_RUNS} ORDER BY t.current_run_id`).map(asRun);
}

/** Runs made by a dispatcher whose process is not confirmed gone, open or closed; oldest first. */
export function unconfirmedRuns(board: Board): WorkerRun[] {
  return all<WorkerRunRow>(
    board,
    `SELECT ${ENDED_RUN}, ${OF_TASK}
     FROM task_runs r INDEXED BY task_runs_process JOIN tasks t ON t.key = r.task_key
     WHERE r.boot_id IS NOT NULL AND r.process_gone_at IS NULL
     UNION ALL ${OPEN_RUNS} AND t.run_boot_id IS NOT NULL AND t.run_process_gone_at IS NULL
     ORDER BY 1`,
  ).map(asRun);
}

/** A start that takes longer is worth a word; most take less than a second. */
const SLOW_START_MS = 60_000;

/** Runs that were claimed for a worker more than a minute ago and have no process yet, oldest first. */
export function slowStarts(board: Board): WorkerRun[] {
  const before = board.now() - SLOW_START_MS;
  return unconfirmedRuns(board).filter(({ pid, started_at }) => pid === null && started_at < before);
}

/** Open runs whose lease ran out, oldest first. */
export function expiredRuns(board: Board): WorkerRun[] {
  return all<WorkerRunRow>(board, `${OPEN_RUNS} AND t.run_claim_expires_at <= +$now ORDER BY t.current_run_id`, {
    now: board.now(),
  }).map(asRun);
}

/** The process of a run, as its dispatcher or the worker itself reports it. */
export interface Spawned {
  taskId: string;
  runId: number;
  pid: number;
  pid_started: string | null;
  boot_id: string | null;
}

/**
 * Keeps which process works on a run.
 *
 * @throws {KanbanError} `not_found`; `conflict` when the run is over. The process is recorded all the
 * same then, so that it can be found and ended.
 */
export function recordSpawned(board: Board, spawned: Spawned): void {
  const open = write(board, () => {
    const isOpen = keepProcess(board, spawned);
    if (!isOpen) return false;
    emit(board, "spawned", stateOf(board, spawned.taskId, "start").key, spawned.runId, { pid: spawned.pid });
    proveProbe(board, spawned.runId, "start");
    return true;
  });
  if (open) return;
  throw conflict("start", stateOf(board, spawned.taskId, "start"), `running under run ${spawned.runId}`);
}

/** Keeps that a dispatcher, or the worker's own first call, found the living process of a run. */
export function recordAdopted(board: Board, adopted: Spawned): void {
  write(board, () => {
    if (!keepProcess(board, adopted)) return;
    emit(board, "adopted", stateOf(board, adopted.taskId, "adopt").key, adopted.runId, { pid: adopted.pid });
    proveProbe(board, adopted.runId, "start");
  });
}

/** Keeps where the process of a run was recognised whose dispatcher did not keep it. */
export function recordPlace(board: Board, runId: number, place: Pick<Run, "host" | "pid_namespace">): void {
  write(board, () =>
    updateRun(
      board,
      runId,
      {
        set: "{host} = $host, {pid_namespace} = $pid_namespace",
        where: "{boot_id} IS NOT NULL AND {pid_namespace} IS NULL",
      },
      { host: place.host, pid_namespace: place.pid_namespace },
    ),
  );
}

/** Keeps that a run's process group is empty. From now on the task may be started again. */
export function recordGone(
  board: Board,
  runId: number,
  end: { exit_code?: number | null; signal?: string | null } = {},
): void {
  write(board, () =>
    updateRun(
      board,
      runId,
      {
        set: `{process_gone_at} = $now, {exit_code} = coalesce({exit_code}, $exitCode),
          {signal} = coalesce({signal}, $signal)`,
        where: "{process_gone_at} IS NULL",
      },
      { now: board.now(), exitCode: end.exit_code ?? null, signal: end.signal ?? null },
    ),
  );
}

/** Renews the leases of runs whose workers were seen alive. No heartbeat is invented and no event written. */
export function renewLeases(board: Board, runIds: readonly number[]): void {
  if (runIds.length === 0) return;
  write(board, () =>
    run(
      board,
      `UPDATE tasks AS t SET run_claim_expires_at = $now + run_ttl_seconds * 1000
       WHERE ${HAS_OPEN_RUN} AND current_run_id IN (SELECT value FROM json_each($runIds))`,
      { runIds: JSON.stringify(runIds), now: board.now() },
    ),
  );
}

/**
 * The earliest instant ahead at which time alone changes something: a lease or time limit that ends,
 * a start that was put off, a back-off, the pause of a hold. Null if none.
 */
export function nextInstant(board: Board): number | null {
  return one<{ at: number | null }>(
    board,
    `SELECT min(at) AS at FROM (
       SELECT min(t.run_claim_expires_at) AS at FROM tasks t WHERE ${HAS_OPEN_RUN} AND t.run_claim_expires_at > +$now
       UNION ALL SELECT min(t.run_started_at + t.run_max_runtime_seconds * 1000) FROM tasks t WHERE ${HAS_OPEN_RUN}
         AND t.run_started_at + t.run_max_runtime_seconds * 1000 > +$now
       UNION ALL SELECT min(not_before) FROM tasks INDEXED BY tasks_not_before
         WHERE not_before > +$now AND not_before IS NOT NULL AND status = 'todo'
       UNION ALL SELECT min(retry_at) FROM tasks INDEXED BY tasks_retry WHERE retry_at > +$now AND retry_at IS NOT NULL AND status = 'ready'
       UNION ALL SELECT min(until) FROM holds WHERE until > +$now AND probe_run_id IS NULL AND ended_at IS NULL
       UNION ALL SELECT min(since + $trialMs) FROM holds WHERE since + $trialMs > +$now AND trial = 1 AND ended_at IS NULL
     )`,
    { now: board.now(), trialMs: TRIAL_MS },
  )!.at;
}

/** Writes who leads the process group, whether the run is still open or not. Returns whether it is open. */
function keepProcess(board: Board, { taskId, runId, pid, pid_started, boot_id }: Spawned): boolean {
  const known = getRun(board, runId, taskId);
  if (known === null || known.task_id !== taskId) {
    throw new KanbanError("not_found", `Cannot record process ${pid} of task "${taskId}": no such run ${runId}`);
  }
  updateRun(
    board,
    runId,
    {
      set: "{pid} = $pid, {pid_started} = coalesce($started, {pid_started}), {boot_id} = coalesce($boot, {boot_id})",
      where: "{process_gone_at} IS NULL",
    },
    { pid, started: pid_started, boot: boot_id },
  );
  return known.ended_at === null;
}
