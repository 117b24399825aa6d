/**
 * Boards of very different sizes, and what the same operation costs on each.
 *
 * Each call is also made with a filter that matches nothing and one that matches few, and on a board whose bodies have
 * 8 KB each: there a cost hides that the average board does not show.
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
import type { FillerInput } from "./scale/filler.ts";
import { closeSpecimen, OPERATIONS, openSpecimen, type Operation, type Specimen } from "./scale/operations.ts";

const SIZES = { quick: [1_000, 10_000, 100_000], full: [1_000, 10_000, 100_000, 1_000_000] };
/** Boards with long bodies, compared with those of the same size without. */
const HEAVY = { quick: [10_000], full: [10_000, 100_000] };
const BODY_BYTES = 8_192;
/** A call that misses its target by a hundred times is known after one. */
const SAMPLE_MS = 150;
const ROUNDS = { quick: 8, full: 25 };
/** The size that the others are compared with. */
const BASE = 10_000;

export const scale: Suite = {
  name: "scale",
  about: "the same operations on boards of 1,000 to 1,000,000 tasks: cost must not follow the size",
  async run({ scale: amount, dir, say }) {
    const sizes = SIZES[amount];
    const heavy = HEAVY[amount];
    say(`filling boards of ${sizes.join(", ")} tasks and, with long bodies, ${heavy.join(", ")} on ${CORES} processes`);
    const inputs = [
      ...sizes.map((n): FillerInput => ({ path: join(dir, `${n}.db`), n, bodyBytes: null })),
      ...heavy.map((n): FillerInput => ({ path: join(dir, `${n}-heavy.db`), n, bodyBytes: BODY_BYTES })),
    ];
    const filled = await race<FillerInput, number>("scale/filler.ts", inputs, { ms: 3_600_000 });
    const boards = inputs.map(({ path, n }) => openSpecimen(dir, path, n));
    const costs = OPERATIONS.map(() => boards.map((): number[] => []));
    for (let r = 0; r < ROUNDS[amount]; r++) {
      say(`round ${r + 1} of ${ROUNDS[amount]}`);
      for (const [at, operation] of OPERATIONS.entries()) {
        for (const [b, board] of boards.entries()) costs[at]![b]!.push(...(await sample(operation, board)));
      }
    }
    for (const board of boards) closeSpecimen(board);
    const rows = OPERATIONS.map((operation, at) => rowOf(operation, costs[at]!.map(median), sizes, heavy));
    return {
      violations: [...rows.flatMap(({ wrong }) => wrong), ...inputs.flatMap(({ path }) => violationsIn(path))],
      did: `${sizes.map((n) => n.toLocaleString("en")).join(", ")} tasks: ${rows.filter(({ met }) => met).length} of ${rows.filter(({ judged }) => judged).length} growth targets met`,
      numbers: Object.fromEntries(rows.flatMap(({ numbers }) => numbers)),
      details: [
        ...columns([
          [
            "µs per call",
            ...sizes.map((n) => n.toLocaleString("en")),
            "growth",
            "target",
            ...heavy.map((n) => `8 KB, ${n.toLocaleString("en")}`),
            "÷ without",
          ],
          ...rows.map(({ cells }) => cells),
        ]),
        `filled in ${(filled.ms / 1_000).toFixed(1)} s`,
      ],
    };
  },
};

/** A few calls of one operation on one board, in microseconds each; of one that takes long, fewer. */
async function sample({ prepare, times }: Operation, on: Specimen): Promise<number[]> {
  const took: number[] = [];
  const over = performance.now() + SAMPLE_MS;
  for (let i = 0; i < times && (i === 0 || performance.now() < over); i++) {
    const act = prepare(on);
    const started = Bun.nanoseconds();
    const answer = act();
    if (answer instanceof Promise) await answer;
    took.push((Bun.nanoseconds() - started) / 1_000);
  }
  return took;
}

function rowOf(operation: Operation, all: readonly number[], sizes: readonly number[], heavy: readonly number[]) {
  const { name, target, bodies } = operation;
  const [medians, long] = [all.slice(0, sizes.length), all.slice(sizes.length)];
  const growth = medians.at(-1)! / medians[sizes.indexOf(BASE)]!;
  const weight = long.at(-1)! / medians[sizes.indexOf(heavy.at(-1)!)]!;
  const met = target !== null && growth <= target;
  const largest = sizes.at(-1)!.toLocaleString("en");
  const wrong = [
    ...(target !== null && growth > 2 * target
      ? [`${name} costs ${growth.toFixed(1)} times as much at ${largest} tasks as at 10,000 (target ${target})`]
      : []),
    ...(bodies !== null && weight > 2 * bodies
      ? [`${name} costs ${weight.toFixed(1)} times as much where bodies have 8 KB (target ${bodies})`]
      : []),
  ];
  const judged = (most: number | null, found: number) =>
    most === null ? "–" : `≤ ${most}× ${found <= most ? "ok" : "MISSED"}`;
  return {
    wrong,
    met,
    judged: target !== null,
    cells: [
      name,
      ...medians.map((value) => String(round(value))),
      `${growth.toFixed(2)}×`,
      judged(target, growth),
      ...long.map((value) => String(round(value))),
      `${weight.toFixed(2)}× ${judged(bodies, weight)}`,
    ],
    numbers: [
      ...medians.map((value, at): [string, number] => [`${name} at ${sizes[at]} µs`, round(value)]),
      [`${name} growth`, round(growth)] as [string, number],
      [`${name} with 8 KB bodies ÷ without`, round(weight)] as [string, number],
    ],
  };
}
