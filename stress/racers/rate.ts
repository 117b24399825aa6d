/**
 * A contestant that claims and completes as fast as it can for a while.
 *
 * @module
 */
import { claimNext, closeBoard, completeTask, openBoard } from "../../src/kernel/mod.ts";
import { contest } from "../harness.ts";
import { attempt, emptyTally, type Tally } from "./outcome.ts";

export interface RateInput {
  path: string;
  name: string;
  ms: number;
}

export interface RateResult extends Tally {
  done: string[];
  ms: number;
}

contest(({ path, name, ms }: RateInput) => {
  const board = openBoard(path, { actor: name });
  const tally = emptyTally();
  const done: string[] = [];
  return (): RateResult => {
    const started = performance.now();
    while (performance.now() - started < ms) {
      const next = attempt(tally, "next", () => claimNext(board, { claimer: name }));
      if (next === null) break;
      const { task, run } = next;
      if (attempt(tally, "complete", () => completeTask(board, task.id, { runId: run.id })) !== null)
        done.push(task.id);
    }
    const took = performance.now() - started;
    closeBoard(board);
    return { ...tally, done, ms: took };
  };
});
