/**
 * What a dispatcher holds in memory while it runs. All of it can be lost: what counts is on the board,
 * and the next dispatcher finds the processes again by their identity.
 *
 * @module
 */
import type { DispatcherConfig } from "../config.ts";
import { claimerName, type Home } from "../home.ts";
import { type Board, type HoldKey, KanbanError, patiently, type Run, type WorkerRun } from "../kernel/mod.ts";
import { machineTrouble } from "./breaker.ts";
import type { Ending } from "./endings/ending.ts";
import type { Life } from "./endings/life.ts";
import { membersOf, type Processes, type Seen, systemProcesses, type VisibleRun } from "./processes/liveness.ts";
import type { Agents } from "./start/plan.ts";
import { type ProfileList, watchProfiles } from "./start/profile.ts";

/** What one pass did; exactly what `kanban dispatch --json` prints. */
export interface TickResult {
  reclaimed: number;
  /** Workers that ended without finishing their task, by crash or in silence. */
  crashed: number;
  timed_out: number;
  /** Tasks that were blocked because they failed too often. */
  auto_blocked: number;
  promoted: number;
  spawned: { task_id: string; assignee: string; workspace: string }[];
  skipped_unassigned: string[];
  skipped_no_profile: string[];
}

/** What one pass did, and what it left. */
export interface PassResult extends TickResult {
  /** Tasks that are ready for a profile after it; those that a dry run would start among them. */
  ready: number;
  /** Workers that hold a slot, and how many slots there are. */
  workers: number;
  max_workers: number;
}

/** What a profile depends on, as it was at one instant. */
export interface Sharing {
  readonly needs: readonly HoldKey[];
  /** Of everything whose change may end a fault. */
  readonly fingerprint: string;
}

/** What the dispatcher knows of a run beyond its row. */
export interface Watched {
  /** Its leader was seen alive by this dispatcher. */
  witnessed: boolean;
  adopted: boolean;
  /** `Dispatcher.jumps` when the run was first seen: what came before does not count for it. */
  readonly jumpsBefore: number;
  /** When its run was first seen closed, on the monotonic clock. */
  closedAt: number | null;
  /** When its leader was first seen gone after its run was over, on the monotonic clock. */
  goneAt: number | null;
  ending: Ending | null;
  /** Its newest signs of life; null before the first look for some. */
  life: Life | null;
  /** How long it may be silent, as its start was recorded; null before that was read. */
  staleSeconds: number | "as set" | null;
  /** What its profile depended on when it was started; null when another dispatcher did that. */
  sharing: Sharing | null;
}

/** A start that is under way, from the claim until its process is recorded. */
export interface Starting {
  readonly run: Pick<Run, "id" | "task_id" | "started_at">;
  /** Ends the start; it has no effect once there is a process. */
  readonly abort: AbortController;
  /** What the start waits for, in words. Null as soon as there is a process: from then on it cannot be aborted. */
  waitsFor: string | null;
  /** Settles when the start is over, also when what it waited for never answers. */
  readonly done: Promise<void>;
}

export interface DispatchOptions {
  /** Most starts in one pass. */
  max?: number;
  /** Most workers alive at once; default from the configuration. */
  maxWorkers?: number;
  failureLimit?: number;
  /** Only these profiles. */
  assignees?: readonly string[];
  /** The presets that `agent:` profiles need. */
  agents?: Agents;
  /** How long a start may take until there is a process, in milliseconds; default two minutes. */
  startMs?: number;
  /** Gets one line per thing that a person should know. */
  warn?(line: string): void;
}

/** A workspace that is not made by then is not going to be: most take less than a second. */
const START_MS = 120_000;

export interface Dispatcher {
  readonly board: Board;
  readonly home: Home;
  readonly settings: DispatcherConfig;
  readonly agents: Agents | null;
  readonly assignees: ReadonlySet<string> | null;
  readonly maxStarts: number;
  readonly startMs: number;
  readonly processes: Processes;
  readonly profiles: () => ProfileList;
  readonly warn: (line: string) => void;
  /** It stays: it says which workers it took over. */
  readonly stays: boolean;
  readonly claimer: string;
  readonly watched: Map<number, Watched>;
  /** Claimed runs whose processes are being started; a slow `git worktree add` holds up nothing else. */
  readonly starting: Map<number, Starting>;
  readonly clock: Clock;
  readonly wake: Wake;
  readonly trouble: Trouble;
  readonly pass: Pass;
  readonly unseen: Unseen;
  /** When it last looked for tasks that no profile takes, on the monotonic clock. */
  strandedAt: number;
}

/** The time it was awake, and by how much the wall clock differs from it. */
export interface Clock {
  /** Milliseconds that no change of the wall clock moves. */
  readonly monotonic: () => number;
  /** By how much the wall clock ran ahead of the time this dispatcher was awake, in milliseconds. */
  jumps: number;
  /** When it last noticed such a jump, on the monotonic clock. */
  jumpedAt: number;
}

/** When time alone changes something. */
export interface Wake {
  /** The earliest such instant that is known, in wall time. */
  at: number | null;
  /** Called when it became earlier: a waiting loop must wait again. */
  onEarlier: () => void;
}

/** What keeps it from starting workers. */
export interface Trouble {
  /** Why nothing is claimed at the moment, and when to try again on the monotonic clock. */
  current: { text: string; retryAt: number } | null;
  /** The pause before the next try; it grows until a start succeeds. */
  pauseMs: number;
  /** The newest failed start, for the health warning. */
  failedStart: { taskId: string; error: string } | null;
  lastStartAt: number;
}

/** What the present pass has found. */
export interface Pass {
  /** The runs whose processes were not confirmed gone after the last pass had checked them. */
  runs: readonly WorkerRun[];
  /** Every living process as this pass saw it, once it had to look. */
  seen: readonly Seen[] | null;
  tally: TickResult;
  /** Unhandled errors of single runs: the pass continues without these runs, and then fails. */
  fault: unknown;
}

/** The open runs that it cannot see. */
export interface Unseen {
  /** In words; null if none. */
  words: string | null;
  /** Those that were logged, by their ids. */
  logged: ReadonlySet<number>;
}

/** A dispatcher with nothing in its memory. */
export function newDispatcher(
  board: Board,
  home: Home,
  settings: DispatcherConfig,
  options: DispatchOptions & { stays?: boolean; processes?: Processes; monotonic?: () => number } = {},
): Dispatcher {
  const monotonic = options.monotonic ?? (() => performance.now());
  return {
    board,
    home,
    settings: {
      ...settings,
      max_workers: options.maxWorkers ?? settings.max_workers,
      failure_limit: options.failureLimit ?? settings.failure_limit,
    },
    agents: options.agents ?? null,
    assignees: options.assignees === undefined ? null : new Set(options.assignees),
    maxStarts: options.max ?? Infinity,
    startMs: options.startMs ?? START_MS,
    processes: options.processes ?? systemProcesses(),
    profiles: watchProfiles(home, options.agents),
    warn: options.warn ?? (() => {}),
    stays: options.stays ?? false,
    claimer: claimerName("dispatcher"),
    watched: new Map(),
    starting: new Map(),
    clock: { monotonic, jumps: 0, jumpedAt: -Infinity },
    wake: { at: null, onEarlier: () => {} },
    trouble: { current: null, pauseMs: 1_000, failedStart: null, lastStartAt: monotonic() },
    pass: { runs: [], seen: null, tally: emptyTally(), fault: null },
    unseen: { words: null, logged: new Set() },
    strandedAt: -Infinity,
  };
}

export function emptyTally(): TickResult {
  return {
    reclaimed: 0,
    crashed: 0,
    timed_out: 0,
    auto_blocked: 0,
    promoted: 0,
    spawned: [],
    skipped_unassigned: [],
    skipped_no_profile: [],
  };
}

/** What is known of a run; remembers it from now on. */
export function watchedRun(d: Dispatcher, run: Pick<WorkerRun, "id">): Watched {
  let known = d.watched.get(run.id);
  if (known === undefined) {
    known = {
      witnessed: false,
      adopted: false,
      jumpsBefore: d.clock.jumps,
      closedAt: null,
      goneAt: null,
      ending: null,
      life: null,
      staleSeconds: null,
      sharing: null,
    };
    d.watched.set(run.id, known);
  }
  return known;
}

/**
 * Every live process, read once for the whole pass.
 *
 * An old list is safe for deciding whether a run is gone: if its group was empty then, it is empty for
 * ever, and a leader that ended since is still in it, so that the run is checked again.
 */
export function allSeen(d: Dispatcher): readonly Seen[] {
  return (d.pass.seen ??= d.processes.all());
}

/** The living processes of a run, by that look. */
export function membersSeen(d: Dispatcher, run: VisibleRun<WorkerRun>): Seen[] {
  return membersOf(d.processes, d.home, run, { witnessed: watchedRun(d, run).witnessed, all: allSeen(d) });
}

/** How long a run has lasted, in milliseconds: neither sleep nor a moved clock counts. */
export function elapsedMs(d: Dispatcher, run: Pick<Run, "id" | "started_at">, since: number = run.started_at): number {
  return Math.max(0, d.board.now() - since - (d.clock.jumps - watchedRun(d, run).jumpsBefore));
}

/**
 * For how long an expired lease still counts: the machine slept, or its clock was moved, and it could not be renewed
 * in time.
 */
export function leaseGraceMs(d: Dispatcher, run: Pick<WorkerRun, "ttl_seconds">): number {
  return run.ttl_seconds * 1_000 - (d.clock.monotonic() - d.clock.jumpedAt);
}

/**
 * Reports something about a run to the board. Null when the run was over already: another process ended it first, and
 * the next pass sees that.
 */
export async function report<T>(fn: () => T): Promise<T | null> {
  try {
    return await patiently(fn);
  } catch (error) {
    if (error instanceof KanbanError && (error.code === "conflict" || error.code === "not_found")) return null;
    throw error;
  }
}

/**
 * Deals with each run by itself: when it goes wrong with one, the others get their turn, and the pass
 * fails at its end.
 */
export async function eachRun<R extends WorkerRun>(
  d: Dispatcher,
  runs: readonly R[],
  act: (run: R) => Promise<void>,
): Promise<void> {
  for (const run of runs) {
    try {
      await act(run);
    } catch (error) {
      // A locked board and a full disk would stop the next one, too.
      if ((error instanceof KanbanError && error.code === "busy") || machineTrouble(error) !== null) throw error;
      d.pass.fault ??= error;
    }
  }
}

/** Remembers an instant in wall time at which a pass is needed. */
export function wakeAt(d: Dispatcher, at: number): void {
  if (at === Infinity || (d.wake.at !== null && d.wake.at <= at)) return;
  d.wake.at = at;
  d.wake.onEarlier();
}

/** The same, in milliseconds from now. */
export function wakeIn(d: Dispatcher, ms: number): void {
  wakeAt(d, d.board.now() + ms);
}
