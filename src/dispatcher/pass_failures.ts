/**
 * What a dispatcher does about passes that fail: it retries with growing pauses, and logs the same failure once a
 * minute.
 *
 * @module
 */
import { KanbanError } from "../kernel/mod.ts";
import { machineTrouble } from "./breaker.ts";
import { noteTrouble } from "./start/start.ts";
import type { Dispatcher } from "./state.ts";

/** A pass that failed is not repeated sooner. */
const RETRY_MS = 50;
const PAUSE_MS_MAX = 30_000;
const TELL_MS = 60_000;

export class PassFailures {
  /** Failed passes in a row. */
  #count = 0;
  #told = { message: "", at: -Infinity };

  constructor(readonly d: Dispatcher) {}

  /** A pass went well. */
  settle(): void {
    this.#count = 0;
  }

  /** Schedules the next try; false when the board is damaged and it must not retry. */
  survive(error: unknown): boolean {
    const { d } = this;
    const trouble = machineTrouble(error);
    const cause = (error as { cause?: { code?: unknown } } | null)?.cause?.code;
    if (/^SQLITE_(CORRUPT|NOTADB)/.test(String(cause))) {
      d.warn(`the board is damaged: ${(error as Error).message}`);
      return false;
    }
    // What woke this pass has not been dealt with, and what it had in mind may come sooner.
    const isBusy = error instanceof KanbanError && error.code === "busy";
    const pauseMs = isBusy ? RETRY_MS : Math.min(PAUSE_MS_MAX, 500 * 2 ** this.#count++);
    const soonest = Math.min(d.wake.at ?? Infinity, d.board.now() + pauseMs);
    d.wake.at = Math.max(soonest, d.board.now() + RETRY_MS);
    if (trouble !== null) noteTrouble(d, trouble);
    else if (pauseMs > RETRY_MS) this.#tell(error instanceof Error ? error : new Error(String(error)));
    return true;
  }

  /** Any commit wakes a pass, so the same failure may come many times a second. */
  #tell({ message, stack = message }: Error): void {
    const now = this.d.clock.monotonic();
    if (message === this.#told.message && now - this.#told.at < TELL_MS) return;
    this.#told = { message, at: now };
    this.d.warn(`a pass failed and is repeated: ${stack}`);
  }
}
