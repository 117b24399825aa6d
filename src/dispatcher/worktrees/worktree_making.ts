/**
 * What the steps of making one worktree share.
 *
 * @module
 */
import type { Home } from "../../home.ts";
import type { Board, KanbanError } from "../../kernel/mod.ts";
import type { GitFailure } from "../git/git.ts";

export interface MakeOptions {
  readonly taskId: string;
  readonly path: string;
  /** A folder in the repository to use when the path is in none. */
  readonly repo: string | null;
  /** What the name of a task's branch begins with. */
  readonly branchPrefix: string;
  /** Ends it, and git with it. */
  readonly signal?: AbortSignal | undefined;
  /** Gets one line per thing that did not work and is no reason to fail. */
  readonly warn?: ((line: string) => void) | undefined;
}

export interface Making extends MakeOptions {
  readonly board: Board;
  readonly home: Home;
  /** Why it cannot be made. Throws the reason of the signal when that is why. */
  refused(problem: string, hint?: string | null): KanbanError;
  /** The same where no worktree of its repository could be made. */
  unusable(problem: string, hint?: string | null): KanbanError;
}

/** A failure of git as a refusal: of this worktree, or of another one of its repository. */
export function refusedByGit({ refused, unusable }: Making, { kind, words, hint }: GitFailure): KanbanError {
  const ofAll = kind === "not_a_repository" || kind === "dubious_ownership" || kind === "no_git" || kind === "too_old";
  return ofAll ? unusable(words, hint) : refused(words, hint);
}

/** What git says when another git was quicker, or was in the middle of it. */
const LOST_RACE =
  /\.lock'|cannot lock|could not lock|failed to read .*(commondir|gitdir|HEAD)|unable to (create|read)|File exists|resource temporarily unavailable/i;

/** Whether a failure of git is worth another try. */
export function isLostRace({ kind, words }: GitFailure): boolean {
  return kind === "failed" && LOST_RACE.test(words);
}

/** The names that a task's branch may have: the second one if a branch blocks the first. */
export function ownBranches({ taskId, branchPrefix }: Pick<MakeOptions, "taskId" | "branchPrefix">): string[] {
  return [branchPrefix + taskId, branchPrefix.replaceAll("/", "-") + taskId];
}
