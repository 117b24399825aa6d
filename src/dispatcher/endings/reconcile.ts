/**
 * Compares what the board says about workers with what the operating system says about processes.
 *
 * Open runs: a living worker keeps its lease, an ended one is judged, one that was started but never
 * recorded is found again. Closed runs: what is left of their processes is ended. All of them are runs
 * whose processes this dispatcher can see; `unseen.ts` deals with the others.
 *
 * @module
 */
import {
  EXIT_MS,
  expiredRuns,
  getRun,
  recordAdopted,
  renewLeases,
  taskEvents,
  type WorkerRun,
} from "../../kernel/mod.ts";
import { beginEnding, GRACE_MS, stepEnding } from "./ending.ts";
import { tooSilent } from "./life.ts";
import { findUnrecorded, isStopped, leaderOf, type VisibleRun, viewOf } from "../processes/liveness.ts";
import { concludeClosed, concludeEnded, concludeExited, giveBack, giveBackExpired } from "./outcome.ts";
import { awaitsReport, isOurChild, readStatus } from "../start/spawn.ts";
import { exitPath } from "../../home.ts";
import {
  allSeen,
  type Dispatcher,
  eachRun,
  elapsedMs,
  leaseGraceMs,
  membersSeen,
  report,
  wakeAt,
  wakeIn,
  type Watched,
  watchedRun,
} from "../state.ts";
import { whereIs } from "./unseen.ts";

/** A start and its record take this long at most; then a run without a process never gets one. */
const START_MS_MAX = 300_000;
type Seeable = VisibleRun<WorkerRun>;

/** By how much two clocks of one machine may disagree about an age. */
const CLOCK_SLACK_MS = 2_000;
/** The report of a child's end comes within a few milliseconds. */
const REPORT_MS = 1_000;

/** Moves every ending on and concludes those whose processes are gone. */
export async function advanceEndings(d: Dispatcher, runs: readonly Seeable[]): Promise<void> {
  await eachRun(d, runs, async (run) => {
    const ending = d.watched.get(run.id)?.ending;
    if (!ending) return;
    if (stepEnding(d, run, ending) && endIsKnown(d, run)) await concludeEnded(d, run, ending);
  });
}

/** Reconciles open runs: exits, adoption, leases of live processes. */
export async function reconcile(d: Dispatcher, runs: readonly Seeable[]): Promise<void> {
  const living: Seeable[] = [];
  await eachRun(d, runs, async (run) => {
    if (run.ended_at !== null || d.starting.has(run.id) || watchedRun(d, run).ending !== null) return;
    const found = run.pid === null ? await findStart(d, run) : run;
    if (found === null) return;
    if (leaderOf(d.processes, found) !== null) {
      watchedRun(d, run).witnessed = true;
      await adopt(d, found);
      living.push(found);
    } else if (membersSeen(d, found).length > 0) {
      beginEnding(d, found, { kind: "exited" });
      wakeAt(d, d.board.now()); // What is left may be gone as soon as it has its signal.
    } else if (endIsKnown(d, found)) await concludeExited(d, found);
  });
  await keepLeases(d, living);
}

/** Ends the workers of runs whose time is up, and those that have been silent for too long. */
export async function enforceLimits(d: Dispatcher, runs: readonly Seeable[]): Promise<void> {
  await eachRun(d, runs, async (run) => {
    if (run.ended_at !== null || d.starting.has(run.id) || watchedRun(d, run).ending !== null) return;
    const elapsed = elapsedMs(d, run);
    const limitMs = run.max_runtime_seconds === null ? Infinity : run.max_runtime_seconds * 1_000;
    if (elapsed >= limitMs) {
      const elapsed_seconds = Math.floor(elapsed / 1_000);
      beginEnding(d, run, { kind: "timed_out", elapsed_seconds, limit_seconds: run.max_runtime_seconds! });
      return;
    }
    const silence = run.pid === null ? null : tooSilent(d, run);
    if (silence !== null) beginEnding(d, run, { kind: "silent", ...silence });
  });
}

/** Takes back what was claimed and not kept alive. A worker that still has processes is ended first. */
export async function reclaimExpired(d: Dispatcher): Promise<void> {
  await eachRun(d, expiredRuns(d.board), async (run) => {
    if (d.starting.has(run.id) || watchedRun(d, run).ending !== null) return;
    const graceMs = leaseGraceMs(d, run);
    if (graceMs > 0) {
      wakeIn(d, graceMs);
      return;
    }
    const view = run.boot_id === null ? null : viewOf(d.processes, run);
    if (view?.kind === "visible" && membersSeen(d, view.run).length > 0) {
      beginEnding(d, view.run, { kind: "reclaimed", reason: "lease ran out" });
    } else if (view?.kind === "unseen") {
      await giveBackExpired(d, run, `lease ran out; its worker was started ${whereIs(run, d.processes)}, out of sight`);
    } else await giveBackExpired(d, run, "lease ran out");
  });
}

/** Ends what is left of the processes of runs that are closed, and keeps when they are gone. */
export async function sweep(d: Dispatcher, runs: readonly Seeable[]): Promise<void> {
  await eachRun(d, runs, async (run) => {
    if (run.ended_at === null || d.starting.has(run.id)) return;
    const watched = watchedRun(d, run);
    if (watched.ending !== null) return;
    watched.closedAt ??= d.clock.monotonic();
    const found = run.pid === null ? findClosedStart(d, run) : run;
    if (found === null) return;
    const alive = leaderOf(d.processes, found) !== null;
    if (alive) watched.witnessed = true;
    else if (membersSeen(d, found).length === 0) {
      if (endIsKnown(d, found)) await concludeClosed(d, found);
      return;
    }
    // A worker that finished its task by itself is on its way out.
    const left = exitMs(d, run, watched, alive);
    if (left > 0 && endedItself(d, run)) {
      wakeIn(d, alive ? left : Math.min(left, stragglersMs(d, watched)));
      const slotMs = EXIT_MS.frees_slot - (d.board.now() - run.ended_at);
      if (slotMs > 0) wakeIn(d, slotMs);
    } else {
      beginEnding(d, found, { kind: "closed" });
    }
  });
}

/**
 * How long a worker that finished by itself may still take: its last turn has what it used. Less where its task
 * waits to be started again, and for what it left behind.
 */
function exitMs(d: Dispatcher, run: Seeable, watched: Watched, alive: boolean): number {
  const now = d.clock.monotonic();
  if (!alive) return GRACE_MS - (now - (watched.goneAt ??= now));
  return (run.task_status === "ready" ? GRACE_MS : EXIT_MS.grace) - (now - watched.closedAt!);
}

/**
 * When to check the processes that a worker left behind: their end is not reported. Most are ending too (the server
 * of its tools reads that its input is closed), the others may take their time.
 */
function stragglersMs(d: Dispatcher, watched: Watched): number {
  watched.goneAt ??= d.clock.monotonic();
  return Math.max(10, d.clock.monotonic() - watched.goneAt);
}

/**
 * Whether all is known of an end that there will be. A child process is gone a moment before the system reports its
 * status to the parent, and without an exit file that is the only witness.
 */
function endIsKnown(d: Dispatcher, run: Seeable): boolean {
  if (!awaitsReport(run) || readStatus(exitPath(d.home, run.id)) !== null) return true;
  const watched = watchedRun(d, run);
  watched.goneAt ??= d.clock.monotonic();
  const left = watched.goneAt + REPORT_MS - d.clock.monotonic();
  if (left > 0) wakeIn(d, left);
  return left <= 0;
}

/** A worker signs with its profile's name; anybody else ended the run in its place. */
function endedItself(d: Dispatcher, run: WorkerRun): boolean {
  if (run.outcome !== "completed" && run.outcome !== "blocked") return false;
  const last = taskEvents(d.board, run.task_id, { limit: 50 }).findLast(
    ({ run_id, kind }) => run_id === run.id && ["completed", "review_requested", "blocked"].includes(kind),
  );
  return last?.actor === run.profile;
}

/** Keeps the leases of living workers, except of stopped ones: they cannot be at work. */
async function keepLeases(d: Dispatcher, living: readonly WorkerRun[]): Promise<void> {
  const due: WorkerRun[] = [];
  for (const run of living) {
    if (run.claim_expires_at - run.ttl_seconds * 500 <= d.board.now()) due.push(run);
    // The wrapper ends right after it has written the exit file, which woke us.
    if (!isOurChild(run) && readStatus(exitPath(d.home, run.id)) !== null) wakeIn(d, 5);
  }
  if (due.length === 0) return;
  // The group alone: a helper in a session of its own keeps running when the worker is stopped.
  const group = ({ pid }: WorkerRun) => allSeen(d).filter((seen) => seen.group === pid);
  const working = due.filter((run) => !isStopped(group(run), run.pid));
  await report(() =>
    renewLeases(
      d.board,
      working.map(({ id }) => id),
    ),
  );
}

async function adopt(d: Dispatcher, run: WorkerRun): Promise<void> {
  const watched = watchedRun(d, run);
  if (!d.stays || watched.adopted || isOurChild(run)) return;
  watched.adopted = true;
  await recordProcess(d, run);
}

/**
 * The process of a run whose start was never recorded, recorded now. Null when this run needs no action at the moment.
 */
async function findStart(d: Dispatcher, run: Seeable): Promise<Seeable | null> {
  const leader = findUnrecorded(d.processes, d.home, run);
  if (leader !== null) {
    const found = { ...run, pid: leader.pid, pid_started: leader.started };
    watchedRun(d, run).adopted = true;
    await recordProcess(d, found);
    return found;
  }
  if (mayStillStart(d, run)) return null;
  if (readStatus(exitPath(d.home, run.id)) !== null) return run; // It has come and gone.
  const now = getRun(d.board, run.id);
  if (now?.ended_at === null && now.pid === null)
    await giveBack(d, run, "its dispatcher ended before it started a worker");
  return null;
}

function findClosedStart(d: Dispatcher, run: Seeable): Seeable | null {
  const leader = findUnrecorded(d.processes, d.home, run);
  if (leader !== null) return { ...run, pid: leader.pid, pid_started: leader.started };
  return mayStillStart(d, run) ? null : run;
}

/** Whether the dispatcher that claimed a run may be about to start its process. */
function mayStillStart(d: Dispatcher, run: Seeable): boolean {
  const pid = Number(/:(\d+)$/.exec(run.claimer)?.[1]);
  if (!pid || pid === process.pid || elapsedMs(d, run) > START_MS_MAX) return false;
  // A process that is younger than the claim only has the pid of the one that made it.
  const age = d.processes.ageMs(pid);
  return age !== null && age >= elapsedMs(d, run) - CLOCK_SLACK_MS;
}

async function recordProcess(d: Dispatcher, { id, task_id, pid, pid_started, boot_id }: WorkerRun): Promise<void> {
  await report(() => recordAdopted(d.board, { runId: id, taskId: task_id, pid: pid!, pid_started, boot_id }));
}
