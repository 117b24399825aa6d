/**
 * Whether the worktree at a path is still the one that was recorded, before git runs there.
 *
 * A worker may replace the `.git` file of its worktree and so lead git to a repository of its own making.
 * The repository that was recorded when the worktree was made is the only one that git is started for.
 *
 * @module
 */
import { existsSync, lstatSync, readdirSync } from "node:fs";
import { type GitLink, gitLinkOf } from "../../git_link.ts";
import type { WorktreeRecord } from "../../kernel/mod.ts";

export type CheckedLink =
  | {
      readonly kind: "linked";
      readonly gitDir: string;
      readonly repository: string;
      /** Null for a worktree that is met for the first time, or that the user moved or created again. */
      readonly record: WorktreeRecord | null;
    }
  | { readonly kind: "none" }
  | { readonly kind: "main" }
  | { readonly kind: "unfinished" }
  | { readonly kind: "refused"; readonly problem: string; readonly hint: string | null };

/** Reads the worktree's files and compares them with its record. */
export function checkedLink(path: string, record: WorktreeRecord | null): CheckedLink {
  const link = gitLinkOf(path);
  switch (link.kind) {
    case "linked":
      return compared(link, path, record);
    case "lost":
      return { kind: "refused", problem: "its repository was removed or moved", hint: repairHint(path) };
    case "broken":
      return { kind: "refused", problem: link.problem, hint: madeIn(record) };
    case "main":
      if (record?.git_dir == null) return link;
      return { kind: "refused", problem: "its .git names a repository of its own", hint: putBackHint(path, record) };
    case "none":
      if (record?.git_dir == null || isEmpty(path)) return link;
      return { kind: "refused", problem: "its .git file is missing", hint: putBackHint(path, record) };
    case "unfinished":
      return link;
  }
}

/** What helps when a repository was moved. */
export function repairHint(path: string): string {
  return `If it was moved, tell git: git -C REPO worktree repair '${path}'`;
}

function compared(
  { gitDir, repository }: Extract<GitLink, { kind: "linked" }>,
  path: string,
  record: WorktreeRecord | null,
): CheckedLink {
  if (record?.git_dir == null) return { kind: "linked", gitDir, repository, record: null };
  if (repository === record.repository)
    return { kind: "linked", gitDir, repository, record: gitDir === record.git_dir ? record : null };
  // The user moved the repository and repaired the link. A worker cannot make the old one go away.
  if (lstatSync(record.repository, { throwIfNoEntry: false }) === undefined)
    return { kind: "linked", gitDir, repository, record: null };
  return {
    kind: "refused",
    problem: "its .git names another repository than the one it was made in",
    hint: putBackHint(path, record),
  };
}

function putBackHint(path: string, { repository }: WorktreeRecord): string {
  return `It was made in ${repository}. Put its .git back: git -C '${repository}' worktree repair '${path}'`;
}

/** A folder that was deleted by hand, or is there with nothing in it: the worktree can be created again. */
function isEmpty(path: string): boolean {
  return !existsSync(path) || readdirSync(path).length === 0;
}

function madeIn(record: WorktreeRecord | null): string | null {
  return record?.git_dir == null ? null : `It was made in ${record.repository}`;
}
