/**
 * A worktree of a task in a real repository, for tests of what is to be known of it.
 *
 * @module
 */
import { expect } from "bun:test";
import { mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ensureWorktree } from "../dispatcher/worktrees/worktree.ts";
import { type WorktreeStatus, worktreeStatus } from "../dispatcher/worktrees/worktree_status.ts";
import { type TestHome, testHome } from "./dispatcher.ts";
import { listing, newRepository } from "./git.ts";
import { dump } from "./mod.ts";

/** The task whose worktree it is. */
export const STAGE_TASK = "t_00000001";

export interface WorktreeStage {
  readonly t: TestHome;
  /** The home, without links. */
  readonly root: string;
  readonly repo: string;
  readonly path: string;
  /** Makes the task's worktree in another repository and stays with that one. */
  moveTo(repo: string): Promise<string>;
  /** What is to be known of the worktree; asserts that looking changes nothing. */
  status(): Promise<WorktreeStatus>;
  /** Writes a file into the worktree. */
  write(name: string, text?: string): void;
}

/** A repository with one commit, and a worktree in it. */
export async function worktreeStage(): Promise<WorktreeStage> {
  const t = testHome();
  const root = realpathSync(t.home.dir);
  let repo = newRepository(join(root, "re po"));
  let path = "";
  const moveTo = async (other: string) => {
    [repo, path] = [other, join(other, ".worktrees", STAGE_TASK)];
    await ensureWorktree(t.board, t.home, { taskId: STAGE_TASK, path, repo: null, branchPrefix: "kanban/" });
    return path;
  };
  await moveTo(repo);
  return {
    ...{ t, root, repo, path, moveTo },
    async status() {
      const before = [dump(t.board), listing(join(repo, ".git"))];
      const look = await worktreeStatus(t.board, t.home, path);
      expect([dump(t.board), listing(join(repo, ".git"))]).toEqual(before);
      if (look.kind !== "found") throw new Error(JSON.stringify(look));
      return look.status;
    },
    write(name, text = "x") {
      mkdirSync(dirname(join(path, name)), { recursive: true });
      writeFileSync(join(path, name), text);
    },
  };
}
