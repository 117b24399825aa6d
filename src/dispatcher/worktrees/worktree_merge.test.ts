import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import type { TestHome } from "../../testing/dispatcher.ts";
import { commit, git } from "../../testing/git.ts";
import { STAGE_TASK, type WorktreeStage, worktreeStage } from "../../testing/worktree.ts";
import { removeWorktree } from "./worktree_removal.ts";

let s: WorktreeStage;
let t: TestHome;
let repo = "";
let path = "";
const branch = `kanban/${STAGE_TASK}`;
beforeEach(async () => {
  s = await worktreeStage();
  ({ t, repo, path } = s);
});
afterEach(() => t.close());

describe("work that was merged in another way", () => {
  test.each<[how: string, merge: () => void]>([
    ["squashed", () => (git(repo, "merge", "-q", "--squash", branch), git(repo, "commit", "-qm", "squashed"))],
    [
      "squashed, and the files were changed since",
      () => {
        git(repo, "merge", "-q", "--squash", branch);
        git(repo, "commit", "-qm", "squashed");
        commit(repo, "one", "later");
        commit(repo, "two", "later");
      },
    ],
    [
      "rebased",
      () => {
        commit(repo, "other");
        git(repo, "cherry-pick", `main..${branch}`);
        commit(repo, "one", "later");
      },
    ],
  ])("is recognised when it was %s [J12]", async (_, merge) => {
    commit(path, "one");
    commit(path, "two");
    expect(await s.status()).toMatchObject({ merged: false });

    merge();

    expect(await s.status()).toMatchObject({ merged: true });
    expect((await removeWorktree(t.board, t.home, path)).kept).toBeNull();
    expect(git(repo, "branch", "--list", branch)).toBe("");
  });

  test.each<[what: string, change: () => void]>([
    [
      "one commit of two was picked",
      () => {
        commit(path, "one");
        git(repo, "cherry-pick", branch);
        commit(path, "two");
      },
    ],
    [
      "the branch undid its own work",
      () => {
        commit(path, "one");
        git(path, "revert", "--no-edit", "HEAD");
        commit(repo, "other");
      },
    ],
    [
      "the base has the file with another content",
      () => {
        commit(path, "one");
        commit(repo, "one", "another");
      },
    ],
    [
      "its one commit was picked, and a merge commit of it has a change of its own",
      () => {
        commit(path, "one");
        git(repo, "cherry-pick", branch);
        commit(repo, "other");
        git(path, "merge", "-q", "--no-commit", "main");
        commit(path, "only here");
      },
    ],
    [
      "nothing is common to both",
      () => {
        git(path, "checkout", "-q", "--orphan", "new");
        git(path, "commit", "-qm", "alone");
      },
    ],
  ])("is not taken for merged when %s [J12]", async (_, change) => {
    change();

    expect(await s.status()).toMatchObject({ merged: false });
    expect((await removeWorktree(t.board, t.home, path)).kept).toContain(
      "has commits that are neither merged nor pushed",
    );
    expect(existsSync(path)).toBe(true);
  });
});
