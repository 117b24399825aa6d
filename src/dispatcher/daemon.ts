/**
 * The dispatcher that stays: waits for commits, ended workers and known instants, and makes a pass for
 * each.
 *
 * It never sleeps a fixed time. A commit by any process, the exit of a worker and the next instant on the board wake
 * it; a pass every `interval` is only a safety net, and a pulse every two seconds checks what no event announces
 * (changed profiles, a clock that was moved, a machine that slept).
 *
 * @module
 */
import type { Config } from "../config.ts";
import { type Feed, openFeed } from "../feed.ts";
import { type Home, prepareHome } from "../home.ts";
import { type Board, closeBoard, openBoard, upgradeNote } from "../kernel/mod.ts";
import { checkHealth, newHealth } from "./health.ts";
import { Hold } from "./board_lock.ts";
import { watchClocks } from "./clock_jump.ts";
import { type Processes, systemProcesses } from "./processes/liveness.ts";
import { LogKeeper } from "./logs/log_keeper.ts";
import { PassFailures } from "./pass_failures.ts";
import { placeName, requireOwnProc } from "./processes/process_place.ts";
import { watchExits } from "./logs/run_files.ts";
import { checkHolds } from "./shared.ts";
import { onChildExit } from "./start/spawn.ts";
import { removeLeftovers } from "./start/start.ts";
import { giveUpStarts } from "./start/starts.ts";
import { type Dispatcher, type DispatchOptions, emptyTally, newDispatcher } from "./state.ts";
import { type DispatcherState, Publication, removeState } from "./status.ts";
import { tick } from "./tick.ts";
import { hasWorkers } from "./endings/unseen.ts";

const PULSE_MS = 2_000;
const BEAT_SECONDS = 15;
/** How long a pass that is under way may delay the end. */
const CUT_OFF_MS = 1_500;
/** How long a start may delay the end. */
const START_GRACE_MS = 500;
/** A board where much is committed is not looked over after each commit. */
const LOOK_MS = 1_000;
/** Exit status when another dispatcher has the board. */
const EXIT_SECOND = 1;
/** Exit status when the board was replaced or damaged: a supervisor should not restart it. */
const EXIT_INTERNAL = 70;

export interface DaemonOptions extends DispatchOptions {
  /** Called when the board is ours, before anything is started; what it throws ends the start. */
  locked?(): void;
  /** The feed of this process, if it has one already. */
  feed?: Feed;
  /** Longest time between two passes; default from the configuration. */
  intervalSeconds?: number;
  /** How often it shows that it answers, by one time stamp; default 15 s. */
  beatSeconds?: number;
  /** Replaces the system's processes; for tests of what cannot be provoked. */
  processes?: Processes;
}

export interface Daemon {
  /** Stops claiming and ends at once; workers continue. */
  stop(): void;
  /** Stops claiming and ends when the last worker has. */
  drain(): void;
  /** The exit status, once it has ended: 0, 1 when another one took the board, or 70 when it was replaced or damaged. */
  readonly done: Promise<number>;
  status(): DispatcherState;
}

/**
 * Starts the dispatcher of a board in this process.
 *
 * @throws {KanbanError} `refused` when another one runs, naming its pid.
 */
export function startDaemon(home: Home, config: Config, options: DaemonOptions = {}): Daemon {
  requireOwnProc();
  prepareHome(home);
  const started_at = Date.now();
  const processes = options.processes ?? systemProcesses();
  const hold = new Hold(home, started_at, processes);
  try {
    options.locked?.();
    return new RunningDaemon(home, config, { ...options, processes }, hold);
  } catch (error) {
    hold.release();
    throw error;
  }
}

class RunningDaemon implements Daemon {
  readonly done: Promise<number>;
  readonly #board: Board;
  readonly #feed: Feed;
  readonly #d: Dispatcher;
  readonly #health = newHealth();
  readonly #intervalMs: number;
  readonly #stops: (() => void)[] = [];
  #stopping = false;
  #draining = false;
  #woken = true;
  #wake = () => {};
  readonly #publication: Publication;
  #lookedAt = -Infinity;
  #drained = false;
  readonly #cutOff = Promise.withResolvers<number>();
  readonly #clocks = watchClocks(PULSE_MS);
  readonly #logs: LogKeeper;
  readonly #failures: PassFailures;
  #tidied = false;

  constructor(
    readonly home: Home,
    config: Config,
    readonly options: DaemonOptions,
    readonly hold: Hold,
  ) {
    // A short busy timeout: it blocks the event loop, and the caller retries.
    const upgraded = (copy: string) => options.warn?.(upgradeNote(copy));
    this.#board = openBoard(home.db, { busyMs: 50, actor: "dispatcher", upgraded });
    this.#feed = options.feed ?? openFeed(home.db);
    this.#d = newDispatcher(this.#board, home, config.dispatcher, { ...options, stays: true });
    this.#failures = new PassFailures(this.#d);
    this.#logs = new LogKeeper(home, this.#d.settings.log_bytes_max, this.#d.warn);
    this.#intervalMs = (options.intervalSeconds ?? config.dispatcher.interval_seconds) * 1_000;
    this.#publication = new Publication(home, () => this.status(), this.#d.clock.monotonic);
    // Something that was begun outside of a pass: the wait has to be measured again.
    this.#d.wake.onEarlier = () => this.#wake();
    const wake = () => this.#rouse();
    this.#stops.push(this.#feed.onCommit(wake), this.#feed.onLost(wake), onChildExit(wake), watchExits(home, wake));
    const run = this.#run();
    run.catch(() => {}); // The promise `done` reports it; a pass that is cut off has no reader left.
    this.done = Promise.race([run, this.#cutOff.promise]).finally(() => this.#close());
  }

  stop(): void {
    this.#stopping = true;
    // A pass that waits for a locked board is cut off: the next dispatcher continues from the state of the board.
    setTimeout(() => this.#cutOff.resolve(0), CUT_OFF_MS).unref();
    this.#rouse();
  }

  drain(): void {
    this.#draining = true;
    this.#rouse();
  }

  status(): DispatcherState {
    return {
      pid: process.pid,
      host: placeName(this.#d.processes),
      started_at: this.hold.startedAt,
      max_workers: this.#d.settings.max_workers,
      assignees: this.#d.assignees && [...this.#d.assignees],
      draining: this.#draining,
      warning: this.#draining ? null : this.#health.warning,
      trouble: this.#d.trouble.current?.text ?? null,
      unseen: this.#d.unseen.words,
      beat_ms: (this.options.beatSeconds ?? BEAT_SECONDS) * 1_000,
    };
  }

  async #run(): Promise<number> {
    const d = this.#d;
    let profiles = d.profiles();
    for (const { error } of profiles.problems) d.warn(error);
    let lastPass = -Infinity;
    while (!this.#stopping) {
      this.#tidied ||= removeLeftovers(d);
      if (!this.#feed.intact()) return this.#lost();
      if (!this.#keep()) return EXIT_SECOND;
      const jumped = this.#noticeJump();
      const now = d.profiles();
      for (const { error } of now === profiles ? [] : now.problems) d.warn(error);
      const due = d.wake.at !== null && d.wake.at <= d.board.now();
      const overdue = d.clock.monotonic() - lastPass >= this.#intervalMs;
      if (this.#woken || jumped || due || overdue || now !== profiles) {
        this.#woken = false;
        profiles = now;
        lastPass = d.clock.monotonic();
        if (!(await this.#pass())) return EXIT_INTERNAL;
        if (this.#drained) break;
      }
      if (!this.#look()) return EXIT_INTERNAL;
      await this.#wait(d.clock.monotonic() - lastPass);
    }
    // A start that is past its spawn is recorded in the same breath; a slow one the next dispatcher redoes.
    await giveUpStarts(d, START_GRACE_MS);
    return 0;
  }

  /** One pass. The daemon survives every failure in it; false only when the board cannot be used any more. */
  async #pass(): Promise<boolean> {
    const d = this.#d;
    d.pass.tally = emptyTally();
    try {
      await tick(d, { claims: !this.#draining });
      this.#logs.watch(d.pass.runs);
      const { fault } = d.pass;
      d.pass.fault = null;
      if (fault !== null) throw fault;
      this.#drained = this.#draining && !hasWorkers(d);
      this.#failures.settle();
      return true;
    } catch (error) {
      return this.#failures.survive(error);
    }
  }

  /** Checks whether ready work is never started, and publishes the state; false as above. */
  #look(): boolean {
    try {
      const now = this.#d.clock.monotonic();
      if (now - this.#lookedAt >= LOOK_MS) {
        this.#lookedAt = now;
        // Nothing is to be started any more: that is no illness.
        if (!this.#draining) checkHealth(this.#d, this.#health, this.#intervalMs);
        // No event announces that a program was installed or a repository is back.
        if (checkHolds(this.#d)) this.#woken = true;
      }
    } catch (error) {
      if (!this.#failures.survive(error)) return false;
    }
    this.#publication.update();
    return true;
  }

  /** Waits for the next reason to look. A pass that took long is not repeated at once: others need the machine too. */
  async #wait(passMs: number): Promise<void> {
    if (this.#stopping) return;
    const gapMs = Math.min(100, 2 * passMs);
    if (gapMs >= 1) await Bun.sleep(gapMs);
    const dueMs = this.#d.wake.at === null ? PULSE_MS : this.#d.wake.at - this.#d.board.now();
    if (!this.#woken && !this.#stopping) {
      const waited = new Promise<void>((done) => (this.#wake = done));
      const timer = setTimeout(this.#wake, Math.max(1, Math.min(PULSE_MS, this.#intervalMs, dueMs)));
      await waited;
      clearTimeout(timer);
    }
  }

  #rouse(): void {
    this.#woken = true;
    this.#wake();
  }

  /** Extends leases and time limits by a time in which no process could run. True when a pass is needed. */
  #noticeJump(): boolean {
    const jump = this.#clocks();
    this.#d.clock.jumps += jump;
    if (jump > 0) this.#d.clock.jumpedAt = this.#d.clock.monotonic();
    if (jump !== 0) this.#publication.touchNext();
    return jump !== 0;
  }

  /** False when another dispatcher has the board, because this one's lock was removed. */
  #keep(): boolean {
    try {
      const held = this.hold.keep((line) => this.#d.warn(line));
      if (held === "renewed") {
        this.#publication.writeNext(); // The files beside it are gone as well.
        this.#stops.push(watchExits(this.home, () => this.#rouse()));
      }
      return held !== "lost";
    } catch (error) {
      return this.#failures.survive(error);
    }
  }

  #lost(): number {
    this.#d.warn(
      `the board "${this.home.db}" was moved, removed or replaced while it was open; no more is written to it`,
    );
    return EXIT_INTERNAL;
  }

  #close(): void {
    this.#logs.stop();
    for (const stop of this.#stops) stop();
    removeState(this.home, this.status());
    if (this.options.feed === undefined) this.#feed.close();
    closeBoard(this.#board);
    this.hold.release();
  }
}
