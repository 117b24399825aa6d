/**
 * What each part of the tables costs: the writes of a create, a claim and a completion as bare SQL, on the tables of
 * version 1 and on six prototypes, each one step leaner than the one before.
 *
 * No kernel and no checks of input: what is left is what SQLite does for the rows. So the bytes of a rung repeat
 * exactly, and its CPU beside plainjob's says what the step is worth before anything is built on it. The prototypes
 * do these three calls and nothing else. The last rung is the board itself.
 *
 * @module
 */
import { Database } from "bun:sqlite";
import { statSync } from "node:fs";
import { keepLog } from "../invariants.ts";
import { median } from "../measure.ts";
import { plainActs } from "./contestants.ts";
import type { Bench, Figure } from "./figure.ts";
import { Product } from "./product.ts";
import { Prototype, type Traits } from "./prototype.ts";

const ROUNDS = { quick: 3, full: 15 };
const CALLS = 1_000;
/** Tasks that are there before anything is measured: each round claims 1,000 more than it creates. */
const TASKS = { quick: 12_000, full: 24_000 };

const V1: Traits = {
  pageBytes: 4_096,
  returning: true,
  textsApart: false,
  chained: false,
  openInTask: false,
  folded: false,
};
/** Each on top of the one before. */
const STEPS: readonly [name: string, change: Partial<Traits>][] = [
  ["version 1", {}],
  ["A pages of 2 KiB, no row comes back", { pageBytes: 2_048, returning: false }],
  ["B long texts apart", { textsApart: true }],
  ["C events chained, not indexed", { chained: true }],
  ["F the open run in the row of its task", { openInTask: true }],
  ["G counters folded every 256 events", { folded: true }],
];

/** What stands on a step. */
export interface Rung {
  readonly db: Database;
  fill(tasks: number): void;
  readonly create: () => void;
  /** A claim and its completion, in two transactions. */
  readonly pair: () => void;
  /** A completion with the next claim, in one. */
  readonly next: () => void;
  close(): void;
}

const BODIES = [0, 8_192];

export const ladder: Bench = {
  name: "ladder",
  async run({ dir, scale, say }) {
    let traits = V1;
    const standing = (name: string, at: string, on: (path: string, body: string) => Rung) =>
      BODIES.map((bytes) => {
        const path = `${dir}/${at}-${bytes}.db`;
        const rung = on(path, "b".repeat(bytes));
        rung.fill(TASKS[scale]);
        return { name, bytes, path, rung, pair: [] as number[], next: [] as number[], create: [] as number[] };
      });
    const rungs = STEPS.flatMap(([name, change], at) => {
      const own = (traits = { ...traits, ...change });
      return standing(name, String(at), (path, body) => new Prototype(new Database(path, { strict: true }), own, body));
    });
    rungs.push(...standing("the board itself", "product", (path, body) => new Product(path, body)));
    const plain = plainActs(`${dir}/plainjob.db`, 0);
    const [add, done] = plain.acts.map(
      ({ run, calls }) =>
        () =>
          cpuOf(() => void run(), calls),
    ) as [() => number, () => number];
    const short = rungs.filter(({ bytes }) => bytes === 0);
    for (let round = 0; round <= ROUNDS[scale]; round++) {
      say(`round ${round} of ${ROUNDS[scale]}`);
      const [added, worked] = [add(), done()];
      for (const { rung, pair, next, create } of short) {
        const [made, paired, chained] = [rung.create, rung.pair, rung.next].map((act) =>
          cpuOf(() => repeat(act), CALLS),
        ) as [number, number, number];
        if (round === 0) continue;
        create.push(added / made);
        pair.push(worked / paired);
        next.push(worked / chained);
      }
    }
    const figures = rungs.flatMap(({ name, bytes, path, rung, pair, next, create }): Figure[] => {
      keepLog(rung.db);
      const what = `${name}${bytes === 0 ? "" : ", bodies of 8 KB"}`;
      const kb = (act: () => void, call: string): Figure => {
        const before = statSync(`${path}-wal`).size;
        repeat(act);
        return {
          name: `ladder: ${what}: ${call}`,
          value: (statSync(`${path}-wal`).size - before) / CALLS / 1_024,
          unit: "KB",
        };
      };
      const written = [kb(rung.create, "create"), kb(rung.pair, "pair"), kb(rung.next, "next")];
      if (bytes > 0) return written;
      const ratio = (call: string, values: number[]): Figure => ({
        name: `ladder: ${what}: ${call} ÷ plainjob, by CPU`,
        value: median(values),
        unit: "×",
      });
      return [...written, ratio("create", create), ratio("pair", pair), ratio("next", next)];
    });
    for (const { rung } of rungs) rung.close();
    await plain.close();
    return figures;
  },
};

function repeat(act: () => void): void {
  for (let i = 0; i < CALLS; i++) act();
}

/** CPU time of a call, in microseconds. */
function cpuOf(act: () => void, calls: number): number {
  const before = process.cpuUsage();
  act();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / calls;
}
