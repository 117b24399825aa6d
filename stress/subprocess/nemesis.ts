/**
 * Real workers under a daemon while both are killed, again and again.
 *
 * @module
 */
import {
  type Board,
  closeBoard,
  createTask,
  eventsAfter,
  listRuns,
  listTasks,
  openBoard,
  openRuns,
  type Run,
  unblockTask,
} from "../../src/kernel/mod.ts";
import { prepareHome } from "../../src/home.ts";
import { until } from "../harness.ts";
import { violationsIn } from "../invariants.ts";
import type { Random } from "../random.ts";
import { placeAt, type Program, startProgram, stop } from "../program.ts";
import { processesOf, zombiesOf } from "./processes.ts";
import { type Entry, readLedger, writeWorkers } from "./workers.ts";

export interface NemesisResult {
  violations: string[];
  tasks: number;
  runs: number;
  workersKilled: number;
  daemonsKilled: number;
  adopted: number;
}

/** Workers at a time. */
const AT_WORK = 6;

interface Options {
  dir: string;
  random: Random;
  tasks: number;
  ms: number;
  say(progress: string): void;
}

/** Starts work, kills for a while, then lets everything finish and compares all that was written. */
export async function nemesis({ dir, random, tasks, ms, say }: Options): Promise<NemesisResult> {
  const place = placeAt(`${dir}/home`);
  prepareHome(place.home);
  await Bun.write(place.home.config, JSON.stringify({ dispatcher: { max_workers: AT_WORK, failure_limit: 1000 } }));
  const ledger = writeWorkers(place, dir);
  const board = openBoard(place.home.db, { actor: "nemesis" });
  const workers = ["shell", "tools", "slow"] as const;
  const ids: string[] = [];
  const add = () => {
    const i = ids.length;
    ids.push(createTask(board, { title: `task ${i}`, assignee: workers[i % workers.length]! }).task.id);
  };
  while (ids.length < tasks) add();
  const stats = { workersKilled: 0, daemonsKilled: 0 };
  let daemon = startProgram(place, ["daemon"]);
  const killed = new Map<string, number>();
  const deadline = performance.now() + ms;
  let daemonDiesAt = performance.now() + 1_500;
  // On a busy machine workers start late: it continues until some were killed and one outlived its daemon.
  // On a quick one they are done early: there is always one left to kill.
  const enough = () =>
    performance.now() > deadline &&
    stats.workersKilled >= 4 &&
    stats.daemonsKilled >= 2 &&
    survivors(board, readLedger(ledger)) > 0;
  while (!enough() && performance.now() < deadline + 30_000) {
    while (open(board, ids) < AT_WORK) add();
    await Bun.sleep(100 + random.below(200));
    if (performance.now() > daemonDiesAt) {
      daemon = await killDaemon(place, daemon);
      stats.daemonsKilled++;
      daemonDiesAt = performance.now() + 2_000 + random.below(2_000);
    }
    if (random.percent(35)) stats.workersKilled += killWorker(board, random, killed);
  }
  say(`${stats.workersKilled} workers and ${stats.daemonsKilled} daemons killed, now letting it finish`);
  const violations: string[] = [];
  try {
    const patience = 60_000 + open(board, ids) * 1_000; // A slow machine has most of them left.
    await until(() => open(board, ids) === 0, "every task to be done after the killing stopped", patience);
    await until(
      () => processesOf(place.home.dir, [daemon.pid, process.pid]).length === 0,
      "the last worker to end",
      15_000,
    );
  } catch (error) {
    const left = listTasks(board).filter(({ status }) => status !== "done");
    violations.push(
      `${(error as Error).message}; left: ${JSON.stringify(left.map(({ id, status, last_error }) => [id, status, last_error]))}; ${daemon.output().slice(-400)}`,
    );
    violations.push(
      ...processesOf(place.home.dir, [daemon.pid]).map(({ pid, command }) => `process ${pid} is left: ${command}`),
    );
  }
  violations.push(...zombiesOf(daemon.pid).map(({ pid }) => `the daemon never buried its child ${pid}`));
  await stop(daemon);
  const adopted = judge(board, ids, readLedger(ledger), violations);
  const runs = ids.reduce((sum, id) => sum + listRuns(board, id).length, 0);
  closeBoard(board);
  violations.push(...violationsIn(place.home.db));
  return { violations, tasks: ids.length, runs, adopted, ...stats };
}

function open(board: Board, ids: readonly string[]): number {
  for (const { id, status } of listTasks(board, { status: ["blocked"] }))
    if (status === "blocked") unblockTask(board, id);
  return ids.length - listTasks(board, { status: ["done"] }).length;
}

/** SIGKILL gives it no chance to say goodbye; the next one has to find what it left. */
async function killDaemon(place: Parameters<typeof startProgram>[0], daemon: Program): Promise<Program> {
  daemon.kill("SIGKILL");
  await daemon.exited;
  return startProgram(place, ["daemon"]);
}

/** Kills one living worker, or its whole group, but no task's more than twice: back-off would make the suite slow. */
function killWorker(board: Board, random: Random, killed: Map<string, number>): number {
  const alive = openRuns(board).filter(({ pid, task_id }) => pid !== null && (killed.get(task_id) ?? 0) < 2);
  if (alive.length === 0) return 0;
  const { pid, task_id } = random.pick(alive);
  try {
    process.kill(random.percent(50) ? -pid! : pid!, "SIGKILL");
  } catch {
    return 0; // It ended by itself.
  }
  killed.set(task_id, (killed.get(task_id) ?? 0) + 1);
  return 1;
}

/** Compares ledger and board; returns how many runs outlived their dispatcher. */
function judge(board: Board, ids: readonly string[], ledger: readonly Entry[], violations: string[]): number {
  for (const entry of ledger) {
    if (entry.what === "overlap")
      violations.push(`${entry.task}: run ${entry.run} started while an earlier worker was alive`);
  }
  const starts = new Map<number, number>();
  for (const { what, run } of ledger) if (what === "start") starts.set(run, (starts.get(run) ?? 0) + 1);
  for (const [run, n] of starts) if (n > 1) violations.push(`run ${run} was started ${n} times`);
  for (const id of ids) violations.push(...judgeTask(id, listRuns(board, id), ledger));
  return survivors(board, ledger);
}

/** How many runs were adopted by the next daemon and completed all the same. */
function survivors(board: Board, ledger: readonly Entry[]): number {
  const adopted = new Set(eventsAfter(board, 0, { kinds: ["adopted"], limit: 1_000_000 }).map(({ run_id }) => run_id));
  return ledger.filter(({ what, run }) => what === "completed" && adopted.has(run)).length;
}

function judgeTask(id: string, runs: readonly Run[], ledger: readonly Entry[]): string[] {
  const wrong: string[] = [];
  const completed = runs.filter(({ outcome }) => outcome === "completed");
  if (completed.length !== 1) wrong.push(`${id} has ${completed.length} completed runs`);
  for (const run of completed) {
    if (run.summary !== `run ${run.id}`) wrong.push(`${id}: run ${run.id} carries the summary "${run.summary}"`);
  }
  for (const { run } of ledger.filter(({ what, task }) => what === "completed" && task === id)) {
    const found = runs.find((each) => each.id === run);
    if (found?.outcome !== "completed")
      wrong.push(`${id}: run ${run} was told it completed, the board says ${found?.outcome}`);
  }
  for (const run of runs) {
    const fine = ["completed", "crashed", "abandoned", "reclaimed", "spawn_failed"].includes(run.outcome ?? "open");
    if (!fine) wrong.push(`${id}: run ${run.id} ended as ${run.outcome}`);
    // A worker was only ever killed: what else it is said to have died of is made up.
    if (run.outcome === "abandoned")
      wrong.push(`${id}: run ${run.id} is called abandoned, it was killed or it completed`);
  }
  return wrong;
}
