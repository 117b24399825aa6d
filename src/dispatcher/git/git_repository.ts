/**
 * Which repository a folder belongs to, and where its main working tree is.
 *
 * @module
 */
import { lstatSync, realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { git, type GitFailure } from "./git.ts";

export interface Repository {
  readonly kind: "ok";
  /** The common git folder, without links: what a repository is known by. */
  readonly repository: string;
  /** The main working tree; the git folder itself for a bare repository. */
  readonly main: string;
}

const LOOK_MS = 15_000;

/**
 * The repository that `path`, or the nearest folder above it that is there, belongs to.
 *
 * @returns `not_a_repository` when it is in none; else why git has no answer.
 */
export async function repositoryOf(path: string, signal?: AbortSignal): Promise<Repository | GitFailure> {
  const cwd = existingFolder(path);
  const options = { cwd, deadlineMs: LOOK_MS, signal };
  const found = await git(["rev-parse", "--git-dir", "--git-common-dir"], options);
  if (found.kind !== "ok") return found;
  const [own, repository] = found.out
    .split("\n")
    .filter(Boolean)
    .map((folder) => realpathSync(resolve(cwd, folder))) as [string, string];
  if (basename(repository) === ".git") return { kind: "ok", repository, main: dirname(repository) };
  // It fails in a bare repository and inside of a git folder.
  const top = own === repository ? await git(["rev-parse", "--show-toplevel"], options) : null;
  if (top?.kind === "ok") return { kind: "ok", repository, main: realpathSync(top.out.replace(/\n$/, "")) };
  return moduleOf(repository, signal);
}

/** The git folder of a submodule is kept by the project around it, and says where the module is. */
async function moduleOf(repository: string, signal?: AbortSignal): Promise<Repository | GitFailure> {
  const args = ["config", "--file", join(repository, "config"), "--no-includes", "--get", "core.worktree"];
  const named = await git(args, { cwd: "/", answers: [1], deadlineMs: LOOK_MS, signal });
  if (named.kind !== "ok") return named;
  const tree = resolve(repository, named.out.trim());
  const isThere = named.out.trim() !== "" && lstatSync(join(tree, ".git"), { throwIfNoEntry: false }) !== undefined;
  return { kind: "ok", repository, main: isThere ? realpathSync(tree) : repository };
}

function existingFolder(path: string): string {
  let folder = path;
  while (folder !== dirname(folder)) {
    try {
      if (lstatSync(realpathSync(folder)).isDirectory()) return realpathSync(folder);
    } catch {
      // Further up.
    }
    folder = dirname(folder);
  }
  return folder;
}
