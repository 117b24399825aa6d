import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { KanbanError } from "../kernel/mod.ts";
import { tempDir, until } from "../testing/mod.ts";
import { defaultWorktree, ensureWorktree, removeWorktree, repositoryOf, worktreeStatus } from "./worktree.ts";

const dir = tempDir();
afterAll(() => dir.remove());
let repo = "";
let count = 0;
const taskId = "t_00000001";

function git(cwd: string, ...args: string[]): string {
  const identity = ["-c", "user.name=Ann", "-c", "user.email=ann@example.org", "-c", "init.defaultBranch=main"];
  const done = Bun.spawnSync(["git", ...identity, ...args], { cwd, stdout: "pipe", stderr: "pipe" });
  if (done.exitCode !== 0) throw new Error(done.stderr.toString());
  return done.stdout.toString().trim();
}

function commit(cwd: string, file: string, text = file): void {
  writeFileSync(join(cwd, file), text);
  git(cwd, "add", "-A");
  git(cwd, "commit", "-qm", `add ${file}`);
}

beforeEach(() => {
  repo = join(realpathSync(dir.path), `re po ${++count}`);
  mkdirSync(repo);
  git(repo, "init", "-q");
  commit(repo, "README");
});

async function refused(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(KanbanError);
  return (error as KanbanError).message;
}

describe("ensureWorktree()", () => {
  test("adds a worktree on a branch of its own that does not show in the main one", async () => {
    const path = defaultWorktree(repo, taskId);

    await ensureWorktree({ taskId, path, repo });

    expect(git(path, "branch", "--show-current")).toBe(`kanban/${taskId}`);
    expect(readFileSync(join(path, "README"), "utf8")).toBe("README");
    expect(git(repo, "status", "--porcelain")).toBe("");
    expect(await repositoryOf(path)).toBe(repo);
  });

  test("keeps the worktree and the work in it on retry", async () => {
    const path = defaultWorktree(repo, taskId);
    await ensureWorktree({ taskId, path, repo });
    commit(path, "done");
    writeFileSync(join(path, "half"), "");

    await ensureWorktree({ taskId, path, repo });

    expect(existsSync(join(path, "done"))).toBe(true);
    expect(existsSync(join(path, "half"))).toBe(true);
  });

  test("refuses one that is only half made, until git is done with it", async () => {
    const path = defaultWorktree(repo, taskId);
    const go = join(dir.path, "go");
    git(repo, "config", "filter.slow.smudge", `until test -e '${go}'; do sleep 0.01; done; cat`);
    commit(repo, ".gitattributes", "* filter=slow\n");
    const first = ensureWorktree({ taskId, path, repo });
    await until(() => existsSync(join(path, ".git")));

    const error = await refused(ensureWorktree({ taskId, path, repo }));
    writeFileSync(go, "");
    await first;

    expect(error).toContain("it is only half made: git is still at it, or was killed");
    expect(existsSync(join(path, "README"))).toBe(true);
    await ensureWorktree({ taskId, path, repo });
  });

  test.each([
    ["has written no link yet", () => ""],
    ["has written nothing but the link and its lock", (record: string) => `gitdir: ${record}\n`],
  ])("knows one that is half made also where git %s", async (_, link) => {
    const path = defaultWorktree(repo, taskId);
    const record = join(repo, ".git", "worktrees", taskId);
    for (const folder of [path, record]) mkdirSync(folder, { recursive: true });
    writeFileSync(join(record, "locked"), "initializing");
    writeFileSync(join(path, ".git"), link(record));

    expect(await refused(ensureWorktree({ taskId, path, repo }))).toContain("it is only half made");
    expect(readdirSync(path)).toEqual([".git"]);
    expect(readdirSync(record)).toEqual(["locked"]);
  });

  test("comes back to its branch when the folder was deleted by hand", async () => {
    const path = defaultWorktree(repo, taskId);
    await ensureWorktree({ taskId, path, repo });
    commit(path, "done");
    rmSync(path, { recursive: true });

    await ensureWorktree({ taskId, path, repo });

    expect(existsSync(join(path, "done"))).toBe(true);
  });

  test("takes the repository that the path lies in, else the profile's", async () => {
    const outside = join(dir.path, `outside ${count}`, taskId);

    await ensureWorktree({ taskId, path: outside, repo });
    await ensureWorktree({ taskId: "t_00000002", path: join(repo, "trees", "two"), repo: null });

    expect(await repositoryOf(outside)).toBe(repo);
    expect(await repositoryOf(join(repo, "trees", "two"))).toBe(repo);
  });

  test("refuses the main working tree itself, and says git's own reason", async () => {
    const empty = join(dir.path, `empty ${count}`);
    mkdirSync(empty);
    git(empty, "init", "-q");

    expect(await refused(ensureWorktree({ taskId, path: repo, repo: null }))).toContain(
      "it must be a linked worktree, it is the main working tree of a repository",
    );
    expect(await refused(ensureWorktree({ taskId, path: join(empty, "x"), repo: null }))).toContain("HEAD");
    expect(existsSync(join(empty, "x"))).toBe(false);
  });
});

describe("worktreeStatus()", () => {
  test("tells branch, commits ahead, changed files, and whether it may go", async () => {
    const path = defaultWorktree(repo, taskId);
    await ensureWorktree({ taskId, path, repo });

    const fresh = await worktreeStatus(path);
    commit(path, "one");
    commit(path, "two");
    const ahead = await worktreeStatus(path);
    writeFileSync(join(path, "new file"), "");
    git(path, "mv", "one", "renamed");
    const dirty = await worktreeStatus(path);

    expect(fresh).toEqual({
      repo,
      branch: `kanban/${taskId}`,
      base: "main",
      commits_ahead: 0,
      changed_files: [],
      clean: true,
      merged: true,
      pushed: false,
      removable: true,
    });
    expect(ahead).toMatchObject({ commits_ahead: 2, clean: true, merged: false, removable: false });
    expect(dirty).toMatchObject({ clean: false, removable: false, changed_files: ["renamed", "new file"] });
  });

  test("may go when its commits are merged, or on a remote", async () => {
    const path = defaultWorktree(repo, taskId);
    await ensureWorktree({ taskId, path, repo });
    commit(path, "one");
    const remote = join(dir.path, `remote ${count}.git`);
    git(repo, "clone", "-q", "--bare", repo, remote);
    git(repo, "remote", "add", "origin", remote);

    git(path, "push", "-q", "origin", "HEAD");
    const pushed = await worktreeStatus(path);
    commit(path, "two");
    const further = await worktreeStatus(path);
    git(repo, "merge", "-q", `kanban/${taskId}`);

    expect(pushed).toMatchObject({ pushed: true, merged: false, removable: true });
    expect(further).toMatchObject({ pushed: false, merged: false, removable: false });
    expect(await worktreeStatus(path)).toMatchObject({ pushed: false, merged: true, removable: true });
  });

  test("is null where there is no worktree", async () => {
    expect(await worktreeStatus(repo)).toBeNull();
    expect(await worktreeStatus(join(repo, "nothing"))).toBeNull();
    expect(await worktreeStatus(dir.path)).toBeNull();
  });
});

describe("removeWorktree()", () => {
  test("removes it and its merged branch, and refuses one with changes", async () => {
    const path = defaultWorktree(repo, taskId);
    await ensureWorktree({ taskId, path, repo });
    const status = (await worktreeStatus(path))!;
    writeFileSync(join(path, "new"), "");

    const message = await refused(removeWorktree(path, status));
    rmSync(join(path, "new"));
    await removeWorktree(path, status);

    expect(message).toContain("Cannot remove worktree");
    expect(existsSync(path)).toBe(false);
    expect(git(repo, "branch", "--list", "kanban/*")).toBe("");
  });
});
