/**
 * Refusals on their way out: which status an error has over HTTP, and the one JSON shape of it.
 *
 * What the kernel refuses keeps its sentence and its hint. An unexpected error is a bug: it goes to
 * the server's own output, and the client learns only that it happened.
 *
 * @module
 */
import { ERROR_CODES, type FieldConflict, KanbanError } from "../kernel/mod.ts";

/** A request that is refused before any task is read. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  constructor(
    readonly status: 400 | 401 | 403 | 404 | 413 | 429 | 503,
    readonly code: string,
    message: string,
    readonly hint?: string,
    /** The field of the input that is wrong. */
    readonly field?: string,
  ) {
    super(message);
  }
}

/** An error as every surface of the server says it. */
export interface Failure {
  status: 400 | 401 | 403 | 404 | 409 | 413 | 429 | 500 | 503;
  error: { code: string; message: string; hint?: string; field?: string; conflicts?: readonly FieldConflict[] };
}

/** The error for an input that can never work. */
export function badInput(field: string, message: string, hint?: string): Refusal {
  return new Refusal(400, "invalid", message, hint, field);
}

/** What to answer to `error`. Unexpected ones are handed to `warn` with their stack, which never leaves. */
export function failureOf(error: unknown, warn: (line: string) => void): Failure {
  if (error instanceof KanbanError) {
    const answer = failure(ERROR_CODES[error.code].http, error.code, error.message, error.hint, error.field);
    if (error.conflicts !== undefined) answer.error.conflicts = error.conflicts;
    return answer;
  }
  if (error instanceof Refusal) return failure(error.status, error.code, error.message, error.hint, error.field);
  // The client disconnected in the middle of its request. That is not a bug, and no response can arrive.
  if (error instanceof DOMException && error.name === "AbortError") {
    return failure(
      400,
      "invalid",
      "Cannot read the request: the client disconnected before all of it arrived",
      undefined,
      "body",
    );
  }
  warn(`web: ${error instanceof Error ? error.stack || String(error) : String(error)}`);
  return failure(500, "internal", "Cannot answer: something failed inside the server", "Its own output says what");
}

function failure(status: Failure["status"], code: string, message: string, hint?: string, field?: string): Failure {
  const error: Failure["error"] = { code, message };
  if (hint !== undefined) error.hint = hint;
  if (field !== undefined) error.field = field;
  return { status, error };
}
