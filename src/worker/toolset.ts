/**
 * Which tools a process may see, and how one is called.
 *
 * It is apart from `mod.ts` because it brings zod along, which takes longer to load than the rest of
 * a command: a module that needs the tools loads them with `loadTools`.
 *
 * @module
 */
import type { WorkerEnv } from "../home.ts";
import { ORCHESTRATOR_TOOLS } from "./orchestrator_tools.ts";
import type { Tool } from "./tool.ts";
import { WORKER_TOOLS } from "./tools.ts";

export { callTool } from "./tool.ts";
export { ORCHESTRATOR_TOOLS, WORKER_TOOLS };

/** The tools that a process in this environment may see: a worker's own, a planner's, or none. */
export function toolsFor(worker: WorkerEnv | null, { orchestrator = false } = {}): readonly Tool[] {
  if (worker !== null) return WORKER_TOOLS;
  return orchestrator ? ORCHESTRATOR_TOOLS : [];
}
