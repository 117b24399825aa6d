/**
 * Processes race for tasks. Nobody may win what another has, and everybody's win must be in the books.
 *
 * @module
 */
import { join } from "node:path";
import { closeBoard, createTask, linkTasks, listRuns, openBoard } from "../src/kernel/mod.ts";
import { type Lab, race, type Suite } from "./harness.ts";
import { census, violationsIn } from "./invariants.ts";
import type { ClaimerInput, ClaimerResult } from "./racers/claimer.ts";
import { mergeTallies } from "./racers/outcome.ts";

const AMOUNT = {
  quick: { processes: 5, tasks: 100, rounds: 5 },
  full: { processes: 8, tasks: 5_000, rounds: 2 },
};

export const concurrency: Suite = {
  name: "concurrency",
  about: "processes race for the same tasks: one winner each, one run per claim, no error reaches a caller",
  async run(lab) {
    const { processes, tasks, rounds } = AMOUNT[lab.scale];
    const deadline = lab.seconds === null ? Infinity : performance.now() + lab.seconds * 1_000;
    const violations: string[] = [];
    const numbers = { claims: 0, refused: 0, ms: 0 };
    const shares: number[] = [];
    let met = false;
    let round = 0;
    for (; lab.seconds === null ? round < rounds : performance.now() < deadline; round++) {
      lab.say(`round ${round + 1}: ${processes} processes, ${tasks} tasks`);
      const one = await runRound(lab, join(lab.dir, `round-${round}.db`), processes, tasks);
      violations.push(...one.violations);
      numbers.claims += one.claims;
      numbers.refused += one.refused;
      numbers.ms += one.ms;
      shares.push(...one.shares);
      met ||= one.met;
      if (violations.length > 0) break;
    }
    if (!met) violations.push("no two processes ran at the same time: the suite has proved nothing");
    const won = `${Math.min(...shares)} to ${Math.max(...shares)} by each`;
    return {
      violations,
      did: `${round} × ${processes} processes for ${tasks} tasks: ${numbers.claims} claims won, ${won}, ${numbers.refused} lost`,
      numbers: { ...numbers, claims_per_second: Math.round((numbers.claims / numbers.ms) * 1_000) },
    };
  },
};

const KEYS = ["nightly-build", "Ünïque", "k 3"];

async function runRound({ random }: Lab, path: string, processes: number, count: number) {
  const ids = fill(path, count, random.below(3));
  const inputs = Array.from({ length: processes }, (_, i): ClaimerInput => ({
    path,
    name: `racer-${i}`,
    targets: ids.slice(0, count / 2),
    keys: KEYS,
  }));
  const { results, ms } = await race<ClaimerInput, ClaimerResult>("racers/claimer.ts", inputs);
  const tally = mergeTallies(results);
  const won = results.flatMap((result, i) => result.won.map((win) => ({ ...win, by: `racer-${i}` })));
  const violations = [
    ...tally.errors.map((error) => `an error reached a caller: ${error}`),
    ...doubles(won),
    ...books(path, won),
    ...violationsIn(path),
  ];
  for (const [at, key] of KEYS.entries()) {
    const told = new Set(results.map((result) => result.keyed[at]));
    if (told.size !== 1) violations.push(`idempotency key ${key} gave ${told.size} tasks: ${[...told].join(", ")}`);
  }
  const { by_status, by_outcome, runs } = census(path);
  if (by_status["done"] !== count + KEYS.length)
    violations.push(`not every task is done: ${JSON.stringify(by_status)}`);
  if (runs !== won.length || by_outcome["completed"] !== won.length) {
    violations.push(`${won.length} claims were won, the board has ${runs} runs: ${JSON.stringify(by_outcome)}`);
  }
  const refused = Object.values(tally.refused).reduce((sum, n) => sum + n, 0);
  return {
    violations,
    claims: won.length,
    refused,
    ms,
    shares: results.map((each) => each.won.length),
    met: metIn(results),
  };
}

/** Whether two contestants worked at the same time and both won something. */
function metIn(results: readonly ClaimerResult[]): boolean {
  const winners = results.filter((each) => each.won.length > 0).toSorted((a, b) => a.from - b.from);
  return winners.some((each, at) => at > 0 && each.from < winners[at - 1]!.to);
}

/** A board of which the second half waits for the first, in pairs, fans or a chain. */
function fill(path: string, count: number, shape: number): string[] {
  const board = openBoard(path, { actor: "setup" });
  const ids = Array.from(
    { length: count },
    (_, i) => createTask(board, { title: `Task ${i}`, priority: i % 3 }).task.id,
  );
  const half = count / 2;
  for (let child = half; child < count; child++) {
    const parents = [[child - half], [child - half, (child * 7) % half], child === half ? [0] : [child - 1]][shape]!;
    for (const parent of parents) linkTasks(board, ids[parent]!, ids[child]!);
  }
  closeBoard(board);
  return ids;
}

interface Win {
  task: string;
  run: number;
  by: string;
}

function doubles(won: readonly Win[]): string[] {
  const winners = new Map<string, string>();
  return won.flatMap(({ task, by }) => {
    const other = winners.get(task);
    winners.set(task, by);
    return other === undefined ? [] : [`${task} was won twice, by ${other} and by ${by}`];
  });
}

/** Whether the board says of every win what its winner was told. */
function books(path: string, won: readonly Win[]): string[] {
  const board = openBoard(path);
  try {
    return won.flatMap(({ task, run, by }) => {
      const runs = listRuns(board, task);
      const mine = runs.find((each) => each.id === run);
      const wrong = runs.length !== 1 || mine?.claimer !== by || mine.summary !== `by ${by}`;
      return wrong ? [`${task}: ${by} won run ${run}, the board has ${JSON.stringify(runs)}`] : [];
    });
  } finally {
    closeBoard(board);
  }
}
