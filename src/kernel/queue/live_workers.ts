/**
 * The workers that live, or may live: what the caps of the queue count.
 *
 * @module
 */
import { all, type Board } from "../store/db.ts";
import { activeHolds, type Hold } from "../tasks/holds.ts";
import { TRIAL_MS } from "../tasks/probes.ts";
import { HAS_OPEN_RUN } from "../tasks/runs.ts";

/**
 * How long after its handoff a worker's process still holds a slot, how long it may take to exit, and when it is
 * certainly gone. An agent reports what it used as its last act, which may take a whole turn of its model.
 */
export const EXIT_MS = { frees_slot: 5_000, grace: 60_000, gone: 75_000 } as const;

/** What keeps a profile from being started, as far as the queue looks at it. */
export type Obstacle = Pick<Hold, "kind" | "key" | "until" | "probe_run_id" | "profiles">;

/** Who is at work, or may be. */
export interface LiveWorkers {
  alive: number;
  byProfile: Map<string, number>;
  /** The active holds: few. */
  holds: readonly Obstacle[];
}

/**
 * Workers that live or may live, by profile: few, and they have an index of their own. One that handed its work
 * over and only takes long to exit holds no slot; one that is still there when it must be gone does again.
 */
export function liveWorkers(board: Board): LiveWorkers {
  const now = board.now();
  const rows = all<{ profile: string; n: number }>(
    board,
    `SELECT profile, count(*) AS n FROM (
       SELECT coalesce(run_profile, '') AS profile FROM tasks t
       WHERE ${HAS_OPEN_RUN} AND run_boot_id IS NOT NULL AND run_process_gone_at IS NULL
       UNION ALL
       SELECT coalesce(profile, '') FROM task_runs
       WHERE boot_id IS NOT NULL AND process_gone_at IS NULL
         AND (outcome NOT IN ('completed', 'blocked') OR ended_at <= $from OR ended_at > $to))
     GROUP BY 1`,
    { from: now - EXIT_MS.gone, to: now - EXIT_MS.frees_slot },
  );
  return {
    alive: rows.reduce((sum, { n }) => sum + n, 0),
    byProfile: new Map(rows.map(({ profile, n }) => [profile, n])),
    holds: activeHolds(board).filter(({ trial, since }) => !trial || board.now() < since + TRIAL_MS),
  };
}
