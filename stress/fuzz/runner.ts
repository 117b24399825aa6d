/**
 * One process of the fuzz suite: random sequences of operations, as fast-check commands.
 *
 * @module
 */
import fc from "fast-check";
import { contest } from "../harness.ts";
import { anyOp, type Op } from "./ops.ts";
import { Session } from "./session.ts";

export interface FuzzInput {
  seed: number;
  /** At least so many sequences and so many steps, or as many as `seconds` allow. */
  sequences: number;
  steps: number;
  seconds: number | null;
}

export interface FuzzResult {
  sequences: number;
  steps: number;
  refusals: number;
  /** The shortest sequence that shows the failure, and what is wrong after its last step. */
  failure: string | null;
}

/** Longest sequence; lengths are even from 0 to here, so half of it is the average. */
const LONGEST = 210;
/** A batch takes seconds; shrinking what failed in it could take the night. */
const BATCH_MS = 180_000;

/** An operation as fast-check's model runner wants it: always allowed, since refusals are answers too. */
class Step implements fc.Command<object, Session> {
  constructor(private readonly op: Op) {}
  check(): boolean {
    return true;
  }
  run(_model: object, session: Session): void {
    session.step(this.op);
  }
  toString(): string {
    return JSON.stringify(this.op);
  }
}

/** Runs sequences until enough were run, or one fails. */
export function fuzz({ seed, sequences, steps, seconds }: FuzzInput): FuzzResult {
  const done: FuzzResult = { sequences: 0, steps: 0, refusals: 0, failure: null };
  const deadline = seconds === null ? Infinity : performance.now() + seconds * 1_000;
  const enough = () =>
    seconds === null ? done.sequences >= sequences && done.steps >= steps : performance.now() >= deadline;
  for (let round = 0; !enough() && done.failure === null; round++) {
    done.failure = batch(seed + round, 25, done);
  }
  return done;
}

function batch(seed: number, numRuns: number, done: FuzzResult): string | null {
  const commands = fc.commands([anyOp.map((op) => new Step(op))], { maxCommands: LONGEST, size: "max" });
  const property = fc.property(commands, (sequence) => {
    const session = new Session();
    try {
      fc.modelRun(() => ({ model: {}, real: session }), sequence);
      session.finish();
    } finally {
      done.sequences++;
      done.steps += session.steps;
      done.refusals += session.refusals;
      session.close();
    }
  });
  // Without `unbiased` most sequences are short and most numbers zero.
  const result = fc.check(property, { seed, numRuns, unbiased: true, interruptAfterTimeLimit: BATCH_MS });
  if (!result.failed) return null;
  const story = [...result.counterexample![0]].map((step) => `    ${step.toString()}`).join("\n");
  const error = result.errorInstance instanceof Error ? result.errorInstance.message : String(result.errorInstance);
  return `after ${result.numShrinks} shrinks; replay with: bun run stress fuzz --seed ${seed}\n\n${story}\n  ${error}`;
}

if (import.meta.main) contest((input: FuzzInput) => () => fuzz(input));
