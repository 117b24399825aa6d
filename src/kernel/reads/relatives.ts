/**
 * The parents and children of a task, as much of each as it takes to choose it.
 *
 * There may be thousands, with a megabyte of text each: what is read of one is bounded in the query.
 *
 * @module
 */
import { agentText } from "./agent_text.ts";
import { all, type Board } from "../store/db.ts";
import { findKey, noSuchTask } from "../store/ids.ts";
import { COSTS, shortened } from "./pieces.ts";
import type { Status } from "../schema.ts";
import { latestCompleted } from "../tasks/runs.ts";
import { BODY, RESULT } from "../tasks/task_rows.ts";

export interface Relative {
  id: string;
  title: string;
  status: Status;
  /** Set exactly while it counts as finished. */
  completed_at: number | null;
  /** Of what it handed over, else of what it asks for. */
  first_line: string;
}

export type Side = "parents" | "children";

const LINE_BYTES = 240;

/**
 * The parents or the children of a task, in the order they were created.
 *
 * @throws {KanbanError} `not_found`.
 */
export function neighbours(
  board: Board,
  id: string,
  side: Side,
  { limit = 1_000_000, offset = 0 }: { limit?: number; offset?: number } = {},
): Relative[] {
  const key = findKey(board, id);
  if (key === null) throw noSuchTask("find", id);
  return all<Omit<Relative, "first_line"> & { text: string }>(board, QUERIES[side], { key, limit, offset }).map(
    ({ text, ...row }) => {
      const line = agentText(text).trim().split("\n", 1)[0]!;
      return { ...row, first_line: shortened(line, LINE_BYTES, COSTS.json) };
    },
  );
}

const COLUMNS = `t.id, t.title, t.status, t.completed_at,
  coalesce((SELECT substr(summary, 1, 1000) FROM task_runs WHERE id = ${latestCompleted("t")}),
    substr(${RESULT}, 1, 1000), substr(${BODY}, 1, 1000), '') AS text`;

const QUERIES: Readonly<Record<Side, string>> = {
  parents: `SELECT ${COLUMNS} FROM task_links l JOIN tasks t ON t.key = l.parent_key
    WHERE l.child_key = +$key ORDER BY t.key LIMIT $limit + 0 OFFSET $offset + 0`,
  children: `SELECT ${COLUMNS} FROM task_links l JOIN tasks t ON t.key = l.child_key
    WHERE l.parent_key = +$key ORDER BY t.key LIMIT $limit + 0 OFFSET $offset + 0`,
};

/** Parents and children of these tasks: their cards show progress and waiting, which change with them. */
export function neighbourIds(board: Board, ids: readonly string[], limit: number): string[] {
  return all<{ id: string }>(
    board,
    `SELECT p.id FROM json_each($ids) i JOIN tasks t ON t.id = i.value
       JOIN task_links l ON l.child_key = t.key JOIN tasks p ON p.key = l.parent_key
     UNION
     SELECT c.id FROM json_each($ids) i JOIN tasks t ON t.id = i.value
       JOIN task_links l ON l.parent_key = t.key JOIN tasks c ON c.key = l.child_key
     LIMIT $limit + 0`,
    { ids: JSON.stringify(ids), limit },
  ).map(({ id }) => id);
}

/** Parents that were archived unfinished: they will never release this task. */
export function neverReleased(board: Board, childId: string): string[] {
  return all<{ id: string }>(
    board,
    `SELECT p.id FROM tasks t JOIN task_links l ON l.child_key = t.key JOIN tasks p ON p.key = l.parent_key
     WHERE t.id = +$childId AND +p.status = 'archived' AND p.completed_at IS NULL ORDER BY p.key`,
    { childId },
  ).map((parent) => parent.id);
}
