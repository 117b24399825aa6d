/**
 * Runs whose processes this dispatcher cannot see: those of another machine, or of another PID namespace
 * (a container, a sandbox) of this one.
 *
 * None of them is judged or signalled: a number of ours is another process there. What the worker still shows is its
 * lease, which its own heartbeats renew. An open run is reclaimed when its lease runs out; a closed one counts as
 * gone no sooner, since a second worker could else start beside a living one.
 *
 * @module
 */
import { type Board, patiently, recordPlace, type Run, unconfirmedRuns, type WorkerRun } from "../../kernel/mod.ts";
import { exitPath } from "../../home.ts";
import { recognise, type VisibleRun, viewOf } from "../processes/liveness.ts";
import { concludeClosed, concludeExited, giveBack } from "./outcome.ts";
import { hostName, type Place } from "../processes/process_place.ts";
import { readStatus } from "../start/spawn.ts";
import { type Dispatcher, eachRun, leaseGraceMs, wakeAt } from "../state.ts";

/** So many of them are named in a sentence; the others are counted. */
const NAMED_MAX = 5;

/**
 * Picks the runs whose processes are visible, and handles all others: those of an earlier boot are
 * over, those out of sight are left to their leases.
 */
export async function takeInView(d: Dispatcher, runs: readonly WorkerRun[]): Promise<VisibleRun<WorkerRun>[]> {
  const visible: VisibleRun<WorkerRun>[] = [];
  const unseen: WorkerRun[] = [];
  await eachRun(d, runs, async (run) => {
    const view = viewOf(d.processes, run.pid_namespace === null ? await placed(d, run) : run);
    if (view.kind === "visible") visible.push(view.run);
    else if (view.kind === "gone") await concludeGone(d, run);
    else {
      unseen.push(run);
      await awaitLease(d, run);
    }
  });
  warnOfUnseen(d, unseen);
  return visible;
}

/** Whether a worker is left that is this dispatcher's to wait for: the end of one out of sight is not. */
export function hasWorkers(d: Dispatcher): boolean {
  return d.starting.size > 0 || inView(d.processes, unconfirmedRuns(d.board)).length > 0;
}

/** The runs among these whose processes are visible. */
export function inView(place: Place, runs: readonly WorkerRun[]): VisibleRun<WorkerRun>[] {
  return runs.flatMap((run) => {
    const view = viewOf(place, run);
    return view.kind === "visible" ? [view.run] : [];
  });
}

/** The runs that may have a process and whose processes cannot be seen from a place; oldest first. */
export function unseenRuns(board: Board, place: Place): WorkerRun[] {
  return unconfirmedRuns(board).filter((run) => viewOf(place, run).kind === "unseen");
}

/** Where a run's processes are, seen from another place. */
export function whereIs(run: Pick<Run, "boot_id" | "host">, place: Place): string {
  if (run.boot_id === place.bootId) return "in another PID namespace of this machine";
  return run.host === null ? "on another machine" : `on ${hostName(run.host)}`;
}

/** Who works out of sight of a dispatcher, where, and until when each lease holds: one sentence. */
export function unseenInWords(runs: readonly WorkerRun[], place: Place): string {
  const named = runs.slice(0, NAMED_MAX).map((run) => {
    const who = run.profile === null ? "" : ` by ${run.profile}`;
    const until = new Date(run.claim_expires_at).toISOString().slice(0, 16).replace("T", " ");
    return `${run.task_id}${who} ${whereIs(run, place)}, lease until ${until} UTC`;
  });
  if (runs.length > NAMED_MAX) named.push(`${runs.length - NAMED_MAX} more`);
  const subject = runs.length === 1 ? "1 run" : `${runs.length} runs`;
  return `cannot see the processes of ${subject}, only the leases count: ${named.join("; ")}`;
}

/** A run that does not say where it was started, at the place where its process is recognised. */
async function placed(d: Dispatcher, run: WorkerRun): Promise<WorkerRun> {
  if (recognise(d.processes, d.home, run) === null) return run;
  const { host, namespace: pid_namespace } = d.processes;
  await patiently(() => recordPlace(d.board, run.id, { host, pid_namespace }));
  return { ...run, host, pid_namespace };
}

/** The machine was restarted: no process of this run is left. */
async function concludeGone(d: Dispatcher, run: WorkerRun): Promise<void> {
  if (run.ended_at !== null) return concludeClosed(d, run);
  const started = run.pid !== null || readStatus(exitPath(d.home, run.id)) !== null;
  if (started) await concludeExited(d, run);
  else await giveBack(d, run, "its dispatcher ended before it started a worker");
}

/** An open run is reclaimed with all others whose lease expires; a closed one is checked only here. */
async function awaitLease(d: Dispatcher, run: WorkerRun): Promise<void> {
  if (run.ended_at === null) return;
  const leftMs = Math.max(run.claim_expires_at - d.board.now(), leaseGraceMs(d, run));
  if (leftMs > 0) wakeAt(d, d.board.now() + leftMs);
  else await concludeClosed(d, run);
}

/** Says so once for each set of them. */
function warnOfUnseen(d: Dispatcher, unseen: readonly WorkerRun[]): void {
  const open = unseen.filter(({ ended_at }) => ended_at === null);
  d.unseen.words = open.length === 0 ? null : unseenInWords(open, d.processes);
  const isNew = open.some(({ id }) => !d.unseen.logged.has(id));
  d.unseen.logged = new Set(open.map(({ id }) => id));
  if (isNew) d.warn(d.unseen.words!);
}
