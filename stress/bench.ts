/**
 * The benchmark: what was promised about speed, measured, with medians and ratios of one run.
 *
 * Rates depend on the machine and on who else uses it; ratios within one run hold. A missed time is
 * told, not punished: a shared machine would make the suite cry wolf. What repeats exactly (pages
 * written per operation) is a violation when it is missed.
 *
 * @module
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Bench, type Figure, isMet, rowOf, Unavailable } from "./bench/figure.ts";
import { costs } from "./bench/costs.ts";
import { browser, page } from "./bench/page.ts";
import { ladder } from "./bench/ladder.ts";
import { peers } from "./bench/peers.ts";
import { idle, start, stream, wake } from "./bench/programs.ts";
import { racing } from "./bench/race.ts";
import { readers } from "./bench/readers.ts";
import { statements } from "./bench/statements.ts";
import type { Suite } from "./harness.ts";
import { round } from "./measure.ts";
import { columns } from "./report.ts";

const BENCHES: readonly Bench[] = [
  costs,
  peers,
  ladder,
  statements,
  racing,
  wake,
  stream,
  readers,
  page,
  browser,
  start,
  idle,
];

export const bench: Suite = {
  name: "bench",
  about: "the speed that was promised: medians and ratios beside plainjob and bunqueue",
  async run({ dir, scale, random, say }) {
    const figures: Figure[] = [];
    const skipped: { what: string; why: string }[] = [];
    for (const each of BENCHES) {
      const own = join(dir, each.name);
      mkdirSync(own);
      try {
        figures.push(...(await each.run({ dir: own, scale, random, say: (text) => say(`${each.name}: ${text}`) })));
      } catch (error) {
        if (!(error instanceof Unavailable)) throw error;
        skipped.push({ what: each.name, why: error.message });
      }
    }
    const judged = figures.filter((figure) => figure.target !== undefined);
    const missed = judged.filter((figure) => isMet(figure) === false);
    return {
      violations: missed.filter((figure) => figure.exact).map((figure) => rowOf(figure).join(" ")),
      did: `${figures.length} figures, ${judged.length - missed.length} of ${judged.length} targets met`,
      numbers: Object.fromEntries(figures.map(({ name, unit, value }) => [`${name} [${unit}]`, round(value)])),
      skipped,
      details: columns([["what", "median", "target", ""], ...figures.map(rowOf)]),
    };
  },
};
