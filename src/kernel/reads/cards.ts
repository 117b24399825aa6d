/**
 * The board as columns of cards, a page at a time.
 *
 * A card is a task without its body and with what a person wants to see at a glance. Each column is
 * merged from its lanes, with a keyset cursor, so that a page costs the same on a board of a million tasks,
 * whatever it is narrowed to; the totals come from the counters.
 *
 * @module
 */
import { stopperOf, WAITS_FOR_PERSON } from "../tasks/state_machine.ts";
import { all, type Board, one, read } from "../store/db.ts";
import { type Filter, laneNames, NARROWED_WITHIN, narrowingWithin, viewTotals } from "./filter.ts";
import { cursorOf, positionOf } from "./cursors.ts";
import { eventChain } from "../tasks/events.ts";
import { firstInLanes, type Position } from "../store/lanes.ts";
import { latestSummary } from "../tasks/runs.ts";
import { type Status, STATUSES, type Task } from "../schema.ts";
import { SELECT_BODILESS, type TaskRow } from "../tasks/task_rows.ts";
import { questionOf } from "../tasks/questions.ts";

export interface Card extends Omit<Task, "body"> {
  /** Whole seconds, never negative; null where unknown. */
  age: {
    created_seconds: number;
    ready_seconds: number | null;
    run_seconds: number | null;
    time_to_complete_seconds: number | null;
  };
  link_counts: { parents: number; children: number };
  /** Parents that are not finished. */
  unfinished_parents: number;
  comment_count: number;
  /** Of its children; null without any. */
  progress: { done: number; total: number } | null;
  /** Of the newest run that left one, its first 400 characters. */
  latest_summary: string | null;
  /** Why it is blocked: the reason of the block if one was given, or the error that tripped the breaker. */
  question: string | null;
  /** Who stopped it, while it is held since then. */
  stopped_by: string | null;
  /** Runs so far. */
  attempts: number;
  run_started_at: number | null;
  /** How long each heartbeat makes the lease of the open run. */
  run_ttl_seconds: number | null;
}

export interface Column {
  name: Status;
  tasks: Card[];
  /** Tasks in the column under this filter, shown or not. */
  total: number;
  /** Cursor of the next page, or null. */
  next: string | null;
}

type Page = Filter & { after?: string | undefined; limit?: number | undefined };

/** The board's columns in order, `limit` (50) cards each; Running comes whole. */
export function boardColumns(
  board: Board,
  filter: Filter & { include_archived?: boolean; limit?: number } = {},
): Column[] {
  return read(board, () => {
    const totals = viewTotals(board, filter);
    const shown = STATUSES.filter((status) => status !== "archived" || filter.include_archived);
    return shown.map((status) => {
      const limit = status === "running" ? 1_000_000 : (filter.limit ?? 50);
      return pageOf(board, status, { ...filter, limit }, totals[status]);
    });
  });
}

/**
 * One page of a column: by priority, then the ready ones as the dispatcher takes them and the others
 * by age; finished ones newest first.
 *
 * @throws {KanbanError} `invalid` for a cursor that no page returned.
 */
export function columnPage(board: Board, status: Status, page: Page = {}): Column {
  return read(board, () => pageOf(board, status, page, viewTotals(board, page, status)[status]));
}

function pageOf(board: Board, status: Status, page: Page, total: number): Column {
  const limit = page.limit ?? 50;
  const after = positionOf(page.after);
  const found = total === 0 ? [] : positions(board, status, page, { after, limit: limit + 1 });
  const last = found.length > limit ? found[limit - 1]! : null;
  const rows = readCards(board, found.slice(0, limit));
  return {
    name: status,
    tasks: rows.map((row) => asCard(row, board.now())),
    total,
    next: last && cursorOf(last.urgency, last.queue_at, last.key),
  };
}

/** One task as a card, or null when there is no such task. */
export function getCard(board: Board, id: string): Card | null {
  const row = one<CardRow>(board, `${SELECT_CARD} FROM tasks t WHERE t.id = +$id`, { id });
  return row && asCard(row, board.now());
}

/** These tasks as cards, in the same order; unknown ids are left out. */
export function getCards(board: Board, ids: readonly string[]): Card[] {
  const rows = all<CardRow>(board, `${SELECT_CARD} FROM json_each($ids) i CROSS JOIN tasks t ON t.id = i.value`, {
    ids: JSON.stringify(ids),
  });
  const now = board.now();
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => (byId.has(id) ? [asCard(byId.get(id)!, now)] : []));
}

/** Sorted names of the tenants that visible tasks have. */
export function tenantNames(board: Board, { archived = false } = {}): string[] {
  return all<{ name: string }>(
    board,
    `SELECT DISTINCT tenant AS name FROM board_counts
     WHERE tenant <> '' AND n > 0 AND ($archived OR status <> 'archived') ORDER BY tenant`,
    { archived: archived ? 1 : 0 },
  ).map(({ name }) => name);
}

/** Sorted names of the assignees that visible tasks have. */
export function assigneeNames(board: Board, { archived = false } = {}): string[] {
  return all<{ name: string }>(
    board,
    `SELECT DISTINCT assignee AS name FROM board_counts
     WHERE assignee <> '' AND n > 0 AND ($archived OR status <> 'archived') ORDER BY assignee`,
    { archived: archived ? 1 : 0 },
  ).map(({ name }) => name);
}

/** What a row has that its card says in another way. */
interface Counted {
  key: number;
  parents: number;
  children: number;
  children_done: number;
}
const COUNTED = ["key", "parents", "children", "children_done"] as const;

interface CardRow extends Omit<TaskRow, "body">, Counted {
  unfinished_parents: number;
  comment_count: number;
  latest_summary: string | null;
  question: string | null;
  stopped_by: string | null;
  attempts: number;
  run_started_at: number | null;
  run_ttl_seconds: number | null;
}

// Bodies never travel in cards: a column of 1 MiB bodies would cost as much as it holds.
const SELECT_CARD = `${SELECT_BODILESS}, t.key, t.run_started_at, t.run_ttl_seconds,
    (SELECT count(*) FROM task_links WHERE child_key = t.key) AS parents,
    (SELECT count(*) FROM task_links WHERE parent_key = t.key) AS children,
    (SELECT count(*) FROM task_links l JOIN tasks p ON p.key = l.parent_key
     WHERE l.child_key = t.key AND p.completed_at IS NULL) AS unfinished_parents,
    (SELECT count(*) FROM task_links l JOIN tasks c ON c.key = l.child_key
     WHERE l.parent_key = t.key AND c.completed_at IS NOT NULL) AS children_done,
    (SELECT count(*) FROM task_comments WHERE task_key = t.key) AS comment_count,
    t.runs + (t.current_run_id IS NOT NULL) AS attempts,
    substr(${latestSummary("t")}, 1, 400) AS latest_summary,
    ${questionOf("t")} ->> 'text' AS question,
    ${stopperOf("t")} AS stopped_by`;

function positions(
  board: Board,
  status: Status,
  page: Page,
  walk: { after: Position | null; limit: number },
): Position[] {
  const params = narrowingWithin(page);
  return firstInLanes(board, { status, ...laneNames(page) }, { ...walk, where: NARROWED_WITHIN, params });
}

function readCards(board: Board, positions: readonly Position[]): CardRow[] {
  const rows = all<CardRow>(board, `${SELECT_CARD} FROM json_each($keys) k CROSS JOIN tasks t ON t.key = k.value`, {
    keys: JSON.stringify(positions.map(({ key }) => key)),
  });
  const byKey = new Map(rows.map((row) => [row.key, row]));
  return positions.map(({ key }) => byKey.get(key)!);
}

/** The row as a card: copied once and whole, since names left out by a pattern are copied one by one. */
function asCard(row: CardRow, now: number): Card {
  const { parents, children, children_done, skills, review, held } = row;
  const since = (at: number | null) => (at === null ? null : Math.max(0, Math.floor((now - at) / 1_000)));
  const card: Card & Partial<Counted> = {
    ...row,
    skills: skills === "[]" ? [] : (JSON.parse(skills) as string[]),
    review: review === 1,
    held: held === 1,
    link_counts: { parents, children },
    progress: children === 0 ? null : { done: children_done, total: children },
    age: {
      created_seconds: since(row.created_at)!,
      ready_seconds: row.status === "ready" ? since(row.ready_at) : null,
      run_seconds: since(row.run_started_at),
      time_to_complete_seconds:
        row.completed_at === null
          ? null
          : Math.max(0, Math.floor((row.completed_at - (row.started_at ?? row.created_at)) / 1_000)),
    },
  };
  for (const name of COUNTED) delete card[name];
  return card;
}

/** When blocked tasks were blocked and finished work was handed in; other tasks are left out. */
export function waitingSince(board: Board, ids: readonly string[]): Map<string, number> {
  const rows = all<{ id: string; at: number | null }>(
    board,
    `SELECT t.id, (SELECT created_at FROM task_events WHERE id = (
       ${eventChain("t")} WHERE kind IN ${WAITS_FOR_PERSON} LIMIT 1)) AS at
     FROM json_each($ids) i JOIN tasks t ON t.id = i.value
     WHERE +t.status IN ('blocked', 'review')`,
    { ids: JSON.stringify(ids) },
  );
  return new Map(rows.flatMap(({ id, at }) => (at === null ? [] : [[id, at]])));
}
