/**
 * The one error class the kernel throws, and the one table that maps its codes to each surface.
 *
 * A message reads: the act that failed, the thing, a colon, what was needed, what was found. The
 * hint names the next command to try.
 *
 * @module
 */

import type { Json } from "./schema.ts";

/** Exit status (CLI) and HTTP status (web) for every code. Add a code here and nowhere else. */
export const ERROR_CODES = {
  /** Judged without reading the board: the input is never valid. */
  invalid: { exit: 2, http: 400 },
  /** No such row. */
  not_found: { exit: 1, http: 404 },
  /** The task's status or run is not what the verb needs: read again and decide again. */
  conflict: { exit: 1, http: 409 },
  /** A rule of the board forbids it (cycle, paused, another worker's task). */
  refused: { exit: 1, http: 409 },
  /** The database stayed locked past the retry budget. */
  busy: { exit: 1, http: 503 },
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/** A field that another change replaced after the one at hand was begun. */
export interface FieldConflict {
  readonly field: string;
  /** What it was when the change was begun; left out where that is not known any more. */
  readonly base?: Json;
  /** What it is now. */
  readonly now: Json;
  /** Who replaced it last, when, and with which event; null where gc has removed that event. */
  readonly by: string | null;
  readonly at: number | null;
  readonly event_id: number | null;
}

/** A failure the caller is expected to handle. Anything else that is thrown is a bug in the board. */
export class KanbanError extends Error {
  override readonly name = "KanbanError";
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly hint?: string,
    /** The input's field that an `invalid` is about: a form puts the text under it. */
    readonly field?: string,
    /** Of a `conflict` between two edits: both sides, field by field. */
    readonly conflicts?: readonly FieldConflict[],
  ) {
    super(message);
  }
}
