/**
 * Git worktrees: a checkout per task on a branch of its own, by default `kanban/<task-id>`.
 *
 * A retry finds the worktree of the attempt before it. Git adds an empty worktree, its place is recorded,
 * and then its files are filled in through a view of the repository: no hook of the repository and no
 * filter that only its own configuration names runs here. Nothing in the repository is written but our own
 * worktree and our own branch.
 *
 * @module
 */
import { lstatSync, mkdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { createFile } from "../../files.ts";
import { branchIn } from "../../git_link.ts";
import type { Home } from "../../home.ts";
import {
  type Board,
  KanbanError,
  markFilled,
  patiently,
  recordWorktree,
  worktreeAt,
  type WorktreeRecord,
} from "../../kernel/mod.ts";
import { inTurn } from "../git/git_queue.ts";
import { type Repository, repositoryOf } from "../git/git_repository.ts";
import { SharedTrouble } from "../shared_trouble.ts";
import { addWorktree } from "./worktree_add.ts";
import { fillWorktree } from "./worktree_fill.ts";
import { type CheckedLink, checkedLink, repairHint } from "./worktree_link.ts";
import { type MakeOptions, type Making, ownBranches, refusedByGit } from "./worktree_making.ts";

/** A checkout of a large project takes minutes, and another process may be at it. */
const TURN_WAIT_MS = 900_000;

/** Where the worktree of a task is when the task names no path. */
export function defaultWorktree(main: string, taskId: string): string {
  return join(main, ".worktrees", taskId);
}

/**
 * Makes the worktree of a task at `path`, or keeps the one that is there.
 *
 * @throws {KanbanError} `refused` with git's own words; the reason of `signal` when that is aborted.
 */
export async function ensureWorktree(board: Board, home: Home, options: MakeOptions): Promise<void> {
  const { taskId, path, signal } = options;
  const messageOf = (problem: string) => `Cannot use worktree "${path}" for task "${taskId}": ${problem}`;
  const making: Making = {
    ...options,
    board,
    home,
    refused(problem, hint) {
      signal?.throwIfAborted();
      return new KanbanError("refused", messageOf(problem), hint ?? undefined);
    },
    unusable(problem, hint) {
      signal?.throwIfAborted();
      return new SharedTrouble("repository", messageOf(problem), hint ?? undefined);
    },
  };
  // Two of our processes may be asked for the same one: the second one finds it made.
  await inTurn(path, () => keepOrMake(making), { signal, waitMs: TURN_WAIT_MS });
}

async function keepOrMake(making: Making): Promise<void> {
  const { board, path } = making;
  const record = (await recordOfThere(making)) ?? (await addWorktree(making, await place(making)));
  if (record.made_at !== null) return;
  const problem = await fillWorktree(making, record);
  if (problem !== null) throw refusedByGit(making, problem);
  await patiently(() => markFilled(board, path));
}

/** The worktree at the path, or null if none. */
async function recordOfThere(making: Making): Promise<WorktreeRecord | null> {
  const { board, path, taskId, refused } = making;
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return null;
  if (!stat.isDirectory()) throw refused("it must be a folder, it is a file");
  const record = worktreeAt(board, path);
  const link = checkedLink(path, record);
  switch (link.kind) {
    case "none":
      return null;
    case "unfinished":
      // To git it is nothing yet for a moment.
      throw refused(
        "it is incomplete: git is still running, or was killed",
        `If git does not run there any more: git -C '${path}' worktree remove --force --force .`,
      );
    case "main":
      throw refused(
        "it must be a linked worktree, it is the main working tree of a repository",
        `Use dir:${path}, or worktree:${defaultWorktree(path, taskId)}`,
      );
    case "refused":
      throw refused(link.problem, link.hint);
    case "linked":
      return link.record ?? met(making, link);
  }
}

/** One that is met for the first time: the user's, or ours if we were killed before it was recorded. */
async function met(
  making: Making,
  { gitDir, repository }: Extract<CheckedLink, { kind: "linked" }>,
): Promise<WorktreeRecord> {
  const branch = branchIn(gitDir);
  const ours = branch !== null && ownBranches(making).includes(branch) ? branch : null;
  const isEmpty = lstatSync(join(gitDir, "index"), { throwIfNoEntry: false }) === undefined;
  const record = {
    ...{ path: making.path, repository, git_dir: gitDir, branch: ours, base: null, base_branch: null },
    made_at: isEmpty && ours !== null ? null : making.board.now(),
  };
  await patiently(() => recordWorktree(making.board, record));
  return record;
}

/** The repository to add it to; the folder around it is there afterwards. */
async function place(making: Making): Promise<string> {
  const { repository, main } = await repositoryFor(making);
  const parent = dirname(making.path);
  mkdirSync(parent, { recursive: true });
  if (parent === join(main, ".worktrees")) ignoreAll(parent);
  return repository;
}

/** The repository that is recorded for the path, else the one that the path is in, else the profile's. */
async function repositoryFor(making: Making): Promise<Repository> {
  const { board, path, repo, signal, unusable } = making;
  const recorded = worktreeAt(board, path)?.repository ?? null;
  if (recorded !== null && lstatSync(recorded, { throwIfNoEntry: false }) === undefined)
    throw unusable(`its repository was removed or moved, it was ${recorded}`, repairHint(path));
  const places = recorded !== null ? [recorded] : repo === null ? [path] : [path, repo];
  for (const from of places) {
    const found = await repositoryOf(from, signal);
    if (found.kind === "ok" && (recorded === null || found.repository === recorded)) return found;
    if (found.kind !== "ok" && found.kind !== "not_a_repository") throw refusedByGit(making, found);
  }
  if (recorded !== null) throw unusable(`its repository ${recorded} is not one any more`, repairHint(path));
  throw unusable("it must be in a git repository, or its profile must name a repo");
}

/** Else every worktree shows up as untracked in the main one. */
function ignoreAll(folder: string): void {
  try {
    createFile(join(folder, ".gitignore"), "*\n", { mode: 0o644 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}
