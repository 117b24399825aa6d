/**
 * Fills the submodules of a new worktree.
 *
 * Git keeps their repositories in its folder for the worktree. A worker that may write there could put one of
 * its own in their place, with filters and commands, in the moment before git looks. So they are cloned into a
 * folder of ours, and go to their place when all is done: nothing is run there afterwards.
 *
 * @module
 */
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, renameSync } from "node:fs";
import { cp } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { createFile, discard, replaceFile } from "../../files.ts";
import type { WorktreeRecord } from "../../kernel/mod.ts";
import { git } from "../git/git.ts";
import { answer, GitTrouble, type View, withView } from "../git/git_view.ts";
import type { Making } from "./worktree_making.ts";

/** As in the main working tree: where its submodules were never fetched, they are not wanted here either. */
export async function fillSubmodules(making: Making, record: WorktreeRecord, view: View): Promise<void> {
  const { path, home, signal, warn } = making;
  const { repository } = record;
  const declared = lstatSync(join(path, ".gitmodules"), { throwIfNoEntry: false })?.isFile() ?? false;
  if (!declared || namesIn(join(repository, "modules")).length === 0) return;
  const own = mkdtempSync(join(home.run, "views", "git-"));
  try {
    createFile(join(own, "HEAD"), answer(await view.run(["rev-parse", "--verify", "HEAD"])));
    const of = { gitDir: own, repository, path };
    const failed = await withView(home, of, { purpose: "fill", signal }, (inner) => fetchAll(inner, path));
    if (failed !== null) warn?.(`worktree "${path}" lacks submodules: ${failed.words}`);
    await handOver(own, record.git_dir!, realpathSync(path));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    signal?.throwIfAborted();
    warn?.(`worktree "${path}" lacks submodules: ${error.message}`);
  } finally {
    discard(own);
  }
}

/** Clones and checks out what the commit names. Null when all is there. */
async function fetchAll(view: View, path: string): Promise<GitTrouble["failure"] | null> {
  answer(await view.run(["read-tree", "HEAD"]));
  const entries = answer(await view.run(["ls-files", "--stage", "-z"], { bytesMax: 128 * 1024 * 1024 })).split("\0");
  for (const entry of entries.filter((line) => line.startsWith("160000 ")))
    empty(join(path, entry.slice(entry.indexOf("\t") + 1))); // Of a try that was killed: no worker has run here yet.
  const origin = await view.run(["config", "--get", "remote.origin.url"], { answers: [1] });
  // Git fetches no submodule from a path of this machine, unless the project itself came from one.
  const isLocal = origin.kind === "ok" && origin.out.startsWith("/");
  const settings = isLocal ? ["protocol.file.allow=always"] : [];
  const updated = await view.run(["submodule", "update", "--init", "--recursive", "--quiet"], { settings });
  return updated.kind === "ok" ? null : updated;
}

/** Moves the repositories of the submodules from our folder to git's folder for the worktree. */
async function handOver(own: string, gitDir: string, path: string): Promise<void> {
  if (namesIn(join(own, "modules")).length === 0) return;
  const links: { tree: string; place: string }[] = [];
  for (const name of modulesBelow(own)) {
    const [from, place] = [join(own, name), join(gitDir, name)];
    const config = (...args: string[]) =>
      git(["config", "--file", join(from, "config"), ...args], { cwd: own, env: { GIT_DIR: join(own, "none") } });
    const tree = resolve(from, answer(await config("--get", "core.worktree")).trim());
    if (!tree.startsWith(`${path}/`)) throw new Error(`"${tree}" must be in the worktree`);
    answer(await config("core.worktree", relative(place, tree)));
    links.push({ tree, place });
  }
  try {
    const place = join(gitDir, "modules");
    // Left by a try that was killed, or by a worker: out of the way, nothing is removed by a path of others.
    if (lstatSync(place, { throwIfNoEntry: false })) renameSync(place, `${place}.${crypto.randomUUID()}`);
    await move(join(own, "modules"), place);
  } catch (error) {
    for (const { tree } of links) empty(tree); // Without its repository its content would be unknown.
    throw error;
  }
  for (const { tree, place } of links)
    replaceFile(join(tree, ".git"), `gitdir: ${relative(tree, place)}\n`, { mode: 0o644, flush: false });
}

/** Their git folders, outer ones first, relative to `folder`: the name of a submodule may have slashes. */
function modulesBelow(folder: string, prefix = "modules"): string[] {
  return namesIn(join(folder, prefix)).flatMap((entry) => {
    const name = join(prefix, entry);
    const isModule = lstatSync(join(folder, name, "HEAD"), { throwIfNoEntry: false })?.isFile() ?? false;
    return isModule ? [name, ...modulesBelow(folder, join(name, "modules"))] : modulesBelow(folder, name);
  });
}

async function move(from: string, to: string): Promise<void> {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EXDEV") throw error;
    await cp(from, to, { recursive: true, force: false, errorOnExist: true, verbatimSymlinks: true });
  }
}

function empty(folder: string): void {
  if (namesIn(folder).length === 0) return;
  discard(folder);
  mkdirSync(folder);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
