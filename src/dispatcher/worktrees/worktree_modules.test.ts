import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { worktreeAt } from "../../kernel/mod.ts";
import { type TestHome, testHome } from "../../testing/dispatcher.ts";
import { commit, git, newRepository } from "../../testing/git.ts";
import { ensureWorktree } from "./worktree.ts";
import { worktreeStatus } from "./worktree_status.ts";

const TASK = "t_00000001";
const MEMORY = "/dev/shm";

let t: TestHome;
let root = "";
const others: string[] = [];
beforeEach(() => {
  t = testHome();
  root = realpathSync(t.home.dir);
});
afterEach(() => {
  t.close();
  for (const folder of others.splice(0)) rmSync(folder, { recursive: true });
});

/** A clone of a project whose submodule has one of its own. */
function project(place: string): string {
  newRepository(join(root, "inner"));
  newRepository(join(root, "lib"));
  git(join(root, "lib"), "submodule", "add", "-q", join(root, "inner"), "in ner");
  git(join(root, "lib"), "commit", "-qm", "with inner");
  newRepository(join(root, "origin"));
  git(join(root, "origin"), "submodule", "add", "-q", join(root, "lib"), "deep/lib");
  git(join(root, "origin"), "commit", "-qm", "with lib");
  git(root, "clone", "-q", "--recurse-submodules", join(root, "origin"), join(place, "clone"));
  return join(place, "clone");
}

async function make(repo: string): Promise<{ path: string; warnings: string[] }> {
  const path = join(repo, ".worktrees", TASK);
  const warnings: string[] = [];
  const warn = (line: string) => void warnings.push(line);
  await ensureWorktree(t.board, t.home, { taskId: TASK, path, repo: null, branchPrefix: "kanban/", warn });
  return { path, warnings };
}

const withMemory = existsSync(MEMORY) && statSync(MEMORY).dev !== statSync(realpathSync("/tmp")).dev;

test.each(withMemory ? ["the disk of the home", "another disk"] : ["the disk of the home"])(
  "submodules of submodules are whole in a repository on %s [J7]",
  async (disk) => {
    if (disk === "another disk") others.push(mkdtempSync(join(MEMORY, "kanban ")));
    const { path, warnings } = await make(project(others[0] ?? root));

    expect(warnings).toEqual([]);
    const [lib, inner] = [join(path, "deep", "lib"), join(path, "deep", "lib", "in ner")];
    for (const tree of [path, lib, inner]) {
      expect(readFileSync(join(tree, "README"), "utf8")).toBe("README");
      expect(git(tree, "status", "--porcelain")).toBe("");
      git(tree, "fsck", "--connectivity-only");
    }
    commit(inner, "new");
    expect(git(path, "status", "--porcelain")).toBe("M deep/lib");
    const gitDir = worktreeAt(t.board, path)!.git_dir!;
    expect(git(inner, "rev-parse", "--absolute-git-dir")).toBe(
      join(gitDir, "modules", "deep/lib", "modules", "in ner"),
    );
    const look = await worktreeStatus(t.board, t.home, path);
    expect(look).toMatchObject({ kind: "found", status: { changed_files: ["deep/lib/in ner", "deep/lib/in ner"] } });
    expect(readdirSync(join(t.home.run, "views"))).toEqual([]);
  },
);

test("nothing runs of a repository that a worker put in the place of a submodule's [A1]", async () => {
  const repo = project(root);
  const ran = join(root, "ran");
  const program = join(root, "smudge");
  writeFileSync(program, `#!/bin/sh\ntouch '${ran}'\ncat\n`);
  chmodSync(program, 0o755);
  // Its maker was killed, or is about to continue, when a worker of another task finds git's folder for it.
  const path = join(repo, ".worktrees", TASK);
  git(repo, "worktree", "add", "-q", "--no-checkout", "-b", `kanban/${TASK}`, path);
  const planted = join(repo, ".git", "worktrees", TASK, "modules", "deep", "lib");
  mkdirSync(join(planted, ".."), { recursive: true });
  git(root, "clone", "-q", "--bare", join(root, "lib"), planted);
  git(planted, "config", "core.bare", "false");
  git(planted, "config", "filter.theirs.smudge", `'${program}'`);
  writeFileSync(join(planted, "info", "attributes"), "* filter=theirs\n");
  git(root, "clone", "-q", planted, "sharp");
  git(planted, "--work-tree", join(root, "sharp"), "checkout", "-q", "-f", "HEAD");
  expect(existsSync(ran)).toBe(true);
  rmSync(ran);
  rmSync(join(planted, "index"));

  const { warnings } = await make(repo);

  expect(warnings).toEqual([]);
  expect(readFileSync(join(path, "deep", "lib", "README"), "utf8")).toBe("README");
  expect(existsSync(ran)).toBe(false);
  expect(readFileSync(join(planted, "config"), "utf8")).not.toContain("theirs");
});
