/**
 * Fills a worktree with its files, and its submodules with theirs.
 *
 * Hooks never run. Of the filters only those run that the user configured for all repositories, as
 * git-lfs is; one that the repository itself configures could be a worker's. What such a filter would have
 * changed is checked out as it is stored.
 *
 * @module
 */
import { join } from "node:path";
import { discard } from "../../files.ts";
import type { WorktreeRecord } from "../../kernel/mod.ts";
import type { GitFailure } from "../git/git.ts";
import { withView } from "../git/git_view.ts";
import { isLostRace, type Making } from "./worktree_making.ts";
import { fillSubmodules } from "./worktree_modules.ts";

const TRIES_MAX = 4;
const PAUSE_MS = 100;

/** Checks the files of a recorded worktree out. Null when they are there, else why not. */
export async function fillWorktree(making: Making, record: WorktreeRecord): Promise<GitFailure | null> {
  const { home, signal, path } = making;
  const { repository } = record;
  const gitDir = record.git_dir!;
  return withView(home, { gitDir, repository, path }, { purpose: "fill", signal }, async (view) => {
    for (let tries = 1; ; tries++) {
      const filled = await view.run(["reset", "--hard", "--quiet", "--no-recurse-submodules"]);
      if (filled.kind === "ok") break;
      if (tries >= TRIES_MAX || !isLostRace(filled)) return filled;
      await Bun.sleep(PAUSE_MS);
      // No worker has run here yet, and it is our turn: this lock is of a git that was killed.
      if (tries === TRIES_MAX - 1) discard(join(gitDir, "index.lock"));
    }
    await fillSubmodules(making, record, view);
    return null;
  });
}
