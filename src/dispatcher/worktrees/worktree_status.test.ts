import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, renameSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { TestHome } from "../../testing/dispatcher.ts";
import { commit, git, newRepository } from "../../testing/git.ts";
import { STAGE_TASK, type WorktreeStage, worktreeStage } from "../../testing/worktree.ts";
import { removeWorktree } from "./worktree_removal.ts";
import { ignoredInWords, reasonToKeep, worktreeStatus } from "./worktree_status.ts";

let s: WorktreeStage;
let t: TestHome;
let root = "";
let repo = "";
let path = "";
const branch = `kanban/${STAGE_TASK}`;
beforeEach(async () => {
  s = await worktreeStage();
  ({ t, root, repo, path } = s);
});
afterEach(() => t.close());

describe("worktreeStatus()", () => {
  test("returns branch, commits ahead and changed files", async () => {
    expect(await s.status()).toEqual({
      repository: join(repo, ".git"),
      branch,
      base: "main",
      commits_ahead: 0,
      changed_files: [],
      ignored: [],
      locked: null,
      busy: null,
      merged: true,
      pushed: false,
    });
    commit(path, "one");
    commit(path, "two");
    expect(await s.status()).toMatchObject({ commits_ahead: 2, changed_files: [], merged: false });
    s.write("new file");
    git(path, "mv", "one", "renamed");
    expect(await s.status()).toMatchObject({ changed_files: ["renamed", "new file"] });
  });

  test("knows what is merged, and what is on a remote", async () => {
    commit(path, "one");
    git(root, "clone", "-q", "--bare", repo, "remote.git");
    git(repo, "remote", "add", "origin", join(root, "remote.git"));

    git(path, "push", "-q", "origin", "HEAD");
    expect(await s.status()).toMatchObject({ pushed: true, merged: false });
    commit(path, "two");
    expect(await s.status()).toMatchObject({ pushed: false, merged: false });
    git(repo, "merge", "-q", branch);
    expect(await s.status()).toMatchObject({ pushed: false, merged: true });
  });

  test("counts against the branch that it was made from, also when the main tree is on another", async () => {
    git(repo, "switch", "-qc", "feature", "HEAD");
    commit(path, "one");
    git(repo, "branch", "-f", "main", branch);

    expect(await s.status()).toMatchObject({ base: "main", commits_ahead: 0, merged: true });
  });

  test("is none where there is no worktree", async () => {
    for (const place of [repo, join(repo, "nothing"), root])
      expect(await worktreeStatus(t.board, t.home, place)).toEqual({ kind: "none" });
  });

  test("says that its repository was moved [J6]", async () => {
    renameSync(path, join(root, "kept"));
    renameSync(repo, join(root, "moved"));

    expect(await worktreeStatus(t.board, t.home, join(root, "kept"))).toEqual({
      kind: "refused",
      problem: "its repository was removed or moved",
      hint: `If it was moved, tell git: git -C REPO worktree repair '${join(root, "kept")}'`,
    });
  });

  test("names ignored files as content, with their size, but what tools make by themselves [J4]", async () => {
    commit(path, ".gitignore", "results/\nnode_modules\n*.pyc\n.env\ntarget/\nempty/\n");
    s.write("results/out.csv", "x".repeat(1_500_000));
    s.write("results/deep/a.csv", "x".repeat(500_000));
    s.write(".env", "KEY=1");
    s.write("node_modules/dep/index.js");
    s.write("src/__pycache__/a.pyc");
    s.write("target/debug/app");
    mkdirSync(join(path, "empty"));
    symlinkSync("/usr", join(path, "results", "usr"));

    const { ignored, changed_files } = await s.status();

    expect(changed_files).toEqual([]);
    expect(ignored).toEqual([
      { path: ".env", files: 1, bytes: 5 },
      { path: "results/", files: 3, bytes: 2_000_004 },
    ]);
    expect(ignoredInWords(ignored)).toBe("4 ignored files, 2 MB");
  });

  test("looks into submodules through views of their own [J7]", async () => {
    newRepository(join(root, "lib"));
    newRepository(join(root, "origin"));
    git(join(root, "origin"), "submodule", "add", "-q", join(root, "lib"), "lib");
    git(join(root, "origin"), "commit", "-qm", "with lib");
    git(root, "clone", "-q", "--recurse-submodules", join(root, "origin"), "clone");
    repo = join(root, "clone");
    path = await s.moveTo(repo);

    expect(reasonToKeep(await s.status())).toBeNull();
    s.write("lib/new");
    expect(await s.status()).toMatchObject({ changed_files: ["lib/new"] });
    commit(join(path, "lib"), "new");
    expect(await s.status()).toMatchObject({ changed_files: ["lib", "lib"] });
    git(join(path, "lib"), "push", "-q", "origin", "HEAD:refs/heads/new");
    git(path, "checkout", "-q", "--", "."); // The project still names the old commit.
    expect(await s.status()).toMatchObject({ changed_files: ["lib"] });
    git(path, "commit", "-qam", "newer lib");
    git(repo, "merge", "-q", branch);

    const dry = await removeWorktree(t.board, t.home, path, { dryRun: true });
    expect([dry, await removeWorktree(t.board, t.home, path)]).toEqual([
      { kept: null, loses: null },
      { kept: null, loses: null },
    ]);
    expect(existsSync(path)).toBe(false);
  });
});
