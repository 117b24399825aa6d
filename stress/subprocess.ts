/**
 * The real thing: a daemon, worker processes, and a nemesis that kills both.
 *
 * @module
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Suite } from "./harness.ts";
import { nemesis } from "./subprocess/nemesis.ts";
import { outcomes } from "./subprocess/outcomes.ts";
import { canLook } from "./subprocess/processes.ts";

const AMOUNT = { quick: { tasks: 18, ms: 7_000 }, full: { tasks: 400, ms: 120_000 } };

export const subprocess: Suite = {
  name: "subprocess",
  about: "a daemon and real workers that report by CLI and tools, killed at random; every way a run can end",
  patient: true,
  async run({ scale, seconds, random, dir, say }) {
    if (!canLook()) {
      return {
        violations: [],
        did: "nothing",
        skipped: [{ what: "all of it", why: "it looks at processes through /proc" }],
      };
    }
    const { tasks, ms } = AMOUNT[scale];
    for (const part of ["nemesis", "outcomes"]) mkdirSync(join(dir, part));
    say(`a daemon, ${tasks} tasks, and ${Math.round(seconds ?? ms / 1_000)} s of killing`);
    const [killing, endings] = await Promise.all([
      nemesis({ dir: join(dir, "nemesis"), random, tasks, ms: seconds === null ? ms : seconds * 1_000, say }),
      outcomes({ dir: join(dir, "outcomes"), say }),
    ]);
    const { workersKilled, daemonsKilled, runs, adopted, tasks: worked } = killing;
    return {
      violations: [
        ...killing.violations.map((text) => `nemesis: ${text}`),
        ...endings.violations.map((text) => `endings: ${text}`),
        ...(workersKilled * daemonsKilled === 0 ? ["no process was killed: the suite has proved nothing"] : []),
        ...(adopted === 0 ? ["no worker outlived its daemon: the suite has proved nothing"] : []),
      ],
      did: `${worked} tasks in ${runs} runs, ${workersKilled} workers and ${daemonsKilled} daemons killed, ${adopted} runs adopted and completed; ${endings.checks} endings`,
      numbers: { runs, workers_killed: workersKilled, daemons_killed: daemonsKilled, adopted },
    };
  },
};
