/**
 * Limits the logs of live runs, on a timer of its own: a worker may print a gigabyte between
 * two passes.
 *
 * A log is checked ten times a second. One that grows is checked again before it can be full, so that
 * the faster a worker prints, the sooner the next look comes.
 *
 * @module
 */
import { lstatSync } from "node:fs";
import { type Home, logPath } from "../../home.ts";
import type { WorkerRun } from "../../kernel/mod.ts";
import { cutLog, markOf } from "./log_limit.ts";
import type { LogMark } from "./logs.ts";

/** The longest and the shortest time between two checks of a log, in milliseconds. */
const IDLE_MS = 100;
const BUSY_MS = 10;

interface Kept {
  readonly taskId: string;
  readonly log: LogMark;
  size: number;
  seenAt: number;
  dueAt: number;
}

export class LogKeeper {
  readonly #kept = new Map<number, Kept>();
  #timer: Timer | undefined;

  /** @param max What a run may print before the middle of its log is cut out, in bytes. */
  constructor(
    readonly home: Home,
    readonly max: number,
    readonly warn: (line: string) => void,
  ) {}

  /** Limits the logs of these runs from now on, and of no others. */
  watch(runs: readonly WorkerRun[]): void {
    const ids = new Set(runs.map(({ id }) => id));
    for (const id of this.#kept.keys()) if (!ids.has(id)) this.#kept.delete(id);
    for (const { id, task_id: taskId, pid } of runs) {
      if (pid === null || this.#kept.has(id)) continue;
      const log = markOf(this.home, id, taskId);
      if (log !== null) this.#kept.set(id, { taskId, log, size: 0, seenAt: performance.now(), dueAt: -Infinity });
    }
    this.#look();
  }

  stop(): void {
    this.#kept.clear();
    clearTimeout(this.#timer);
  }

  #look(): void {
    const now = performance.now();
    let next = Infinity;
    for (const [id, kept] of this.#kept) {
      if (kept.dueAt <= now) this.#lookAt(id, kept, now);
      next = Math.min(next, kept.dueAt);
    }
    clearTimeout(this.#timer);
    if (this.#kept.size > 0) this.#timer = setTimeout(() => this.#look(), Math.max(1, next - performance.now()));
  }

  #lookAt(id: number, kept: Kept, now: number): void {
    const { taskId, log } = kept;
    try {
      const cut = cutLog(this.home, taskId, log, this.max);
      const size = lstatSync(logPath(this.home, taskId), { throwIfNoEntry: false })?.size ?? 0;
      const perMs = Math.max(0, size + cut - kept.size) / Math.max(1, now - kept.seenAt);
      const fullMs = (this.max - (size - log.offset)) / perMs;
      const idleMs = Math.max(IDLE_MS, this.#kept.size); // Many logs: still a small part of the time.
      Object.assign(kept, { size, seenAt: now, dueAt: now + Math.min(idleMs, Math.max(BUSY_MS, fullMs / 2)) });
    } catch (error) {
      this.#kept.delete(id);
      this.warn(`cannot keep the log of task ${taskId} (run ${id}) short: ${(error as Error).message}`);
    }
  }
}
