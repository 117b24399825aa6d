import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, realpathSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { commitFolders, gitLinkOf, lockOf, obstacleIn } from "./git_link.ts";
import { tempDir } from "./testing/mod.ts";
import { expand } from "./agents/expand.ts";
import { AGENTS } from "./agents/presets.ts";

let dir: ReturnType<typeof tempDir>;
let root: string;
const at = (...names: string[]) => join(root, ...names);

beforeEach(() => {
  dir = tempDir();
  root = realpathSync(dir.path);
  git(root, "init", "--quiet", "a repo");
  git(at("a repo"), "-c", "user.name=x", "-c", "user.email=x@x", "commit", "--quiet", "--allow-empty", "-m", "x");
  git(at("a repo"), "worktree", "add", "--quiet", "-b", "kanban/t_1", ".worktrees/t_1");
});
afterEach(() => dir.remove());

function git(cwd: string, ...args: string[]): void {
  const { exitCode, stderr } = Bun.spawnSync(["git", ...args], { cwd });
  if (exitCode !== 0) throw new Error(stderr.toString());
}

function argvOf(agent: string, workspace: string): string[] {
  return expand({
    profile: { name: "coder", agent, prompt: null, model: null, args: [], options: {} },
    task: { id: "t_00000001", title: "x", tenant: null },
    run: { id: 7 },
    ...{
      workspace,
      dir: "/run",
      bin: "/kanban",
      mcp_config: "/run/mcp.json",
      skills: [],
      roster: [],
      env: {},
      prompt: "",
    },
  }).argv;
}

describe("gitLinkOf()", () => {
  const tree = () => at("a repo", ".worktrees", "t_1");
  const linked = () => ({
    kind: "linked" as const,
    gitDir: at("a repo", ".git", "worktrees", "t_1"),
    repository: at("a repo", ".git"),
  });

  test("finds the repository of a worktree, through any link", () => {
    symlinkSync(at("a repo", ".worktrees"), at("link"));

    expect(gitLinkOf(tree())).toEqual(linked());
    expect(gitLinkOf(at("link", "t_1"))).toEqual(linked());
  });

  test("distinguishes a repository, a folder in none and one that is not there", () => {
    mkdirSync(join(tree(), "deep"));

    expect(gitLinkOf(at("a repo"))).toEqual({ kind: "main" });
    for (const folder of [root, at("gone"), join(tree(), "deep")]) expect(gitLinkOf(folder)).toEqual({ kind: "none" });
  });

  test("believes no forged file [A2]", () => {
    mkdirSync(at("forged", "worktrees", "fake"), { recursive: true });
    mkdirSync(at("precious"));
    const fake = at("forged", "worktrees", "fake");
    writeFileSync(join(fake, "gitdir"), `${at("forged", ".git")}\n`);
    writeFileSync(join(fake, "commondir"), "../..\n");
    for (const [target, problem] of [
      [at("precious"), "its .git does not name a git folder"],
      [linked().gitDir, "its .git names a repository that does not list it"],
      ["worktrees/fake", "its .git names a repository inside of it"],
    ]) {
      writeFileSync(at("forged", ".git"), `gitdir: ${target}\n`);
      expect(gitLinkOf(at("forged"))).toEqual({ kind: "broken", problem: problem! });
    }
    writeFileSync(join(linked().gitDir, "commondir"), `${at("precious")}\n`);
    expect(gitLinkOf(tree())).toMatchObject({ kind: "broken" });
  });

  test("waits for no pipe and reads no large file [A3]", () => {
    const file = join(tree(), ".git");
    rmSync(file);
    Bun.spawnSync(["mkfifo", file]);
    expect(gitLinkOf(tree())).toMatchObject({ kind: "broken", problem: expect.stringContaining("it is a pipe") });

    rmSync(file);
    writeFileSync(file, "");
    expect(gitLinkOf(tree())).toEqual({ kind: "unfinished" });
    truncateSync(file, 1024 ** 3);
    expect(gitLinkOf(tree())).toMatchObject({ kind: "broken", problem: expect.stringContaining("larger than 16 KiB") });

    writeFileSync(file, `gitdir: ${linked().gitDir}\n`);
    Bun.spawnSync(["mkfifo", join(linked().gitDir, "locked")]);
    expect(lockOf(linked().gitDir)).toContain("it is a pipe");
    rmSync(join(linked().gitDir, "locked"));
    for (const name of ["gitdir", "commondir"]) {
      rmSync(join(linked().gitDir, name));
      Bun.spawnSync(["mkfifo", join(linked().gitDir, name)]);
      expect(gitLinkOf(tree())).toMatchObject({ kind: "broken" });
    }
  });

  test("reports that the repository is gone [J6]", () => {
    renameSync(at("a repo", ".worktrees", "t_1"), at("moved"));
    renameSync(at("a repo"), at("elsewhere"));

    expect(gitLinkOf(at("moved"))).toEqual({ kind: "lost", gitDir: linked().gitDir });
  });
});

describe("commitFolders()", () => {
  test("names both git folders of a worktree, and the one of a plain repository, through any link", () => {
    symlinkSync(at("a repo"), at("link"));

    const own = at("a repo", ".git");
    expect(commitFolders(at("link", ".worktrees", "t_1"))).toEqual([own, join(own, "worktrees", "t_1")]);
    expect(commitFolders(at("link"))).toEqual([own]);
    for (const folder of [root, at("gone")]) expect(commitFolders(folder)).toEqual([]);
  });

  test("opens no folder that a worker's own file or link names", () => {
    git(root, "init", "--quiet", "precious");
    for (const name of ["forged", "linked"]) mkdirSync(at(name));
    writeFileSync(at("forged", ".git"), `gitdir: ${at("precious", ".git")}\n`);
    symlinkSync(at("precious", ".git"), at("linked", ".git"));

    for (const name of ["forged", "linked"]) expect(commitFolders(at(name))).toEqual([]);
  });
});

test("codex may write where a commit is written, in a worktree and in place; no other agent's command line changes [N1]", () => {
  const tree = at("a repo", ".worktrees", "t_1");
  const own = at("a repo", ".git");
  const opened = (workspace: string) => {
    const argv = argvOf("codex", workspace);
    return argv.filter((_, index) => argv[index - 1] === "--add-dir");
  };

  expect(opened(tree)).toEqual([own, join(own, "worktrees", "t_1")]);
  expect(opened(at("a repo"))).toEqual([own]);
  expect(opened(root)).toEqual([]);
  for (const agent of AGENTS) if (agent !== "codex") expect(argvOf(agent, tree)).not.toContain(own);
});

describe("obstacleIn()", () => {
  const entry = () => at("a repo", ".git", "worktrees", "t_1");

  test("finds none in a repository as git made it", () => {
    expect(obstacleIn(at("a repo", ".git"))).toBeNull();
  });

  test.each(["HEAD", "gitdir", "commondir", "locked"])("names a pipe that git would wait for: %s [A3]", (name) => {
    rmSync(join(entry(), name), { force: true });
    Bun.spawnSync(["mkfifo", join(entry(), name)]);

    expect(obstacleIn(at("a repo", ".git"))).toBe(`"${join(entry(), name)}" is not a file of git`);
  });

  test("names a file that git would read whole, however large [A4]", () => {
    truncateSync(join(entry(), "gitdir"), 6 * 1024 ** 3);

    expect(obstacleIn(at("a repo", ".git"))).toBe(
      `"${join(entry(), "gitdir")}" must be a file of git, it is too large`,
    );
  });
});
