/**
 * A contestant that claims, works and completes until nothing is left.
 *
 * Half of the tasks are fought for by name: all ask for the same one at the same instant and one
 * may get it. The others come from the queue. Without the appointed instants and the pauses the one that is a
 * millisecond ahead takes all of them, and there is no race.
 *
 * @module
 */
import {
  boardStats,
  claimNext,
  claimTask,
  closeBoard,
  completeTask,
  createTask,
  heartbeat,
  latestEventId,
  openBoard,
} from "../../src/kernel/mod.ts";
import { contest, instant } from "../harness.ts";
import { attempt, emptyTally, type Tally } from "./outcome.ts";

export interface ClaimerInput {
  path: string;
  name: string;
  /** Tasks that everybody asks for by name, in this order. */
  targets: string[];
  /** Everybody creates a task under each of these idempotency keys. */
  keys: string[];
}

export interface ClaimerResult extends Tally {
  /** Claims won: the task and its run. */
  won: { task: string; run: number }[];
  /** The task that stands behind each idempotency key, as this contestant was told. */
  keyed: string[];
  /** When it began and ended, in milliseconds on a clock that all contestants share. */
  from: number;
  to: number;
}

/** Between two tasks that are fought for by name, in milliseconds. */
const SPACING_MS = 2;
/** Works until the board is empty. */
function work({ path, name, targets, keys }: ClaimerInput): (start: number) => Promise<ClaimerResult> {
  const board = openBoard(path, { actor: name });
  const tally = emptyTally();
  const won: ClaimerResult["won"] = [];
  let moved = { event: 0, at: performance.now() };
  const finish = (task: string, run: number) => {
    won.push({ task, run });
    attempt(tally, `heartbeat ${task}`, () => heartbeat(board, task, { runId: run }));
    attempt(tally, `complete ${task}`, () => completeTask(board, task, { runId: run, summary: `by ${name}` }));
  };
  return async (start) => {
    const from = instant();
    const keyed = keys.map((key) => createTask(board, { title: `Keyed ${key}`, idempotency_key: key }).task.id);
    for (const [at, id] of targets.entries()) {
      await Bun.sleep(Math.max(0, start + (at + 1) * SPACING_MS - instant()));
      const claimed = attempt(tally, `claim ${id}`, () => claimTask(board, id, { claimer: name }));
      if (claimed !== null) finish(id, claimed.run.id);
    }
    for (;;) {
      const next = attempt(tally, "next", () => claimNext(board, { claimer: name }));
      if (next !== null) {
        finish(next.task.id, next.run.id);
        if (won.length % 3 === 0) await Bun.sleep(0);
      } else if (isEmpty() || isStuck()) break;
      else await Bun.sleep(1);
    }
    closeBoard(board);
    return { ...tally, won, keyed, from, to: instant() };
  };

  /** Tasks are left, but for a long time none of them has moved: the suite will say which. */
  function isStuck(): boolean {
    const latest = latestEventId(board);
    if (latest !== moved.event) moved = { event: latest, at: performance.now() };
    return performance.now() - moved.at > 5_000;
  }

  function isEmpty(): boolean {
    const { todo, ready, running } = boardStats(board).by_status;
    return tally.errors.length > 0 || todo + ready + running === 0;
  }
}

contest(work);
