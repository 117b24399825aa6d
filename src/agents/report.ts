/**
 * Reads the numbers of a file that an agent writes about its run at its end, by the rules of its preset.
 *
 * @module
 */
import type { JsonObject } from "../kernel/mod.ts";
import { type OutputRules, valueAt } from "./preset.ts";

/** Our names and the sums over all members, such as the models that were used; empty where nothing is known. */
export function reportedNumbers({ report: rules }: OutputRules, report: JsonObject | null): Record<string, number> {
  const of = rules === undefined || report === null ? null : valueAt(report, rules.of);
  if (rules === undefined || typeof of !== "object" || of === null) return {};
  const sums: Record<string, number> = {};
  for (const member of Object.values(of)) {
    if (typeof member !== "object" || member === null) continue;
    for (const [name, paths] of Object.entries(rules.numbers)) {
      const found = paths.map((path) => valueAt(member as JsonObject, path)).find(isAmount);
      if (found !== undefined) sums[name] = (sums[name] ?? 0) + found;
    }
  }
  return sums;
}

function isAmount(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}
