/**
 * The end of what the agent of a running task printed: a glance at its log that costs as much for a long run as for
 * a short one.
 *
 * @module
 */
import type { Home } from "../../home.ts";
import { HomeTrouble } from "../../home_trouble.ts";
import { KanbanError, type Run } from "../../kernel/mod.ts";
import { outputSince } from "./logs.ts";
import { readStartRecord } from "./run_files.ts";

/** Enough for the last few events of any agent; each one that repeats a request says so in less than 2 KB. */
const BYTES = 8 * 1024;

/** The agent of an open run, and the end of what it printed; null where it has none, or that cannot be read. */
export function recentOutput(
  home: Home,
  { id, task_id }: Pick<Run, "id" | "task_id">,
): { agent: string; output: string } | null {
  const start = readStartRecord(home, id);
  if (start === null || start.agent === null) return null;
  try {
    return { agent: start.agent, output: outputSince(home, task_id, start.log, BYTES) };
  } catch (error) {
    if (error instanceof HomeTrouble || error instanceof KanbanError) return null;
    throw error;
  }
}
