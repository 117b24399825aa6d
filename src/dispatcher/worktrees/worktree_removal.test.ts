import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestHome } from "../../testing/dispatcher.ts";
import { commit, git, listing } from "../../testing/git.ts";
import { dump } from "../../testing/mod.ts";
import { STAGE_TASK, type WorktreeStage, worktreeStage } from "../../testing/worktree.ts";
import { ensureWorktree } from "./worktree.ts";
import { removeWorktree } from "./worktree_removal.ts";

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

describe("removeWorktree()", () => {
  test("removes it and its merged branch, and nothing else", async () => {
    git(repo, "branch", "kanban/mine");

    expect(await removeWorktree(t.board, t.home, path)).toEqual({ kept: null, loses: null });

    expect(existsSync(path)).toBe(false);
    expect(git(repo, "branch", "--list", "kanban/*")).toBe("kanban/mine");
    expect(git(repo, "worktree", "list")).not.toContain(STAGE_TASK);
  });

  test("keeps the branch of one whose work is only on a remote, and one that a worker made itself", async () => {
    commit(path, "one");
    git(root, "clone", "-q", "--bare", repo, "remote.git");
    git(repo, "remote", "add", "origin", join(root, "remote.git"));
    git(path, "switch", "-qc", "own");
    git(path, "push", "-q", "origin", "own");

    expect(await removeWorktree(t.board, t.home, path)).toEqual({ kept: null, loses: null });

    expect(git(repo, "for-each-ref", "--format=%(refname:short)", "refs/heads").split("\n")).toEqual([
      branch,
      "main",
      "own",
    ]);
  });

  test.each<[what: string, reason: string | RegExp, spoil: () => void]>([
    ["a changed file", "it has changed files: README", () => s.write("README")],
    ["an untracked file", "it has changed files: new", () => s.write("new")],
    [
      "an ignored file",
      "it has 1 ignored file, 7 bytes: out.csv",
      () => {
        writeFileSync(join(repo, ".git", "info", "exclude"), "out.csv\n");
        s.write("out.csv", "results");
      },
    ],
    ["commits", `branch ${branch} has commits that are neither merged nor pushed`, () => commit(path, "one")],
    ["a lock", "it is locked: on a stick", () => git(repo, "worktree", "lock", "--reason", "on a stick", path)],
    [
      "commits that only a replacement of an object makes a part of its base",
      `branch ${branch} has commits that are neither merged nor pushed`,
      () => {
        commit(path, "one");
        git(repo, "replace", "--graft", "main", branch);
        expect(git(repo, "branch", "--merged", "main")).toContain(branch);
      },
    ],
    [
      "a rebase",
      "it is in the middle of a rebase",
      () => {
        commit(repo, "README", "theirs");
        commit(path, "README", "ours");
        expect(() => git(path, "rebase", "main")).toThrow();
        git(path, "checkout", "-q", "--theirs", ".");
        git(path, "reset", "-q", "--hard", "main");
      },
    ],
  ])("keeps one with %s: a dry run and a run say so alike, and change nothing [J7]", async (_, reason, spoil) => {
    spoil();
    const before = [listing(path), listing(join(repo, ".git")), dump(t.board)];

    const dry = await removeWorktree(t.board, t.home, path, { dryRun: true });
    const removal = await removeWorktree(t.board, t.home, path);

    expect(dry).toEqual({ kept: reason as string });
    expect(removal).toEqual(dry);
    expect([listing(path), listing(join(repo, ".git")), dump(t.board)]).toEqual(before);
  });

  test("by force removes what is in it, says what that is, and keeps its commits [J12]", async () => {
    commit(path, "one");
    s.write("new");

    const dry = await removeWorktree(t.board, t.home, path, { dryRun: true, force: true });
    expect(existsSync(path)).toBe(true);
    const removal = await removeWorktree(t.board, t.home, path, { force: true });

    expect([dry, removal]).toEqual([
      { kept: null, loses: "it has changed files: new" },
      { kept: null, loses: "it has changed files: new" },
    ]);
    expect(existsSync(path)).toBe(false);
    expect(git(repo, "show", `${branch}:one`)).toBe("one");
  });

  test("by force keeps a locked one [J12]", async () => {
    git(repo, "worktree", "lock", path);

    expect(await removeWorktree(t.board, t.home, path, { force: true })).toEqual({
      kept: "it is locked: no reason given",
    });
    expect(existsSync(path)).toBe(true);
  });

  test("leaves its repository known, so that a reopened task finds it again [J10]", async () => {
    const sibling = join(root, "sibling");
    const options = { taskId: "t_00000002", path: sibling, branchPrefix: "kanban/" };
    await ensureWorktree(t.board, t.home, { ...options, repo });
    expect((await removeWorktree(t.board, t.home, sibling)).kept).toBeNull();

    await ensureWorktree(t.board, t.home, { ...options, repo: null });

    expect(git(sibling, "branch", "--show-current")).toBe("kanban/t_00000002");
  });
});
