/**
 * The queues of the comparison, each with what it is asked to do.
 *
 * `plainjob` keeps one row per job: no runs, no events, no dependencies. `bunqueue` keeps jobs in
 * memory and writes behind, unless a job asks to be durable. Both are asked for what they do best too.
 *
 * @module
 */
import { Database } from "bun:sqlite";
import { Queue, shutdownManager, Worker } from "bunqueue/client";
import { bun, defineQueue } from "plainjob";
import {
  type Board,
  claimNext,
  closeBoard,
  completeAndClaimNext,
  completeTask,
  createTask,
  openBoard,
  write,
} from "../../src/kernel/mod.ts";

/** Calls of each kind per round. */
export const CALLS = 1_000;
/** Fewer for the slow ones. */
const FEW = 250;
const BATCH = 10;

export interface Act {
  name: string;
  /** How many calls `run` makes. */
  calls: number;
  run(): void | Promise<void>;
}

/** A queue that takes part. */
export interface Contestant {
  readonly acts: readonly Act[];
  /** Where it writes, if that can be counted. */
  readonly db: Database | null;
  close(): void | Promise<void>;
}

/** Our board. Its bodies have this many bytes; a claim hands the task over with its body. */
export function boardActs(path: string, bodyBytes: number): Contestant {
  const board = openBoard(path, { actor: "bench" });
  const body = "b".repeat(bodyBytes);
  const about = bodyBytes === 0 ? {} : { body };
  const create = (i: number) => createTask(board, { title: `Task ${i}`, assignee: "coder", ...about });
  const pair = () => {
    const { task, run } = claimNext(board, { claimer: "bench" })!;
    if (task.body !== (about.body ?? null)) throw new Error("a task came without its body");
    completeTask(board, task.id, { runId: run.id, summary: "done" });
  };
  return {
    db: board.db,
    acts: [
      { name: "create", calls: CALLS, run: () => times(CALLS, create) },
      { name: "claim + complete", calls: CALLS, run: () => times(CALLS, pair) },
      { name: "create, bulk", calls: 2 * CALLS, run: () => write(board, () => times(2 * CALLS, create)) },
      { name: "complete and claim next", calls: CALLS, run: () => chain(board) },
      {
        name: "claim + complete, ten per transaction",
        calls: CALLS,
        run: () => times(CALLS / BATCH, () => write(board, () => times(BATCH, pair))),
      },
    ],
    close: () => closeBoard(board),
  };
}

function chain(board: Board): void {
  let claimed = claimNext(board, { claimer: "bench" })!;
  for (let i = 1; i < CALLS; i++) {
    const handoff = { runId: claimed.run.id, summary: "done" };
    claimed = completeAndClaimNext(board, claimed.task.id, handoff, { claimer: "bench" }).next!;
  }
  completeTask(board, claimed.task.id, { runId: claimed.run.id });
}

/** One row per job. Its jobs are read, as a worker has to: its claim answers with a number alone. */
export function plainActs(path: string, bodyBytes: number): Contestant {
  const quiet = { error() {}, warn() {}, info() {}, debug() {} };
  const db = new Database(path, { strict: true });
  const queue = defineQueue({ connection: bun(db), logger: quiet });
  const body = "b".repeat(bodyBytes);
  const job = (i: number) => (bodyBytes === 0 ? { title: `Task ${i}` } : { title: `Task ${i}`, body });
  const read = () => {
    const { id } = queue.getAndMarkJobAsProcessing("task")!;
    const data = JSON.parse(queue.getJobById(id)!.data) as { body?: string };
    if ((data.body ?? "") !== body) throw new Error("a job came without its body");
    queue.markJobAsDone(id);
  };
  const unread = () => queue.markJobAsDone(queue.getAndMarkJobAsProcessing("task")!.id);
  return {
    db,
    acts: [
      { name: "add", calls: 2 * CALLS, run: () => times(2 * CALLS, (i) => queue.add("task", job(i))) },
      { name: "claim + read + done", calls: CALLS, run: () => times(CALLS, read) },
      { name: "claim + done, unread", calls: CALLS, run: () => times(CALLS, unread) },
      {
        name: "addMany",
        calls: CALLS,
        run: () =>
          void queue.addMany(
            "other",
            Array.from({ length: CALLS }, (_, i) => job(i)),
          ),
      },
    ],
    close: () => queue.close(),
  };
}

/** Jobs in memory, written behind. */
export function bunqueueActs(dataPath: string): Contestant {
  const queue = new Queue("task", { embedded: true, dataPath });
  const bulk = Array.from({ length: CALLS }, (_, i) => ({ name: "task", data: { title: `Task ${i}` } }));
  return {
    db: null,
    acts: [
      {
        name: "add, durable",
        calls: FEW,
        async run() {
          for (let i = 0; i < FEW; i++) await queue.add("task", { title: `Task ${i}` }, { durable: true });
        },
      },
      { name: "worker, 10 at a time", calls: FEW, run: () => drain(FEW) },
      { name: "addBulk", calls: CALLS, run: async () => void (await queue.addBulk(bulk)) },
    ],
    async close() {
      await queue.close();
      shutdownManager();
    },
  };
}

async function drain(jobs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let done = 0;
  const worker = new Worker("task", async () => void (++done === jobs && resolve()), {
    embedded: true,
    concurrency: 10,
  });
  await promise;
  void worker.close(); // It lingers for its next poll: that is no part of the work.
}

function times(n: number, act: (i: number) => unknown): void {
  for (let i = 0; i < n; i++) act(i);
}
