/**
 * Times for readers who do not count milliseconds: each instant beside itself in ISO 8601.
 *
 * @module
 */
import { INSTANT_MAX } from "../input.ts";

/** Instants that do not end in `_at`. */
const INSTANTS = new Set(["not_before", "until"]);
/** What a worker or its agent made: its names mean what they like. */
const FOREIGN = new Set(["metadata", "usage"]);

/** The same value in which every instant `x` is followed by `x_iso`, in objects at any depth. */
export function withIsoTimes<T>(value: T): T {
  if (Array.isArray(value)) return value.map(withIsoTimes) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, entry]) => {
      if (FOREIGN.has(name)) return [[name, entry]];
      const pair: [string, unknown] = [name, withIsoTimes(entry)];
      return isInstant(name, entry) ? [pair, [`${name}_iso`, new Date(entry).toISOString()]] : [pair];
    }),
  ) as T;
}

function isInstant(name: string, value: unknown): value is number {
  return (name.endsWith("_at") || INSTANTS.has(name)) && typeof value === "number" && Math.abs(value) <= INSTANT_MAX;
}
