import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempDir } from "../testing/mod.ts";
import { expand } from "./expand.ts";
import { linkedRepository } from "./linked_repository.ts";
import { AGENTS } from "./presets.ts";

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

describe("linkedRepository()", () => {
  test("is where a worktree's commits go, whatever link leads to it", () => {
    symlinkSync(at("a repo", ".worktrees"), at("link"));
    expect(linkedRepository(at("a repo", ".worktrees", "t_1"))).toBe(at("a repo", ".git"));
    expect(linkedRepository(at("link", "t_1"))).toBe(at("a repo", ".git"));
  });

  test("is nothing for a repository itself, a folder in none and one that is not there", () => {
    for (const folder of [at("a repo"), root, at("gone")]) expect(linkedRepository(folder)).toBeNull();
  });

  test("opens nothing that a forged file names", () => {
    mkdirSync(at("forged", "fake"), { recursive: true });
    mkdirSync(at("precious"));
    for (const target of [at("precious"), at("a repo", ".git"), at("a repo", ".git", "worktrees", "t_1"), "fake"]) {
      writeFileSync(at("forged", ".git"), `gitdir: ${target}\n`);
      writeFileSync(at("forged", "fake", "gitdir"), `${at("forged", ".git")}\n`);
      writeFileSync(at("forged", "fake", "commondir"), `${at("precious")}\n`);
      expect(linkedRepository(at("forged"))).toBeNull();
    }
  });
});

test("codex may write there, or it could not commit in a worktree; no other agent's command line changes", () => {
  const tree = at("a repo", ".worktrees", "t_1");
  const codex = argvOf("codex", tree);
  expect(codex.slice(codex.indexOf("--sandbox"), codex.indexOf("-c"))).toEqual([
    ...["--sandbox", "workspace-write", "--add-dir", at("a repo", ".git")],
  ]);
  expect(argvOf("codex", at("a repo"))).not.toContain("--add-dir");
  for (const agent of AGENTS) if (agent !== "codex") expect(argvOf(agent, tree)).not.toContain(at("a repo", ".git"));
});
