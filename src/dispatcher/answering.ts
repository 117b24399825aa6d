/**
 * Whether a running dispatcher answers, judged from another process.
 *
 * Its lock only says that its process is there: one that is stopped, or waits for ever, keeps it. So a
 * dispatcher touches its state regularly, and each reader compares the time. Of one that does not touch it
 * (an older program, a state that cannot be read) the work decides: a task that it should have started.
 *
 * @module
 */
import type { Config } from "../config.ts";
import type { Home } from "../home.ts";
import { KanbanError } from "../kernel/errors.ts";
import { eventsAfter, latestEventId } from "../kernel/tasks/events.ts";
import { boardState } from "../kernel/tasks/pause.ts";
import { workerCandidates } from "../kernel/queue/worker_queue.ts";
import type { Board } from "../kernel/mod.ts";
import type { Agents } from "./start/plan.ts";
import type { DispatcherState } from "./status.ts";

/** For how long a task may be startable, with nothing else happening, before its dispatcher is doubted. */
const PATIENCE_MS = 30_000;

/** What can be seen of a dispatcher from outside. Instants in wall time, as its own process counts it. */
export interface Signs {
  now: number;
  /** How often it touches its state; null when it does not, or the state cannot be read. */
  beat_ms: number | null;
  /** When it last did. */
  beat_at: number | null;
  /** Since when a task waits that it should have started; null if none. Read only when the state has no beat. */
  startableSince(): number | null;
}

/** Since when a dispatcher does not answer; null while it does. The one place where that is judged. */
export function silentSince({ now, beat_ms, beat_at, startableSince }: Signs): number | null {
  if (beat_ms !== null && beat_at !== null) return now - beat_at > 2 * beat_ms ? beat_at : null;
  const since = startableSince();
  return since !== null && now - since > PATIENCE_MS ? since : null;
}

/** Since when a task has been waiting that this dispatcher could start while nothing else happens; null for none. */
export function startableSince(
  { board, home, agents }: { board: Board; home: Home; agents?: Agents | undefined },
  state: Pick<DispatcherState, "assignees" | "started_at" | "draining" | "trouble" | "warning" | "max_workers">,
): number | null {
  // It starts nothing on purpose, or says itself that something is wrong.
  if (state.draining || state.trouble !== null || state.warning !== null || boardState(board).paused) return null;
  const maxWorkers = state.max_workers || settingsOf(home)?.max_workers;
  if (maxWorkers === undefined) return null;
  // Loaded here: only an older program is judged in this way, and every check of a dispatcher would pay for it.
  const { listProfiles } = require("./start/profile.ts") as typeof import("./start/profile.ts");
  const { profiles } = listProfiles(home, agents);
  const usable = profiles.filter(({ name }) => state.assignees === null || state.assignees.includes(name));
  const options = { profiles: new Map(usable.map((profile) => [profile.name, profile])), maxWorkers };
  const [next] = workerCandidates(board, options, 1);
  if (next === undefined) return null;
  // A slot that has just become free, a board that was resumed: each of them starts the wait again.
  const [last] = eventsAfter(board, latestEventId(board) - 1);
  return Math.max(next.ready_at ?? 0, next.retry_at ?? 0, state.started_at, last?.created_at ?? 0);
}

/** Null when they cannot be read: then nothing is known about its slots. */
function settingsOf(home: Home): Config["dispatcher"] | null {
  const { loadConfig } = require("../config.ts") as typeof import("../config.ts");
  try {
    return loadConfig(home).dispatcher;
  } catch (error) {
    if (error instanceof KanbanError) return null;
    throw error;
  }
}
