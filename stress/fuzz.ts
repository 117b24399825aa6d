/**
 * Random sequences of operations against a plain model of the board; every answer is compared.
 *
 * @module
 */
import { CORES, race, type Suite } from "./harness.ts";
import type { FuzzInput, FuzzResult } from "./fuzz/runner.ts";

const AMOUNT = {
  quick: { sequences: 500, steps: 50_000 },
  full: { sequences: 20_000, steps: 2_000_000 },
};

export const fuzz: Suite = {
  name: "fuzz",
  about: "random operations on the board and on a model of it: every answer, event and row must agree",
  async run({ seed, scale, seconds, say }) {
    const { sequences, steps } = AMOUNT[scale];
    say(seconds === null ? `${sequences} sequences on ${CORES} processes` : `${seconds} s on ${CORES} processes`);
    const inputs = Array.from({ length: CORES }, (_, i): FuzzInput => ({
      seed: seed + i * 1_000_003,
      sequences: Math.ceil(sequences / CORES),
      steps: Math.ceil(steps / CORES),
      seconds,
    }));
    const { results } = await race<FuzzInput, FuzzResult>("fuzz/runner.ts", inputs, { ms: 7_200_000 });
    const sum = (field: "sequences" | "steps" | "refusals") => results.reduce((total, each) => total + each[field], 0);
    return {
      violations: results.flatMap(({ failure }) => (failure === null ? [] : [failure])),
      did: `${sum("sequences")} sequences, ${sum("steps")} operations, ${sum("refusals")} of them refused`,
      numbers: { sequences: sum("sequences"), operations: sum("steps"), refused: sum("refusals") },
    };
  },
};
