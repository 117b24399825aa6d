import { describe, expect, test } from "bun:test";
import { testBoard } from "../../testing/mod.ts";
import { forgetWorktree, markFilled, planWorktree, recordWorktree, worktreeAt, type WorktreeRecord } from "../mod.ts";

const made: WorktreeRecord = {
  path: "/workspaces/t_1",
  repository: "/app/.git",
  git_dir: "/app/.git/worktrees/t_1",
  branch: "kanban/t_1",
  base: "a".repeat(40),
  base_branch: "main",
  made_at: null,
};
const { path } = made;
const planned = { path, git_dir: null, branch: null, base: null, base_branch: null, made_at: null };

describe("the record of a worktree", () => {
  test("is planned, made, filled and forgotten; the repository stays known [A2]", () => {
    const { board, clock, kinds } = testBoard();

    expect(worktreeAt(board, path)).toBeNull();
    planWorktree(board, { path, repository: "/old/.git" });
    planWorktree(board, { path, repository: "/app/.git" });
    expect(worktreeAt(board, path)).toEqual({ ...planned, repository: "/app/.git" });
    markFilled(board, path);
    expect(worktreeAt(board, path)!.made_at).toBeNull();
    recordWorktree(board, made);
    expect(worktreeAt(board, path)).toEqual(made);
    clock.ms += 1_000;
    markFilled(board, path);
    expect(worktreeAt(board, path)).toEqual({ ...made, made_at: clock.ms });
    forgetWorktree(board, path);

    expect(worktreeAt(board, path)).toEqual({ ...planned, repository: "/app/.git" });
    expect(kinds()).toEqual([]);
  });

  test("of one that was made is not overwritten by a plan [A2]", () => {
    const { board } = testBoard();
    recordWorktree(board, made);

    planWorktree(board, { path, repository: "/hostile/.git" });

    expect(worktreeAt(board, path)).toEqual(made);
  });

  test("holds absolute paths alone", () => {
    const { board, dump } = testBoard();
    const before = dump();

    expect(() => planWorktree(board, { path: "relative", repository: "/app/.git" })).toThrow();
    expect(() => recordWorktree(board, { ...made, git_dir: "../elsewhere" })).toThrow();
    expect(() => recordWorktree(board, { ...made, git_dir: null })).toThrow();

    expect(dump()).toBe(before);
  });
});
