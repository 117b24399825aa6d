/**
 * What is in a worktree beside its commits: changed files, untracked ones, and ignored ones.
 *
 * An ignored file is content like any other: results and settings are ignored as often as builds. Only
 * folders that package managers, compilers and test runners fill by themselves are not. Submodules have
 * repositories of their own, so each is checked by itself, through a view of its own.
 *
 * @module
 */
import { lstatSync, readdirSync, realpathSync } from "node:fs";
import { join, resolve } from "node:path";
import { readSmall } from "../../files.ts";
import type { Home } from "../../home.ts";
import type { GitResult } from "../git/git.ts";
import { answer, GitTrouble, type View, withView } from "../git/git_view.ts";
import { unchangedByPointer } from "./worktree_lfs.ts";

export interface Content {
  /** Changed and untracked files, relative to the worktree. */
  changed: string[];
  /** Ignored files and folders that no tool fills by itself. */
  ignored: { path: string; files: number; bytes: number }[];
}

/** Folders and files that tools make by themselves and make again. */
const CACHES = new Set([
  ...["node_modules", "bower_components", ".pnpm-store", ".yarn", ".npm", ".parcel-cache", ".turbo", ".next", ".nuxt"],
  ...[
    ".svelte-kit",
    ".angular",
    ".vite",
    ".venv",
    "venv",
    "__pycache__",
    ".pytest_cache",
    ".mypy_cache",
    ".ruff_cache",
  ],
  ...[
    ".tox",
    ".nox",
    ".eggs",
    ".ipynb_checkpoints",
    "target",
    ".gradle",
    "dist",
    ".cache",
    ".ccls-cache",
    ".terraform",
  ],
  ...[".bundle", ".dart_tool", ".stack-work", ".DS_Store"],
]);
const CACHE_FILE = /\.(pyc|pyo|tsbuildinfo)$/;
const SUBMODULE_DEPTH_MAX = 8;
/** Far more than a project has; beyond it a folder is said to hold at least so much. */
const ENTRIES_MAX = 20_000;

/**
 * Everything that would be lost with the worktree at `path`.
 *
 * @throws {GitTrouble} when git gives no answer.
 */
export async function contentOf(
  home: Home,
  view: View,
  {
    gitDir,
    path,
    signal,
    depth = 0,
  }: { gitDir: string; path: string; signal?: AbortSignal | undefined; depth?: number },
): Promise<Content> {
  const status = await view.run([
    ...["status", "--porcelain", "-z", "--untracked-files=all", "--ignored=matching", "--ignore-submodules=dirty"],
  ]);
  const content = sorted(answer(status), path);
  const listed = answer(await view.run(["ls-files", "--stage", "-z"], { bytesMax: 128 * 1024 * 1024 }));
  const entries = listed.split("\0");
  await leaveOutPointers(view, path, { content, edited: editedIn(status), entries });
  const modules = entries.filter((entry) => entry.startsWith("160000 "));
  for (const entry of modules) {
    const [meta, name] = [entry.slice(0, entry.indexOf("\t")), entry.slice(entry.indexOf("\t") + 1)];
    const folder = join(path, name);
    if (!isFilled(folder)) continue;
    const inner = await submoduleContent(home, { gitDir, folder, commit: meta.split(" ")[1]!, signal, depth });
    content.changed.push(...inner.changed.map((file) => (file === "" ? name : `${name}/${file}`)));
    content.ignored.push(...inner.ignored.map((found) => ({ ...found, path: `${name}/${found.path}` })));
  }
  return content;
}

/** Files that differ from what is staged, and from nothing else. */
function editedIn(status: GitResult): Set<string> {
  const entries = answer(status).split("\0");
  return new Set(entries.filter((entry) => entry.startsWith(" M ")).map((entry) => entry.slice(3)));
}

async function leaveOutPointers(
  view: View,
  path: string,
  { content, edited, entries }: { content: Content; edited: ReadonlySet<string>; entries: readonly string[] },
): Promise<void> {
  if (edited.size === 0) return;
  const stored = entries.map((entry) => [entry.slice(entry.indexOf("\t") + 1), entry.split(" ")[1]!] as const);
  const unchanged = await unchangedByPointer(view, path, new Map(stored.filter(([name]) => edited.has(name))));
  content.changed = content.changed.filter((name) => !unchanged.has(name));
}

/** An empty name means the submodule itself: its content is unknown, or is nowhere else. */
async function submoduleContent(
  home: Home,
  {
    gitDir,
    folder,
    commit,
    signal,
    depth,
  }: {
    gitDir: string;
    folder: string;
    commit: string;
    signal: AbortSignal | undefined;
    depth: number;
  },
): Promise<Content> {
  const own = moduleDir(gitDir, folder);
  if (own === null || depth >= SUBMODULE_DEPTH_MAX) return { changed: [""], ignored: [] };
  const of = { gitDir: own, repository: own, path: folder };
  const found = await withView(home, of, { purpose: "look", signal }, async (view) => {
    const content = await contentOf(home, view, { gitDir: own, path: folder, signal, depth: depth + 1 });
    const head = answer(await view.run(["rev-parse", "--verify", "HEAD^{commit}"])).trim();
    const known = head === commit || answer(await view.run(onRemotes(head))) !== "";
    return known ? content : { ...content, changed: ["", ...content.changed] };
  });
  if ("kind" in found) throw new GitTrouble(found);
  return found;
}

/** Lists a branch of a remote that has a commit. */
export function onRemotes(commit: string): string[] {
  return ["for-each-ref", "--count=1", `--contains=${commit}`, "--format=%(refname)", "refs/remotes"];
}

/** The git folder of a submodule, if git itself made it below the one of the worktree. */
function moduleDir(gitDir: string, folder: string): string | null {
  try {
    const target = /^gitdir: (.+)\n?$/.exec(readSmall(join(folder, ".git"), 16 * 1024))?.[1];
    if (target === undefined) return null;
    const own = realpathSync(resolve(folder, target));
    return own.startsWith(`${realpathSync(gitDir)}/modules/`) ? own : null;
  } catch {
    return null;
  }
}

function isFilled(folder: string): boolean {
  try {
    return readdirSync(folder).length > 0;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ENOENT";
  }
}

/** Reads `XY path` entries; a rename or copy is followed by the path it came from. */
function sorted(status: string, root: string): Content {
  const content: Content = { changed: [], ignored: [] };
  const entries = status.split("\0");
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i]!;
    if (entry === "") continue;
    const path = entry.slice(3);
    if (!entry.startsWith("!! ")) content.changed.push(path);
    else if (!isCache(path)) {
      const size = sizeOf(join(root, path));
      if (size.files > 0) content.ignored.push({ path, ...size });
    }
    if (/^[RC]|^.[RC]/.test(entry)) i++;
  }
  return content;
}

function isCache(path: string): boolean {
  return CACHE_FILE.test(path) || path.split("/").some((name) => CACHES.has(name));
}

function sizeOf(path: string): { files: number; bytes: number } {
  const total = { files: 0, bytes: 0 };
  const waiting = [path];
  for (let seen = 0; waiting.length > 0 && seen < ENTRIES_MAX; seen++) {
    const next = waiting.pop()!;
    try {
      const stat = lstatSync(next);
      if (stat.isDirectory()) {
        waiting.push(...readdirSync(next).map((name) => join(next, name)));
        continue;
      }
      total.bytes += stat.size;
    } catch {
      // What cannot be looked into may be anything.
    }
    total.files++;
  }
  return total;
}
