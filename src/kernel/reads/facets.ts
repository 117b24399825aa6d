/**
 * What a filter can be set to: the values of a field, and how many tasks of the view have each.
 *
 * The field's own choice is left out of what is counted: the number beside a value is how many tasks choosing it adds.
 *
 * @module
 */
import { all, type Board, one, type Params } from "../store/db.ts";
import { namedAs, namesOf } from "../store/lanes.ts";
import { type Filter, laneNames, NARROWED_WITHIN, narrowingWithin, readsTasks, viewTotals } from "./filter.ts";
import type { Status } from "../schema.ts";

export type FacetField = "tenant" | "assignee" | "creator" | "priority" | "status";

/** A value as an address writes it: "" is "without one". */
export interface Facet {
  value: string;
  /** null: not counted, because it would read too many tasks. */
  n: number | null;
}

/** Tasks that are read to count what no counter holds. */
const READ_MAX = 100_000;
/** The newest tasks, which name the creators of a board that is too large to read. */
const NEWEST = 5_000;

/** Which column of a lane, or of a task, a field is. */
const COLUMNS: Readonly<Record<FacetField, string>> = {
  tenant: "l.project",
  assignee: "l.owner",
  status: "l.status",
  creator: "t.created_by",
  priority: "t.priority",
};
const LANE_FIELDS: readonly FacetField[] = ["tenant", "assignee", "status"];

/** The values of a field under the rest of a filter, most tasks first; of each status that a view shows. */
export function facetsOf(
  board: Board,
  field: FacetField,
  { filter, statuses }: { filter: Filter; statuses: readonly Status[] },
): Facet[] {
  const rest: Filter = { ...filter, [field]: undefined };
  const params = { statuses: field === "status" ? null : JSON.stringify(statuses), ...namesOf(laneNames(rest)) };
  const ofLanes = LANE_FIELDS.includes(field);
  if (ofLanes && !readsTasks(rest)) return counted(board, COUNTERS[field as keyof typeof COUNTERS], params);
  if (laneTotal(board, params) <= READ_MAX)
    return counted(board, readingOf(field), { ...params, ...narrowingWithin(rest) });
  const known = ofLanes
    ? counted(board, COUNTERS[field as keyof typeof COUNTERS], params)
    : counted(board, newestOf(field), {});
  return known.map(({ value }) => ({ value, n: null }));
}

const IN_VIEW = `($statuses IS NULL OR l.status IN (SELECT value FROM json_each($statuses)))
  AND ${namedAs("l.owner", "l.project")}`;

const LANES = `(SELECT status, assignee AS owner, tenant AS project, n FROM board_counts)`;

const counterOf = (field: FacetField) => `SELECT ${COLUMNS[field]} AS value, sum(l.n) AS n FROM ${LANES} l
  WHERE ${IN_VIEW} GROUP BY value HAVING sum(l.n) > 0 ORDER BY n DESC, value`;

const COUNTERS = { tenant: counterOf("tenant"), assignee: counterOf("assignee"), status: counterOf("status") };

const readingOf = (field: FacetField) => `SELECT ${COLUMNS[field]} AS value, count(*) AS n
  FROM lanes l CROSS JOIN tasks t ON t.lane = l.key
  WHERE ${IN_VIEW} AND ${NARROWED_WITHIN} GROUP BY value ORDER BY n DESC, value`;

const newestOf = (field: FacetField) => `SELECT ${COLUMNS[field]} AS value, count(*) AS n
  FROM (SELECT created_by, priority FROM tasks ORDER BY key DESC LIMIT ${NEWEST}) t GROUP BY value ORDER BY n DESC, value`;

function counted(board: Board, sql: string, params: Params): Facet[] {
  return all<{ value: string | number; n: number }>(board, sql, params).map(({ value, n }) => ({
    value: String(value),
    n,
  }));
}

/**
 * How many tasks a view shows, in these statuses; null where that would read too many tasks, and without `patient`
 * where it would read any.
 */
export function viewCount(
  board: Board,
  { filter, statuses }: { filter: Filter; statuses: readonly Status[] },
  { patient }: { patient: boolean },
): number | null {
  if (readsTasks(filter)) {
    const params = { statuses: JSON.stringify(statuses), ...namesOf(laneNames(filter)) };
    if (!patient || laneTotal(board, params) > READ_MAX) return null;
  }
  const totals = viewTotals(board, filter);
  return statuses.reduce((sum, status) => sum + totals[status], 0);
}

function laneTotal(board: Board, params: Params): number {
  return one<{ n: number }>(board, `SELECT coalesce(sum(l.n), 0) AS n FROM ${LANES} l WHERE ${IN_VIEW}`, params)!.n;
}
