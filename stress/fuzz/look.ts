/**
 * Looking at both boards: statistics, the queue, columns, lists, one task, what a dispatcher sees.
 *
 * @module
 */
import {
  assigneeCounts,
  assigneeNames,
  type Board,
  boardColumns,
  boardState,
  boardStats,
  columnPage,
  countReady,
  expiredRuns,
  KanbanError,
  listPage,
  listTasks,
  neverReleased,
  newestAct,
  nextInstant,
  openRuns,
  peekNext,
  resolveId,
  showTask,
  skippedTasks,
  type Status,
  STATUSES,
  type Task,
  tenantNames,
  unconfirmedRuns,
  type Undone,
  undoAct,
  workerCandidates,
  write,
} from "../../src/kernel/mod.ts";
import { childrenOf, find, type ModelBoard, parentsOf, runsOf, view } from "../model/board.ts";
import { violations } from "../invariants.ts";
import * as queries from "../model/queries.ts";
import * as runs from "../model/runs.ts";
import * as tasks from "../model/tasks.ts";
import type { Act } from "./apply.ts";

const PROFILES = new Set(["coder"]);
const DISPATCH = {
  profiles: new Map([
    ["coder", { max_running: 1, max_runtime_seconds: null }],
    ["tester", { max_running: null, max_runtime_seconds: null }],
  ]),
  maxWorkers: 4,
};

/**
 * Takes the newest act back and does it again, in a transaction that is rolled back; returns what is broken after each.
 * What an undo leaves is held against the board of before by the tests of `undo.ts`.
 */
function undoneAndDone(board: Board, collected: boolean): string[] {
  const act = newestAct(board, {});
  const wrong: string[] = [];
  const looked = new Error("looked");
  try {
    write(board, () => {
      const undone = act === null ? null : undoneOrNull(board, act.id);
      if (undone !== null) {
        wrong.push(...violations(board.db, { collected }));
        undoAct(board, undone.act!);
        wrong.push(...violations(board.db, { collected }));
      }
      throw looked;
    });
  } catch (error) {
    if (error !== looked) throw error;
  }
  return wrong;
}

/** What was changed since is refused. */
function undoneOrNull(board: Board, actId: number): Undone | null {
  try {
    const undone = undoAct(board, actId);
    return undone.act === null ? null : undone;
  } catch (error) {
    if (error instanceof KanbanError) return null;
    throw error;
  }
}

/** One glance, compared; nothing may change by it. */
export function look(at: string, board: Board, model: ModelBoard, id: string): Act {
  switch (at) {
    case "undo":
      return { actual: () => undoneAndDone(board, model.collected.size > 0), expected: () => [] };
    case "stats":
      return { actual: () => stats(board), expected: () => expectedStats(model) };
    case "queue":
      return {
        actual: () => [peekNext(board)?.id ?? null, countReady(board), nextInstant(board)],
        expected: () => [runs.queue(model)[0]?.id ?? null, runs.queue(model).length, queries.nextInstant(model)],
      };
    case "columns":
      return { actual: () => columns(board), expected: () => expectedColumns(model) };
    case "lists":
      return { actual: () => lists(board), expected: () => expectedLists(model) };
    case "task":
      return { actual: () => page(board, id), expected: () => expectedPage(model, id) };
    default:
      return { actual: () => dispatch(board), expected: () => expectedDispatch(model) };
  }
}

function stats(board: Board) {
  const { by_status, by_assignee, oldest_ready_age_seconds, now } = boardStats(board);
  return { by_status, by_assignee, oldest_ready_age_seconds, now, assignees: assigneeCounts(board) };
}

function expectedStats(model: ModelBoard) {
  const { by_status, by_assignee } = queries.counts(model);
  const assignees = Object.entries(by_assignee)
    .filter(([name]) => name !== "")
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, counts]) => ({ name, counts }));
  return { by_status, by_assignee, oldest_ready_age_seconds: queries.oldestReadyAge(model), now: model.now, assignees };
}

function columns(board: Board) {
  const cut = (filter: { tenant?: string; assignee?: string }) =>
    boardColumns(board, { ...filter, include_archived: true, limit: 3 }).map(({ name, tasks: cards, total, next }) => ({
      name,
      total,
      more: next !== null,
      behind: behind(board, name, { ...filter, after: next }),
      cards: cards.map((card) => ({
        id: card.id,
        status: card.status,
        link_counts: card.link_counts,
        unfinished_parents: card.unfinished_parents,
        comment_count: card.comment_count,
        progress: card.progress,
        latest_summary: card.latest_summary,
        attempts: card.attempts,
        run_started_at: card.run_started_at,
        run_ttl_seconds: card.run_ttl_seconds,
      })),
    }));
  return [cut({}), cut({ tenant: "acme" }), cut({ assignee: "coder" }), tenantNames(board), assigneeNames(board)];
}

/** The ids on the pages of a column behind a cursor, to its end, or to one more than there can be. */
function behind(
  board: Board,
  status: Status,
  { after, ...filter }: { tenant?: string; assignee?: string; after: string | null },
): string[] {
  const ids: string[] = [];
  for (let next = after; next !== null;) {
    const page = columnPage(board, status, { ...filter, after: next, limit: 3 });
    ids.push(...page.tasks.map((task) => task.id));
    next = ids.length > page.total ? null : page.next;
  }
  return ids;
}

function expectedColumns(model: ModelBoard) {
  const cut = (tenant?: string, assignee?: string) =>
    STATUSES.map((name) => {
      const all = queries.column(model, name, tenant, assignee);
      const shown = name === "running" ? all : all.slice(0, 3);
      return {
        name,
        total: all.length,
        more: shown.length < all.length,
        behind: all.slice(shown.length).map((task) => task.id),
        cards: shown.map((task) => queries.card(model, task)),
      };
    });
  return [
    cut(),
    cut("acme"),
    cut(undefined, "coder"),
    queries.names(model, "tenant"),
    queries.names(model, "assignee"),
  ];
}

function lists(board: Board) {
  const ids = (found: readonly Task[]) => found.map((task) => task.id);
  const first = listPage(board, { limit: 4 });
  const second = first.next === null ? [] : listPage(board, { limit: 4, after: first.next }).tasks;
  return {
    visible: ids(listTasks(board)),
    pages: ids([...first.tasks, ...second]),
    waiting: ids(listTasks(board, { status: ["todo", "ready"], assignee: null })),
    tenant: ids(listTasks(board, { tenant: "Ünïcorp", archived: true })),
    found: ids(listTasks(board, { search: "translate readme", archived: true })),
  };
}

function expectedLists(model: ModelBoard) {
  const ids = (keep: (task: (typeof model.tasks)[number]) => boolean) =>
    queries.listed(model.tasks.filter(keep)).map((task) => task.id);
  const visible = ids((task) => task.status !== "archived");
  return {
    visible,
    pages: visible.slice(0, 8),
    waiting: ids((task) => (task.status === "todo" || task.status === "ready") && task.assignee === null),
    tenant: ids((task) => task.tenant === "Ünïcorp"),
    found: ids((task) => task.title.toLowerCase().includes("translate readme")),
  };
}

function page(board: Board, id: string) {
  const { task, parents, children, comments, runs: attempts } = showTask(board, id, { relatives: 1e6 });
  const ids = (found: readonly { id: string }[]) => found.map((each) => each.id);
  return {
    task,
    parents: ids(parents),
    children: ids(children),
    comments,
    runs: attempts,
    never: neverReleased(board, id),
    prefix: resolveId(board, id),
  };
}

function expectedPage(model: ModelBoard, id: string) {
  const task = find(model, id);
  return {
    task: view(model, task),
    parents: parentsOf(model, task).map((each) => each.id),
    children: childrenOf(model, task).map((each) => each.id),
    comments: model.comments.filter((each) => each.task_id === id).slice(-100),
    runs: runsOf(model, task).slice(-50),
    never: tasks.neverReleased(model, task),
    prefix: id,
  };
}

function dispatch(board: Board) {
  const { unassigned, no_profile } = skippedTasks(board, { names: PROFILES, people: new Set() });
  const ids = (found: readonly { id: number }[]) => found.map((run) => run.id);
  return {
    candidates: workerCandidates(board, DISPATCH, 10).map((task) => task.id),
    skipped: { unassigned, no_profile },
    open: ids(openRuns(board)),
    expired: ids(expiredRuns(board)),
    unconfirmed: ids(unconfirmedRuns(board)),
    paused: boardState(board),
  };
}

function expectedDispatch(model: ModelBoard) {
  const open = model.runs.filter((run) => run.ended_at === null);
  return {
    candidates: runs
      .candidates(model, DISPATCH)
      .slice(0, 10)
      .map((task) => task.id),
    skipped: queries.skipped(model, PROFILES),
    open: open.map((run) => run.id),
    expired: open.filter((run) => run.claim_expires_at <= model.now).map((run) => run.id),
    unconfirmed: runs.unconfirmed(model).map((run) => run.id),
    paused: model.paused,
  };
}
