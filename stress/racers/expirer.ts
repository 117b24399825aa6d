/**
 * A contestant that takes back what is overdue, and promotes what is due, as a dispatcher would.
 *
 * @module
 */
import { boardStats, closeBoard, expiredRuns, openBoard, promoteDue, reclaimRun } from "../../src/kernel/mod.ts";
import { contest, instant } from "../harness.ts";
import { type FastClock, fast } from "./clock.ts";
import { attempt, emptyTally, type Tally } from "./outcome.ts";

export interface ExpirerInput {
  path: string;
  name: string;
  clock: FastClock;
  /** Stops so long after the start at the latest, in milliseconds, or when nothing is left to do. */
  ms: number;
  /** Pause between two looks, in milliseconds; default 1. */
  pauseMs?: number;
}

export interface ExpirerResult extends Tally {
  role: "expirer";
  /** Runs whose reclaim was acknowledged to this contestant. */
  reclaimed: number[];
}

function work({ path, name, clock, ms, pauseMs = 1 }: ExpirerInput): (start: number) => Promise<ExpirerResult> {
  const board = openBoard(path, { actor: name, now: fast(clock) });
  const tally = emptyTally();
  const reclaimed: number[] = [];
  return async (start) => {
    while (instant() < start + ms && !isQuiet()) {
      for (const run of attempt(tally, "expired", () => expiredRuns(board)) ?? []) {
        const reason = `lease ran out, said ${name}`;
        const taken = attempt(tally, `reclaim run ${run.id}`, () =>
          reclaimRun(board, { taskId: run.task_id, runId: run.id }, { reason }),
        );
        if (taken !== null) reclaimed.push(run.id);
      }
      attempt(tally, "promote", () => promoteDue(board));
      await Bun.sleep(pauseMs);
    }
    closeBoard(board);
    return { ...tally, role: "expirer", reclaimed };
  };

  function isQuiet(): boolean {
    const { todo, ready, running } = boardStats(board).by_status;
    return todo + ready + running === 0;
  }
}

contest(work);
