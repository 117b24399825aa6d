/**
 * Boards of very different sizes, and what the same operation costs on each.
 *
 * The boards stand side by side and every round asks each of them, so that whatever disturbs the
 * machine disturbs all. A ratio over its target is told in the table; one over twice its target is a
 * violation: then the cost grows with the board.
 *
 * @module
 */
import { join } from "node:path";
import { CORES, race, type Suite } from "./harness.ts";
import { violationsIn } from "./invariants.ts";
import { median, round } from "./measure.ts";
import { columns } from "./report.ts";
import { closeSpecimen, OPERATIONS, openSpecimen, type Operation, type Specimen } from "./scale/operations.ts";

const SIZES = { quick: [1_000, 10_000, 100_000], full: [1_000, 10_000, 100_000, 1_000_000] };
const ROUNDS = { quick: 8, full: 25 };
/** The size that the others are compared with. */
const BASE = 10_000;

export const scale: Suite = {
  name: "scale",
  about: "the same operations on boards of 1,000 to 1,000,000 tasks: cost must not follow the size",
  async run({ scale: amount, dir, say }) {
    const sizes = SIZES[amount];
    say(`filling boards of ${sizes.join(", ")} tasks on ${CORES} processes`);
    const inputs = sizes.map((n) => ({ path: join(dir, `${n}.db`), n }));
    const filled = await race<{ path: string; n: number }, number>("scale/filler.ts", inputs, { ms: 3_600_000 });
    const boards = inputs.map(({ path, n }) => openSpecimen(dir, path, n));
    const costs = OPERATIONS.map(() => boards.map((): number[] => []));
    for (let r = 0; r < ROUNDS[amount]; r++) {
      say(`round ${r + 1} of ${ROUNDS[amount]}`);
      for (const [at, operation] of OPERATIONS.entries()) {
        for (const [b, board] of boards.entries()) costs[at]![b]!.push(...(await sample(operation, board)));
      }
    }
    for (const board of boards) closeSpecimen(board);
    const rows = OPERATIONS.map((operation, at) => rowOf(operation, costs[at]!.map(median), sizes));
    return {
      violations: [...rows.flatMap(({ wrong }) => wrong), ...inputs.flatMap(({ path }) => violationsIn(path))],
      did: `${sizes.map((n) => n.toLocaleString("en")).join(", ")} tasks: ${rows.filter(({ met }) => met).length} of ${rows.filter(({ judged }) => judged).length} growth targets met`,
      numbers: Object.fromEntries(rows.flatMap(({ numbers }) => numbers)),
      details: [
        ...columns([
          ["µs per call", ...sizes.map((n) => n.toLocaleString("en")), "growth", "target"],
          ...rows.map(({ cells }) => cells),
        ]),
        `filled in ${(filled.ms / 1_000).toFixed(1)} s`,
      ],
    };
  },
};

/** A few calls of one operation on one board, in microseconds each. */
async function sample({ prepare, times }: Operation, on: Specimen): Promise<number[]> {
  const took: number[] = [];
  for (let i = 0; i < times; i++) {
    const act = prepare(on);
    const started = Bun.nanoseconds();
    const answer = act();
    if (answer instanceof Promise) await answer;
    took.push((Bun.nanoseconds() - started) / 1_000);
  }
  return took;
}

function rowOf({ name, target }: Operation, medians: readonly number[], sizes: readonly number[]) {
  const growth = medians.at(-1)! / medians[sizes.indexOf(BASE)]!;
  const met = target !== null && growth <= target;
  const largest = sizes.at(-1)!.toLocaleString("en");
  const wrong =
    target !== null && growth > 2 * target
      ? [`${name} costs ${growth.toFixed(1)} times as much at ${largest} tasks as at 10,000 (target ${target})`]
      : [];
  return {
    wrong,
    met,
    judged: target !== null,
    cells: [
      name,
      ...medians.map((value) => String(round(value))),
      `${growth.toFixed(2)}×`,
      target === null ? "–" : `≤ ${target}× ${met ? "ok" : "MISSED"}`,
    ],
    numbers: [
      ...medians.map((value, at): [string, number] => [`${name} at ${sizes[at]} µs`, round(value)]),
      [`${name} growth`, round(growth)] as [string, number],
    ],
  };
}
