/**
 * Sentences that several verbs say.
 *
 * @module
 */
import { lstatSync } from "node:fs";
import type { Home } from "../home.ts";
import { NAME_PATTERN } from "../kernel/input.ts";
import { lockHolder } from "../kernel/store/lock.ts";
import { profileWarning } from "../kernel/queue/missing_profile.ts";
import { boardState } from "../kernel/tasks/pause.ts";
import { suggest } from "../kernel/queue/suggest.ts";
import { countReady } from "../kernel/queue/worker_queue.ts";
import { folderSharer } from "../kernel/tasks/workspaces.ts";
import type { Board, Task } from "../kernel/mod.ts";
import { rosterOf } from "./waits.ts";
import { count, oneLine, span } from "../text.ts";

/** What became of a task, on one line: `completed t_1a2b3c4d (done): Translate README`. */
export function told(act: string, task: Task): string {
  return `${act} ${task.id} (${task.status}): ${oneLine(task.title)}`;
}

/**
 * Why ready work does not start, or null when a dispatcher runs, nothing is ready that it would start, or a worker
 * asks: a dispatcher was there and will probably return. What has no assignee, or a person, is no work of a dispatcher.
 */
export function idleHint({ board, home, worker }: { board: Board; home: Home; worker: unknown }): string | null {
  if (worker !== null) return null;
  if (countReady(board) === 0) return null; // Without looking for profiles.
  const ready = countReady(board, { profiles: rosterOf(home).names });
  if (ready === 0) return null;
  const subject = `${count(ready, "task")} ${ready === 1 ? "is" : "are"} ready`;
  if (boardState(board).paused) return `${subject}, but the board is paused; go on with: kanban resume`;
  if (lockHolder(home.dispatcherLock) !== null) return silentHint(home, subject);
  return `${subject} and no dispatcher runs; start one with: kanban up`;
}

/** Any dispatcher has touched its state in this time, unless it does not answer or is an older program. */
const BEAT_MS_MAX = 20_000;

/** The same where a dispatcher runs that does not answer; every other call pays for one `stat`. */
function silentHint(home: Home, subject: string): string | null {
  const touched = lstatSync(home.dispatcherState, { throwIfNoEntry: false })?.mtimeMs ?? Infinity;
  if (Date.now() - touched < BEAT_MS_MAX) return null;
  const { dispatcherStatus } = require("../dispatcher/mod.ts") as typeof import("../dispatcher/mod.ts");
  const status = dispatcherStatus(home);
  if (!status.running || status.silent_since === null) return null;
  const since = span(Math.max(0, Date.now() - status.silent_since) / 1_000);
  return `${subject}, but the dispatcher (pid ${status.pid} on ${status.host}) does not answer (silent for ${since}); see kanban doctor`;
}

/**
 * Why no dispatcher will ever start a task: its assignee is no profile. Null for a profile, for an
 * unassigned task, for a person that the board knows, and for the caller.
 */
export function noProfileHint(
  { home, board, who }: { home: Home; board: Board; who: string },
  { id, assignee }: Task,
): string | null {
  if (assignee === null || assignee === who) return null;
  const roster = rosterOf(home);
  if (profileWarning(board, { assignee }, roster) === null) return null;
  const unless = `no profile is named "${oneLine(assignee)}": unless that is a person,`;
  const near = suggest(assignee, [...roster.names]);
  if (near !== null) return `${unless} did you mean "${near}"? Then: kanban assign ${id} ${near}`;
  if (!NAME_PATTERN.test(assignee)) return `${unless} give it to one with: kanban assign ${id} PROFILE`; // None can be.
  return `${unless} make one with: kanban profile add ${assignee} --agent AGENT`;
}

/** That a task shares its folder with another one that may run at the same time; null when it does not. */
export function sharedFolderHint(board: Board, task: Task): string | null {
  const other = folderSharer(board, task);
  if (other === null) return null;
  const path = oneLine(task.workspace_path ?? "");
  return `${other} works in "${path}" too, perhaps at the same time; make one wait for the other with: kanban link ${other} ${task.id}`;
}

/** The same for an unassigned task. */
export function unassignedHint({ id, status, assignee }: Task): string | null {
  if (status !== "ready" || assignee !== null) return null;
  return `nothing starts it while it is not assigned: kanban assign ${id} PROFILE, or take it with: kanban claim ${id}`;
}
