/**
 * A start that was refused for something that other tasks share: it is no failure of the task at hand.
 *
 * @module
 */
import { KanbanError } from "../kernel/mod.ts";

export class SharedTrouble extends KanbanError {
  constructor(
    /** What is at fault: the profile (its program, its preset, its own folder), or the repository of its worktrees. */
    readonly on: "profile" | "repository",
    message: string,
    hint?: string,
  ) {
    super("refused", message, hint);
  }
}

/** What `act` refuses, as trouble of a shared thing. */
export function ofShared<T>(on: SharedTrouble["on"], act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw asShared(on, error);
  }
}

/** A refusal as trouble of a shared thing; any other error as it is. */
export function asShared(on: SharedTrouble["on"], error: unknown): unknown {
  const plain = error instanceof KanbanError && error.code === "refused" && error.constructor === KanbanError;
  return plain ? new SharedTrouble(on, error.message, error.hint) : error;
}
