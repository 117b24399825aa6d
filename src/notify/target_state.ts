/**
 * What was sent to each board-wide target: its cursor and what could not be delivered, in one file of the home.
 *
 * @module
 */
import type { BoardTarget } from "../config.ts";
import { readSmall, replaceFile } from "../files.ts";
import type { Home } from "../home.ts";
import { ofHome } from "../home_trouble.ts";
import type { FailedDelivery } from "../kernel/mod.ts";

export interface TargetState extends BoardTarget {
  /** The last event that was dealt with. */
  readonly cursor: number;
  readonly delivered: number;
  /** What was given up, oldest first; the newest of them alone. */
  readonly failed: readonly FailedDelivery[];
}

/** Far above what twenty failures of a hundred targets take up. */
const STATE_BYTES_MAX = 4 * 1024 * 1024;

/** The targets of the last notifier that served them; empty if none ran, or the file is not ours. */
export function readTargets(home: Home): TargetState[] {
  try {
    const found: unknown = JSON.parse(readSmall(home.notifierState, STATE_BYTES_MAX));
    return Array.isArray(found) ? found.filter(isState) : [];
  } catch {
    return [];
  }
}

/**
 * Replaces what is kept of them.
 *
 * @throws {HomeTrouble} when it cannot be written.
 */
export function writeTargets(home: Home, targets: readonly TargetState[]): void {
  ofHome(home.notifierState, () => replaceFile(home.notifierState, JSON.stringify(targets)));
}

/** A worker can reach the file. */
function isState(found: unknown): found is TargetState {
  const { platform, chat_id, thread_id, cursor, delivered, failed } = (found ?? {}) as Partial<
    Record<keyof TargetState, unknown>
  >;
  return (
    [platform, chat_id].every((text) => typeof text === "string") &&
    (thread_id === null || typeof thread_id === "string") &&
    [cursor, delivered].every((number) => Number.isSafeInteger(number) && (number as number) >= 0) &&
    Array.isArray(failed) &&
    failed.every(isFailure)
  );
}

function isFailure(found: unknown): found is FailedDelivery {
  const { event_id, attempts, failed_at, error } = (found ?? {}) as Partial<Record<keyof FailedDelivery, unknown>>;
  return [event_id, attempts, failed_at].every(Number.isSafeInteger) && typeof error === "string";
}
