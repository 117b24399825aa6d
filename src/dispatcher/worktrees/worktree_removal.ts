/**
 * Removes a worktree in which nothing would be lost.
 *
 * A dry run and a run decide by the same check, which is ours: git's own would read the configuration that a worker
 * can write. So git removes only the path that was found to be clean.
 *
 * @module
 */
import { obstacleIn } from "../../git_link.ts";
import type { Home } from "../../home.ts";
import { type Board, forgetWorktree, patiently, worktreeAt } from "../../kernel/mod.ts";
import { git } from "../git/git.ts";
import { inTurn } from "../git/git_queue.ts";
import { reasonToKeep, type WorktreeLook, type WorktreeStatus, worktreeStatus } from "./worktree_status.ts";

export interface RemovalOptions {
  readonly dryRun?: boolean;
  /** Also with changed, ignored and unmerged work in it: a person said so. */
  readonly force?: boolean;
  readonly signal?: AbortSignal;
}

/** What became, or with `dryRun` would become, of a worktree. */
export type Removal =
  | { readonly kept: string }
  /** It went; with `force` perhaps with work that was nowhere else. */
  | { readonly kept: null; readonly loses: string | null };

/** Removes the worktree at `path`, and its branch when that is ours and merged. */
export async function removeWorktree(
  board: Board,
  home: Home,
  path: string,
  { dryRun = false, force = false, signal }: RemovalOptions = {},
): Promise<Removal> {
  const first = judge(await worktreeStatus(board, home, path, { signal }), force);
  if ("kept" in first || dryRun) return "kept" in first ? first : { kept: null, loses: first.loses };
  const { repository } = first.status;
  return inTurn(repository, async () => {
    // Again, now that it is our turn: what was merged or written in between counts.
    const now = judge(await worktreeStatus(board, home, path, { signal }), force);
    if ("kept" in now) return now;
    if (now.status.repository !== repository) return { kept: "it changed while it was checked" };
    const obstacle = obstacleIn(repository);
    if (obstacle !== null) return { kept: obstacle };
    const real = { cwd: "/", env: { GIT_DIR: repository } };
    const removed = await git(["worktree", "remove", "--force", path], real);
    if (removed.kind !== "ok") return { kept: removed.words };
    const { branch, merged } = now.status;
    if (merged && branch !== null && worktreeAt(board, path)?.branch === branch) {
      await git(["branch", "-D", branch], real); // One that stays does no harm.
    }
    await patiently(() => forgetWorktree(board, path));
    return { kept: null, loses: now.loses };
  });
}

/** What decides, for a dry run and for a run. */
function judge(
  look: WorktreeLook,
  force: boolean,
): { kept: string } | { status: WorktreeStatus; loses: string | null } {
  if (look.kind === "none") return { kept: "it is not a git worktree" };
  if (look.kind === "refused") return { kept: look.problem };
  const { status } = look;
  const reason = reasonToKeep(status);
  if (reason === null) return { status, loses: null };
  if (force && status.locked === null) return { status, loses: reason };
  return { kept: reason };
}
