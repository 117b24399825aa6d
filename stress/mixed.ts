/**
 * Everything at once: workers, people who meddle, leases that run out, and a reclaimer.
 *
 * @module
 */
import { join } from "node:path";
import { closeBoard, createTask, eventsAfter, getRun, getTask, listComments, openBoard } from "../src/kernel/mod.ts";
import { type Field, raceTogether, type Suite } from "./harness.ts";
import { census, violationsIn } from "./invariants.ts";
import type { ExpirerInput, ExpirerResult } from "./racers/expirer.ts";
import { CHANGES, type MixerInput, type MixerResult } from "./racers/mixer.ts";
import { mergeTallies } from "./racers/outcome.ts";

const AMOUNT = { quick: { workers: 10, tasks: 500, ms: 8_000 }, full: { workers: 16, tasks: 5_000, ms: 300_000 } };
/** A lease of one to three seconds runs out after 25 to 75 ms. */
const SPEED = 40;

export const mixed: Suite = {
  name: "mixed",
  about: "workers, people who move, archive, link and comment, short leases and a reclaimer, all at once",
  async run({ scale, seconds, random, dir, say }) {
    const { workers, tasks, ms } = AMOUNT[scale];
    const path = join(dir, "kanban.db");
    const setup = openBoard(path, { actor: "setup" });
    const ids = Array.from(
      { length: tasks },
      (_, i) => createTask(setup, { title: `Task ${i}`, priority: i % 4 }).task.id,
    );
    closeBoard(setup);
    const length = seconds === null ? ms : seconds * 1_000;
    const common = { path, clock: { epoch: Date.now(), speed: SPEED }, ms: length };
    say(`${workers} workers and a reclaimer, ${tasks} tasks, ${Math.round(length / 1_000)} s`);
    const crowd: Field<MixerInput, MixerResult> = {
      module: "racers/mixer.ts",
      inputs: Array.from({ length: workers }, (_, i) => ({ ...common, ids, name: nameOf(i), seed: random.seed() })),
    };
    const reclaimer: Field<ExpirerInput, ExpirerResult> = {
      module: "racers/expirer.ts",
      inputs: [{ ...common, name: "reclaimer" }],
    };
    const { results } = await raceTogether([crowd, reclaimer]);
    const [mixers, expirers] = results;
    const { errors, refused } = mergeTallies([...mixers, ...expirers]);
    const reclaimed = expirers.flatMap((result) => result.reclaimed);
    const counts = census(path);
    const calls = mixers.reduce((sum, result) => sum + result.calls, 0);
    return {
      violations: [
        ...errors.map((error) => `an error reached a caller: ${error}`),
        ...strange(refused),
        ...acknowledged(path, mixers, reclaimed),
        ...unheard(path, mixers),
        ...violationsIn(path),
        ...(reclaimed.length === 0 ? ["no lease ran out: the suite has proved nothing"] : []),
      ],
      did: `${calls} calls, ${counts.runs} runs: ${words(counts.by_outcome)}; ${counts.events} events`,
      numbers: { calls, runs: counts.runs, events: counts.events, reclaimed: reclaimed.length },
    };
  },
};

/** Refusals that nothing in this suite can deserve. */
function strange(refused: Record<string, number>): string[] {
  return Object.keys(refused)
    .filter((code) => code !== "conflict" && code !== "refused")
    .map((code) => `${refused[code]} calls were answered with ${code}`);
}

/** Whether everything that anybody was told is on the board. */
function acknowledged(path: string, results: readonly MixerResult[], reclaimed: readonly number[]): string[] {
  const board = openBoard(path);
  const wrong: string[] = [];
  for (const { completed, blocked, comments, created } of results) {
    for (const { run, summary } of completed) {
      const found = getRun(board, run);
      if (found?.outcome !== "completed" || found.summary !== summary)
        wrong.push(`completion of run ${run} is lost: ${JSON.stringify(found)}`);
    }
    for (const { run, reason } of blocked) {
      const found = getRun(board, run);
      const said =
        found !== null &&
        listComments(board, found.task_id, { limit: 10_000 }).some((each) => each.body === `BLOCKED: ${reason}`);
      if (found?.outcome !== "blocked" || found.summary !== reason || !said) wrong.push(`block of run ${run} is lost`);
    }
    for (const { id, task, body } of comments) {
      const found = listComments(board, task, { limit: 10_000 }).find((each) => each.id === id);
      if (found?.body !== body) wrong.push(`comment ${id} on ${task} is lost`);
    }
    for (const id of created) if (getTask(board, id).id !== id) wrong.push(`task ${id} is lost`);
  }
  for (const run of reclaimed) {
    if (getRun(board, run)?.outcome !== "reclaimed") wrong.push(`reclaim of run ${run} is lost`);
  }
  closeBoard(board);
  return wrong;
}

/** Whether each acknowledged change left its one event, and no change left more. */
function unheard(path: string, results: readonly MixerResult[]): string[] {
  const board = openBoard(path);
  const events = eventsAfter(board, 0, { kinds: [...CHANGES], limit: 10_000_000 });
  closeBoard(board);
  return results.flatMap(({ changes }, i) =>
    CHANGES.flatMap((kind) => {
      const found = events.filter((event) => event.kind === kind && event.actor === nameOf(i)).length;
      return found === changes[kind]
        ? []
        : [`${nameOf(i)} acknowledged ${changes[kind]} ${kind}, the log has ${found}`];
    }),
  );
}

const nameOf = (worker: number): string => `worker-${worker}`;

function words(counts: Record<string, number>): string {
  return Object.entries(counts)
    .map(([name, n]) => `${n} ${name}`)
    .join(", ");
}
