/**
 * The operations whose cost must follow what changed and not the size of the board.
 *
 * @module
 */
import { basename } from "node:path";
import { DEFAULTS } from "../../src/config.ts";
import { dispatchOnce } from "../../src/dispatcher/mod.ts";
import { NAMES, RARE } from "./fill.ts";
import { type Home, homeOf, prepareHome } from "../../src/home.ts";
import {
  assigneeCounts,
  type Board,
  boardColumns,
  boardStats,
  briefPage,
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
  nextInstant,
  openBoard,
  peekNext,
  type ProfileLimits,
  promoteDue,
  showTask,
  unconfirmedRuns,
} from "../../src/kernel/mod.ts";

/** Of none of the tasks, and no name that anybody has. */
const NOBODY = "nobody-here";
const UNLIMITED = { max_running: null, max_runtime_seconds: null };
/** A fleet that none of the ready tasks is for. */
const PROFILES = new Map([["demo", UNLIMITED]]);
/** The profile whose workers fill its limit has a fifth of all ready tasks: none of them may be started. */
const FULL = new Map<string, ProfileLimits>([
  ["demo", UNLIMITED],
  [NAMES[0]!, { max_running: 2, max_runtime_seconds: null }],
]);
/** Beside it one that has few tasks, which come last in the queue. */
const FULL_AND_RARE = new Map([...FULL, [RARE, UNLIMITED]]);

const FLEET = { claimer: "stress", boot_id: "boot", maxWorkers: 1_000_000 };

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
  /**
   * Most that it may cost where every body has 8 KB, as a multiple of the same board without; null: it reads or
   * writes the text itself.
   */
  bodies: number | null;
  /** How often per round. */
  times: number;
  /** Does what must not be timed and returns what is. */
  prepare(on: Specimen): () => unknown;
}

/** Opens a board below `dir` and gives it a home of its own. */
export function openSpecimen(dir: string, path: string, size: number): Specimen {
  const home = homeOf({ KANBAN_HOME: `${dir}/home-${basename(path)}`, KANBAN_DB: path });
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
    bodies: null,
    times: 60,
    prepare: (on) => () => createTask(on.board, { title: `new ${on.made++}`, assignee: "linguist" }),
  },
  {
    name: "claim",
    target: 1.5,
    bodies: 1.5,
    times: 60,
    prepare: (on) => () => claimNext(on.board, { claimer: "stress" }),
  },
  {
    name: "complete + promote",
    target: 1.5,
    bodies: 1.5,
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
    bodies: 1.5,
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
    // Names up to a thousand ready tasks that no profile can start, so it grows with their number up to there.
    name: "dispatch, one pass",
    target: null,
    bodies: 1.5,
    times: 10,
    prepare:
      ({ board, home }) =>
      () =>
        dispatchOnce(board, home, DEFAULTS),
  },
  {
    name: "first board page",
    target: 1.5,
    bodies: 1.5,
    times: 15,
    prepare:
      ({ board }) =>
      () =>
        boardColumns(board),
  },
  {
    name: "event tail",
    target: 1.5,
    bodies: 1.5,
    times: 60,
    prepare: ({ board }) => {
      const after = latestEventId(board) - 50;
      return () => eventsAfter(board, after);
    },
  },
  {
    name: "stats",
    target: 1.5,
    bodies: 1.5,
    times: 60,
    prepare:
      ({ board }) =>
      () =>
        boardStats(board),
  },
  {
    name: "show",
    target: 1.5,
    bodies: null,
    times: 40,
    prepare: ({ board }) => {
      const { task } = createTask(board, { title: "shown" });
      return () => showTask(board, task.id);
    },
  },
  {
    name: "worker's context",
    target: 1.5,
    bodies: null,
    times: 40,
    prepare: ({ board }) => {
      const { task } = createTask(board, { title: "context", assignee: "linguist" });
      return () => buildContext(board, task.id);
    },
  },
  // A list without a filter is paged by index; with one the counters say whether to scan at all.
  reading("list, first 50", ({ board }) => briefPage(board, { limit: 50 })),
  reading("list of nobody", ({ board }) => briefPage(board, { assignee: NOBODY, limit: 50 })),
  reading("list of a rare assignee", ({ board }) => briefPage(board, { assignee: RARE, limit: 50 })),
  reading("list of a rare tenant that is ready", ({ board }) =>
    briefPage(board, { tenant: RARE, status: ["ready"], limit: 50 }),
  ),
  reading("board of nobody", ({ board }) => boardColumns(board, { assignee: NOBODY })),
  reading("board of a rare assignee", ({ board }) => boardColumns(board, { assignee: RARE })),
  reading("board of several names, none of which anybody has", ({ board }) =>
    boardColumns(board, { assignee: { any: [NOBODY, `${NOBODY}-either`] }, tenant: { none: [RARE] } }),
  ),
  reading("board of several names, one of them rare", ({ board }) =>
    boardColumns(board, { assignee: { any: [RARE, NOBODY] }, tenant: { none: ["tenant-1", "tenant-2"] } }),
  ),
  reading("list of several names, one of them rare", ({ board }) =>
    briefPage(board, { assignee: { any: [RARE, NOBODY] }, tenant: { any: [RARE, NOBODY] }, limit: 50 }),
  ),
  reading("list without the names that everybody has", ({ board }) =>
    briefPage(board, { assignee: { none: NAMES.map((name) => name ?? "") }, limit: 50 }),
  ),
  reading("board of a rare tenant", ({ board }) => boardColumns(board, { tenant: RARE })),
  reading("next of nobody", ({ board }) => peekNext(board, { assignee: NOBODY })),
  reading("claim for nobody", ({ board }) => claimNext(board, { claimer: "stress", assignee: NOBODY })),
  reading("worker's claim, a profile full", ({ board }) => claimForWorker(board, { ...FLEET, profiles: FULL })),
  reading("event tail of nobody", ({ board }) => eventsAfter(board, latestEventId(board) - 50, { assignee: NOBODY })),
  reading("event tail of a rare kind", ({ board }) =>
    eventsAfter(board, latestEventId(board) - 50, { kinds: ["gave_up"] }),
  ),
  reading("stats by assignee", ({ board }) => assigneeCounts(board)),
  lastInQueue("next of a rare assignee", ({ board }) => peekNext(board, { assignee: RARE })),
  lastInQueue("claim of a rare assignee", ({ board }) => claimNext(board, { claimer: "stress", assignee: RARE })),
  lastInQueue("worker's claim beside a full profile", ({ board }) =>
    claimForWorker(board, { ...FLEET, profiles: FULL_AND_RARE }),
  ),
  lastInQueue("tail of one task from its beginning", ({ board }, id) => eventsAfter(board, 0, { task_id: id })),
];

/** What only looks, or finds nothing to change. */
function reading(name: string, act: (on: Specimen) => unknown): Operation {
  return { name, target: 1.5, bodies: 1.5, times: 5, prepare: (on) => () => act(on) };
}

/** What has to find the one task that comes last of all that are ready. */
function lastInQueue(name: string, act: (on: Specimen, id: string) => unknown): Operation {
  return {
    name,
    target: 1.5,
    bodies: 1.5,
    times: 5,
    prepare(on) {
      const { task } = createTask(on.board, { title: "last", assignee: RARE, priority: -1 });
      return () => {
        if (act(on, task.id) === null) throw new Error(`${name}: nothing was found`);
      };
    },
  };
}
