/**
 * What single operations cost: contexts, pages of history, graphs, and the bytes they write.
 *
 * @module
 */
import { statSync } from "node:fs";
import {
  addComment,
  archiveTask,
  blockTask,
  type Board,
  boardColumns,
  buildContext,
  type Claimed,
  claimNext,
  claimTask,
  closeBoard,
  completeAndClaimNext,
  completeTask,
  createTask,
  getTask,
  heartbeat,
  linkTasks,
  listRuns,
  listTasks,
  openBoard,
  reclaimTask,
  unblockTask,
  write,
} from "../../src/kernel/mod.ts";
import { keepLog } from "../invariants.ts";
import { median, time } from "../measure.ts";
import { fill } from "../scale/fill.ts";
import type { Bench, Figure } from "./figure.ts";

const TIMES = { quick: 40, full: 300 };

export const costs: Bench = {
  name: "costs",
  async run({ dir, scale }) {
    const times = TIMES[scale];
    const board = openBoard(`${dir}/costs.db`, { actor: "bench" });
    const figures = [...contexts(board, times), ...histories(board, times), ...graphs(board, times)];
    closeBoard(board);
    fill(`${dir}/ten-thousand.db`, 10_000);
    const large = openBoard(`${dir}/ten-thousand.db`, { actor: "bench" });
    figures.push(...largeBoard(large, times));
    closeBoard(large);
    return [...figures, ...written(dir)];
  },
};

const micros = (name: string, values: readonly number[]): Figure => ({ name, value: median(values), unit: "µs" });

function repeat(times: number, act: () => unknown): number[] {
  return Array.from({ length: times }, () => time(() => void act()));
}

function done(board: Board, title: string): string {
  const { task } = createTask(board, { title, assignee: "coder" });
  const { run } = claimTask(board, task.id, { claimer: "bench" });
  completeTask(board, task.id, { runId: run.id, summary: `did ${title}`, metadata: { files: ["a.ts"] } });
  return task.id;
}

function contexts(board: Board, times: number): Figure[] {
  return [1, 10, 50, 500].map((n) => {
    const parents = write(board, () => Array.from({ length: n }, (_, i) => done(board, `parent ${i}`)));
    const { task } = createTask(board, { title: "child", parents });
    return micros(
      `context of ${n} parents`,
      repeat(times, () => buildContext(board, task.id)),
    );
  });
}

function histories(board: Board, times: number): Figure[] {
  const { task } = createTask(board, { title: "a thousand attempts" });
  write(board, () => {
    for (let i = 0; i < 1_000; i++) {
      claimTask(board, task.id, { claimer: "bench" });
      reclaimTask(board, task.id, { reason: `attempt ${i}` });
      addComment(board, task.id, { body: `comment ${i}` });
    }
  });
  return [
    micros(
      "runs of 1,000 attempts",
      repeat(times, () => listRuns(board, task.id)),
    ),
    micros(
      "newest 50 of 1,000 runs",
      repeat(times, () => listRuns(board, task.id, { limit: 50 })),
    ),
    micros(
      "context after 1,000 attempts and comments",
      repeat(times, () => buildContext(board, task.id)),
    ),
  ];
}

/** Completion in a graph in which every task has five parents: each one releases up to five others. */
function graphs(board: Board, times: number): Figure[] {
  const took: number[] = [];
  const ids = write(board, () =>
    Array.from({ length: times + 5 }, (_, i) => createTask(board, { title: `node ${i}` }).task.id),
  );
  write(board, () =>
    ids.forEach((id, i) => ids.slice(Math.max(0, i - 5), i).forEach((parent) => linkTasks(board, parent, id))),
  );
  for (const id of ids) {
    const { run } = claimTask(board, id, { claimer: "bench" });
    took.push(time(() => completeTask(board, id, { runId: run.id, summary: "done" })));
  }
  if (ids.some((id) => getTask(board, id).status !== "done")) throw new Error("the graph was not worked off");
  return [micros("complete, five parents and five children", took)];
}

function largeBoard(board: Board, times: number): Figure[] {
  const few = Math.max(10, Math.floor(times / 4));
  return [
    {
      name: "board page at 10,000 tasks, kernel's part",
      value: median(repeat(few, () => boardColumns(board))) / 1_000,
      unit: "ms",
      target: { most: 5 },
    },
    {
      name: "list of 10,000 tasks, all",
      value: median(repeat(5, () => listTasks(board))) / 1_000,
      unit: "ms",
    },
    {
      name: "list of 10,000 tasks, first 50",
      value: median(repeat(few, () => listTasks(board, { limit: 50 }))) / 1_000,
      unit: "ms",
    },
    {
      name: "search in 10,000 tasks",
      value: median(repeat(few, () => listTasks(board, { search: "task 77", limit: 50 }))) / 1_000,
      unit: "ms",
    },
  ];
}

const CALLS = 1_000;
/** The texts of tasks, in bytes: a change of status should not write a long one again. */
const BODIES = [0, 8_192];
/** Most that a change of status may write more where the body has 8 KB. */
const MORE_KB = 2;

/** What each operation writes: that decides how fast it is, and repeats exactly. */
function written(dir: string): Figure[] {
  const [plain, long] = BODIES.map((bytes) => writtenWith(`${dir}/written-${bytes}.db`, bytes)) as [Figure[], Figure[]];
  return [
    ...plain,
    ...long.map((figure, at): Figure => {
      const { name, value } = plain[at]!;
      if (name === "written: create") return { ...figure, name: `${name}, body of 8 KB` };
      return {
        ...figure,
        name: `${name}, more where the body has 8 KB`,
        value: figure.value - value,
        exact: true,
        target: { most: MORE_KB },
      };
    }),
  ];
}

function writtenWith(path: string, bodyBytes: number): Figure[] {
  const board = openBoard(path, { actor: "bench" });
  keepLog(board.db);
  const about = bodyBytes === 0 ? {} : { body: "b".repeat(bodyBytes) };
  write(board, () => {
    for (let i = 0; i < 12_000; i++)
      createTask(board, { title: `task ${i}`, assignee: `coder-${i % 3}`, priority: i % 5, ...about });
  });
  // Claims take the urgent ones first, so these are left.
  const waiting = listTasks(board, { status: ["ready"] })
    .filter(({ priority }) => priority === 0)
    .map(({ id }) => id);
  const claims: Claimed[] = [];
  /** `exact` where the target is reached; what each call writes today, `src/kernel/store/tables.bytes.test.ts` holds. */
  const of = (
    name: string,
    act: (i: number) => unknown,
    { most, exact = false, calls = CALLS }: { most?: number; exact?: boolean; calls?: number } = {},
  ): Figure => {
    const before = statSync(`${path}-wal`).size;
    for (let i = 0; i < calls; i++) act(i);
    const value = (statSync(`${path}-wal`).size - before) / calls / 1_024;
    const isJudged = most !== undefined && bodyBytes === 0;
    return { name: `written: ${name}`, value, unit: "KB", ...(isJudged ? { target: { most }, exact } : {}) };
  };
  const claim = () => claims.push(claimNext(board, { claimer: "bench" })!);
  let next: Claimed | null = null;
  const figures = [
    // Ids are random, so the pages of their index split in waves: only many calls have a mean.
    of("create", (i) => createTask(board, { title: `new ${i}`, assignee: "coder-0", ...about }), {
      most: 9,
      calls: 4 * CALLS,
    }),
    of("claim", claim, { most: 11, exact: true }),
    of("heartbeat", (i) => heartbeat(board, claims[i]!.task.id, { runId: claims[i]!.run.id })),
    of("complete", (i) => completeTask(board, claims[i]!.task.id, { runId: claims[i]!.run.id, summary: "done" }), {
      most: 11,
    }),
    of("complete and claim next", () => {
      const { task, run } = next ?? claimNext(board, { claimer: "bench" })!;
      next = completeAndClaimNext(board, task.id, { runId: run.id }, { claimer: "bench" }).next;
    }),
    of("comment", (i) => addComment(board, claims[i]!.task.id, { body: "a word" })),
    of("block a ready task, with its reason", (i) => {
      blockTask(board, waiting[i]!, { reason: "which?" });
    }),
    of("unblock", (i) => unblockTask(board, waiting[i]!)),
    of("archive", (i) => archiveTask(board, waiting[i]!)),
  ];
  closeBoard(board);
  return figures;
}
