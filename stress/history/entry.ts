/**
 * One line of a history: who asked what of which task, what the answer was, and between which instants.
 *
 * @module
 */
import type { Status } from "../../src/kernel/mod.ts";

export interface Asked {
  verb:
    | "claim"
    | "complete"
    | "heartbeat"
    | "block"
    | "unblock"
    | "approve"
    | "request_changes"
    | "reclaim"
    | "archive"
    | "restore"
    | "move"
    | "assign"
    | "read";
  /** The fence; null: a person. */
  run: number | null;
  /** Where to, or to whom. */
  to?: string;
}

/** What an answer tells of the task at the one instant at which the call took effect. */
export interface Seen {
  status: Status;
  run: number | null;
  assignee: string | null;
  held: boolean;
}

export interface Entry {
  by: string;
  task: string;
  asked: Asked;
  told: Seen | { refused: string };
  /** Milliseconds with their fractions, on a clock that all contestants share but for `SKEW_MS`. */
  called: number;
  returned: number;
}

/** How far the clocks of two contestants may be apart: closer calls count as overlapping. */
export const SKEW_MS = 0.05;
