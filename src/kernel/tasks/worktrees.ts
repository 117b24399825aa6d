/**
 * Where each worktree came from: the repository, git's folder for it, its branch and its base.
 *
 * A worker can rewrite the `.git` file of its worktree, and with it the repository that git would open
 * there. So what holds is what was recorded when the worktree was made, and the file is compared with it
 * before git runs there again. A record is a fact about this machine: it is neither an event nor exported.
 *
 * @module
 */
import { type Board, one, run, write } from "../store/db.ts";

export interface WorktreeRecord {
  path: string;
  /** The common git folder of its repository, without links. */
  repository: string;
  /** Git's folder for this worktree alone; null while the worktree is only planned. */
  git_dir: string | null;
  /** The branch that we made for it; null for a worktree that the user made. */
  branch: string | null;
  /** The commit that it was made from. */
  base: string | null;
  /** The branch that commit was the tip of. */
  base_branch: string | null;
  /** When its files were complete; null while they are not. */
  made_at: number | null;
}

/** What is recorded about the worktree at `path`, or null. */
export function worktreeAt(board: Board, path: string): WorktreeRecord | null {
  return one<WorktreeRecord>(
    board,
    `SELECT path, repository, git_dir, branch, base, base_branch, made_at FROM worktrees WHERE path = +$path`,
    { path },
  );
}

/** Keeps the repository that a worktree at `path` will belong to. One that was made keeps its record. */
export function planWorktree(board: Board, { path, repository }: Pick<WorktreeRecord, "path" | "repository">): void {
  write(board, () =>
    run(
      board,
      `INSERT INTO worktrees (path, repository) VALUES ($path, $repository)
       ON CONFLICT (path) DO UPDATE SET repository = excluded.repository WHERE git_dir IS NULL`,
      { path, repository },
    ),
  );
}

/** Records a worktree that is there now, in place of what was known about its path. */
export function recordWorktree(board: Board, { ...record }: WorktreeRecord): void {
  write(board, () =>
    run(
      board,
      `INSERT INTO worktrees (path, repository, git_dir, branch, base, base_branch, made_at)
       VALUES ($path, $repository, $git_dir, $branch, $base, $base_branch, $made_at)
       ON CONFLICT (path) DO UPDATE SET repository = excluded.repository, git_dir = excluded.git_dir,
         branch = excluded.branch, base = excluded.base, base_branch = excluded.base_branch, made_at = excluded.made_at`,
      record,
    ),
  );
}

/** Notes that the files of a recorded worktree are complete. */
export function markFilled(board: Board, path: string): void {
  write(board, () =>
    run(board, "UPDATE worktrees SET made_at = $now WHERE path = $path AND git_dir IS NOT NULL", {
      path,
      now: board.now(),
    }),
  );
}

/** Forgets a worktree that was removed; its repository stays known, for a task that is reopened. */
export function forgetWorktree(board: Board, path: string): void {
  write(board, () =>
    run(
      board,
      `UPDATE worktrees SET git_dir = NULL, branch = NULL, base = NULL, base_branch = NULL, made_at = NULL
       WHERE path = $path`,
      { path },
    ),
  );
}
