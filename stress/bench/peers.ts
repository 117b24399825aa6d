/**
 * The board beside other queues on SQLite, in one process and one run, in turns.
 *
 * `plainjob` keeps one row per job: no runs, no events, no dependencies. `bunqueue` keeps jobs in
 * memory and writes behind, unless a job asks to be durable. Both are asked for what they do best too.
 *
 * @module
 */
import { bun, defineQueue } from "plainjob";
import { Database } from "bun:sqlite";
import { Queue, shutdownManager, Worker } from "bunqueue/client";
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
import { median } from "../measure.ts";
import type { Bench, Figure } from "./figure.ts";

const ROUNDS = { quick: 4, full: 25 };
/** Calls of each kind per round. */
const CALLS = 1_000;
/** Fewer for the slow ones. */
const FEW = 250;
const BATCH = 10;

interface Act {
  name: string;
  /** How many calls `run` makes. */
  calls: number;
  run(): void | Promise<void>;
}

export const peers: Bench = {
  name: "peers",
  async run(lab) {
    const ours = boardActs(`${lab.dir}/kanban.db`);
    const plain = plainActs(`${lab.dir}/plainjob.db`);
    const other = bunqueueActs(`${lab.dir}/bunqueue.db`);
    const acts = [...ours.acts, ...plain.acts, ...other.acts];
    const rates = new Map(acts.map(({ name }) => [name, [] as number[]]));
    // The first round warms up: statements are prepared, code is compiled.
    for (let round = 0; round <= ROUNDS[lab.scale]; round++) {
      lab.say(round === 0 ? "warming up" : `round ${round} of ${ROUNDS[lab.scale]}`);
      for (const { name, calls, run } of acts) {
        const started = performance.now();
        await run();
        const rate = (calls / (performance.now() - started)) * 1_000;
        if (round > 0) rates.get(name)!.push(rate);
      }
    }
    ours.close();
    plain.close();
    await other.close();
    return figures(rates);
  },
};

function figures(rates: ReadonlyMap<string, number[]>): Figure[] {
  /** The median of the ratios of each round: what disturbs a round disturbs both. */
  const ratio = (mine: string, theirs: string) =>
    median(rates.get(mine)!.map((rate, round) => rate / rates.get(theirs)![round]!));
  return [
    ...[...rates].map(([name, values]): Figure => ({ name, value: median(values), unit: "/s" })),
    {
      name: "claim + complete ÷ plainjob",
      value: ratio("kanban: claim + complete", "plainjob: claim + done"),
      unit: "×",
      target: { least: 0.75 },
    },
    {
      name: "complete-and-next ÷ plainjob",
      value: ratio("kanban: complete and claim next", "plainjob: claim + done"),
      unit: "×",
      target: { least: 1 },
    },
    {
      name: "batch of ten ÷ plainjob",
      value: ratio("kanban: claim + complete, ten per transaction", "plainjob: claim + done"),
      unit: "×",
      target: { least: 2 },
    },
    { name: "create ÷ plainjob's add", value: ratio("kanban: create", "plainjob: add"), unit: "×" },
    {
      name: "create, bulk ÷ plainjob's addMany",
      value: ratio("kanban: create, bulk", "plainjob: addMany"),
      unit: "×",
      note: "where one row per job shines",
    },
    {
      name: "claim + complete ÷ bunqueue's worker",
      value: ratio("kanban: claim + complete", "bunqueue: worker, 10 at a time"),
      unit: "×",
      note: "its worker acknowledges in batches, in memory first",
    },
    { name: "create ÷ bunqueue's durable add", value: ratio("kanban: create", "bunqueue: add, durable"), unit: "×" },
    {
      name: "create, bulk ÷ bunqueue's addBulk",
      value: ratio("kanban: create, bulk", "bunqueue: addBulk"),
      unit: "×",
      note: "it acknowledges before it writes: a crash may lose these",
    },
  ];
}

interface Contestant {
  acts: Act[];
  close(): void | Promise<void>;
}

function boardActs(path: string): Contestant {
  const board = openBoard(path, { actor: "bench" });
  const create = (i: number) => createTask(board, { title: `Task ${i}`, assignee: "coder" });
  const pair = () => {
    const { task, run } = claimNext(board, { claimer: "bench" })!;
    completeTask(board, task.id, { runId: run.id, summary: "done" });
  };
  return {
    acts: [
      { name: "kanban: create", calls: CALLS, run: () => times(CALLS, create) },
      { name: "kanban: claim + complete", calls: CALLS, run: () => times(CALLS, pair) },
      { name: "kanban: create, bulk", calls: 2 * CALLS, run: () => write(board, () => times(2 * CALLS, create)) },
      { name: "kanban: complete and claim next", calls: CALLS, run: () => chain(board) },
      {
        name: "kanban: claim + complete, ten per transaction",
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

function plainActs(path: string): Contestant {
  const quiet = { error() {}, warn() {}, info() {}, debug() {} };
  const queue = defineQueue({ connection: bun(new Database(path, { strict: true })), logger: quiet });
  const pair = () => queue.markJobAsDone(queue.getAndMarkJobAsProcessing("task")!.id);
  return {
    acts: [
      {
        name: "plainjob: add",
        calls: CALLS,
        run: () => times(CALLS, (i) => queue.add("task", { title: `Task ${i}` })),
      },
      { name: "plainjob: claim + done", calls: CALLS, run: () => times(CALLS, pair) },
      {
        name: "plainjob: addMany",
        calls: CALLS,
        run: () =>
          void queue.addMany(
            "other",
            Array.from({ length: CALLS }, (_, i) => ({ title: `Task ${i}` })),
          ),
      },
    ],
    close: () => queue.close(),
  };
}

function bunqueueActs(dataPath: string): Contestant {
  const queue = new Queue("task", { embedded: true, dataPath });
  const bulk = Array.from({ length: CALLS }, (_, i) => ({ name: "task", data: { title: `Task ${i}` } }));
  return {
    acts: [
      {
        name: "bunqueue: add, durable",
        calls: FEW,
        async run() {
          for (let i = 0; i < FEW; i++) await queue.add("task", { title: `Task ${i}` }, { durable: true });
        },
      },
      { name: "bunqueue: worker, 10 at a time", calls: FEW, run: () => drain(FEW) },
      { name: "bunqueue: addBulk", calls: CALLS, run: async () => void (await queue.addBulk(bulk)) },
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
