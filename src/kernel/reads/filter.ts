/**
 * What a view of the board may be narrowed to, as one condition, and how many tasks that leaves.
 *
 * @module
 */
import { all, type Board, type Params } from "../store/db.ts";
import { MATCHES, patternOf } from "./search.ts";
import { type Status, STATUSES } from "../schema.ts";

/** Null or an empty tenant or assignee means "those without one". */
export interface BoardFilter {
  tenant?: string | null | undefined;
  assignee?: string | null | undefined;
  q?: string | undefined;
  /** Leaves out tasks that wait for an unfinished parent. */
  free?: boolean | undefined;
}

/** The condition of a filter on a task `t` of its assignee and tenant; `narrowing` gives its parameters. */
export const NARROWED_WITHIN = `NOT ($free AND EXISTS (SELECT 1 FROM task_links l JOIN tasks p ON p.key = l.parent_key
                             WHERE l.child_key = t.key AND p.completed_at IS NULL))
  AND ${MATCHES}`;

/** The same on any task. */
export const NARROWED = `($tenant IS NULL OR coalesce(t.tenant, '') = $tenant)
  AND ($assignee IS NULL OR coalesce(t.assignee, '') = $assignee) AND ${NARROWED_WITHIN}`;

/**
 * The parameters of `NARROWED`.
 *
 * @throws {KanbanError} `invalid` for a search that is too long.
 */
export function narrowing({ tenant, assignee, q, free }: BoardFilter): Params {
  return {
    tenant: tenant === undefined ? null : (tenant ?? ""),
    assignee: assignee === undefined ? null : (assignee ?? ""),
    free: free ? 1 : 0,
    ...patternOf(q),
  };
}

/**
 * How many tasks a view has in each status. A search text or `free` make it look at every task, of the
 * status `only` alone if there is one; else it reads only the counters.
 */
export function viewTotals(board: Board, filter: BoardFilter, only: Status | null = null): Record<Status, number> {
  const { tenant, assignee, ...rest } = narrowing(filter);
  const rows =
    rest["pattern"] !== null || rest["free"] === 1
      ? all<{ status: Status; n: number }>(
          board,
          `SELECT t.status, count(*) AS n FROM tasks t WHERE ($only IS NULL OR t.status = $only) AND ${NARROWED}
           GROUP BY t.status`,
          { tenant: tenant!, assignee: assignee!, only, ...rest },
        )
      : all<{ status: Status; n: number }>(
          board,
          `SELECT status, sum(n) AS n FROM board_counts
           WHERE ($tenant IS NULL OR tenant = $tenant) AND ($assignee IS NULL OR assignee = $assignee) GROUP BY status`,
          { tenant: tenant!, assignee: assignee! },
        );
  const totals = Object.fromEntries(STATUSES.map((status) => [status, 0])) as Record<Status, number>;
  for (const { status, n } of rows) totals[status] = n;
  return totals;
}
