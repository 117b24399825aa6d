/**
 * Adds a worktree without files to a repository, on a branch of its task.
 *
 * The user's worktrees are never touched: not those that are there, and not what git keeps of those whose
 * folder is absent, because it may be on a disk that is not plugged in or inside a container. Git has one
 * writer at a time; a race that was lost is tried again and is no failure of the task.
 *
 * @module
 */
import { lstatSync, readdirSync, realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { branchIn, lockOf, namedBy, obstacleIn } from "../../git_link.ts";
import { patiently, recordWorktree, worktreeAt, type WorktreeRecord } from "../../kernel/mod.ts";
import { git } from "../git/git.ts";
import { inTurn } from "../git/git_queue.ts";
import { answer, GitTrouble, type View, withView } from "../git/git_view.ts";
import { checkedLink } from "./worktree_link.ts";
import { isLostRace, type Making, ownBranches, refusedByGit } from "./worktree_making.ts";

const TRIES_MAX = 8;
/**
 * Adds the worktree and records it; its files are still missing.
 *
 * @throws {KanbanError} `refused` with git's own words.
 */
export async function addWorktree(making: Making, repository: string): Promise<WorktreeRecord> {
  const { board, path, signal, refused, unusable } = making;
  return inTurn(
    repository,
    async () => {
      const obstacle = obstacleIn(repository);
      if (obstacle !== null) throw unusable(obstacle, "If it is not there on purpose, remove it");
      await clearOwnEntry(making, repository);
      for (let tries = 1; ; tries++) {
        const { branch, exists, base, base_branch } = await planBranch(making, repository);
        const on = exists ? [path, branch] : ["--no-track", "-b", branch, path, base];
        const added = await git(["worktree", "add", "--no-checkout", ...on], {
          ...{ cwd: "/", env: { GIT_DIR: repository }, signal },
        });
        if (added.kind === "ok") {
          const link = checkedLink(path, null);
          if (link.kind !== "linked" || link.repository !== repository)
            throw refused("it changed while it was created");
          const record = { path, repository, git_dir: link.gitDir, branch, base, base_branch, made_at: null };
          await patiently(() => recordWorktree(board, record));
          return record;
        }
        if (tries >= TRIES_MAX || !isLostRace(added)) throw refusedByGit(making, added);
        await Bun.sleep(tries * (20 + Math.random() * 40));
      }
    },
    { signal },
  );
}

interface BranchPlan {
  branch: string;
  exists: boolean;
  /** The commit that the worktree begins with. */
  base: string;
  base_branch: string | null;
}

async function planBranch(making: Making, repository: string): Promise<BranchPlan> {
  const { home, signal } = making;
  try {
    const of = { gitDir: repository, repository };
    const plan = await withView(home, of, { purpose: "look", signal }, (view) => planIn(view, making, repository));
    if ("kind" in plan) throw new GitTrouble(plan);
    return plan;
  } catch (error) {
    if (error instanceof GitTrouble) throw refusedByGit(making, error.failure);
    throw error;
  }
}

async function planIn(view: View, making: Making, repository: string): Promise<BranchPlan> {
  const head = answer(await view.run(["rev-parse", "--verify", "--quiet", "HEAD^{commit}"], { answers: [1] })).trim();
  if (head === "") throw making.unusable("its repository has no commit yet: HEAD names none");
  const [first, second] = ownBranches(making) as [string, string];
  // A branch "kanban" leaves no room for one below "kanban/".
  const above = first.split("/").slice(0, -1);
  const inTheWay = above.map((_, i) => above.slice(0, i + 1).join("/"));
  const refs = [first, second, ...inTheWay].map((name) => `refs/heads/${name}`);
  const listed = answer(await view.run(["for-each-ref", "--format=%(refname)", ...refs])).split("\n");
  const known = (name: string) => listed.includes(`refs/heads/${name}`);
  const taken = [first, second].find(known);
  const branch = taken ?? (inTheWay.some(known) ? second : first);
  return {
    branch,
    exists: taken !== undefined,
    base: head,
    base_branch: branchIn(repository),
  };
}

/** Removes what git keeps of a worktree of ours whose folder was deleted by hand: it would hold the branch. */
async function clearOwnEntry(making: Making, repository: string): Promise<void> {
  const { board, path, signal, refused } = making;
  const entry = entryOf(repository, path);
  if (entry === null) return;
  const record = worktreeAt(board, path);
  const ours =
    (record?.git_dir === entry && record.branch !== null) || ownBranches(making).includes(branchIn(entry) ?? "");
  const lock = lockOf(entry);
  if (lock !== null || !ours) {
    const what = lock === null ? "a worktree of yours" : `a locked worktree (${lock})`;
    const remove = `git --git-dir='${repository}' worktree remove --force${lock === null ? "" : " --force"} '${path}'`;
    throw refused(`git knows ${what} there whose folder is gone`, `Restore the folder; or, if it is lost: ${remove}`);
  }
  const removed = await git(["worktree", "remove", "--force", path], {
    ...{ cwd: "/", env: { GIT_DIR: repository }, signal },
  });
  if (removed.kind !== "ok") throw refused(removed.words, removed.hint);
}

/** What git keeps of the worktree at `path`, or null. */
function entryOf(repository: string, path: string): string | null {
  const root = join(repository, "worktrees");
  if (!lstatSync(root, { throwIfNoEntry: false })?.isDirectory()) return null;
  const link = join(realpathSync(dirname(path)), basename(path), ".git");
  return (
    readdirSync(root)
      .map((name) => join(root, name))
      .find((entry) => namedBy(entry) === link) ?? null
  );
}
