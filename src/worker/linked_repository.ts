/**
 * Where a commit made in a linked worktree is written: in the repository that it belongs to, outside of it.
 *
 * An agent that shuts its commands into the workspace has to be told of that place, or each `git commit`
 * in a worktree fails.
 *
 * @module
 */
import { readFileSync, realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

/**
 * The git folder of the repository whose worktree `folder` is; null for everything else.
 *
 * The link is believed only when git's own record points back: an earlier worker may have written the file
 * `.git` to have some other folder opened.
 */
export function linkedRepository(folder: string): string | null {
  try {
    const link = join(realpathSync(folder), ".git");
    const target = /^gitdir: (.+)\n?$/.exec(readFileSync(link, "utf8"))?.[1];
    if (target === undefined) return null;
    const record = realpathSync(resolve(dirname(link), target));
    const back = readFileSync(join(record, "gitdir"), "utf8").trim();
    const ours = realpathSync(resolve(record, back)) === link && basename(dirname(record)) === "worktrees";
    return ours ? dirname(dirname(record)) : null;
  } catch {
    return null; // No repository, or one whose git folder lies in the workspace itself.
  }
}
