/**
 * A contestant whose work often takes longer than its lease, and that completes all the same.
 *
 * @module
 */
import { boardStats, claimNext, closeBoard, completeTask, heartbeat, openBoard } from "../../src/kernel/mod.ts";
import { contest, instant } from "../harness.ts";
import { Random } from "../random.ts";
import { type FastClock, fast } from "./clock.ts";
import { attempt, emptyTally, type Tally } from "./outcome.ts";

export interface LateInput {
  path: string;
  name: string;
  seed: number;
  clock: FastClock;
  /** Stops so long after the start at the latest, in milliseconds. */
  ms: number;
  /** Longest piece of work, in real milliseconds. */
  workMs: number;
}

export interface LateResult extends Tally {
  role: "worker";
  /** Runs whose completion was acknowledged. */
  completed: number[];
  /** Runs whose completion was refused. */
  late: number[];
}

function work({ path, name, seed, clock, ms, workMs }: LateInput): (start: number) => Promise<LateResult> {
  const board = openBoard(path, { actor: name, now: fast(clock) });
  const random = new Random(seed);
  const tally = emptyTally();
  const completed: number[] = [];
  const late: number[] = [];
  return async (start) => {
    while (instant() < start + ms && tally.errors.length === 0 && !isQuiet()) {
      const next = attempt(tally, "next", () => claimNext(board, { claimer: name, ttlSeconds: 1 }));
      if (next === null) {
        await Bun.sleep(1);
        continue;
      }
      const { task, run } = next;
      await Bun.sleep(random.below(workMs));
      // A heartbeat after the lease ran out counts until the run is taken back.
      if (random.percent(20)) attempt(tally, "heartbeat", () => heartbeat(board, task.id, { runId: run.id }));
      const summary = `run ${run.id} by ${name}`;
      const done = attempt(tally, "complete", () => completeTask(board, task.id, { runId: run.id, summary }));
      (done === null ? late : completed).push(run.id);
    }
    closeBoard(board);
    return { ...tally, role: "worker", completed, late };
  };

  function isQuiet(): boolean {
    const { todo, ready, running } = boardStats(board).by_status;
    return todo + ready + running === 0;
  }
}

contest(work);
