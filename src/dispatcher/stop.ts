/**
 * Ends one worker at an operator's request, without a dispatcher.
 *
 * @module
 */
import type { Home } from "../home.ts";
import { stopProcesses } from "./ending.ts";
import { systemProcesses, type Worker } from "./liveness.ts";

/**
 * Ends the processes of a run: SIGTERM, five seconds, SIGKILL. The board is not told; a dispatcher sees
 * it, and `kanban reclaim` takes the task back.
 *
 * @returns `not_ours` when the pid is somebody else's by now: nothing was signalled. `unkillable` when
 * it survived SIGKILL for five seconds.
 */
export function stopWorker(home: Home, worker: Worker): Promise<"gone" | "not_ours" | "unkillable"> {
  return stopProcesses(systemProcesses(), home, worker);
}
