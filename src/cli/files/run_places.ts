/**
 * Where runs work whose processes cannot be seen from here.
 *
 * @module
 */
import type { Run } from "../../kernel/mod.ts";

/** The place in words of each run that may have a process elsewhere, by its id. */
export async function placesOf(runs: readonly Run[]): Promise<ReadonlyMap<number, string>> {
  const places = new Map<number, string>();
  const living = runs.filter(({ boot_id, process_gone_at }) => boot_id !== null && process_gone_at === null);
  if (living.length === 0) return places;
  const { systemProcesses, viewOf, whereIs } = await import("../../dispatcher/mod.ts");
  const here = systemProcesses();
  for (const run of living) if (viewOf(here, run).kind === "unseen") places.set(run.id, whereIs(run, here));
  return places;
}
