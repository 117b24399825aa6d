/**
 * Fills a board with many tasks in the mix of one that has been used for a while.
 *
 * Of a hundred tasks 75 are done (a third of them by a worker, with run and handoff), 5 archived, 10
 * wait for a parent, 7 are ready, the others blocked or in triage. Whatever the size, twenty are running, two workers
 * of one profile among them, and forty are of an assignee and a tenant that no other task has: filters that match few.
 * Everything is written by the kernel's own calls, in large transactions, so that the board is one that it could have
 * made.
 *
 * @module
 */
import {
  archiveTask,
  blockTask,
  type Board,
  claimForWorker,
  claimTask,
  closeBoard,
  completeTask,
  createTask,
  openBoard,
  write,
} from "../../src/kernel/mod.ts";

/** Assignees that no profile of the suites has, so that no dispatcher starts anything. */
export const NAMES = ["linguist", "coder-7", "tester-3", "ann", null];
/** Whose tasks are few. */
export const RARE = "archivist";
/** How many they are, and how many workers the first of the names has. */
const RARE_TASKS = 40;
const WORKERS = 2;
const BATCH = 5_000;
/** How many are running: that depends on the fleet, not on how long the board has been used. */
const RUNNING = 20;
/** Between one task and the next, in milliseconds of the board's clock. */
const STEP_MS = 250;

export interface FillOptions {
  /** Bytes of each body; null, the default: one in ten has a few words. */
  bodyBytes?: number | null;
  say?: (progress: string) => void;
}

/** Writes `n` tasks into a new board at `path`. */
export function fill(path: string, n: number, { bodyBytes = null, say = () => {} }: FillOptions = {}): void {
  const clock = { ms: Date.now() - n * STEP_MS };
  const board = openBoard(path, { actor: "filler", now: () => clock.ms });
  let last: string | null = null;
  const body = bodyBytes === null ? null : "b".repeat(bodyBytes);
  const every = (few: number) => Math.max(100, Math.floor(n / few / 100) * 100);
  const [running, rare] = [every(RUNNING), every(RARE_TASKS)];
  for (let from = 0; from < n; from += BATCH) {
    write(board, () => {
      for (let i = from; i < Math.min(n, from + BATCH); i++) {
        clock.ms += STEP_MS;
        last = one(board, i, last, { body, isRare: i % rare === 92, isClaimed: i % running === 99 });
      }
    });
    if (from > 0 && from % 200_000 === 0) say(`${from} of ${n} tasks`);
  }
  const profiles = new Map([[NAMES[0]!, { max_running: null, max_runtime_seconds: null }]]);
  for (let i = 0; i < WORKERS; i++) {
    claimForWorker(board, { claimer: "filler", boot_id: "boot", ttlSeconds: 1e9, profiles, maxWorkers: WORKERS });
  }
  closeBoard(board);
}

interface About {
  body: string | null;
  isRare: boolean;
  isClaimed: boolean;
}

/** Makes task number `i`; `open` is the newest task that others may wait for. Returns the next such one. */
function one(board: Board, i: number, open: string | null, { body, isRare, isClaimed }: About): string | null {
  const part = i % 100;
  const waiting = part >= 80 && part < 90;
  const { task } = createTask(board, {
    title: `Task ${i}`,
    assignee: isRare ? RARE : NAMES[i % NAMES.length]!,
    tenant: isRare ? RARE : i % 3 === 0 ? `tenant-${i % 7}` : null,
    priority: i % 4,
    ...(body !== null ? { body } : i % 10 === 0 ? { body: `What task ${i} is about, in a few words.` } : {}),
    ...(waiting && open !== null ? { parents: [open] } : {}),
    ...(part === 98 ? { triage: true } : {}),
  });
  if (part < 25) {
    const { run } = claimTask(board, task.id, { claimer: "filler" });
    completeTask(board, task.id, { runId: run.id, summary: `did task ${i}`, metadata: { files: ["a.ts"], n: i } });
  } else if (part < 75) completeTask(board, task.id);
  else if (part < 80) archiveTask(board, task.id);
  else if (part === 97) blockTask(board, task.id, { reason: "which one?" });
  else if (isClaimed) claimTask(board, task.id, { claimer: "filler", ttlSeconds: 1e9 });
  return part === 90 ? task.id : open;
}
