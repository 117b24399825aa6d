/**
 * Keeps that the agent of a run asked for our tools: one that never does cannot hand its work over.
 *
 * @module
 */
import type { WorkerEnv } from "../home.ts";
import { type Board, getRun, KanbanError, recordToolUse, underRun } from "../kernel/mod.ts";

/** Keeps it once per run. What is refused, because the run is over or the board is busy, changes nothing for the caller. */
export function keepToolUse(board: Board, { task, run }: WorkerEnv): void {
  try {
    if (getRun(board, run)?.tools_at !== null) return;
    underRun(board, { taskId: task, runId: run }, "heartbeat", [task], () => recordToolUse(board, run));
  } catch (error) {
    if (!(error instanceof KanbanError)) throw error;
  }
}
