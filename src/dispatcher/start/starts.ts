/**
 * Starts that are under way, and the clock that each of them has.
 *
 * A start waits for programs that are not ours (git, a hook of a repository, a disk that is far away), any
 * of which may never answer. So its end does not depend on theirs: a start that takes too long, or whose run
 * is over, is aborted, and its slot is free at once. What it waited for may still answer; that answer is
 * dropped, because between the last wait of a start and its process nothing waits any more.
 *
 * @module
 */
import { getRun, KanbanError, type Run } from "../../kernel/mod.ts";
import { type Dispatcher, elapsedMs, type Starting, watchedRun } from "../state.ts";

/** How often a pass that waits for its starts checks them. */
const SETTLE_MS = 100;

/** Why a start was aborted although nothing is wrong with it. */
export class StartOver extends Error {}

/** Begins a start and keeps it until it is over. `work` must end when its signal aborts. */
export function beginStart(
  d: Dispatcher,
  run: Pick<Run, "id" | "task_id" | "started_at">,
  work: (start: Starting) => Promise<void>,
): void {
  const { promise: done, resolve } = Promise.withResolvers<void>();
  const start: Starting = { run, abort: new AbortController(), waitsFor: "its workspace", done };
  watchedRun(d, run); // From now on, neither sleep nor a moved clock counts for it.
  d.starting.set(run.id, start);
  void work(start).finally(() => {
    d.starting.delete(run.id);
    resolve();
  });
}

/** What `promise` gives, unless the start is aborted first: then the reason is thrown, and its result is ignored. */
export function untilAborted<T>(promise: Promise<T>, { signal }: AbortController): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    promise.then(resolve, reject);
    if (signal.aborted) reject(signal.reason);
  });
}

/** Aborts the starts that take too long and those whose run is over, and waits until they are concluded. */
export async function endLateStarts(d: Dispatcher): Promise<void> {
  const aborted: Promise<void>[] = [];
  for (const start of d.starting.values()) {
    if (start.waitsFor === null) continue;
    const isOver = getRun(d.board, start.run.id)?.ended_at !== null;
    if (isOver) start.abort.abort(new StartOver("its run ended before its worker was started"));
    else if (elapsedMs(d, start.run) >= d.startMs) start.abort.abort(tooLate(d, start.waitsFor));
    else continue;
    aborted.push(start.done);
  }
  await Promise.all(aborted);
}

/** Waits until no start is under way any more. */
export async function settleStarts(d: Dispatcher): Promise<void> {
  while (d.starting.size > 0) {
    const all = Promise.all([...d.starting.values()].map(({ done }) => done));
    await withinMs(SETTLE_MS, all);
    await endLateStarts(d);
  }
}

/** Gives the starts that are under way a moment, and takes back those that need longer: the dispatcher ends. */
export async function giveUpStarts(d: Dispatcher, graceMs: number): Promise<void> {
  const all = Promise.all([...d.starting.values()].map(({ done }) => done));
  await withinMs(graceMs, all);
  for (const { abort, waitsFor } of d.starting.values()) {
    if (waitsFor !== null) abort.abort(new StartOver("its dispatcher was stopped before its worker was started"));
  }
  await withinMs(graceMs, all);
}

/** Waits for a promise, but no longer than so many milliseconds. */
async function withinMs(ms: number, promise: Promise<unknown>): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, ms);
  await Promise.race([promise, late.promise]);
  clearTimeout(timer); // A timer that is left would keep the process for its whole length.
}

function tooLate(d: Dispatcher, waitsFor: string): KanbanError {
  const limit = d.startMs >= 60_000 ? `${Math.round(d.startMs / 60_000)} min` : `${d.startMs / 1_000} s`;
  return new KanbanError("refused", `not started within ${limit}: it still waits for ${waitsFor}`);
}
