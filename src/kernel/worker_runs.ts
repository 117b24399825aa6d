/**
 * Runs as a dispatcher sees them: claiming for a worker, and reporting what became of its process.
 *
 * The dispatcher starts and ends processes outside any transaction and reports each result with one
 * call from here. `boot_id` marks a run that a dispatcher made; until `process_gone_at` is set, its
 * process may still be alive, whatever became of the run.
 *
 * @module
 */
import { all, type Board, one, read, run, write } from "./db.ts";
import { type Claimed, claim } from "./claims.ts";
import { KanbanError } from "./errors.ts";
import { emit } from "./events.ts";
import { boardState } from "./pause.ts";
import { asRun, getRun, type RunRow } from "./runs.ts";
import type { Run, Status, Task } from "./schema.ts";
import { getTask } from "./tasks.ts";
import { conflict, stateOf } from "./transition.ts";

/** A run with what a dispatcher needs to know of its task. */
export interface WorkerRun extends Run {
  assignee: string | null;
  task_status: Status;
  workspace_path: string | null;
  title: string;
  /** Consecutive failures of the task before this run. */
  failures: number;
}

/** What limits the workers of one profile; null means no limit. */
export interface ProfileLimits {
  max_running: number | null;
  max_runtime_seconds: number | null;
}

export interface WorkerClaim {
  claimer: string;
  boot_id: string;
  ttlSeconds?: number;
  /** Profiles that may be started here. Tasks of other assignees are left alone. */
  profiles: ReadonlyMap<string, ProfileLimits>;
  /** Most workers alive at once on this board. */
  maxWorkers: number;
}

/**
 * Claims the next task that a worker may be started for: ready, assigned to one of the profiles that
 * has room, past its back-off, with no process left from an earlier run. The caps are counted in the
 * same transaction. Returns null when there is none, or the board is paused.
 */
export function claimForWorker(board: Board, options: WorkerClaim): Claimed | null {
  return write(board, () => {
    if (boardState(board).paused) return null;
    const next = candidate(board, options, liveWorkers(board));
    if (next === null) return null;
    const task = stateOf(board, next, "claim");
    const limit = options.profiles.get(task.assignee!)!.max_runtime_seconds;
    return claim(board, task, {
      claimer: options.claimer,
      boot_id: options.boot_id,
      ...(options.ttlSeconds === undefined ? {} : { ttlSeconds: options.ttlSeconds }),
      // The task's own limit wins; 0 means that there is none.
      max_runtime_seconds: (task.max_runtime_seconds ?? limit) || null,
    });
  });
}

/** What `claimForWorker` would take one after the other, without changing anything. */
export function workerCandidates(
  board: Board,
  options: Omit<WorkerClaim, "claimer" | "boot_id">,
  limit: number,
): Task[] {
  return read(board, () => {
    if (boardState(board).paused) return [];
    const live = liveWorkers(board);
    const taken: Task[] = [];
    while (taken.length < limit) {
      const next = candidate(board, options, live, taken);
      if (next === null) break;
      taken.push(getTask(board, next));
      live.alive++;
      const { assignee } = taken.at(-1)!;
      live.byProfile.set(assignee!, (live.byProfile.get(assignee!) ?? 0) + 1);
    }
    return taken;
  });
}

/** The id of the next task that a worker may be started for, given who is alive and what is taken already. */
function candidate(
  board: Board,
  { profiles, maxWorkers }: Omit<WorkerClaim, "claimer" | "boot_id">,
  live: LiveWorkers,
  taken: readonly Task[] = [],
): string | null {
  if (live.alive >= maxWorkers) return null;
  const waiting = readyAssignees(board);
  const eligible = [...profiles]
    .filter(
      ([name, { max_running }]) => waiting.has(name) && (live.byProfile.get(name) ?? 0) < (max_running ?? Infinity),
    )
    .map(([name]) => name);
  // Asked first, so that a long queue of tasks that nobody here may start is not walked on every tick.
  if (eligible.length === 0) return null;
  const row = one<{ id: string }>(
    board,
    `SELECT t.id FROM tasks t
     WHERE t.status = 'ready' AND t.status NOT IN ('done', 'archived')
       AND t.assignee IN (SELECT value FROM json_each($eligible)) AND (t.retry_at IS NULL OR t.retry_at <= $now)
       AND t.id NOT IN (SELECT value FROM json_each($taken))
       AND NOT EXISTS (SELECT 1 FROM task_runs o
                       WHERE o.task_key = t.key AND o.boot_id IS NOT NULL AND o.process_gone_at IS NULL)
     ORDER BY t.priority DESC, t.queue_at, t.key LIMIT 1`,
    { eligible: JSON.stringify(eligible), taken: JSON.stringify(taken.map(({ id }) => id)), now: board.now() },
  );
  return row?.id ?? null;
}

/** Ready tasks that no dispatcher with these profiles will start, and why; oldest in the queue first. */
export function skippedTasks(
  board: Board,
  profiles: ReadonlySet<string>,
  limit = 1_000,
): { unassigned: string[]; no_profile: string[] } {
  const foreign = [...readyAssignees(board)].filter((name) => name !== "" && !profiles.has(name));
  const ids = (assignees: readonly string[]) =>
    assignees.length === 0
      ? []
      : all<{ id: string }>(
          board,
          `SELECT id FROM tasks
           WHERE status = 'ready' AND status NOT IN ('done', 'archived')
             AND coalesce(assignee, '') IN (SELECT value FROM json_each($assignees))
           ORDER BY priority DESC, queue_at, key LIMIT $limit`,
          { assignees: JSON.stringify(assignees), limit },
        ).map((task) => task.id);
  return { unassigned: readyAssignees(board).has("") ? ids([""]) : [], no_profile: ids(foreign) };
}

/** How many tasks are ready and past their back-off. */
export function countReady(board: Board): number {
  return one<{ n: number }>(
    board,
    `SELECT (SELECT coalesce(sum(n), 0) FROM board_counts WHERE status = 'ready')
       - (SELECT count(*) FROM tasks WHERE retry_at > $now AND retry_at IS NOT NULL AND status = 'ready') AS n`,
    { now: board.now() },
  )!.n;
}

const WORKER_RUN = `SELECT r.id, t.id AS task_id, r.profile, r.step_key, r.claimer, r.claim_expires_at, r.ttl_seconds,
    r.pid, r.pid_started, r.boot_id, r.max_runtime_seconds, r.last_heartbeat_at, r.started_at, r.ended_at,
    r.process_gone_at, r.outcome, r.exit_code, r.signal, r.summary, r.metadata, r.error, r.usage, r.session_id,
    t.assignee, t.status AS task_status, t.workspace_path, t.title, t.failures`;

// Through the pointers of the running tasks, which stand together in the index over the living.
const FROM_OPEN_RUNS = `FROM tasks t JOIN task_runs r ON r.id = t.current_run_id
  WHERE t.status = 'running' AND t.status NOT IN ('done', 'archived')`;

type WorkerRunRow = Omit<WorkerRun, "metadata" | "usage"> & RunRow;

/** Every open run, oldest first: as many as tasks are running. */
export function openRuns(board: Board): WorkerRun[] {
  return all<WorkerRunRow>(board, `${WORKER_RUN} ${FROM_OPEN_RUNS} ORDER BY r.id`).map(asRun);
}

/** Runs made by a dispatcher whose process is not confirmed gone, open or closed; oldest first. */
export function unconfirmedRuns(board: Board): WorkerRun[] {
  return all<WorkerRunRow>(
    board,
    `${WORKER_RUN} FROM task_runs r INDEXED BY task_runs_process JOIN tasks t ON t.key = r.task_key
     WHERE r.boot_id IS NOT NULL AND r.process_gone_at IS NULL ORDER BY r.id`,
  ).map(asRun);
}

/** Open runs whose lease ran out, oldest first. */
export function expiredRuns(board: Board): WorkerRun[] {
  return all<WorkerRunRow>(board, `${WORKER_RUN} ${FROM_OPEN_RUNS} AND r.claim_expires_at <= $now ORDER BY r.id`, {
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
    if (isOpen)
      emit(board, "spawned", stateOf(board, spawned.taskId, "start").key, spawned.runId, { pid: spawned.pid });
    return isOpen;
  });
  if (open) return;
  throw conflict("start", stateOf(board, spawned.taskId, "start"), `running under run ${spawned.runId}`);
}

/** Keeps that a dispatcher, or the worker's own first call, found the living process of a run. */
export function recordAdopted(board: Board, adopted: Spawned): void {
  write(board, () => {
    if (!keepProcess(board, adopted)) return;
    emit(board, "adopted", stateOf(board, adopted.taskId, "adopt").key, adopted.runId, { pid: adopted.pid });
  });
}

/** Keeps that a run's process group is empty. From now on the task may be started again. */
export function recordGone(
  board: Board,
  runId: number,
  end: { exit_code?: number | null; signal?: string | null } = {},
): void {
  write(board, () =>
    run(
      board,
      `UPDATE task_runs SET process_gone_at = $now, exit_code = coalesce(exit_code, $exitCode),
         signal = coalesce(signal, $signal)
       WHERE id = $runId AND process_gone_at IS NULL`,
      { runId, now: board.now(), exitCode: end.exit_code ?? null, signal: end.signal ?? null },
    ),
  );
}

/** Renews the leases of runs whose workers were seen alive. No heartbeat is invented and no event written. */
export function renewLeases(board: Board, runIds: readonly number[]): void {
  if (runIds.length === 0) return;
  write(board, () =>
    run(
      board,
      `UPDATE task_runs SET claim_expires_at = $now + ttl_seconds * 1000
       WHERE id IN (SELECT value FROM json_each($runIds)) AND ended_at IS NULL`,
      { runIds: JSON.stringify(runIds), now: board.now() },
    ),
  );
}

/**
 * The earliest instant ahead at which time alone changes something: a lease or time limit that ends,
 * a start that was put off, a back-off. Null when there is none.
 */
export function nextInstant(board: Board): number | null {
  return one<{ at: number | null }>(
    board,
    `SELECT min(at) AS at FROM (
       SELECT min(r.claim_expires_at) AS at ${FROM_OPEN_RUNS} AND r.claim_expires_at > $now
       UNION ALL SELECT min(r.started_at + r.max_runtime_seconds * 1000) ${FROM_OPEN_RUNS}
         AND r.started_at + r.max_runtime_seconds * 1000 > $now
       UNION ALL SELECT min(not_before) FROM tasks
         WHERE not_before > $now AND not_before IS NOT NULL AND status = 'todo'
       UNION ALL SELECT min(retry_at) FROM tasks WHERE retry_at > $now AND retry_at IS NOT NULL AND status = 'ready'
     )`,
    { now: board.now() },
  )!.at;
}

/** Writes who leads the process group, whether the run is still open or not. Tells whether it is. */
function keepProcess(board: Board, { taskId, runId, pid, pid_started, boot_id }: Spawned): boolean {
  const known = getRun(board, runId);
  if (known === null || known.task_id !== taskId) {
    throw new KanbanError("not_found", `Cannot record process ${pid} of task "${taskId}": no such run ${runId}`);
  }
  run(
    board,
    `UPDATE task_runs SET pid = $pid, pid_started = coalesce($started, pid_started), boot_id = coalesce($boot, boot_id)
     WHERE id = $runId AND process_gone_at IS NULL`,
    { runId, pid, started: pid_started, boot: boot_id },
  );
  return known.ended_at === null;
}

interface LiveWorkers {
  alive: number;
  byProfile: Map<string, number>;
}

/** Workers that live or may live, by profile: few, and they have an index of their own. */
function liveWorkers(board: Board): LiveWorkers {
  const rows = all<{ profile: string; n: number }>(
    board,
    `SELECT coalesce(profile, '') AS profile, count(*) AS n FROM task_runs
     WHERE boot_id IS NOT NULL AND process_gone_at IS NULL GROUP BY 1`,
  );
  return {
    alive: rows.reduce((sum, { n }) => sum + n, 0),
    byProfile: new Map(rows.map(({ profile, n }) => [profile, n])),
  };
}

function readyAssignees(board: Board): Set<string> {
  const rows = all<{ assignee: string }>(
    board,
    "SELECT DISTINCT assignee FROM board_counts WHERE status = 'ready' AND n > 0",
  );
  return new Set(rows.map((row) => row.assignee));
}
