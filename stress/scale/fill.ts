/**
 * Fills a board with many tasks in the mix of one that has been used for a while.
 *
 * Of a hundred tasks 75 are done (a third of them by a worker, with run and handoff), 5 archived, 10
 * wait for a parent, 7 are ready, the others blocked or in triage; twenty are running, whatever the size. Everything is written by
 * the kernel's own calls, in large transactions, so that the board is one that it could have made.
 *
 * @module
 */
import {
  archiveTask,
  blockTask,
  type Board,
  claimTask,
  closeBoard,
  completeTask,
  createTask,
  openBoard,
  write,
} from "../../src/kernel/mod.ts";

/** Assignees that no profile of the suites has, so that no dispatcher starts anything. */
const NAMES = ["linguist", "coder-7", "tester-3", "ann", null];
const BATCH = 5_000;
/** How many are running: that depends on the fleet, not on how long the board has been used. */
const RUNNING = 20;
/** Between one task and the next, in milliseconds of the board's clock. */
const STEP_MS = 250;

/** Writes `n` tasks into a new board at `path`. */
export function fill(path: string, n: number, say: (progress: string) => void = () => {}): void {
  const clock = { ms: Date.now() - n * STEP_MS };
  const board = openBoard(path, { actor: "filler", now: () => clock.ms });
  let last: string | null = null;
  for (let from = 0; from < n; from += BATCH) {
    write(board, () => {
      for (let i = from; i < Math.min(n, from + BATCH); i++) {
        clock.ms += STEP_MS;
        last = one(board, i, last, i % Math.ceil(n / RUNNING) === 99);
      }
    });
    if (from > 0 && from % 200_000 === 0) say(`${from} of ${n} tasks`);
  }
  closeBoard(board);
}

/** Makes task number `i`, running if `claimed`; `open` is the newest task that others may wait for. Returns the next such one. */
function one(board: Board, i: number, open: string | null, claimed: boolean): string | null {
  const part = i % 100;
  const waiting = part >= 80 && part < 90;
  const { task } = createTask(board, {
    title: `Task ${i}`,
    assignee: NAMES[i % NAMES.length]!,
    tenant: i % 3 === 0 ? `tenant-${i % 7}` : null,
    priority: i % 4,
    ...(i % 10 === 0 ? { body: `What task ${i} is about, in a few words.` } : {}),
    ...(waiting && open !== null ? { parents: [open] } : {}),
    ...(part === 98 ? { triage: true } : {}),
  });
  if (part < 25) {
    const { run } = claimTask(board, task.id, { claimer: "filler" });
    completeTask(board, task.id, { runId: run.id, summary: `did task ${i}`, metadata: { files: ["a.ts"], n: i } });
  } else if (part < 75) completeTask(board, task.id);
  else if (part < 80) archiveTask(board, task.id);
  else if (part === 97) blockTask(board, task.id, { reason: "which one?" });
  else if (claimed) claimTask(board, task.id, { claimer: "filler", ttlSeconds: 1e9 });
  return part === 90 ? task.id : open;
}
