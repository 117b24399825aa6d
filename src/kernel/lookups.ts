/**
 * Small answers for whoever keeps a picture of the board up to date: which cards a change touches, what
 * a search finds, how long a task has waited for a person.
 *
 * Each of them costs what was asked about, never the size of the board; the one that has to search
 * texts says so.
 *
 * @module
 */
import { all, type Board } from "./db.ts";
import { MATCHES, patternOf } from "./search.ts";
import { eventChain } from "./events.ts";

/** When blocked tasks were blocked and finished work was handed in; other tasks are left out. */
export function waitingSince(board: Board, ids: readonly string[]): Map<string, number> {
  const rows = all<{ id: string; at: number | null }>(
    board,
    `SELECT t.id, (SELECT created_at FROM task_events WHERE id = (
       ${eventChain("t")} WHERE kind IN ('blocked', 'gave_up', 'review_requested') LIMIT 1)) AS at
     FROM json_each($ids) i JOIN tasks t ON t.id = i.value
     WHERE +t.status IN ('blocked', 'review')`,
    { ids: JSON.stringify(ids) },
  );
  return new Map(rows.flatMap(({ id, at }) => (at === null ? [] : [[id, at]])));
}

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

/** Of these tasks, the ones that a search finds. */
export function matchingIds(board: Board, ids: readonly string[], q: string): Set<string> {
  const found = all<{ id: string }>(
    board,
    `SELECT t.id FROM json_each($ids) i JOIN tasks t ON t.id = i.value WHERE ${MATCHES}`,
    { ids: JSON.stringify(ids), ...patternOf(q) },
  );
  return new Set(found.map(({ id }) => id));
}
