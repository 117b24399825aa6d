/**
 * Reading tasks: filtered lists with keyset cursors.
 *
 * @module
 */
import { all, type Board, each, one, type Params, read } from "../store/db.ts";
import { type Filter, laneNames, NARROWED, narrowing } from "./filter.ts";
import { namedAs, namesOf } from "../store/lanes.ts";
import { cursorOf, cursorParams, sortedCursorOf, sortedCursorParams } from "./cursors.ts";
import { keyOf } from "../store/ids.ts";
import type { BriefTask, Status, Task } from "../schema.ts";
import { asTask, type BriefRow, SELECT_BRIEF, SELECT_TASK, type TaskRow } from "../tasks/task_rows.ts";

export const SORTS = ["priority", "created", "ready", "started", "completed", "title", "status", "assignee"] as const;
export type Sort = (typeof SORTS)[number];

/**
 * What comes before priority and age, never NULL, so that a cursor can be compared with it. One CASE over all of them
 * would be computed for each task there is.
 */
const ORDERS: Readonly<Record<Exclude<Sort, "priority">, string>> = {
  created: "t.created_at",
  ready: "coalesce(t.ready_at, 9007199254740991)",
  started: "coalesce(t.started_at, 9007199254740991)",
  completed: "coalesce(t.completed_at, 9007199254740991)",
  title: "lower(t.title)",
  status: "t.status",
  assignee: "coalesce(lower(t.assignee), char(1114111))",
};

/** What a list may be narrowed to, and how it is read. */
export interface ListFilter extends Omit<Filter, "q"> {
  status?: readonly Status[] | undefined;
  /** Archived tasks too; without it they come only when `status` names them. */
  archived?: boolean | undefined;
  /** In id, title, body, assignee, tenant or newest summary, ignoring case. */
  search?: string | undefined;
  /** Default: priority descending, then age. */
  sort?: Sort | undefined;
  limit?: number | undefined;
  /** The `next` of the page before, in the same order. */
  after?: string | undefined;
}

/** Tasks that match, by priority descending and then age unless sorted otherwise. */
export function listTasks(board: Board, filter: ListFilter = {}): Task[] {
  return listPage(board, filter).tasks;
}

/**
 * One page of a list and the cursor of the next; null after the last page.
 *
 * @throws {KanbanError} `invalid` for a cursor that no page returned.
 */
export function listPage(board: Board, filter: ListFilter = {}): { tasks: Task[]; next: string | null } {
  const { rows, next } = pageOf<TaskRow>(board, filter, SELECT_TASK);
  return { tasks: rows.map((row) => asTask(row)), next };
}

/** The same without bodies and results: what a list of ten thousand costs must not depend on them. */
export function briefPage(board: Board, filter: ListFilter = {}): { tasks: BriefTask[]; next: string | null } {
  const { rows, next } = pageOf<BriefRow>(board, filter, SELECT_BRIEF);
  return { tasks: rows.map((row) => asTask(row)), next };
}

/** Tasks that one call of a visitor gets at most. */
const VISIT = 500;

/**
 * Hands over all that match, some hundred at a time, in the memory of those and of a number for each other one.
 * Bodies and results are left out.
 *
 * Which tasks and in what order is one snapshot; what each part holds is as it is when its turn comes, without
 * tasks that have ceased to match. So a visitor that takes long keeps no snapshot, and the log can be emptied.
 */
export function visitBrief(board: Board, filter: ListFilter, visit: (tasks: BriefTask[]) => void): void {
  const found = listQuery(filter, { select: "SELECT t.key", from: sourceOf(board, filter) });
  const keys = read(board, () => Array.from(each<{ key: number }>(board, found.sql, found.params), ({ key }) => key));
  const { sql, params } = listQuery(filter, { select: `${SELECT_BRIEF}, t.key`, from: ONE_PART, limit: LIMIT_NONE });
  for (let from = 0; from < keys.length; from += VISIT) {
    const part = keys.slice(from, from + VISIT);
    const rows = all<BriefRow & { key: number }>(board, sql, { ...params, keys: JSON.stringify(part) });
    const byKey = new Map(rows.map(({ key, ...row }) => [key, row as unknown as BriefRow]));
    const tasks = part.flatMap((key) => (byKey.has(key) ? [asTask(byKey.get(key)!)] : []));
    if (tasks.length > 0) visit(tasks);
  }
}

const ONE_PART = "json_each($keys) part CROSS JOIN tasks t ON t.key = part.value";
const LIMIT_NONE = 1_000_000_000;

function pageOf<Row extends BriefRow>(
  board: Board,
  filter: ListFilter,
  select: string,
): { rows: Row[]; next: string | null } {
  const limit = filter.limit ?? LIMIT_NONE;
  const { sql, params } = listQuery(filter, { select, from: sourceOf(board, filter), limit: limit + 1 });
  const rows = all<Row>(board, sql, params);
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return {
    rows: rows.length > limit ? rows.slice(0, limit) : rows,
    next: last === undefined ? null : cursorAfter(board, last, filter.sort ?? "priority"),
  };
}

/** Looked up for the last row alone: with the key in all of them, a list of thousands would be copied without it. */
function cursorAfter(board: Board, { id, priority, created_at: at }: BriefRow, sort: Sort): string {
  const key = keyOf(board, id, "list");
  if (sort === "priority") return cursorOf(-priority, at, key);
  const { value } = one<{ value: string | number }>(
    board,
    `SELECT ${ORDERS[sort]} AS value FROM tasks t WHERE t.key = $key`,
    { key },
  )!;
  return sortedCursorOf(value, { priority: -priority, at, key });
}

interface Reading {
  select: string;
  from: string;
  limit?: number;
}

/** @throws {KanbanError} `invalid` for a cursor that no page returned. */
function listQuery(filter: ListFilter, { select, from, limit }: Reading): { sql: string; params: Params } {
  const sort = filter.sort ?? "priority";
  const order = sort === "priority" ? null : ORDERS[sort];
  const place = "-t.priority, t.created_at, t.key";
  const cursor = "$cursorPriority, $cursorAt, $cursorKey";
  const behind =
    order === null
      ? `(${place}) > (${cursor})) AND t.priority <= coalesce(-$cursorPriority, 9e15)`
      : `(${order}, ${place}) > ($cursorValue, ${cursor}))`;
  return {
    sql: `${select} FROM ${from}
     WHERE ($statuses IS NULL OR t.status IN (SELECT value FROM json_each($statuses)))
       AND ($archived OR t.status <> 'archived')
       AND ($cursorKey IS NULL OR ${behind}
       AND ${NARROWED}
     ORDER BY ${order === null ? "" : `${order}, `}t.priority DESC, t.created_at, t.key
     LIMIT $limit + 0`,
    params: {
      ...statusParams(filter),
      limit: limit ?? filter.limit ?? LIMIT_NONE,
      ...(order === null ? cursorParams(filter.after) : sortedCursorParams(filter.after)),
      ...narrowing({ ...filter, q: filter.search }),
    },
  };
}

/** The tasks of the lanes that a filter leaves. */
const IN_LANES = `(SELECT key FROM lanes
  WHERE ($statuses IS NULL OR status IN (SELECT value FROM json_each($statuses))) AND ($archived OR status <> 'archived')
    AND ${namedAs("owner", "project")}) l CROSS JOIN tasks t ON t.lane = l.key`;

/** Up to so many tasks are read and sorted where walking the order of the list would find them late. */
const FEW = 5_000;

/**
 * Where a list reads from: the lanes that a filter by status, assignee or tenant leaves, if they have few enough
 * tasks to read them all and sort them; else all tasks in the order of the list. The counters say it, without those
 * of the newest events.
 */
function sourceOf(board: Board, filter: ListFilter): string {
  const { few, all: every } = one<{ few: number; all: number }>(
    board,
    `SELECT coalesce(sum(n), 0) AS "all", coalesce(sum(n) FILTER (
       WHERE ($statuses IS NULL OR status IN (SELECT value FROM json_each($statuses)))
         AND ($archived OR status <> 'archived')
         AND ${namedAs("owner", "project")}), 0) AS few FROM lanes`,
    { ...statusParams(filter), ...namesOf(laneNames(filter)) },
  )!;
  return few <= FEW && few * 4 <= every ? IN_LANES : "tasks t";
}

function statusParams({ archived, status }: ListFilter): Params {
  return {
    statuses: status === undefined ? null : JSON.stringify(status),
    archived: archived === true || status?.includes("archived") ? 1 : 0,
  };
}
