/**
 * The dependency graph: the part of it that a person looks at, and what may be linked to what.
 *
 * @module
 */
import { all, type Board, read } from "../store/db.ts";
import { findKey, keyOf } from "../store/ids.ts";
import { type Filter, NARROWED, narrowing } from "../reads/filter.ts";
import { MATCHES, patternOf } from "../reads/search.ts";
import type { Status, Task } from "../schema.ts";

export type GraphNode = Pick<Task, "id" | "title" | "status" | "assignee" | "priority" | "tenant">;

export interface Graph {
  nodes: GraphNode[];
  /** Between nodes of this graph alone. */
  edges: { parent: string; child: string }[];
  /** There are more nodes than were asked for. */
  truncated: boolean;
}

/** Which tasks a graph of the whole board shows. */
export type GraphFilter = Filter & { status?: readonly Status[] | undefined };

/**
 * The tasks that depend on each other: with `root` everything connected to it, else every task that
 * has a link, unarchived, chain after chain from the newest one on.
 *
 * @param options.limit Most nodes; default 300.
 * @throws {KanbanError} `not_found` for the root.
 */
export function graphOf(
  board: Board,
  options: { root?: string | undefined; filter?: GraphFilter; limit?: number } = {},
): Graph {
  const limit = options.limit ?? 300;
  return read(board, () => {
    const keys =
      options.root === undefined
        ? linkedKeys(board, options.filter ?? {}, limit + 1)
        : reach(board, options.root, limit + 1);
    const kept = JSON.stringify(keys.slice(0, limit));
    return {
      nodes: all<GraphNode>(
        board,
        `SELECT id, title, status, assignee, priority, tenant FROM tasks
         WHERE key IN (SELECT value FROM json_each($kept)) ORDER BY key`,
        { kept },
      ),
      edges: edgesAmong(board, keys.slice(0, limit)),
      truncated: keys.length > limit,
    };
  });
}

/** The links between these tasks. */
export function edgesAmong(board: Board, keys: readonly number[]): { parent: string; child: string }[] {
  return all<{ parent: string; child: string }>(
    board,
    `SELECT p.id AS parent, c.id AS child FROM task_links l
     JOIN tasks p ON p.key = l.parent_key JOIN tasks c ON c.key = l.child_key
     WHERE l.parent_key IN (SELECT value FROM json_each($kept)) AND l.child_key IN (SELECT value FROM json_each($kept))
     ORDER BY l.parent_key, l.child_key`,
    { kept: JSON.stringify(keys) },
  );
}

/** A task that could become a parent or a child of another. */
export type Linkable = Pick<Task, "id" | "title"> & { status: Status };

/**
 * Tasks to pick a parent or a child from: the whole board without the task itself, those already
 * linked on that side, and archived ones; newest first.
 */
export function linkable(
  board: Board,
  options: { task?: string | undefined; as: "parent" | "child"; q?: string | undefined; limit?: number },
): Linkable[] {
  const { task, as, q, limit = 20 } = options;
  return read(board, () => {
    const me = task === undefined ? null : findKey(board, task);
    const params = { me, limit, ...patternOf(q) };
    // Two literals, so that each finds the link by its own index.
    return as === "parent"
      ? all<Linkable>(
          board,
          `SELECT t.id, t.title, t.status FROM tasks t
           WHERE t.status <> 'archived' AND t.key IS NOT $me
             AND NOT EXISTS (SELECT 1 FROM task_links WHERE parent_key = t.key AND child_key = $me) AND ${MATCHES}
           ORDER BY t.key DESC LIMIT $limit + 0`,
          params,
        )
      : all<Linkable>(
          board,
          `SELECT t.id, t.title, t.status FROM tasks t
           WHERE t.status <> 'archived' AND t.key IS NOT $me
             AND NOT EXISTS (SELECT 1 FROM task_links WHERE parent_key = $me AND child_key = t.key) AND ${MATCHES}
           ORDER BY t.key DESC LIMIT $limit + 0`,
          params,
        );
  });
}

/** The newest tasks that have a link, each with the others of its chain, so that a cut leaves whole chains. */
function linkedKeys(board: Board, { status, ...filter }: GraphFilter, limit: number): number[] {
  const params = {
    statuses: status === undefined ? null : JSON.stringify(status),
    ...narrowing(filter),
  };
  const newest = all<{ key: number }>(
    board,
    `SELECT t.key FROM tasks t
     WHERE ${SHOWN} AND (EXISTS (SELECT 1 FROM task_links WHERE parent_key = t.key)
       OR EXISTS (SELECT 1 FROM task_links WHERE child_key = t.key))
     ORDER BY t.key DESC LIMIT $limit + 0`,
    { ...params, limit },
  );
  const found = new Set<number>();
  for (const { key } of newest) {
    if (found.size >= limit) break;
    if (found.has(key)) continue;
    const chain = all<{ key: number }>(
      board,
      `SELECT t.key FROM json_each($keys) k CROSS JOIN tasks t ON t.key = k.value WHERE ${SHOWN}`,
      { ...params, keys: JSON.stringify(connected(board, key, limit)) },
    );
    for (const other of chain) found.add(other.key);
  }
  return [...found].slice(0, limit);
}

const SHOWN = `t.status <> 'archived'
  AND ($statuses IS NULL OR t.status IN (SELECT value FROM json_each($statuses))) AND ${NARROWED}`;

function reach(board: Board, root: string, limit: number): number[] {
  return connected(board, keyOf(board, root, "draw"), limit);
}

/** The tasks that are connected to one, breadth first, so that a cut keeps what is nearest to it. */
export function connected(board: Board, start: number, limit: number): number[] {
  return all<{ key: number }>(
    board,
    `WITH RECURSIVE near (key) AS (
       SELECT +$start UNION
       SELECT CASE WHEN l.parent_key = near.key THEN l.child_key ELSE l.parent_key END
       FROM near JOIN task_links l ON l.parent_key = near.key OR l.child_key = near.key
       LIMIT $limit + 0
     ) SELECT key FROM near`,
    { start, limit },
  ).map(({ key }) => key);
}
