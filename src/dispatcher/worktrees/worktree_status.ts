/**
 * What there is to know about a task's worktree, and whether it may go.
 *
 * The answer is complete or missing: a command that failed proves nothing, so a worktree about which git cannot say
 * everything is kept.
 *
 * @module
 */
import { lstatSync } from "node:fs";
import { join } from "node:path";
import { lockOf } from "../../git_link.ts";
import type { Home } from "../../home.ts";
import { type Board, worktreeAt, type WorktreeRecord } from "../../kernel/mod.ts";
import { answer, GitTrouble, type View, withView } from "../git/git_view.ts";
import { type Content, contentOf, onRemotes } from "./worktree_content.ts";
import { type CheckedLink, checkedLink } from "./worktree_link.ts";
import { containsWork } from "./worktree_merge.ts";

export interface WorktreeStatus {
  /** The common git folder of its repository. */
  repository: string;
  /** Null when it is on no branch. */
  branch: string | null;
  /** The branch that its commits are counted against; null if none. */
  base: string | null;
  commits_ahead: number;
  /** Changed and untracked files, relative to the worktree. */
  changed_files: string[];
  /** Ignored files and folders, but for what tools make by themselves. */
  ignored: Content["ignored"];
  /** Why it is locked, in the user's words. */
  locked: string | null;
  /** What git is in the middle of. */
  busy: string | null;
  /** Its commits, or what they changed, are part of the base. */
  merged: boolean;
  /** Its newest commit is on some remote. */
  pushed: boolean;
}

export type WorktreeLook =
  /** There is no worktree. */
  | { readonly kind: "none" }
  | { readonly kind: "found"; readonly status: WorktreeStatus }
  /** It was not checked, or git gives no answer. */
  | { readonly kind: "refused"; readonly problem: string; readonly hint: string | null };

/** What there is to know about the worktree at `path`. Changes nothing, runs nothing that it names. */
export async function worktreeStatus(
  board: Board,
  home: Home,
  path: string,
  { signal }: { signal?: AbortSignal | undefined } = {},
): Promise<WorktreeLook> {
  const record = worktreeAt(board, path);
  const link = checkedLink(path, record);
  if (link.kind === "none" || link.kind === "main") return { kind: "none" };
  if (link.kind === "unfinished") return refused("it is incomplete: git is still running, or was killed");
  if (link.kind === "refused") return { kind: "refused", problem: link.problem, hint: link.hint };
  const { gitDir, repository } = link;
  try {
    const found = await withView(home, { gitDir, repository, path }, { purpose: "look", signal }, (view) =>
      statusIn(home, view, { path, link, record, signal }),
    );
    return "kind" in found ? refused(found.words, found.hint) : { kind: "found", status: found };
  } catch (error) {
    if (!(error instanceof GitTrouble)) throw error;
    return refused(error.failure.words, error.failure.hint);
  }
}

/** Why a worktree has to stay, or null when nothing in it would be lost. */
export function reasonToKeep(status: WorktreeStatus): string | null {
  const { changed_files, ignored, branch } = status;
  if (status.locked !== null) return `it is locked: ${status.locked}`;
  if (status.busy !== null) return `it is in the middle of ${status.busy}`;
  if (changed_files.length > 0) return `it has changed files: ${changed_files.slice(0, 3).join(", ")}`;
  if (ignored.length > 0) {
    const named = ignored.slice(0, 3).map(({ path }) => path);
    return `it has ${ignoredInWords(ignored)}: ${named.join(", ")}`;
  }
  if (status.merged || status.pushed) return null;
  return `branch ${branch ?? "(none)"} has commits that are neither merged nor pushed`;
}

/** "3 ignored files, 2 MB". */
export function ignoredInWords(ignored: WorktreeStatus["ignored"]): string {
  const [files, bytes] = ignored.reduce(([f, b], found) => [f + found.files, b + found.bytes], [0, 0]);
  return `${files} ignored ${files === 1 ? "file" : "files"}, ${sizeInWords(bytes)}`;
}

function sizeInWords(bytes: number): string {
  if (bytes < 1_000) return `${bytes} ${bytes === 1 ? "byte" : "bytes"}`;
  if (bytes < 1_000_000) return `${Math.round(bytes / 1_000)} kB`;
  return bytes < 1_000_000_000 ? `${Math.round(bytes / 1_000_000)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

async function statusIn(
  home: Home,
  view: View,
  {
    path,
    link,
    record,
    signal,
  }: {
    path: string;
    link: Extract<CheckedLink, { kind: "linked" }>;
    record: WorktreeRecord | null;
    signal: AbortSignal | undefined;
  },
): Promise<WorktreeStatus> {
  const { gitDir, repository } = link;
  const head = answer(await view.run(["rev-parse", "--verify", "HEAD^{commit}"])).trim();
  const own = await symbolic(view, "HEAD");
  const bases = await basesOf(view, { own, record });
  const base = bases[0] ?? null;
  const ahead = base === null ? "0" : answer(await view.run(["rev-list", "--count", `${base}..${head}`]));
  const { changed, ignored } = await contentOf(home, view, { gitDir, path, signal });
  let merged = false;
  for (const ref of bases) merged ||= await containsWork(view, ref, head);
  return {
    repository,
    branch: own === null ? null : short(own),
    base: base === null ? null : short(base),
    commits_ahead: Number(ahead),
    changed_files: changed,
    ignored,
    locked: lockOf(gitDir),
    busy: busyWith(gitDir),
    merged,
    pushed: answer(await view.run(onRemotes(head))) !== "",
  };
}

/** Where its work may have gone: the branch that it was made from, the one of the main tree, the remote's. */
async function basesOf(
  view: View,
  { own, record }: { own: string | null; record: WorktreeRecord | null },
): Promise<string[]> {
  const made = record?.base_branch == null ? null : `refs/heads/${record.base_branch}`;
  const named = [made, await symbolic(view, "main-worktree/HEAD"), await symbolic(view, "refs/remotes/origin/HEAD")];
  const bases: string[] = [];
  for (const ref of new Set(named)) {
    if (ref === null || ref === own) continue;
    const known = await view.run(["show-ref", "--verify", "--quiet", ref], { answers: [1] });
    if (known.kind !== "ok") throw new GitTrouble(known);
    if (known.code === 0) bases.push(ref);
  }
  return bases;
}

/** The ref that a symbolic ref names, or null. */
async function symbolic(view: View, name: string): Promise<string | null> {
  return answer(await view.run(["symbolic-ref", "--quiet", name], { answers: [1] })).trim() || null;
}

function short(ref: string): string {
  return ref.replace(/^refs\/(heads|remotes)\//, "");
}

function refused(problem: string, hint?: string): WorktreeLook {
  return { kind: "refused", problem, hint: hint ?? null };
}

const UNDER_WAY: Readonly<Record<string, string>> = {
  "rebase-merge": "a rebase",
  "rebase-apply": "a rebase",
  MERGE_HEAD: "a merge",
  CHERRY_PICK_HEAD: "a cherry-pick",
  REVERT_HEAD: "a revert",
  BISECT_LOG: "a bisect",
};

function busyWith(gitDir: string): string | null {
  const under = Object.entries(UNDER_WAY).find(
    ([name]) => lstatSync(join(gitDir, name), { throwIfNoEntry: false }) !== undefined,
  );
  return under?.[1] ?? null;
}
