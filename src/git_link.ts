/**
 * How a git worktree and its repository name each other, read from their files without starting git.
 *
 * The file `.git` of a linked worktree names git's folder for it, and that folder names the worktree. A worker can
 * write the first one, so it is believed only when the second one answers, and never when the repository is inside
 * the worktree: a worker could then have written both.
 *
 * @module
 */
import { lstatSync, readdirSync, realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { readSmall, statOrNull } from "./files.ts";

export type GitLink =
  | {
      readonly kind: "linked";
      /** Git's folder for this worktree alone. */
      readonly gitDir: string;
      /** The common git folder of the repository. Both are without links. */
      readonly repository: string;
    }
  /** No `.git`: no worktree, or a folder in one. */
  | { readonly kind: "none" }
  /** The main working tree of a repository or of a submodule. */
  | { readonly kind: "main" }
  /** Git is filling it, or was killed while it did. */
  | { readonly kind: "unfinished" }
  /** Git's folder for it, which `.git` names, is not there. */
  | { readonly kind: "lost"; readonly gitDir: string }
  | { readonly kind: "broken"; readonly problem: string };

/** A path may have 4 KiB, and a lock a sentence. */
const BYTES_MAX = 16 * 1024;

/** What the folder at `path` is to git. */
export function gitLinkOf(path: string): GitLink {
  try {
    return read(realpathSync(path));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return { kind: "none" };
    return { kind: "broken", problem: message };
  }
}

/**
 * The git folders that a commit in the working tree at `path` is written into, without links: those of a linked
 * worktree, or its own `.git`. A file `.git` that names any other folder is not believed, so it opens none.
 */
export function commitFolders(path: string): string[] {
  const link = gitLinkOf(path);
  if (link.kind === "linked") return [link.repository, link.gitDir];
  if (link.kind !== "main") return [];
  const own = join(realpathSync(path), ".git");
  return isFolder(own) ? [own] : [];
}

/** Why git's folder `gitDir` is locked, or null when it is not. */
export function lockOf(gitDir: string): string | null {
  try {
    return readSmall(join(gitDir, "locked"), BYTES_MAX).trim() || "no reason given";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? null : (error as Error).message;
  }
}

/** The `.git` file that git's folder `gitDir` names, or null when it names none. */
export function namedBy(gitDir: string): string | null {
  try {
    const named = readSmall(join(gitDir, "gitdir"), BYTES_MAX).trim();
    return named === "" ? null : resolve(gitDir, named);
  } catch {
    return null;
  }
}

/** The branch that `HEAD` in git's folder `gitDir` is on, or null. */
export function branchIn(gitDir: string): string | null {
  try {
    const branch = /^ref: refs\/heads\/(.+)\n?$/.exec(readSmall(join(gitDir, "HEAD"), BYTES_MAX))?.[1];
    return branch === undefined || branch === ".invalid" ? null : branch; // Where refs are kept in tables.
  } catch {
    return null;
  }
}

/** Files that git reads of every worktree before it adds or removes one. */
const READ_OF_EACH = ["HEAD", "gitdir", "commondir", "locked"];

/**
 * What would hold git up in a repository, in words, or null: a pipe that it would wait for, or a file of a size that
 * it would read whole. A worker that may commit may write there, and git reads all others before it adds a worktree.
 */
export function obstacleIn(repository: string): string | null {
  const entries = join(repository, "worktrees");
  const folders = isFolder(entries) ? readdirSync(entries).map((name) => join(entries, name)) : [];
  const each = folders.flatMap((folder) => READ_OF_EACH.map((name) => join(folder, name)));
  for (const path of [join(repository, "HEAD"), join(repository, "packed-refs"), ...each]) {
    const stat = statOrNull(path); // Git follows links.
    if (stat === null) continue;
    if (!stat.isFile()) return `"${path}" is not a file of git`;
    if (stat.size > BYTES_MAX && !path.endsWith("packed-refs"))
      return `"${path}" must be a file of git, it is too large`;
  }
  return null;
}

function isFolder(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function read(folder: string): GitLink {
  const link = join(folder, ".git");
  if (lstatSync(link).isDirectory()) return { kind: "main" };
  const text = readSmall(link, BYTES_MAX);
  if (text === "") return { kind: "unfinished" };
  const target = /^gitdir: (.+)\n?$/.exec(text)?.[1];
  if (target === undefined) return { kind: "broken", problem: "its .git is not a file of git" };
  const named = resolve(folder, target);
  if (lstatSync(named, { throwIfNoEntry: false }) === undefined) return { kind: "lost", gitDir: named };
  const gitDir = realpathSync(named);
  const repository = dirname(dirname(gitDir));
  if (basename(dirname(gitDir)) !== "worktrees") return whole(gitDir);
  // Git locks a worktree with this word while it fills it; a worker would find files missing.
  if (lockOf(gitDir) === "initializing") return { kind: "unfinished" };
  if (`${repository}/`.startsWith(`${folder}/`))
    return { kind: "broken", problem: "its .git names a repository inside of it" };
  const back = namedBy(gitDir);
  if (back === null || canonicalFile(back) !== link)
    return { kind: "broken", problem: "its .git names a repository that does not list it" };
  const common = resolve(gitDir, readSmall(join(gitDir, "commondir"), BYTES_MAX).trim());
  if (realpathSync(common) !== repository)
    return { kind: "broken", problem: "its .git names a folder that belongs to another repository" };
  return { kind: "linked", gitDir, repository };
}

/** A submodule has a file `.git` too, and a git folder of its own elsewhere. */
function whole(gitDir: string): GitLink {
  if (lstatSync(join(gitDir, "HEAD"), { throwIfNoEntry: false })?.isFile()) return { kind: "main" };
  return { kind: "broken", problem: "its .git does not name a git folder" };
}

/** The path of a file whose folder is looked up without links; the file itself may be one. */
function canonicalFile(path: string): string {
  try {
    return join(realpathSync(dirname(path)), basename(path));
  } catch {
    return path;
  }
}
