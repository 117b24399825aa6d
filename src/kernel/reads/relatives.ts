/**
 * The parents and children of a task, as much of each as it takes to choose it.
 *
 * There may be thousands, with a megabyte of text each: what is read of one is bounded in the query.
 *
 * @module
 */
import { agentText } from "./agent_text.ts";
import { all, type Board, one } from "../store/db.ts";
import { findKey, noSuchTask } from "../store/ids.ts";
import { invalid } from "../input.ts";
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
  { limit = 1_000_000, offset = 0, after }: { limit?: number; offset?: number; after?: string | undefined } = {},
): Relative[] {
  const key = findKey(board, id);
  if (key === null) throw noSuchTask("find", id);
  const page = { key, limit, offset, after: positionOf(board, after) };
  return all<Omit<Relative, "first_line"> & { text: string }>(board, QUERIES[side], page).map(({ text, ...row }) => {
    const line = agentText(text).trim().split("\n", 1)[0]!;
    return { ...row, first_line: shortened(line, LINE_BYTES, COSTS.json) };
  });
}

/**
 * The ids of the parents or the children, and the cursor of the next page: the last id of this one, or null.
 *
 * @throws {KanbanError} `not_found`; `invalid` for a cursor that is no task.
 */
export function relativeIds(
  board: Board,
  id: string,
  side: Side,
  { limit, after }: { limit: number; after?: string | undefined },
): { ids: string[]; next: string | null } {
  const key = findKey(board, id);
  if (key === null) throw noSuchTask("find", id);
  const page = { key, limit: limit + 1, offset: 0, after: positionOf(board, after) };
  const ids = all<{ id: string }>(board, ID_QUERIES[side], page).map((row) => row.id);
  return ids.length > limit ? { ids: ids.slice(0, limit), next: ids[limit - 1]! } : { ids, next: null };
}

/** Which of these tasks are parents or children of `id`, as they are now. */
export function relativesAmong(board: Board, id: string, ids: Iterable<string>): Record<Side, Relative[]> {
  const among = JSON.stringify([...ids]);
  const of = (side: Side) =>
    all<Omit<Relative, "first_line">>(board, AMONG[side], { id, among }).map((row) => ({ ...row, first_line: "" }));
  return { parents: of("parents"), children: of("children") };
}

/** Whether one of these tasks is a parent or a child of `id`. */
export function hasRelative(board: Board, id: string, ids: Iterable<string>): boolean {
  const among = JSON.stringify([...ids]);
  return (
    one(board, `${AMONG.parents} LIMIT 1`, { id, among }) !== null ||
    one(board, `${AMONG.children} LIMIT 1`, { id, among }) !== null
  );
}

/** A cursor is the id of the last relative that was read; its order is that of creation. */
function positionOf(board: Board, after: string | undefined): number {
  if (after === undefined) return 0;
  const key = findKey(board, after);
  if (key === null) throw invalid("after", "the id of a task", `"${after.slice(0, 80)}"`);
  return key;
}

const COLUMNS = `t.id, t.title, t.status, t.completed_at,
  coalesce((SELECT substr(summary, 1, 1000) FROM task_runs WHERE id = ${latestCompleted("t")}),
    substr(${RESULT}, 1, 1000), substr(${BODY}, 1, 1000), '') AS text`;

/** In the order of the index of links, so that a page costs what it returns. */
const pageOf = (columns: string, side: Side) => {
  const [other, own] = side === "parents" ? ["l.parent_key", "l.child_key"] : ["l.child_key", "l.parent_key"];
  return `SELECT ${columns} FROM task_links l CROSS JOIN tasks t ON t.key = ${other}
    WHERE ${own} = +$key AND ${other} > +$after ORDER BY ${other} LIMIT $limit + 0 OFFSET $offset + 0`;
};
const QUERIES: Readonly<Record<Side, string>> = {
  parents: pageOf(COLUMNS, "parents"),
  children: pageOf(COLUMNS, "children"),
};
const ID_QUERIES: Readonly<Record<Side, string>> = {
  parents: pageOf("t.id", "parents"),
  children: pageOf("t.id", "children"),
};

const amongOf = (other: string, own: string) => `SELECT t.id, t.title, t.status, t.completed_at
  FROM tasks o CROSS JOIN json_each($among) i CROSS JOIN tasks t ON t.id = i.value
  CROSS JOIN task_links l ON l.${other} = t.key AND l.${own} = o.key
  WHERE o.id = $id ORDER BY t.key`;
const AMONG: Readonly<Record<Side, string>> = {
  parents: amongOf("parent_key", "child_key"),
  children: amongOf("child_key", "parent_key"),
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

/** Parents that were archived unfinished, the first hundred: they will never release this task. */
export function neverReleased(board: Board, childId: string): string[] {
  return all<{ id: string }>(
    board,
    `SELECT p.id FROM tasks t JOIN task_links l ON l.child_key = t.key JOIN tasks p ON p.key = l.parent_key
     WHERE t.id = +$childId AND +p.status = 'archived' AND p.completed_at IS NULL ORDER BY p.key LIMIT 100`,
    { childId },
  ).map((parent) => parent.id);
}
