/**
 * The board as columns of cards, a page at a time.
 *
 * A card is a task without its body and with what a person wants to see at a glance. Each column is
 * read through the index over the living or over the finished, with a keyset cursor, so that the first
 * page costs the same on a board of a million tasks; the totals come from the counters.
 *
 * @module
 */
import { all, type Board, one, read } from "./db.ts";
import { type BoardFilter, NARROWED, narrowing, viewTotals } from "./board_filter.ts";
import { cursorOf, cursorParams } from "./cursors.ts";
import { type Status, STATUSES, type Task } from "./schema.ts";
import { FROM_TASK, type TaskRow } from "./task_rows.ts";

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

type Page = BoardFilter & { after?: string | undefined; limit?: number | undefined };

/** The board's columns in order, `limit` (50) cards each; Running comes whole. */
export function boardColumns(
  board: Board,
  filter: BoardFilter & { include_archived?: boolean; limit?: number } = {},
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
  const rows = readCards(board, status, page, limit + 1);
  const last = rows.length > limit ? rows[limit - 1]! : null;
  return {
    name: status,
    tasks: rows.slice(0, limit).map((row) => asCard(row, board.now())),
    total,
    next: last && cursorOf(last.priority, last.queue_at, last.key),
  };
}

/** One task as a card, or null when there is no such task. */
export function getCard(board: Board, id: string): Card | null {
  const row = one<CardRow>(board, `${SELECT_CARD} WHERE t.id = +$id`, { id });
  return row && asCard(row, board.now());
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

interface CardRow extends Omit<TaskRow, "body"> {
  key: number;
  queue_at: number;
  parents: number;
  children: number;
  unfinished_parents: number;
  children_done: number;
  comment_count: number;
  latest_summary: string | null;
  question: string | null;
  attempts: number;
  run_started_at: number | null;
  run_ttl_seconds: number | null;
}

// Bodies never travel in cards: a column of 1 MiB bodies would cost as much as it holds.
const SELECT_CARD = `SELECT t.key, t.queue_at, t.id, t.title, t.assignee, t.status, t.priority, t.tenant, t.created_by,
    t.created_at, t.ready_at, t.started_at, t.completed_at, t.workspace_kind, t.workspace_path, t.result,
    t.idempotency_key, t.max_runtime_seconds, t.skills, t.review, t.held, t.not_before, t.retry_at, t.failures,
    t.last_error, t.current_run_id, t.depth, t.from_task, t.asked, t.workflow_template_id, t.current_step_key,
    r.claimer, r.claim_expires_at, r.pid AS worker_pid, r.last_heartbeat_at, r.started_at AS run_started_at,
    r.ttl_seconds AS run_ttl_seconds,
    (SELECT count(*) FROM task_links WHERE child_key = t.key) AS parents,
    (SELECT count(*) FROM task_links WHERE parent_key = t.key) AS children,
    (SELECT count(*) FROM task_links l JOIN tasks p ON p.key = l.parent_key
     WHERE l.child_key = t.key AND p.completed_at IS NULL) AS unfinished_parents,
    (SELECT count(*) FROM task_links l JOIN tasks c ON c.key = l.child_key
     WHERE l.parent_key = t.key AND c.completed_at IS NOT NULL) AS children_done,
    (SELECT count(*) FROM task_comments WHERE task_key = t.key) AS comment_count,
    (SELECT count(*) FROM task_runs WHERE task_key = t.key) AS attempts,
    (SELECT substr(summary, 1, 400) FROM task_runs
     WHERE task_key = t.key AND summary IS NOT NULL ORDER BY slot DESC LIMIT 1) AS latest_summary,
    CASE WHEN t.status = 'blocked' THEN (SELECT coalesce(payload ->> 'reason', payload ->> 'error') FROM task_events
     WHERE task_key = t.key AND kind IN ('blocked', 'gave_up') ORDER BY id DESC LIMIT 1) END AS question
  ${FROM_TASK}`;

function readCards(
  board: Board,
  status: Status,
  page: BoardFilter & { after?: string | undefined },
  limit: number,
): CardRow[] {
  const params = {
    status,
    ...narrowing(page),
    limit,
    ...cursorParams(page.after),
  };
  // Two literals, because the condition has to repeat that of the partial index for it to be used.
  if (status === "done" || status === "archived") {
    return all<CardRow>(
      board,
      `${SELECT_CARD} WHERE t.status = +$status AND t.status IN ('done', 'archived')
         AND ${NARROWED}
         AND ($cursorKey IS NULL OR (t.queue_at, t.key) < ($cursorAt, $cursorKey))
       ORDER BY t.queue_at DESC, t.key DESC LIMIT $limit + 0`,
      params,
    );
  }
  return all<CardRow>(
    board,
    `${SELECT_CARD} WHERE t.status = +$status AND t.status NOT IN ('done', 'archived')
       AND ${NARROWED}
       AND t.priority <= coalesce($cursorPriority, 9e15)
       AND ($cursorKey IS NULL OR t.priority < $cursorPriority OR (t.queue_at, t.key) > ($cursorAt, $cursorKey))
     ORDER BY t.priority DESC, t.queue_at, t.key LIMIT $limit + 0`,
    params,
  );
}

/** The row as a card, in one copy: with three, they took a quarter of a page of 300 cards. */
function asCard(row: CardRow, now: number): Card {
  const { key: _key, queue_at: _at, parents, children, children_done, skills, review, held, ...rest } = row;
  const since = (at: number | null) => (at === null ? null : Math.max(0, Math.floor((now - at) / 1_000)));
  return Object.assign(rest, {
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
  });
}
