/**
 * Notices that tasks are ready and none is started, and says why in one sentence.
 *
 * @module
 */
import { statSync } from "node:fs";
import {
  boardState,
  boardStats,
  firstLine,
  gaveUpAlike,
  getTask,
  unconfirmedRuns,
  workerCandidates,
} from "../kernel/mod.ts";
import { skipped, usableProfiles } from "./start/start.ts";
import type { Dispatcher } from "./state.ts";

/** How the warning of tasks for missing profiles begins. */
export const NO_PROFILE_WARNING = "tasks are ready and no profile here can start them";

/** How long nothing may be started although it could, before that is worth a word. */
const PATIENCE_MS = 30_000;
const REPEAT_MS = 300_000;
/** A WAL this long means that some reader never ends, so that it cannot be emptied. */
const WAL_BYTES_MAX = 64 * 1024 * 1024;

export interface Health {
  /** The present warning, or null. */
  warning: string | null;
  /** Since when ready work has not been started, on the monotonic clock. */
  since: number | null;
  saidAt: number;
  said: string | null;
  walSaidAt: number;
}

export function newHealth(): Health {
  return { warning: null, since: null, saidAt: -Infinity, said: null, walSaidAt: -Infinity };
}

/** Looks whether anything is wrong and warns, at most every five minutes and not twice the same. */
export function checkHealth(d: Dispatcher, health: Health, intervalMs: number): void {
  const now = d.clock.monotonic();
  warnOfLongWal(d, health, now);
  const problem = problemOf(d);
  if (problem === null) {
    Object.assign(health, { warning: null, since: null, said: null });
    return;
  }
  health.since ??= now;
  const patience = Math.min(PATIENCE_MS, 6 * intervalMs);
  if (now - Math.max(health.since, d.trouble.lastStartAt) < patience) return;
  health.warning = `${problem}. See what would be started with: kanban dispatch --dry-run`;
  if (now - health.saidAt < REPEAT_MS || health.said === health.warning) return;
  health.saidAt = now;
  health.said = health.warning;
  d.warn(health.warning);
}

/** Why ready work is not started, or null when all is as it should be. */
function problemOf(d: Dispatcher): string | null {
  if (d.trouble.current !== null) return `nothing is started: ${d.trouble.current.text}`;
  if (boardState(d.board).paused || unconfirmedRuns(d.board).length >= d.settings.max_workers) return null;
  const problem = failedStart(d) ?? held(d) ?? waitingInVain(d) ?? withoutProfile(d);
  const blocked = problem === null ? 0 : boardStats(d.board).by_status.blocked;
  if (blocked === 0) return problem;
  const waits = blocked === 1 ? "1 task is blocked and waits" : `${blocked} tasks are blocked and wait`;
  const [alike] = gaveUpAlike(d.board, 1);
  const why = alike === undefined ? "" : `; ${alike.ids.length} of them gave up with: ${firstLine(alike.error, 200)}`;
  return `${problem}. ${waits} for a person${why}`;
}

/** The newest failed start, as long as its task would be tried again. */
function failedStart(d: Dispatcher): string | null {
  if (d.trouble.failedStart === null || getTask(d.board, d.trouble.failedStart.taskId).status !== "ready") return null;
  return `workers cannot be started: ${d.trouble.failedStart.error}`;
}

/** What keeps ready work from being started, the oldest hold first. */
function held(d: Dispatcher): string | null {
  const { by_assignee, holds } = boardStats(d.board);
  const waits = (name: string) => (by_assignee[name]?.ready ?? 0) > 0;
  const [first] = holds.filter(({ profiles }) => profiles.some(waits));
  if (first === undefined) return null;
  const { kind, key, reason } = first;
  return `nothing is started for ${kind} ${JSON.stringify(key)}: ${reason}. See: kanban holds`;
}

function waitingInVain(d: Dispatcher): string | null {
  const options = { profiles: usableProfiles(d), maxWorkers: d.settings.max_workers };
  return workerCandidates(d.board, options, 1).length === 0 ? null : "tasks are ready and none is started";
}

/** Work for a profile that is not here. What has no assignee is backlog, and people take theirs themselves. */
function withoutProfile(d: Dispatcher): string | null {
  const { missing } = skipped(d, 100);
  if (missing.length === 0) return null;
  const names = [...new Set(missing.slice(0, 3).map((id) => getTask(d.board, id).assignee!))];
  const broken = d.profiles().problems.find(({ name }) => name === names[0]);
  const why = broken === undefined ? ": no profile here has this name" : `: ${broken.error}`;
  const whose = names.map((name) => JSON.stringify(name)).join(", ");
  return `${NO_PROFILE_WARNING}: ${count(missing)} for ${whose}${why}`;
}

function count(ids: readonly string[]): string {
  const shown = `${ids.length}${ids.length >= 100 ? " or more" : ""}`;
  return `${shown} ${ids.length === 1 ? "task" : "tasks"} (${ids[0]}${ids.length > 1 ? ", …" : ""})`;
}

function warnOfLongWal(d: Dispatcher, health: Health, now: number): void {
  if (now - health.walSaidAt < REPEAT_MS) return;
  const size = statSync(`${d.home.db}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  if (size <= WAL_BYTES_MAX) return;
  health.walSaidAt = now;
  d.warn(
    `the write-ahead log of the board has grown to ${Math.round(size / 1048576)} MiB: a program holds a read transaction open`,
  );
}
