/**
 * Leases shorter than the work: the fence must refuse every late completion, and nothing else.
 *
 * @module
 */
import { join } from "node:path";
import { closeBoard, createTask, eventsAfter, getRun, openBoard } from "../src/kernel/mod.ts";
import { type Field, raceTogether, type Suite } from "./harness.ts";
import { census, violationsIn } from "./invariants.ts";
import type { ExpirerInput, ExpirerResult } from "./racers/expirer.ts";
import type { LateInput, LateResult } from "./racers/late.ts";
import { mergeTallies } from "./racers/outcome.ts";

const AMOUNT = {
  quick: { workers: 6, expirers: 3, tasks: 120, ms: 20_000 },
  full: { workers: 12, expirers: 4, tasks: 3_000, ms: 300_000 },
};
/** A lease of one second runs out after 25 ms. */
const SPEED = 40;

export const reclaimRace: Suite = {
  name: "reclaim_race",
  about: "leases shorter than the work: late completions are refused, every run is closed exactly once",
  async run({ scale, seconds, random, dir, say }) {
    const { workers, expirers, tasks, ms } = AMOUNT[scale];
    const path = join(dir, "kanban.db");
    const setup = openBoard(path, { actor: "setup" });
    for (let i = 0; i < tasks; i++) createTask(setup, { title: `Task ${i}` });
    closeBoard(setup);
    const clock = { epoch: Date.now(), speed: SPEED };
    say(`${workers} slow workers, ${expirers} reclaimers, ${tasks} tasks`);
    const common = { path, clock, ms: seconds === null ? ms : seconds * 1_000 };
    const late: Field<LateInput, LateResult> = {
      module: "racers/late.ts",
      inputs: Array.from({ length: workers }, (_, i) => ({
        ...common,
        name: `worker-${i}`,
        seed: random.seed(),
        workMs: 60,
      })),
    };
    const eager: Field<ExpirerInput, ExpirerResult> = {
      module: "racers/expirer.ts",
      inputs: Array.from({ length: expirers }, (_, i) => ({ ...common, name: `reclaimer-${i}` })),
    };
    const { results } = await raceTogether([late, eager]);
    const told = toldBy(...results);
    const { completed, reclaimed } = told;
    const { errors } = mergeTallies(results.flat());
    return {
      violations: [
        ...errors.map((error) => `an error reached a caller: ${error}`),
        ...judge(path, told),
        ...violationsIn(path),
      ],
      did: `${completed.length + told.late.length} runs: ${completed.length} completed, ${reclaimed.length} reclaimed, ${told.late.length} late completions`,
      numbers: { completed: completed.length, reclaimed: reclaimed.length, late: told.late.length },
    };
  },
};

interface Told {
  completed: number[];
  late: number[];
  reclaimed: number[];
}

function toldBy(workers: readonly LateResult[], reclaimers: readonly ExpirerResult[]): Told {
  return {
    completed: workers.flatMap((result) => result.completed),
    late: workers.flatMap((result) => result.late),
    reclaimed: reclaimers.flatMap((result) => result.reclaimed),
  };
}

/** Whether the board agrees with what every contestant was told. */
function judge(path: string, { completed, late, reclaimed }: Told): string[] {
  const wrong: string[] = [];
  if (reclaimed.length === 0) wrong.push("no run was reclaimed: the suite has proved nothing");
  if (late.length === 0) wrong.push("no completion came late: the suite has proved nothing");
  if (new Set(reclaimed).size !== reclaimed.length) wrong.push("a run was reclaimed twice");
  if (new Set(completed).size !== completed.length) wrong.push("a run was completed twice");
  const board = openBoard(path);
  const events = eventsAfter(board, 0, { kinds: ["reclaimed", "completed"], limit: 1_000_000 });
  const count = (kind: string, run: number) =>
    events.filter((each) => each.kind === kind && each.run_id === run).length;
  for (const id of completed) {
    const run = getRun(board, id);
    if (run?.outcome !== "completed") wrong.push(`run ${id} was told it completed, the board says ${run?.outcome}`);
    if (!run?.summary?.startsWith(`run ${id} by ${run.claimer}`)) wrong.push(`run ${id} carries a strange summary`);
  }
  for (const id of late) {
    const run = getRun(board, id);
    if (run?.outcome === "completed") wrong.push(`run ${id} was refused, the board says completed`);
    if (run?.summary != null) wrong.push(`run ${id} was refused, but left its summary`);
  }
  for (const id of reclaimed) if (count("reclaimed", id) !== 1) wrong.push(`run ${id} has not one reclaimed event`);
  for (const id of completed) if (count("completed", id) !== 1) wrong.push(`run ${id} has not one completed event`);
  const { by_outcome, by_status } = census(path);
  if ((by_outcome["reclaimed"] ?? 0) !== reclaimed.length)
    wrong.push(`${reclaimed.length} reclaims were acknowledged, the board has ${by_outcome["reclaimed"]}`);
  if ((by_outcome["completed"] ?? 0) !== completed.length)
    wrong.push(`${completed.length} completions were acknowledged, the board has ${by_outcome["completed"]}`);
  if ((by_status["done"] ?? 0) !== completed.length)
    wrong.push(`${completed.length} completions, but ${by_status["done"]} tasks are done`);
  closeBoard(board);
  return wrong;
}
