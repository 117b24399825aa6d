/**
 * One pass of the dispatcher, in this order: starts that take too long, workers that ended or are found
 * again, leases that ran out, time limits, promotions by the clock, processes of closed runs, new starts.
 *
 * Each step reads the board, acts on processes and reports with one kernel call per run, so a pass may
 * be cut off anywhere and the next one continues from the state of the board.
 *
 * @module
 */
import {
  type Board,
  countReady,
  KanbanError,
  liveWorkers,
  lockHolder,
  patiently,
  promoteDue,
  reportStranded,
  unconfirmedRuns,
  type WorkerRun,
} from "../kernel/mod.ts";
import type { Config } from "../config.ts";
import type { Home } from "../home.ts";
import { namedPeople } from "../people.ts";
import { inView, takeInView } from "./endings/unseen.ts";
import { advanceEndings, enforceLimits, reclaimExpired, reconcile, sweep } from "./endings/reconcile.ts";
import { machineTrouble } from "./breaker.ts";
import { requireOwnProc } from "./processes/process_place.ts";
import { checkHolds } from "./shared.ts";
import { claimAndStart, plannedStarts, skipped, usableProfiles } from "./start/start.ts";
import { endLateStarts, settleStarts } from "./start/starts.ts";
import {
  type Dispatcher,
  type DispatchOptions,
  emptyTally,
  newDispatcher,
  type PassResult,
  type TickResult,
} from "./state.ts";
import { armWakeups } from "./wakeups.ts";

/** Makes one pass. `d.pass.tally` gains what it did, `d.wake.at` is the next instant worth a pass. */
export async function tick(d: Dispatcher, { claims = true }: { claims?: boolean } = {}): Promise<void> {
  const began = d.board.now();
  d.wake.at = null;
  d.pass.seen = null;
  await endLateStarts(d);
  const runs = await takeInView(d, unconfirmedRuns(d.board));
  forgetOthers(d, runs);
  await advanceEndings(d, runs);
  await reconcile(d, runs);
  await reclaimExpired(d);
  const left = runs.length === 0 ? [] : inView(d.processes, unconfirmedRuns(d.board));
  await enforceLimits(d, left);
  await promote(d);
  await warnOfStranded(d);
  await sweep(d, left);
  d.pass.runs = left;
  await patiently(() => checkHolds(d));
  if (claims) await claimAndStart(d);
  armWakeups(d, left, began);
}

/** Drops what is remembered of runs that another dispatcher has dealt with. */
function forgetOthers(d: Dispatcher, runs: readonly WorkerRun[]): void {
  const known = new Set(runs.map(({ id }) => id));
  for (const id of d.watched.keys()) if (!known.has(id) && !d.starting.has(id)) d.watched.delete(id);
}

/** How often tasks are looked for that no profile takes. */
const STRANDED_MS = 60_000;

async function warnOfStranded(d: Dispatcher): Promise<void> {
  if (d.clock.monotonic() - d.strandedAt < STRANDED_MS) return;
  d.strandedAt = d.clock.monotonic();
  const { profiles, problems } = d.profiles();
  const names = new Set([...profiles, ...problems].map(({ name }) => name));
  await patiently(() => reportStranded(d.board, { names, people: namedPeople(d.home) }));
}

async function promote(d: Dispatcher): Promise<void> {
  d.pass.tally.promoted += (await patiently(() => promoteDue(d.board))).length;
}

/**
 * Makes one pass and returns what it did. Workers that it started keep running; a daemon, or the next pass,
 * reconciles them. Beside a running daemon it only promotes, claims and starts.
 *
 * @throws {KanbanError} `refused` when the disk is full or the home in other trouble; `busy` when the board stayed locked.
 */
export async function dispatchOnce(
  board: Board,
  home: Home,
  config: Config,
  options: DispatchOptions & { dryRun?: boolean } = {},
): Promise<PassResult> {
  const d = newDispatcher(board, home, config.dispatcher, options);
  for (const { error } of d.profiles().problems) d.warn(error);
  if (options.dryRun) return { ...emptyTally(), spawned: plannedStarts(d), ...leftBy(d) };
  requireOwnProc();
  try {
    if (lockHolder(home.dispatcherLock) === null) await tick(d);
    else {
      await promote(d);
      await claimAndStart(d);
    }
    await settleStarts(d);
    if (d.pass.fault !== null) throw d.pass.fault;
    await finishEndings(d);
    if (d.trouble.current !== null && d.pass.tally.spawned.length === 0) {
      throw new KanbanError("refused", `Cannot dispatch: ${d.trouble.current.text}`);
    }
  } catch (error) {
    const trouble = machineTrouble(error);
    throw trouble === null || error instanceof KanbanError
      ? error
      : new KanbanError("refused", `Cannot dispatch: ${trouble}`);
  }
  return { ...d.pass.tally, ...leftBy(d) };
}

/** Completes the endings that this pass began: no later pass may come to do it. */
async function finishEndings(d: Dispatcher): Promise<void> {
  const deadline = d.clock.monotonic() + 15_000;
  const ending = () => [...d.watched.values()].some((watched) => watched.ending !== null);
  while (ending() && d.clock.monotonic() < deadline) {
    await Bun.sleep(25);
    d.pass.seen = null;
    await advanceEndings(d, inView(d.processes, unconfirmedRuns(d.board)));
  }
}

/** What is ready after a pass, and why it was not started. */
function leftBy(
  d: Dispatcher,
): Omit<PassResult, Exclude<keyof TickResult, "skipped_unassigned" | "skipped_no_profile">> {
  const { unassigned, no_profile } = skipped(d);
  return {
    skipped_unassigned: unassigned,
    skipped_no_profile: no_profile,
    ready: countReady(d.board, { profiles: new Set(usableProfiles(d).keys()) }),
    workers: liveWorkers(d.board).alive,
    max_workers: d.settings.max_workers,
  };
}
