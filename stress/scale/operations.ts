/**
 * The operations whose cost must follow what changed and not the size of the board.
 *
 * @module
 */
import { DEFAULTS } from "../../src/config.ts";
import { dispatchOnce } from "../../src/dispatcher/mod.ts";
import { type Home, homeOf, prepareHome } from "../../src/home.ts";
import {
  type Board,
  boardColumns,
  boardStats,
  buildContext,
  claimForWorker,
  claimNext,
  claimTask,
  closeBoard,
  completeTask,
  countReady,
  createTask,
  eventsAfter,
  expiredRuns,
  getTask,
  latestEventId,
  listPage,
  nextInstant,
  openBoard,
  promoteDue,
  showTask,
  unconfirmedRuns,
} from "../../src/kernel/mod.ts";

/** A fleet that none of the ready tasks is for. */
const PROFILES = new Map([["demo", { max_running: null, max_runtime_seconds: null }]]);

/** A board of a certain size, open. */
export interface Specimen {
  size: number;
  board: Board;
  home: Home;
  made: number;
}

export interface Operation {
  name: string;
  /** Most that a board of the largest size may cost, as a multiple of 10,000 tasks; null: told, not judged. */
  target: number | null;
  /** How often per round. */
  times: number;
  /** Does what must not be timed and returns what is. */
  prepare(on: Specimen): () => unknown;
}

/** Opens a board below `dir` and gives it a home of its own. */
export function openSpecimen(dir: string, path: string, size: number): Specimen {
  const home = homeOf({ KANBAN_HOME: `${dir}/home-${size}`, KANBAN_DB: path });
  prepareHome(home);
  return { size, board: openBoard(path, { actor: "stress" }), home, made: 0 };
}

export function closeSpecimen({ board }: Specimen): void {
  closeBoard(board);
}

export const OPERATIONS: readonly Operation[] = [
  {
    name: "create",
    target: 1.5,
    times: 60,
    prepare: (on) => () => createTask(on.board, { title: `new ${on.made++}`, assignee: "linguist" }),
  },
  {
    name: "claim",
    target: 1.5,
    times: 60,
    prepare: (on) => () => claimNext(on.board, { claimer: "stress" }),
  },
  {
    name: "complete + promote",
    target: 1.5,
    times: 40,
    prepare({ board }) {
      const parent = createTask(board, { title: "parent" }).task;
      const child = createTask(board, { title: "child", parents: [parent.id] }).task;
      const { run } = claimTask(board, parent.id, { claimer: "stress" });
      return () => {
        completeTask(board, parent.id, { runId: run.id, summary: "done" });
        if (getTask(board, child.id).status !== "ready") throw new Error("the child was not promoted");
      };
    },
  },
  {
    // What a daemon asks the board on every pass. Starting processes costs what it costs at any size.
    name: "dispatcher's tick",
    target: 3,
    times: 30,
    prepare:
      ({ board }) =>
      () => [
        unconfirmedRuns(board),
        expiredRuns(board),
        promoteDue(board),
        claimForWorker(board, { claimer: "stress", boot_id: "boot", profiles: PROFILES, maxWorkers: 4 }),
        countReady(board),
        nextInstant(board),
      ],
  },
  {
    // Names up to a thousand ready tasks that nobody can start, so it grows until there are as many.
    name: "dispatch, one pass",
    target: null,
    times: 10,
    prepare:
      ({ board, home }) =>
      () =>
        dispatchOnce(board, home, DEFAULTS),
  },
  {
    name: "first board page",
    target: 1.5,
    times: 15,
    prepare:
      ({ board }) =>
      () =>
        boardColumns(board),
  },
  {
    name: "event tail",
    target: 1.5,
    times: 60,
    prepare: ({ board }) => {
      const after = latestEventId(board) - 50;
      return () => eventsAfter(board, after);
    },
  },
  {
    name: "stats",
    target: 1.5,
    times: 60,
    prepare:
      ({ board }) =>
      () =>
        boardStats(board),
  },
  {
    name: "show",
    target: 1.5,
    times: 40,
    prepare: ({ board }) => {
      const { task } = createTask(board, { title: "shown" });
      return () => showTask(board, task.id);
    },
  },
  {
    name: "worker's context",
    target: 1.5,
    times: 40,
    prepare: ({ board }) => {
      const { task } = createTask(board, { title: "context", assignee: "linguist" });
      return () => buildContext(board, task.id);
    },
  },
  // A list reads and sorts everything that matches, by design: it is for filters, the board pages by index.
  {
    name: "list, first 50",
    target: null,
    times: 2,
    prepare:
      ({ board }) =>
      () =>
        listPage(board, { limit: 50 }),
  },
];
