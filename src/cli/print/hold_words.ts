/**
 * When a hold is tried again, in words. Apart from the list of them, which needs the dispatcher.
 *
 * @module
 */
import type { Hold } from "../../kernel/mod.ts";
import { oneLine } from "../../text.ts";

/** When it is tried again, or what it takes. */
export function againInWords(
  { until, probe_run_id, key, trial }: Hold,
  { now, when }: { now: number; when(at: number): string },
): string {
  if (probe_run_id !== null && trial) return `run ${probe_run_id} tries it first`;
  if (probe_run_id !== null) return `run ${probe_run_id} tries whether it is over`;
  if (until === null) return `until its configuration or program changes, or: kanban release ${oneLine(key)}`;
  return until <= now ? "the next task tries whether it is over" : `tried again ${when(until)}`;
}
