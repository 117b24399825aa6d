/**
 * What a view of the board may be narrowed to: one structure, one condition, its parameters.
 *
 * Status, assignee and tenant are what lanes are made of, so a view that they narrow reads only the lanes that it
 * leaves. The other conditions are asked of each task of these lanes, as a search is: where few match, many are read.
 *
 * @module
 */
import { all, type Board, type Params } from "../store/db.ts";
import { type LaneNames, namedAs, namesOf } from "../store/lanes.ts";
import { MATCHES, patternOf } from "./search.ts";
import { runChain } from "../tasks/runs.ts";
import { type Outcome, type Status, STATUSES } from "../schema.ts";

/** What a field may be: any of these values, and none of those. "" stands for "without one". */
export interface Choice<T extends string | number = string> {
  any?: readonly T[] | undefined;
  none?: readonly T[] | undefined;
}

/** Instants from `after` on and before `before`. */
export interface Span {
  after?: number | undefined;
  before?: number | undefined;
}

/** What is left out narrows nothing. A bare name means that one alone, null those without one. */
export interface Filter {
  tenant?: Choice | string | null | undefined;
  assignee?: Choice | string | null | undefined;
  creator?: Choice | undefined;
  priority?: Choice<number> | undefined;
  created?: Span | undefined;
  /** When anything happened to it last. */
  updated?: Span | undefined;
  /** A run of it failed, or none did. */
  failed?: boolean | undefined;
  /** Leaves out tasks that wait for an unfinished parent. */
  free?: boolean | undefined;
  q?: string | undefined;
}

/** What counts as a failure of a run: not what a person, an operator or a limit ended. */
const FAILURES: readonly Outcome[] = ["crashed", "abandoned", "timed_out", "spawn_failed", "gave_up"];

const CHOSEN = (column: string, any: string, none: string) =>
  `($${any} IS NULL OR ${column} IN (SELECT value FROM json_each($${any})))
   AND ($${none} IS NULL OR ${column} NOT IN (SELECT value FROM json_each($${none})))`;

const WITHIN = (instant: string, name: string) =>
  `($${name}After IS NULL OR ${instant} >= $${name}After) AND ($${name}Before IS NULL OR ${instant} < $${name}Before)`;

// The newest event may be removed by now; that of its creation was the first.
const UPDATED = `coalesce((SELECT created_at FROM task_events WHERE id = t.last_event_id), t.completed_at, t.created_at)`;

/** The condition of a filter on a task `t` of its assignees and tenants; `narrowing` gives its parameters. */
export const NARROWED_WITHIN = `NOT ($free AND EXISTS (SELECT 1 FROM task_links l JOIN tasks p ON p.key = l.parent_key
                             WHERE l.child_key = t.key AND p.completed_at IS NULL))
  AND (NOT $fields OR (${CHOSEN("t.priority", "priorities", "notPriorities")}
    AND ${CHOSEN("t.created_by", "creators", "notCreators")}
    AND ${WITHIN("t.created_at", "created")} AND ${WITHIN(UPDATED, "updated")}
    AND ($failed IS NULL OR $failed = (t.runs > 0 AND EXISTS (${runChain("t")}
      WHERE o.outcome IN (${FAILURES.map((outcome) => `'${outcome}'`).join(", ")}))))))
  AND ${MATCHES}`;

/** The same on any task. */
export const NARROWED = `${namedAs("coalesce(t.assignee, '')", "coalesce(t.tenant, '')")} AND ${NARROWED_WITHIN}`;

/** The assignees and tenants of a filter, as lanes name them. */
export function laneNames({ tenant, assignee }: Filter): LaneNames {
  const { any: owners, none: notOwners } = choiceOf(assignee);
  const { any: projects, none: notProjects } = choiceOf(tenant);
  return { owners, notOwners, projects, notProjects };
}

/** A choice as one; nothing chosen is no condition. */
function choiceOf(given: Choice | string | null | undefined): Choice {
  if (given === undefined) return {};
  if (given === null || typeof given === "string") return { any: [given ?? ""] };
  return { any: filled(given.any), none: filled(given.none) };
}

function filled<T>(values: readonly T[] | undefined): readonly T[] | undefined {
  return values === undefined || values.length === 0 ? undefined : values;
}

/**
 * The parameters of `NARROWED_WITHIN`.
 *
 * @throws {KanbanError} `invalid` for a search that is too long.
 */
export function narrowingWithin({ creator, priority, created, updated, failed, free, q }: Filter): Params {
  const list = (values: readonly (string | number)[] | undefined) =>
    filled(values) === undefined ? null : JSON.stringify(values);
  const fields: Params = {
    priorities: list(priority?.any),
    notPriorities: list(priority?.none),
    creators: list(creator?.any),
    notCreators: list(creator?.none),
    createdAfter: created?.after ?? null,
    createdBefore: created?.before ?? null,
    updatedAfter: updated?.after ?? null,
    updatedBefore: updated?.before ?? null,
    failed: failed === undefined ? null : Number(failed),
  };
  const some = Object.values(fields).some((value) => value !== null);
  return { ...fields, fields: some ? 1 : 0, free: free ? 1 : 0, ...patternOf(q) };
}

/** The parameters of `NARROWED`, and the same error. */
export function narrowing(filter: Filter): Params {
  return { ...namesOf(laneNames(filter)), ...narrowingWithin(filter) };
}

/** `NARROWED`, or nothing where a filter narrows nothing: a read of twenty thousand rows would ask it of each. */
export function narrowedBy(filter: Filter): string {
  const isNamed = Object.values(laneNames(filter)).some((names) => names !== undefined);
  return isNamed || readsTasks(filter) ? NARROWED : "true";
}

/** Whether a filter asks more of a task than its status, assignee and tenant: then its totals are no counters. */
export function readsTasks(filter: Filter): boolean {
  const { fields, free, pattern } = narrowingWithin(filter);
  return fields === 1 || free === 1 || pattern !== null;
}

/** Of these tasks, the ones that a filter leaves, whatever their status. */
export function matchingIds(board: Board, ids: readonly string[], filter: Filter): Set<string> {
  const found = all<{ id: string }>(
    board,
    `SELECT t.id FROM json_each($ids) i JOIN tasks t ON t.id = i.value WHERE ${NARROWED}`,
    { ids: JSON.stringify(ids), ...narrowing(filter) },
  );
  return new Set(found.map(({ id }) => id));
}

/**
 * How many tasks a view has in each status. A filter that `readsTasks` makes it look at every task of its lanes, of
 * the status `only` alone if there is one; else it reads only the counters.
 */
export function viewTotals(board: Board, filter: Filter, only: Status | null = null): Record<Status, number> {
  const rows = readsTasks(filter)
    ? all<{ status: Status; n: number }>(
        board,
        `SELECT l.status, count(*) AS n FROM lanes l CROSS JOIN tasks t ON t.lane = l.key
         WHERE ($only IS NULL OR l.status = $only) AND ${namedAs("l.owner", "l.project")} AND ${NARROWED_WITHIN}
         GROUP BY l.status`,
        { only, ...narrowing(filter) },
      )
    : all<{ status: Status; n: number }>(
        board,
        `SELECT status, sum(n) AS n FROM board_counts WHERE ${namedAs("assignee", "tenant")} GROUP BY status`,
        namesOf(laneNames(filter)),
      );
  const totals = Object.fromEntries(STATUSES.map((status) => [status, 0])) as Record<Status, number>;
  for (const { status, n } of rows) totals[status] = n;
  return totals;
}
