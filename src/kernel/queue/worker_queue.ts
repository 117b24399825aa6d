/**
 * The queue as a dispatcher sees it: which task a worker may be started for next.
 *
 * Eligible is a task that is ready, assigned to one of the dispatcher's profiles with room for another
 * worker and without a hold on what it depends on, past its back-off, without a process left from an earlier run, and in no worktree that another
 * task works in. The caps are counted in the transaction that claims, so that two dispatchers together
 * never exceed them.
 *
 * @module
 */
import { all, type Board, one, read, write } from "../store/db.ts";
import { type Claimed, claim } from "../tasks/claims.ts";
import type { Grant } from "../tasks/fence.ts";
import { type HoldKey, isDue } from "../tasks/holds.ts";
import { noteWorker } from "../store/known_names.ts";
import { firstInLanes } from "../store/lanes.ts";
import { type LiveWorkers, liveWorkers, type Obstacle } from "./live_workers.ts";
import { beginProbe, beginTrial, endTrials, isUntried } from "../tasks/probes.ts";
import { boardState } from "../tasks/pause.ts";
import { type Roster, standingOf } from "./people.ts";
import type { Task } from "../schema.ts";
import { stateAt, taskOf } from "../tasks/task_rows.ts";
import { WORKTREE_IS_FREE } from "../tasks/workspaces.ts";

/** What limits the workers of one profile, and what it allows them; null means no limit. */
export interface ProfileLimits {
  max_running: number | null;
  max_runtime_seconds: number | null;
  /** What they may do beyond what every worker may; left out, nothing. The run keeps it. */
  may?: readonly Grant[];
  /**
   * What its workers depend on. While one of these is held, nothing is claimed but a probe. Left out: what the
   * dispatcher of the board last found, for those who only look.
   */
  needs?: readonly HoldKey[];
  /** One of its needs that one run uses alone first, if none ever did. */
  trial?: HoldKey | null;
}

export interface WorkerClaim {
  claimer: string;
  boot_id: string;
  host?: string | null;
  pid_namespace?: string | null;
  ttlSeconds?: number;
  /** Profiles that may be started here. Tasks of other assignees are left alone. */
  profiles: ReadonlyMap<string, ProfileLimits>;
  /** Most workers alive at once on this board. */
  maxWorkers: number;
}

/**
 * Claims the next task that a worker may be started for: ready, assigned to one of the profiles that
 * has room, past its back-off, with no process left from an earlier run and its worktree free. The caps
 * are counted in the same transaction. Returns null if none, or when the board is paused.
 */
export function claimForWorker(board: Board, options: WorkerClaim): Claimed | null {
  return write(board, () => {
    if (boardState(board).paused) return null;
    endTrials(board);
    const live = liveWorkers(board);
    const next = candidate(board, options, live);
    if (next === null) return null;
    const task = stateAt(board, next);
    const { max_runtime_seconds: limit, may = [], needs, trial = null } = options.profiles.get(task.assignee!)!;
    const claimed = claim(board, task, {
      claimer: options.claimer,
      boot_id: options.boot_id,
      may,
      host: options.host ?? null,
      pid_namespace: options.pid_namespace ?? null,
      ...(options.ttlSeconds === undefined ? {} : { ttlSeconds: options.ttlSeconds }),
      // The task's own limit wins; 0 means no limit.
      max_runtime_seconds: (task.max_runtime_seconds ?? limit) || null,
    });
    noteWorker(board, task.assignee!);
    beginProbe(board, holdsOn(live.holds, task.assignee!, needs), claimed.run.id);
    if (trial !== null && isUntried(board, trial)) {
      beginTrial(board, trial, { runId: claimed.run.id, taskKey: task.key, profile: task.assignee! });
    }
    return claimed;
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
      taken.push(taskOf(stateAt(board, next)));
      live.alive++;
      const { assignee } = taken.at(-1)!;
      live.byProfile.set(assignee!, (live.byProfile.get(assignee!) ?? 0) + 1);
      const { needs, trial = null } = options.profiles.get(assignee!)!;
      const probed = holdsOn(live.holds, assignee!, needs);
      live.holds = live.holds.map((hold) => (probed.includes(hold) ? { ...hold, until: null } : hold));
      if (trial !== null && isUntried(board, trial)) live.holds = [...live.holds, { ...trial, ...TAKEN }];
    }
    return taken;
  });
}

/** The key of the next task that a worker may be started for, given who is alive and what is taken already. */
function candidate(
  board: Board,
  { profiles, maxWorkers }: Omit<WorkerClaim, "claimer" | "boot_id">,
  live: LiveWorkers,
  taken: readonly Task[] = [],
): number | null {
  if (live.alive >= maxWorkers) return null;
  const waiting = readyAssignees(board);
  const now = board.now();
  const eligible = [...profiles]
    .filter(([name, { max_running, needs }]) => {
      const hasRoom = waiting.has(name) && (live.byProfile.get(name) ?? 0) < (max_running ?? Infinity);
      return hasRoom && holdsOn(live.holds, name, needs).every((hold) => isDue(hold, now));
    })
    .map(([name]) => name);
  // Asked first, so that a long queue of tasks that this dispatcher may not start is not walked on every tick.
  if (eligible.length === 0) return null;
  const [next] = firstInLanes(
    board,
    { status: "ready", owners: eligible },
    {
      limit: 1,
      where: `(t.retry_at IS NULL OR t.retry_at <= $now)
        AND t.id NOT IN (SELECT value FROM json_each($taken))
        AND (t.workspace_kind <> 'worktree' OR t.workspace_path IS NULL
             OR t.workspace_path NOT IN (SELECT value FROM json_each($takenTrees)))
        AND ${WORKTREE_IS_FREE}
        AND NOT EXISTS (SELECT 1 FROM task_runs o
                        WHERE o.task_key = t.key AND o.boot_id IS NOT NULL AND o.process_gone_at IS NULL)`,
      params: {
        taken: JSON.stringify(taken.map(({ id }) => id)),
        takenTrees: JSON.stringify(
          taken
            .filter(({ workspace_kind }) => workspace_kind === "worktree")
            .flatMap(({ workspace_path }) => workspace_path ?? []),
        ),
        now,
      },
    },
  );
  return next?.key ?? null;
}

/** Ready tasks that no dispatcher starts, by their ids. */
export interface Skipped {
  unassigned: string[];
  /** Assigned to what is neither a profile that can be used nor a person that is known. */
  no_profile: string[];
  /** Those of them that were probably meant for a profile: what is worth a warning. */
  missing: string[];
}

/**
 * Ready tasks that no dispatcher with these profiles will start, and why; oldest in the queue first. Those of people
 * are left out: they wait for them.
 *
 * @param roster.names Of profiles that can be used.
 */
export function skippedTasks(board: Board, roster: Roster, limit = 1_000): Skipped {
  const named = [...readyAssignees(board)].filter((name) => name !== "");
  const standing = new Map(named.map((name) => [name, standingOf(board, name, roster)]));
  const missing = named.filter((name) => standing.get(name) === "missing");
  const foreign = named.filter((name) => standing.get(name) === "missing" || standing.get(name) === "unknown");
  const ids = (owners: readonly string[]) =>
    owners.length === 0
      ? []
      : firstInLanes(board, { status: "ready", owners }, { limit }).map(({ key }) => stateAt(board, key).id);
  return {
    unassigned: readyAssignees(board).has("") ? ids([""]) : [],
    no_profile: ids(foreign),
    missing: ids(missing),
  };
}

/**
 * How many tasks are ready and past their back-off; with `profiles`, only those of these. A task without an assignee
 * is backlog, and one of a person waits for that person.
 */
export function countReady(board: Board, { profiles }: { profiles?: ReadonlySet<string> } = {}): number {
  return one<{ n: number }>(
    board,
    `SELECT (SELECT coalesce(sum(n), 0) FROM board_counts
             WHERE status = 'ready' AND ($names IS NULL OR assignee IN (SELECT value FROM json_each($names))))
       - (SELECT count(*) FROM tasks INDEXED BY tasks_retry
          WHERE retry_at > $now AND retry_at IS NOT NULL AND status = 'ready'
            AND ($names IS NULL OR assignee IN (SELECT value FROM json_each($names)))) AS n`,
    { now: board.now(), names: profiles === undefined ? null : JSON.stringify([...profiles]) },
  )!.n;
}

/** One whose probe was just taken. */
const TAKEN = { until: null, probe_run_id: null, profiles: [] };

/** The holds on what a profile depends on. */
function holdsOn<H extends Obstacle>(holds: readonly H[], name: string, needs: readonly HoldKey[] | undefined): H[] {
  if (needs === undefined) return holds.filter(({ profiles }) => profiles.includes(name));
  return holds.filter(({ kind, key }) => needs.some((need) => need.kind === kind && need.key === key));
}

/** Assignees that have ready tasks, from the counters; `""` means none. */
export function readyAssignees(board: Board): Set<string> {
  const rows = all<{ assignee: string }>(
    board,
    "SELECT DISTINCT assignee FROM board_counts WHERE status = 'ready' AND n > 0",
  );
  return new Set(rows.map((row) => row.assignee));
}
