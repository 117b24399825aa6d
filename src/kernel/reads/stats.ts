/**
 * Counts, ages and staleness: what an operator looks at first.
 *
 * Counts come from counters that triggers keep, so they cost the same on a board of a million tasks.
 *
 * @module
 */
import { all, type Board, read } from "../store/db.ts";
import { activeHolds, type Hold } from "../tasks/holds.ts";
import { headsOfLanes, type Position } from "../store/lanes.ts";
import { type JsonObject, type Status, STATUSES, type Task } from "../schema.ts";

export interface BoardStats {
  by_status: Record<Status, number>;
  /** By assignee's name; `""` stands for unassigned tasks. */
  by_assignee: Record<string, Partial<Record<Status, number>>>;
  /** Since the longest waiting ready task became ready; null when nothing is ready. */
  oldest_ready_age_seconds: number | null;
  /** Sums of the numbers that agents reported over all runs, and how many runs reported any. */
  usage: { runs: number; totals: JsonObject };
  /** What nothing is claimed for, oldest first. */
  holds: Hold[];
  now: number;
}

/** Reads the whole board's figures from one snapshot. */
export function boardStats(board: Board): BoardStats {
  return read(board, () => {
    const by_status = Object.fromEntries(STATUSES.map((status) => [status, 0])) as Record<Status, number>;
    const found = counts(board);
    for (const { status, n } of found) by_status[status] += n;
    const oldest = oldestReadyAt(board);
    return {
      by_status,
      by_assignee: Object.fromEntries(byAssignee(found)),
      oldest_ready_age_seconds: oldest === null ? null : Math.max(0, Math.floor((board.now() - oldest) / 1_000)),
      usage: usageTotals(board),
      holds: activeHolds(board).filter(({ trial }) => !trial),
      now: board.now(),
    };
  });
}

/** Every assignee that has tasks, by name, with how many in which status. */
export function assigneeCounts(board: Board): { name: string; counts: Partial<Record<Status, number>> }[] {
  const named = counts(board).filter(({ name }) => name !== "");
  return [...byAssignee(named)].map(([name, byStatus]) => ({ name, counts: byStatus }));
}

/** Amber and red, in milliseconds since the task came to where it is; other statuses never go stale. */
const STALE: Partial<Record<Status, readonly [amberMs: number, redMs: number]>> = {
  running: [10 * 60_000, 60 * 60_000],
  ready: [3_600_000, 24 * 3_600_000],
  blocked: [3_600_000, 24 * 3_600_000],
  todo: [7 * 86_400_000, 30 * 86_400_000],
};

/**
 * How stale a task is.
 *
 * @param since When it came to where it is: this run's start, becoming ready, being blocked, creation.
 */
export function staleness(task: Pick<Task, "status">, since: number | null, now: number): "fresh" | "amber" | "red" {
  const tiers = STALE[task.status];
  if (tiers === undefined || since === null) return "fresh";
  const age = now - since;
  return age >= tiers[1] ? "red" : age >= tiers[0] ? "amber" : "fresh";
}

interface Count {
  name: string;
  status: Status;
  n: number;
}

/** In a Map: an assignee may be called `__proto__`. */
function byAssignee(counts: readonly Count[]): Map<string, Partial<Record<Status, number>>> {
  const found = new Map<string, Partial<Record<Status, number>>>();
  for (const { name, status, n } of counts) found.set(name, { ...found.get(name), [status]: n });
  return found;
}

function counts(board: Board): Count[] {
  return all(
    board,
    `SELECT assignee AS name, status, sum(n) AS n FROM board_counts
     GROUP BY assignee, status HAVING sum(n) > 0 ORDER BY assignee`,
  );
}

/** Hops from priority to priority within the lanes: a plain min(ready_at) would read every ready task. */
function oldestReadyAt(board: Board): number | null {
  let oldest: number | null = null;
  for (let after: Position | null = null; ;) {
    const heads = headsOfLanes(board, { status: "ready" }, { after });
    const [first] = heads;
    if (first === undefined) return oldest;
    for (const { urgency, queue_at } of heads) {
      if (urgency === first.urgency && (oldest === null || queue_at < oldest)) oldest = queue_at;
    }
    // Before all of the next urgency. A condition on it would be asked of every task of this one.
    after = { urgency: first.urgency + 1, queue_at: Number.MIN_SAFE_INTEGER, key: 0 };
  }
}

function usageTotals(board: Board): BoardStats["usage"] {
  const rows = all<{ name: string; total: number }>(board, "SELECT name, total FROM usage_totals ORDER BY name");
  return {
    runs: rows.find(({ name }) => name === "")?.total ?? 0,
    totals: Object.fromEntries(rows.filter(({ name }) => name !== "").map(({ name, total }) => [name, total])),
  };
}
