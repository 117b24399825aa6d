import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestHome, testHome } from "../testing/dispatcher.ts";
import { commit, git, listing, newRepository } from "../testing/git.ts";
import { dump } from "../testing/mod.ts";
import { ensureWorktree } from "./worktree.ts";
import { removeWorktree } from "./worktree_removal.ts";
import { ignoredInWords, reasonToKeep, type WorktreeStatus, worktreeStatus } from "./worktree_status.ts";

let t: TestHome;
let root = "";
let repo = "";
let path = "";
const taskId = "t_00000001";
const branch = `kanban/${taskId}`;

beforeEach(async () => {
  t = testHome();
  root = realpathSync(t.home.dir);
  repo = newRepository(join(root, "re po"));
  path = await made(repo);
});
afterEach(() => t.close());

async function made(inside: string): Promise<string> {
  const place = join(inside, ".worktrees", taskId);
  await ensureWorktree(t.board, t.home, { taskId, path: place, repo: null, branchPrefix: "kanban/" });
  return place;
}

/** What is to be known of the worktree; looking changes nothing, on the board and in the repository. */
async function status(): Promise<WorktreeStatus> {
  const before = [dump(t.board), listing(join(repo, ".git"))];
  const look = await worktreeStatus(t.board, t.home, path);
  expect([dump(t.board), listing(join(repo, ".git"))]).toEqual(before);
  if (look.kind !== "found") throw new Error(JSON.stringify(look));
  return look.status;
}

function write(name: string, text = "x"): void {
  mkdirSync(join(path, name, ".."), { recursive: true });
  writeFileSync(join(path, name), text);
}

describe("worktreeStatus()", () => {
  test("tells branch, commits ahead and changed files", async () => {
    expect(await status()).toEqual({
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
    expect(await status()).toMatchObject({ commits_ahead: 2, changed_files: [], merged: false });
    write("new file");
    git(path, "mv", "one", "renamed");
    expect(await status()).toMatchObject({ changed_files: ["renamed", "new file"] });
  });

  test("knows what is merged, and what is on a remote", async () => {
    commit(path, "one");
    git(root, "clone", "-q", "--bare", repo, "remote.git");
    git(repo, "remote", "add", "origin", join(root, "remote.git"));

    git(path, "push", "-q", "origin", "HEAD");
    expect(await status()).toMatchObject({ pushed: true, merged: false });
    commit(path, "two");
    expect(await status()).toMatchObject({ pushed: false, merged: false });
    git(repo, "merge", "-q", branch);
    expect(await status()).toMatchObject({ pushed: false, merged: true });
  });

  test("counts against the branch that it was made from, also when the main tree is on another", async () => {
    git(repo, "switch", "-qc", "feature", "HEAD");
    commit(path, "one");
    git(repo, "branch", "-f", "main", branch);

    expect(await status()).toMatchObject({ base: "main", commits_ahead: 0, merged: true });
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
      problem: "its repository is gone or moved",
      hint: `If it was moved, tell git: git -C REPO worktree repair '${join(root, "kept")}'`,
    });
  });

  test("names ignored files as content, with their size, but what tools make by themselves [J4]", async () => {
    commit(path, ".gitignore", "results/\nnode_modules\n*.pyc\n.env\ntarget/\nempty/\n");
    write("results/out.csv", "x".repeat(1_500_000));
    write("results/deep/a.csv", "x".repeat(500_000));
    write(".env", "KEY=1");
    write("node_modules/dep/index.js");
    write("src/__pycache__/a.pyc");
    write("target/debug/app");
    mkdirSync(join(path, "empty"));
    symlinkSync("/usr", join(path, "results", "usr"));

    const { ignored, changed_files } = await status();

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
    path = await made(repo);

    expect(reasonToKeep(await status())).toBeNull();
    write("lib/new");
    expect(await status()).toMatchObject({ changed_files: ["lib/new"] });
    commit(join(path, "lib"), "new");
    expect(await status()).toMatchObject({ changed_files: ["lib", "lib"] });
    git(join(path, "lib"), "push", "-q", "origin", "HEAD:refs/heads/new");
    git(path, "checkout", "-q", "--", "."); // The project still names the old commit.
    expect(await status()).toMatchObject({ changed_files: ["lib"] });
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

describe("files of git-lfs", () => {
  /** Its filter, as a script: what is stored is a pointer, what is checked out is the content of one file. */
  async function withLfs(content: string): Promise<void> {
    const hash = new Bun.CryptoHasher("sha256").update(content).digest("hex");
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${hash}\nsize ${content.length}\n`;
    commit(repo, "video.mp4", pointer);
    git(path, "merge", "-q", "main");
    writeFileSync(join(path, "video.mp4"), content);
  }

  test("are unchanged while they are what their pointer says, without any filter [J4]", async () => {
    await withLfs("x".repeat(3_000_000));

    expect((await status()).changed_files).toEqual([]);
    write("video.mp4", `${"x".repeat(2_999_999)}y`);
    expect((await status()).changed_files).toEqual(["video.mp4"]);
    write("video.mp4", "short");
    expect((await status()).changed_files).toEqual(["video.mp4"]);
  });

  test("are changed when they are staged with another content, or something else is in their place [J4]", async () => {
    await withLfs("content");
    rmSync(join(path, "video.mp4"));
    symlinkSync("/dev/zero", join(path, "video.mp4"));
    expect((await status()).changed_files).toEqual(["video.mp4"]);

    rmSync(join(path, "video.mp4"));
    write("video.mp4", "other");
    git(path, "add", "video.mp4");
    expect((await status()).changed_files).toEqual(["video.mp4"]);
  });
});

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
    expect(await status()).toMatchObject({ merged: false });

    merge();

    expect(await status()).toMatchObject({ merged: true });
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

    expect(await status()).toMatchObject({ merged: false });
    expect((await removeWorktree(t.board, t.home, path)).kept).toContain(
      "has commits that are neither merged nor pushed",
    );
    expect(existsSync(path)).toBe(true);
  });
});

describe("removeWorktree()", () => {
  test("removes it and its merged branch, and nothing else", async () => {
    git(repo, "branch", "kanban/mine");

    expect(await removeWorktree(t.board, t.home, path)).toEqual({ kept: null, loses: null });

    expect(existsSync(path)).toBe(false);
    expect(git(repo, "branch", "--list", "kanban/*")).toBe("kanban/mine");
    expect(git(repo, "worktree", "list")).not.toContain(taskId);
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
    ["a changed file", "it has changed files: README", () => write("README")],
    ["an untracked file", "it has changed files: new", () => write("new")],
    [
      "an ignored file",
      "it has 1 ignored file, 7 bytes: out.csv",
      () => {
        writeFileSync(join(repo, ".git", "info", "exclude"), "out.csv\n");
        write("out.csv", "results");
      },
    ],
    ["commits", `branch ${branch} has commits that are neither merged nor pushed`, () => commit(path, "one")],
    ["a lock", "it is locked: on a stick", () => git(repo, "worktree", "lock", "--reason", "on a stick", path)],
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
    write("new");

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
