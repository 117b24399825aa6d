/**
 * How work flowed lately: throughput, waiting, first-try success, cycle times, cumulative flow.
 *
 * Everything is computed from the newest rows, read backwards along a key and cut at a fixed number, so
 * that a page of figures costs the same on any board. Where the cut comes before the asked time, the
 * series are simply shorter.
 *
 * @module
 */
import { WAITS_FOR_PERSON } from "../tasks/state_machine.ts";
import { all, type Board, one, read } from "../store/db.ts";
import { cumulativeFlow, type FlowPoint } from "./flow.ts";
import { type Filter, laneNames, NARROWED_WITHIN, narrowedBy, narrowing, narrowingWithin } from "./filter.ts";
import { eventChain } from "../tasks/events.ts";
import { firstInLanes, inStatus } from "../store/lanes.ts";
import { runChain } from "../tasks/runs.ts";
import type { Outcome } from "../schema.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Rows looked at, at most. */
const RUNS_MAX = 10_000;
const DONE_MAX = 2_000;
const POINTS_MAX = 500;
const NEEDS_MAX = 500;

export interface InsightOptions {
  /** How far back flow, first tries and cycle times go. */
  days: number;
  filter?: Filter | undefined;
}

export interface InsightStats {
  /** When the board began; null: nothing has happened yet. */
  first_at: number | null;
  /** Tasks that finished in the asked time, claimed before or not; `more`: these are the newest of them. */
  finished: { tasks: number; more: boolean };
  /** Completed runs of the last 24 hours, per hour since the board began; one value an hour, oldest first. */
  throughput: { per_hour: number; series: number[] };
  /** From ready to claimed, in the last 24 hours; the median of each hour. */
  ready_wait: { p50_seconds: number | null; p95_seconds: number | null; series: (number | null)[] };
  /** Of the finished tasks that had a run, those whose first one completed; one value a day. */
  first_try: { ratio: number | null; tasks: number; series: (number | null)[] };
  /** Blocked and in review; one value a day. */
  needs: { open: number; oldest_seconds: number | null; series: number[] };
  /** Tasks in each status at the end of each day, oldest first; days end at this time of day. */
  flow: FlowPoint[];
  /** From first claim to completion; `ok` when the first run completed. */
  cycle: {
    points: { task_id: string; at: number; seconds: number; ok: boolean }[];
    p50_seconds: number | null;
    p95_seconds: number | null;
  };
  hours: { at: number; completed: number; failed: number }[];
  profiles: { name: string; runs: number; ok: number; hours: { completed: number; failed: number }[] }[];
}

/** Computes the figures from one snapshot. */
export function insightStats(board: Board, { days, filter = {} }: InsightOptions): InsightStats {
  return read(board, () => {
    const now = board.now();
    const first = firstInstant(board);
    const runs = endedRuns(board, filter, now - DAY);
    const done = finishedTasks(board, filter, now - days * DAY);
    const flow = cumulativeFlow(board, { days, filter, first });
    return {
      first_at: first,
      finished: { tasks: done.length, more: done.length === DONE_MAX },
      ...perHour(runs, now, first),
      ready_wait: readyWait(runs, now),
      first_try: firstTries(done, now, days),
      needs: openNeeds(board, filter, now, flow),
      flow,
      cycle: cycleTimes(done),
    };
  });
}

/** Of the oldest event that is left, or the oldest task. */
function firstInstant(board: Board): number | null {
  return one<{ at: number | null }>(
    board,
    `SELECT min(at) AS at FROM (SELECT * FROM (SELECT created_at AS at FROM task_events ORDER BY id LIMIT 1)
       UNION ALL SELECT * FROM (SELECT created_at FROM tasks ORDER BY key LIMIT 1))`,
  )!.at;
}

interface EndedRun {
  profile: string | null;
  started_at: number;
  ended_at: number;
  outcome: Outcome;
  ready_at: number | null;
}

/** Runs that ended after `since`; one that began more than `RUNS_MAX` runs ago is missed. */
function endedRuns(board: Board, filter: Filter, since: number): EndedRun[] {
  return all<EndedRun>(
    board,
    `SELECT r.profile, r.started_at, r.ended_at, r.outcome, t.ready_at
     FROM task_runs r JOIN tasks t ON t.key = r.task_key
     WHERE r.id > (SELECT coalesce(max(id), 0) FROM task_runs) - $most AND r.ended_at >= $since
       AND ${narrowedBy(filter)}`,
    { since, most: RUNS_MAX, ...narrowing(filter) },
  );
}

function perHour(
  runs: readonly EndedRun[],
  now: number,
  first: number | null,
): Pick<InsightStats, "throughput" | "hours" | "profiles"> {
  const hours = emptyHours().map((hour, index) => ({ at: now - (23 - index) * HOUR, ...hour }));
  const profiles = new Map<string, InsightStats["profiles"][number]>();
  for (const run of runs) {
    const index = hourOf(run.ended_at, now);
    const result = verdict(run.outcome);
    if (index === null || result === null) continue;
    const name = run.profile ?? "";
    const profile = profiles.get(name) ?? { name, runs: 0, ok: 0, hours: emptyHours() };
    profiles.set(name, profile);
    hours[index]![result]++;
    profile.hours[index]![result]++;
    profile.runs++;
    if (result === "completed") profile.ok++;
  }
  const series = hours.map(({ completed }) => completed);
  return {
    throughput: { per_hour: series.reduce((sum, n) => sum + n, 0) / hoursOf(now, first), series },
    hours,
    profiles: [...profiles.values()].sort((a, b) => b.runs - a.runs || (a.name < b.name ? -1 : 1)),
  };
}

/** The hours of the last 24 in which the board was there; one at least. */
function hoursOf(now: number, first: number | null): number {
  return first === null ? 24 : Math.max(1, Math.min(24, (now - first) / HOUR));
}

function emptyHours(): { completed: number; failed: number }[] {
  return Array.from({ length: 24 }, () => ({ completed: 0, failed: 0 }));
}

/** A run that was taken back or put off says nothing about the work. */
function verdict(outcome: Outcome): "completed" | "failed" | null {
  if (outcome === "completed") return "completed";
  const SAYS_NOTHING: readonly Outcome[] = ["reclaimed", "rate_limited", "unavailable", "blocked"];
  return SAYS_NOTHING.includes(outcome) ? null : "failed";
}

function readyWait(runs: readonly EndedRun[], now: number): InsightStats["ready_wait"] {
  // The row keeps only when the task last became ready: of an earlier attempt it tells nothing.
  const waits = runs.flatMap(({ ready_at, started_at }) =>
    ready_at === null || ready_at > started_at ? [] : [{ at: started_at, seconds: (started_at - ready_at) / 1_000 }],
  );
  const byHour: number[][] = Array.from({ length: 24 }, () => []);
  for (const { at, seconds } of waits) {
    const index = hourOf(at, now);
    if (index !== null) byHour[index]!.push(seconds);
  }
  const all = waits.map(({ seconds }) => seconds);
  return {
    p50_seconds: percentile(all, 0.5),
    p95_seconds: percentile(all, 0.95),
    series: byHour.map((list) => percentile(list, 0.5)),
  };
}

interface DoneTask {
  id: string;
  started_at: number | null;
  completed_at: number;
  first_outcome: Outcome | null;
}

function finishedTasks(board: Board, filter: Filter, since: number): DoneTask[] {
  const newest = firstInLanes(
    board,
    { status: "done", ...laneNames(filter) },
    {
      limit: DONE_MAX,
      where: `t.urgency <= -$since AND ${NARROWED_WITHIN}`,
      params: { since, ...narrowingWithin(filter) },
    },
  );
  return all<DoneTask>(
    board,
    `SELECT t.id, t.started_at, t.completed_at,
       (SELECT outcome FROM task_runs WHERE attempt = 1 AND id IN (${runChain("t")})) AS first_outcome
     FROM json_each($keys) k CROSS JOIN tasks t ON t.key = k.value ORDER BY k.key`,
    { keys: JSON.stringify(newest.map(({ key }) => key)) },
  );
}

function firstTries(done: readonly DoneTask[], now: number, days: number): InsightStats["first_try"] {
  const tried = done.filter(({ first_outcome }) => first_outcome !== null);
  const perDay = Array.from({ length: days }, () => ({ ok: 0, all: 0 }));
  for (const { completed_at, first_outcome } of tried) {
    const day = perDay[days - 1 - Math.floor((now - completed_at) / DAY)];
    if (day === undefined) continue;
    day.all++;
    if (first_outcome === "completed") day.ok++;
  }
  const ok = tried.filter(({ first_outcome }) => first_outcome === "completed").length;
  return {
    ratio: tried.length === 0 ? null : ok / tried.length,
    tasks: tried.length,
    series: perDay.map((day) => (day.all === 0 ? null : day.ok / day.all)),
  };
}

function cycleTimes(done: readonly DoneTask[]): InsightStats["cycle"] {
  const points = done.flatMap(({ id, started_at, completed_at, first_outcome }) =>
    started_at === null
      ? []
      : [
          {
            task_id: id,
            at: completed_at,
            seconds: Math.max(0, completed_at - started_at) / 1_000,
            ok: first_outcome === "completed",
          },
        ],
  );
  const seconds = points.map((point) => point.seconds);
  return {
    points: points.slice(0, POINTS_MAX).reverse(),
    p50_seconds: percentile(seconds, 0.5),
    p95_seconds: percentile(seconds, 0.95),
  };
}

function openNeeds(board: Board, filter: Filter, now: number, flow: InsightStats["flow"]): InsightStats["needs"] {
  const { oldest } = one<{ oldest: number | null }>(
    board,
    `SELECT min(at) AS oldest FROM (
       SELECT (SELECT created_at FROM task_events WHERE id = (
         ${eventChain("t")} WHERE kind IN ${WAITS_FOR_PERSON} LIMIT 1)) AS at
       FROM tasks t
       WHERE (${inStatus("t", "blocked")} OR ${inStatus("t", "review")})
         AND ${narrowedBy(filter)}
       LIMIT $most + 0)`,
    { most: NEEDS_MAX, ...narrowing(filter) },
  )!;
  const series = flow.map(({ counts }) => (counts.blocked ?? 0) + (counts.review ?? 0));
  return {
    open: series.at(-1) ?? 0,
    oldest_seconds: oldest === null ? null : Math.max(0, Math.floor((now - oldest) / 1_000)),
    series,
  };
}

function hourOf(at: number, now: number): number | null {
  const index = 23 - Math.floor((now - at) / HOUR);
  return index >= 0 && index < 24 ? index : null;
}

function percentile(values: readonly number[], share: number): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
}
