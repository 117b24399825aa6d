import { describe, expect, test } from "bun:test";
import { inStatus, plansOf } from "../../testing/kernel.ts";
import { type TestBoard, testBoard } from "../../testing/mod.ts";
import {
  archiveTask,
  attemptOf,
  boardColumns,
  boardStats,
  buildContext,
  claimForWorker,
  claimNext,
  claimTask,
  columnPage,
  completeTask,
  countReady,
  createTask,
  eventsAfter,
  expiredRuns,
  folderSharer,
  getCard,
  heartbeat,
  latestEventId,
  linkTasks,
  listComments,
  listRuns,
  moveTask,
  neverReleased,
  nextInstant,
  openRuns,
  peekNext,
  promoteDue,
  recentRuns,
  reclaimTask,
  resolveId,
  showTask,
  skippedTasks,
  taskEvents,
  unconfirmedRuns,
  unlinkTasks,
  workerCandidates,
  worktreeUser,
} from "../mod.ts";

// The cost of these follows what changed, never the size of the board: none may walk a table that grows.
// Small ones may be walked: counters by lane and the newest events that are not counted yet, sums by name, the one
// row of the board's state, the index of processes that may live, the active holds, the tasks above or below one in
// its plan, the steps of a chain.
const MAY_BE_WALKED =
  /VIRTUAL TABLE|board_counts|board_state|usage_totals|CONSTANT ROW|\(subquery|USING INDEX task_runs_process|USING INDEX holds_active|SCAN (above|below|l|l USING INDEX sqlite_autoindex_lanes_1|lanes|folded|first|lane_changes|c|chain)$/;

const OPTIONS = {
  claimer: "d",
  boot_id: "b",
  profiles: new Map([["coder", { max_running: 3, max_runtime_seconds: null }]]),
  maxWorkers: 9,
};

/** A walk along one lane, in its order. */
const LANE = "tasks_lanes (lane=? AND urgency>?)";

interface Case {
  act: (t: TestBoard, id: string) => unknown;
  /** An index that must be used somewhere. */
  uses?: string;
}

const READS: Record<string, Case> = {
  "the next task in the queue": { act: ({ board }) => peekNext(board), uses: "tasks_lanes (lane=?" },
  "what a worker may be started for": {
    act: ({ board }) => workerCandidates(board, OPTIONS, 5),
    uses: "task_runs_process (task_key=?)",
  },
  "whether its worktree is free": {
    act: ({ board }) => workerCandidates(board, OPTIONS, 5),
    uses: "tasks_worktree (workspace_path=?)",
  },
  "the next task whose worktree is free": {
    act: ({ board }) => peekNext(board),
    uses: "tasks_worktree (workspace_path=?)",
  },
  "who works in a task's worktree": {
    act: ({ board }, id) => worktreeUser(board, id),
    uses: "tasks_worktree (workspace_path=?)",
  },
  "who shares a task's folder": {
    act: (t) => folderSharer(t.board, t.ready({ workspace_kind: "dir", workspace_path: "/srv" })),
    uses: "tasks_folder (workspace_path=?)",
  },
  "tasks that nobody will start": {
    act: ({ board }) => skippedTasks(board, { names: new Set(["x"]), people: new Set() }),
    uses: "tasks_lanes (lane=?",
  },
  "how many are ready": { act: ({ board }) => countReady(board), uses: "tasks_retry (retry_at>?)" },
  "which attempt a run is": { act: ({ board }) => attemptOf(board, 1), uses: "tasks_lanes (lane=?" },
  "open runs": { act: ({ board }) => openRuns(board), uses: "tasks_lanes (lane=?" },
  "expired runs": { act: ({ board }) => expiredRuns(board), uses: "tasks_lanes (lane=?" },
  "the next instant": { act: ({ board }) => nextInstant(board), uses: "tasks_not_before (not_before>?)" },
  "a task by its id": { act: ({ board }, id) => getCard(board, id), uses: "sqlite_autoindex_tasks_1 (id=?)" },
  "a task by a prefix": {
    act: ({ board }, id) => resolveId(board, id.slice(0, 5)),
    uses: "sqlite_autoindex_tasks_1 (id>? AND id<?)",
  },
  "a whole task": { act: ({ board }, id) => showTask(board, id), uses: "task_links_child (child_key=?)" },
  "a task's runs": {
    act: ({ board }, id) => listRuns(board, id, { limit: 50 }),
    uses: "INTEGER PRIMARY KEY (rowid=?)",
  },
  "a task's comments": { act: ({ board }, id) => listComments(board, id), uses: "task_comments_task (task_key=?" },
  "a task's events": { act: ({ board }, id) => taskEvents(board, id), uses: "INTEGER PRIMARY KEY (rowid=?)" },
  "the tail of the events": {
    act: ({ board }) => eventsAfter(board, 5, { assignee: "x" }),
    uses: "INTEGER PRIMARY KEY (rowid>?)",
  },
  "the newest event": { act: ({ board }) => latestEventId(board) },
  "the newest runs": { act: ({ board }) => recentRuns(board), uses: "INTEGER PRIMARY KEY (rowid>?)" },
  "a worker's context": { act: ({ board }, id) => buildContext(board, id), uses: "task_links_child (child_key=?)" },
  "parents that never release": {
    act: ({ board }, id) => neverReleased(board, id),
    uses: "task_links_child (child_key=?)",
  },
  "the figures of the board": {
    act: ({ board }) => boardStats(board),
    uses: LANE,
  },
  "the first page of living columns": {
    act: ({ board }) => columnPage(board, "ready"),
    uses: LANE,
  },
  "a further page of a living column": {
    act: ({ board }) => columnPage(board, "todo", { after: "1.2.3" }),
    uses: LANE,
  },
  "the first page of done": {
    act: ({ board }, id) => (completeTask(board, id), columnPage(board, "done")),
    uses: LANE,
  },
  "a further page of archived": {
    act: ({ board }, id) => (archiveTask(board, id), columnPage(board, "archived", { after: "1.2.3" })),
    uses: LANE,
  },
  "the whole board": { act: ({ board }) => boardColumns(board, { include_archived: true }) },
};

const WRITES: Record<string, Case> = {
  create: {
    act: ({ board }, id) => createTask(board, { title: "x", parents: [id], idempotency_key: "k" }),
    uses: "tasks_idempotency (idempotency_key=?)",
  },
  claim: { act: ({ board }, id) => claimTask(board, id, { claimer: "w" }), uses: "INTEGER PRIMARY KEY (rowid=?)" },
  "claim the next": { act: ({ board }) => claimNext(board, { claimer: "w" }), uses: "tasks_lanes (lane=?" },
  "claim for a worker": { act: ({ board }) => claimForWorker(board, OPTIONS), uses: "tasks_lanes (lane=?" },
  "complete, and promote": {
    act: ({ board }, id) => completeTask(board, id, { summary: "s" }),
    uses: "PRIMARY KEY (parent_key=?)",
  },
  "reopen, and demote": {
    act: ({ board }, id) => (completeTask(board, id), moveTask(board, id, "todo")),
    uses: "PRIMARY KEY (parent_key=?)",
  },
  archive: { act: ({ board }, id) => archiveTask(board, id) },
  heartbeat: {
    act: ({ board }, id) => (claimTask(board, id, { claimer: "w" }), heartbeat(board, id), reclaimTask(board, id)),
  },
  link: { act: (t, id) => linkTasks(t.board, t.ready().id, id), uses: "PRIMARY KEY (parent_key=? AND child_key=?)" },
  unlink: {
    act: (t, id) => unlinkTasks(t.board, t.ready().id, id),
    uses: "PRIMARY KEY (parent_key=? AND child_key=?)",
  },
  "promote what is due": {
    act: ({ board }) => promoteDue(board),
    uses: "tasks_not_before (not_before>? AND not_before<?)",
  },
};

describe.each(Object.entries({ ...READS, ...WRITES }))("%s", (_name, { act, uses }) => {
  test("walks no table that grows", () => {
    const t = testBoard();
    const { id } = t.ready();
    t.ready({ parents: [id] });

    const lines = plansOf(t.board, () => act(t, id)).flat();

    expect(lines.filter((line) => line.startsWith("SCAN") && !MAY_BE_WALKED.test(line))).toEqual([]);
    if (uses !== undefined) expect(lines.filter((line) => line.includes(uses))).not.toEqual([]);
  });
});

test.each<[string, (t: TestBoard) => unknown]>([
  ["the queue", ({ board }) => peekNext(board)],
  ["the workers' queue", ({ board }) => workerCandidates(board, OPTIONS, 5)],
  ["a living column", ({ board }) => columnPage(board, "ready", { after: "1.2.3" })],
  ["a finished column", ({ board }) => columnPage(board, "done", { after: "1.2.3" })],
])("%s is merged from lanes that come in order, each without sorting", (_name, act) => {
  const t = testBoard();
  inStatus(t, "done");
  t.ready();

  const merges = plansOf(t.board, () => act(t)).filter((lines) => lines.join().includes(LANE));

  expect(merges.length).toBeGreaterThan(0);
  for (const lines of merges) {
    // The first tasks of the lanes are sorted, and nothing else.
    expect(lines.filter((line) => line === "USE TEMP B-TREE FOR ORDER BY").length).toBeLessThanOrEqual(1);
  }
});

test.each<[string, (t: TestBoard) => unknown]>([
  ["the tail of the events", ({ board }) => eventsAfter(board, 5)],
  ["the history of runs", ({ board }) => listRuns(board, "t_00000000", { limit: 5 })],
  ["the history of events", ({ board }) => taskEvents(board, "t_00000000")],
  ["the thread of comments", ({ board }) => listComments(board, "t_00000000")],
])("%s comes in the order of its index, without sorting", (_name, act) => {
  const t = testBoard();
  inStatus(t, "done");
  t.ready();

  const lines = plansOf(t.board, () => act(t)).flat();

  expect(lines.filter((line) => line.startsWith("USE TEMP B-TREE FOR ORDER BY"))).toEqual([]);
});

test("processes that may live are found through their own index", () => {
  const t = testBoard();

  // It is as short as there are workers: walking it whole is the point.
  expect(plansOf(t.board, () => unconfirmedRuns(t.board)).flat()).toContain("SCAN r USING INDEX task_runs_process");
});
