/**
 * Git worktrees: a checkout per task on a branch of its own, `kanban/<task-id>`.
 *
 * A retry finds the worktree of the attempt before it. Nothing here ever discards work: a worktree may
 * go only when it is clean and its commits are merged or pushed.
 *
 * @module
 */
import { existsSync, mkdirSync, readFileSync, realpathSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { environment } from "../home.ts";
import { KanbanError } from "../kernel/mod.ts";

/** What there is to know about a task's worktree. */
export interface WorktreeStatus {
  /** The main working tree of its repository. */
  repo: string;
  /** Null when it is on no branch. */
  branch: string | null;
  /** The branch that its commits are counted against; null when there is none. */
  base: string | null;
  commits_ahead: number;
  /** Changed and untracked files, relative to the worktree. */
  changed_files: string[];
  clean: boolean;
  /** Its newest commit is part of the base. */
  merged: boolean;
  /** Its newest commit is on some remote. */
  pushed: boolean;
  removable: boolean;
}

/** Where the worktree of a task lies when it names no path. */
export function defaultWorktree(repo: string, taskId: string): string {
  return join(repo, ".worktrees", taskId);
}

/** The main working tree of the repository that `path` lies in, or null. */
export async function repositoryOf(path: string): Promise<string | null> {
  const { code, out } = await git(path, ["worktree", "list", "--porcelain", "-z"]);
  return code === 0 ? (mainOf(out)?.path ?? null) : null;
}

/**
 * Makes the worktree at `path`, or keeps the one that is there.
 *
 * @param repo The repository to use when `path` lies in none.
 * @throws {KanbanError} `refused` with git's own words.
 */
export async function ensureWorktree({
  taskId,
  path,
  repo,
}: {
  taskId: string;
  path: string;
  repo: string | null;
}): Promise<void> {
  const refused = (problem: string, hint?: string) =>
    new KanbanError("refused", `Cannot use worktree "${path}" for task "${taskId}": ${problem}`, hint);
  if (existsSync(path)) {
    if (!statSync(path).isDirectory()) throw refused("it must be a folder, it is a file");
    // First: to git it is nothing yet for a moment.
    if (isHalfMade(path)) {
      throw refused(
        "it is only half made: git is still at it, or was killed",
        `If no git runs there any more: git -C '${path}' worktree remove --force --force .`,
      );
    }
    if (await isLinkedWorktree(path)) return;
    if (existsSync(join(path, ".git"))) {
      throw refused(
        "it must be a linked worktree, it is the main working tree of a repository",
        `Use dir:${path}, or worktree:${defaultWorktree(path, taskId)}`,
      );
    }
  }
  const main = (await repositoryOf(existingAncestor(path))) ?? (repo === null ? null : await repositoryOf(repo));
  if (main === null) throw refused("it must lie in a git repository, or its profile must name a repo");
  const parent = dirname(path);
  mkdirSync(parent, { recursive: true });
  if (parent === join(main, ".worktrees") && !existsSync(join(parent, ".gitignore"))) {
    writeFileSync(join(parent, ".gitignore"), "*\n"); // Else every worktree shows up as untracked in the main one.
  }
  const branch = `kanban/${taskId}`;
  // One that was deleted by hand is still registered, and would hold the branch.
  await git(main, ["worktree", "prune"]);
  const known = await git(main, ["show-ref", "--verify", "--quiet", `refs/heads/${branch}`]);
  const added = await git(main, ["worktree", "add", ...(known.code === 0 ? [path, branch] : ["-b", branch, path])]);
  if (added.code !== 0) throw refused(added.err.trim().split("\n").at(-1) ?? "git worktree add failed");
}

/** What there is to know about the worktree at `path`; null when there is none. */
export async function worktreeStatus(path: string): Promise<WorktreeStatus | null> {
  if (!existsSync(path) || !(await isLinkedWorktree(path))) return null;
  const list = await git(path, ["worktree", "list", "--porcelain", "-z"]);
  const main = mainOf(list.out);
  if (list.code !== 0 || main === null) return null;
  const branch = (await git(path, ["symbolic-ref", "--quiet", "--short", "HEAD"])).out.trim() || null;
  const origin =
    (await git(path, ["symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD"])).out.trim() || null;
  const bases = [main.branch, origin].filter((name): name is string => name !== null && name !== branch);
  const base = bases[0] ?? null;
  const ahead = base === null ? null : await git(path, ["rev-list", "--count", `${base}..HEAD`]);
  const contained = await Promise.all(bases.map((name) => git(path, ["merge-base", "--is-ancestor", "HEAD", name])));
  const remote = await git(path, ["for-each-ref", "--count=1", "--contains", "HEAD", "refs/remotes"]);
  const changes = await git(path, ["status", "--porcelain", "-z", "--untracked-files=all"]);
  const changed_files = changedFiles(changes.out);
  // A command that failed proves nothing, so it never makes a worktree removable.
  const clean = changes.code === 0 && changed_files.length === 0;
  const merged = contained.some(({ code }) => code === 0);
  const pushed = remote.code === 0 && remote.out.trim() !== "";
  const commits_ahead = Number(ahead?.out) || 0;
  return {
    repo: main.path,
    branch,
    base,
    commits_ahead,
    changed_files,
    clean,
    merged,
    pushed,
    removable: clean && (merged || pushed),
  };
}

/**
 * Removes a worktree that git, too, considers clean, and its branch if it is merged.
 *
 * @throws {KanbanError} `refused` with git's own words.
 */
export async function removeWorktree(
  path: string,
  { repo, branch }: Pick<WorktreeStatus, "repo" | "branch">,
): Promise<void> {
  const removed = await git(repo, ["worktree", "remove", path]);
  if (removed.code !== 0) throw new KanbanError("refused", `Cannot remove worktree "${path}": ${removed.err.trim()}`);
  if (branch?.startsWith("kanban/")) await git(repo, ["branch", "-d", branch]); // Refuses by itself when it is not merged.
}

async function isLinkedWorktree(path: string): Promise<boolean> {
  const { code, out } = await git(path, [
    "rev-parse",
    "--path-format=absolute",
    "--show-toplevel",
    "--git-dir",
    "--git-common-dir",
  ]);
  const [top, own, common] = out.split("\n");
  return code === 0 && own !== common && top === realpathSync(path);
}

/** Git locks a worktree with this word while it fills it; a worker would find files missing. */
function isHalfMade(path: string): boolean {
  const link = statSync(join(path, ".git"), { throwIfNoEntry: false });
  if (!link?.isFile()) return false;
  const text = readFileSync(join(path, ".git"), "utf8");
  const folder = /^gitdir: (.+)\n?$/.exec(text)?.[1];
  if (folder === undefined) return text === ""; // Git is about to write it.
  const lock = join(resolve(path, folder), "locked");
  return existsSync(lock) && readFileSync(lock, "utf8").trim() === "initializing";
}

/** The first entry that git lists is the main working tree. */
function mainOf(list: string): { path: string; branch: string | null } | null {
  const lines = list.split("\0\0", 1)[0]!.split("\0");
  const value = (key: string) => lines.find((line) => line.startsWith(`${key} `))?.slice(key.length + 1) ?? null;
  const path = value("worktree");
  return path === null ? null : { path, branch: value("branch")?.replace(/^refs\/heads\//, "") ?? null };
}

/** Reads `XY path` entries; a rename or copy is followed by the path it came from. */
function changedFiles(status: string): string[] {
  const files: string[] = [];
  const entries = status.split("\0");
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i]!;
    if (entry === "") continue;
    files.push(entry.slice(3));
    if (/^[RC]|^.[RC]/.test(entry)) i++;
  }
  return files;
}

function existingAncestor(path: string): string {
  let folder = dirname(path);
  while (!existsSync(folder) && folder !== dirname(folder)) folder = dirname(folder);
  return folder;
}

/** Runs git in `cwd` without ever asking a question. Its environment must not point it to another repository. */
async function git(cwd: string, args: string[]): Promise<{ code: number; out: string; err: string }> {
  const env = Object.fromEntries(Object.entries(environment()).filter(([name]) => !name.startsWith("GIT_")));
  try {
    const child = Bun.spawn(["git", ...args], {
      cwd,
      env: { ...env, GIT_TERMINAL_PROMPT: "0", LC_ALL: "C" },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
      timeout: 600_000,
    });
    const [out, err, code] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    return { code, out, err };
  } catch (error) {
    return { code: 127, out: "", err: (error as Error).message };
  }
}
