/**
 * Records the process of a run whose dispatcher died between starting and recording it.
 *
 * Loaded only when a worker calls and finds its run without a pid: it takes the dispatcher's knowledge
 * about processes, which other calls of the CLI do without.
 *
 * @module
 */
import { findUnrecorded, systemProcesses, viewOf } from "../dispatcher/mod.ts";
import type { Home } from "../home.ts";
import { type Board, KanbanError, recordAdopted, type Run } from "../kernel/mod.ts";

/**
 * Writes pid and start time of the leader of this run's processes, if it can be found: an agent's sandbox
 * may run us in a PID namespace of its own, whose numbers mean nothing to the dispatcher.
 */
export function adopt(board: Board, home: Home, run: Run): void {
  const processes = systemProcesses();
  const view = viewOf(processes, run);
  const leader = view.kind === "visible" ? findUnrecorded(processes, home, view.run) : null;
  if (leader === null) return;
  const identity = { pid: leader.pid, pid_started: leader.started, boot_id: null };
  try {
    recordAdopted(board, { taskId: run.task_id, runId: run.id, ...identity });
  } catch (error) {
    if (!(error instanceof KanbanError)) throw error; // Somebody else recorded or ended it in this moment.
  }
}
