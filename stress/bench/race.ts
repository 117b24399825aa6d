/**
 * Eight processes on one board against one: how much of the rate remains.
 *
 * @module
 */
import { closeBoard, createTask, openBoard, write } from "../../src/kernel/mod.ts";
import { race as contest } from "../harness.ts";
import { median } from "../measure.ts";
import { mergeTallies } from "../racers/outcome.ts";
import type { RateInput, RateResult } from "../racers/rate.ts";
import type { Bench, Figure } from "./figure.ts";

const AMOUNT = { quick: { rounds: 3, ms: 500 }, full: { rounds: 9, ms: 4_000 } };
/** More than any process can work off. */
const TASKS_PER_MS = 12;

export const racing: Bench = {
  name: "racing",
  async run({ dir, scale, say }) {
    const { rounds, ms } = AMOUNT[scale];
    const alone: number[] = [];
    const together: number[] = [];
    const ratios: number[] = [];
    let [doubles, errors] = [0, 0];
    for (let round = 0; round < rounds; round++) {
      say(`round ${round + 1} of ${rounds}`);
      const one = await rate(`${dir}/one-${round}.db`, 1, ms);
      const eight = await rate(`${dir}/eight-${round}.db`, 8, ms);
      alone.push(one.rate);
      together.push(eight.rate);
      ratios.push(eight.rate / one.rate);
      doubles += eight.doubles;
      errors += eight.errors;
    }
    const exact = { exact: true, target: { most: 0 } };
    return [
      { name: "one process: claim + complete", value: median(alone), unit: "/s" },
      { name: "eight processes: claim + complete", value: median(together), unit: "/s" },
      { name: "eight processes ÷ one", value: median(ratios), unit: "×", target: { least: 0.7 } },
      { name: "double claims by eight processes", value: doubles, unit: "×", ...exact },
      { name: "errors (busy and others) seen by a caller", value: errors, unit: "×", ...exact },
    ] satisfies Figure[];
  },
};

async function rate(path: string, processes: number, ms: number) {
  const board = openBoard(path, { actor: "bench" });
  write(board, () => {
    for (let i = 0; i < ms * TASKS_PER_MS; i++) createTask(board, { title: `Task ${i}`, priority: i % 3 });
  });
  closeBoard(board);
  const inputs = Array.from({ length: processes }, (_, i): RateInput => ({ path, name: `p${i}`, ms }));
  const { results } = await contest<RateInput, RateResult>("racers/rate.ts", inputs);
  const done = results.flatMap((result) => result.done);
  const { errors, refused } = mergeTallies(results);
  return {
    rate: (done.length / Math.max(...results.map((result) => result.ms))) * 1_000,
    doubles: done.length - new Set(done).size,
    errors: errors.length + Object.values(refused).reduce((sum, n) => sum + n, 0),
  };
}
