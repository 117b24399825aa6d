/**
 * Histories: what processes were told, checked for one order of events that explains all of it.
 *
 * @module
 */
import { join } from "node:path";
import { closeBoard, createTask, openBoard } from "../src/kernel/mod.ts";
import { race, type Suite } from "./harness.ts";
import type { Entry } from "./history/entry.ts";
import { linearize } from "./history/linearize.ts";
import { violationsIn } from "./invariants.ts";
import type { HistorianInput, HistorianResult } from "./racers/historian.ts";

const AMOUNT = {
  quick: { rounds: 6, processes: 6, tasks: 4, calls: 250 },
  full: { rounds: 100, processes: 8, tasks: 6, calls: 600 },
};

export const history: Suite = {
  name: "history",
  about: "what racing processes were told is linearizable, task by task, against the model",
  async run({ scale, seconds, random, dir, say }) {
    const { rounds, processes, tasks, calls } = AMOUNT[scale];
    const deadline = seconds === null ? Infinity : performance.now() + seconds * 1_000;
    const violations: string[] = [];
    let [round, checked, overlaps] = [0, 0, 0];
    for (; seconds === null ? round < rounds : performance.now() < deadline; round++) {
      say(`round ${round + 1}: ${processes} processes, ${tasks} tasks, ${calls} calls each`);
      const path = join(dir, `round-${round}.db`);
      const setup = openBoard(path, { actor: "setup" });
      const ids = Array.from(
        { length: tasks },
        (_, i) => createTask(setup, { title: `Task ${i}`, review: i % 2 === 0 }).task.id,
      );
      closeBoard(setup);
      const { results } = await race<HistorianInput, HistorianResult>(
        "racers/historian.ts",
        Array.from({ length: processes }, (_, i) => ({ path, name: `p${i}`, seed: random.seed(), ids, calls })),
      );
      const entries = results.flatMap((result) => result.entries);
      for (const [i, id] of ids.entries()) {
        const own = entries.filter((entry) => entry.task === id);
        overlaps += countOverlaps(own);
        const wrong = linearize(own, { review: i % 2 === 0 });
        if (wrong !== null) violations.push(wrong);
      }
      checked += entries.length;
      violations.push(...results.flatMap((result) => result.errors), ...violationsIn(path));
      if (violations.length > 0) break;
    }
    if (overlaps === 0) violations.push("no two calls overlapped: the suite has proved nothing");
    return {
      violations,
      did: `${round} × ${processes} processes, ${checked} answers, ${overlaps} pairs of calls overlapped`,
      numbers: { answers: checked, overlaps },
    };
  },
};

/** How many calls of different processes overlapped the call that began just before them. */
function countOverlaps(entries: readonly Entry[]): number {
  const sorted = [...entries].sort((a, b) => a.called - b.called);
  return sorted.filter((entry, i) => i > 0 && entry.called < sorted[i - 1]!.returned).length;
}
