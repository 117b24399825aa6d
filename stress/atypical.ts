/**
 * Odd input and odd surroundings, each with a name.
 *
 * @module
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { cliScenarios } from "./atypical/cli.ts";
import { graphScenarios } from "./atypical/graph.ts";
import { homeScenarios } from "./atypical/home.ts";
import { httpScenarios } from "./atypical/http.ts";
import { loadScenarios } from "./atypical/load.ts";
import { type Scenario, Skip, Stage } from "./atypical/scenario.ts";
import { textScenarios } from "./atypical/text.ts";
import { workspaceScenarios } from "./atypical/workspace.ts";
import { CORES, type Suite } from "./harness.ts";

const SCENARIOS: readonly Scenario[] = [
  ...textScenarios,
  ...graphScenarios,
  ...loadScenarios,
  ...homeScenarios,
  ...cliScenarios,
  ...httpScenarios,
  ...workspaceScenarios,
];

export const atypical: Suite = {
  name: "atypical",
  about: "odd input and odd surroundings: unicode, injection, cycles, broken files, wrong types",
  patient: true,
  async run({ dir, say }) {
    const violations: string[] = [];
    const skipped: { what: string; why: string }[] = [];
    const queue = [...SCENARIOS.entries()];
    const play = async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const [at, scenario] = next;
        const own = join(dir, String(at));
        mkdirSync(own, { mode: 0o700 });
        const started = performance.now();
        const result = await playOne(scenario, own);
        if (result.skip !== null) skipped.push({ what: scenario.name, why: result.skip });
        violations.push(...result.wrong);
        const mark = result.skip !== null ? "–" : result.wrong.length === 0 ? "✓" : "✗";
        say(`${mark} ${scenario.name} (${Math.round(performance.now() - started)} ms)`);
      }
    };
    await Promise.all(Array.from({ length: CORES }, play));
    const scenarios = SCENARIOS.length - skipped.length;
    return { violations, skipped, did: `${scenarios} scenarios`, numbers: { scenarios } };
  },
};

async function playOne(scenario: Scenario, dir: string): Promise<{ wrong: string[]; skip: string | null }> {
  const stage = new Stage(dir);
  const wrong: string[] = [];
  let skip: string | null = null;
  try {
    await scenario.run(stage);
  } catch (error) {
    if (error instanceof Skip) skip = error.message;
    else wrong.push(`${scenario.name}: ${error instanceof Error ? error.message : String(error)}`);
  }
  wrong.push(...(await stage.finish()).map((found) => `${scenario.name}: ${found}`));
  return { wrong, skip };
}
