/**
 * Removes what finished tasks left on the disk: scratch workspaces, merged worktrees, old logs.
 *
 * What is deleted is deleted for good, so each candidate has to prove itself: a direct child of our own
 * root, the very folder that we made, of this user and device, not a link. It is first moved to a trash
 * name, checked again there, and only then removed. A `dir:` workspace is never touched.
 *
 * @module
 */
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  type Stats,
  statSync,
  unlinkSync,
} from "node:fs";
import { join } from "node:path";
import { discard } from "../files.ts";
import type { Home } from "../home.ts";
import { checkRoots, trashDir } from "../home_roots.ts";
import { ofHome } from "../home_trouble.ts";
import {
  type AbandonedWorkspace,
  abandonedWorkspaces,
  type Board,
  finishedTasks,
  isTaskId,
  KanbanError,
} from "../kernel/mod.ts";
import { isMarked, markerPath, scratchPath } from "./worktrees/workspace.ts";
import { removeWorktree } from "./worktrees/worktree_removal.ts";

/** Linux names an open folder under /proc, and opens as a mere place (O_PATH) one without permissions, too. */
const LINUX = process.platform === "linux";
const OPEN_FOLDER = constants.O_DIRECTORY | constants.O_NOFOLLOW | (LINUX ? 0o10000000 : constants.O_RDONLY);

/** How long a workspace stays after its task was archived, unless said otherwise. */
export const WORKSPACE_RETENTION_DAYS = 7;

/** What was, or with `dryRun` would be, removed. */
export interface Collected {
  workspaces: { task_id: string; path: string }[];
  /** `loses`: what is nowhere else and went with it, because it was forced. */
  worktrees: { task_id: string; path: string; loses: string | null }[];
  logs: string[];
  /** What stays for now, so that a restored task finds it, and until when. */
  waiting: { task_id: string; path: string; until: number }[];
  /** What had to stay, and why; the task of a worktree. */
  kept: { path: string; reason: string; task_id?: string }[];
}

export interface CollectOptions {
  logRetentionMs: number;
  /** How long a workspace stays after its task was archived; default 0. */
  workspaceRetentionMs?: number;
  dryRun?: boolean;
  /** Archived tasks whose worktrees go even with work in them that is nowhere else. */
  force?: readonly string[];
}

/**
 * Removes scratch workspaces and removable worktrees of tasks that were archived `workspaceRetentionMs` ago, and logs
 * of finished tasks that nothing was written to for `logRetentionMs`.
 *
 * @throws {HomeTrouble} when the home's folders are not those that this program made; then nothing is removed.
 * @throws {KanbanError} `refused` when a task of `force` has no worktree to remove; then nothing has changed.
 */
export async function collectWorkspaces(
  board: Board,
  home: Home,
  { logRetentionMs, workspaceRetentionMs = 0, dryRun = false, force = [] }: CollectOptions,
): Promise<Collected> {
  checkRoots(home);
  const collected: Collected = { workspaces: [], worktrees: [], logs: [], waiting: [], kept: [] };
  const abandoned = abandonedWorkspaces(board);
  requireWorktrees(abandoned, force);
  for (const { task_id, workspace_kind, workspace_path, quiet_since } of abandoned) {
    const path = workspace_kind === "scratch" ? scratchPath(home, task_id) : workspace_path;
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined) continue;
    const until = quiet_since + workspaceRetentionMs;
    const isEarly = until > board.now() && !force.includes(task_id);
    if (workspace_kind === "scratch") {
      const reason = collectScratch(home, task_id, dryRun || isEarly);
      if (reason === null && isEarly) collected.waiting.push({ task_id, path, until });
      else if (reason === null) collected.workspaces.push({ task_id, path });
      else collected.kept.push({ path, reason });
      continue;
    }
    const removal = await removeWorktree(board, home, path, {
      dryRun: dryRun || isEarly,
      force: force.includes(task_id),
    });
    if (removal.kept === null && isEarly) collected.waiting.push({ task_id, path, until });
    else if (removal.kept === null) collected.worktrees.push({ task_id, path, loses: removal.loses });
    else collected.kept.push({ path, reason: removal.kept, task_id });
  }
  checkRoots(home); // Checking a worktree takes a while.
  for (const path of oldLogs(board, home, board.now() - logRetentionMs)) {
    if (dryRun || discard(path)) collected.logs.push(path);
    else collected.kept.push({ path, reason: "it cannot be removed" });
  }
  if (!dryRun) emptyTrash(home, collected.kept);
  return collected;
}

/** What is forced must be there to be removed: else a mistyped id would go unnoticed. */
function requireWorktrees(abandoned: readonly AbandonedWorkspace[], ids: readonly string[]): void {
  for (const id of ids) {
    if (abandoned.some(({ task_id, workspace_kind }) => task_id === id && workspace_kind === "worktree")) continue;
    throw new KanbanError(
      "refused",
      `Cannot remove the worktree of task "${id}": it must be an archived task with a worktree and no live worker`,
      `See it with: kanban show ${id}`,
    );
  }
}

/** Null when it went, else why it had to stay. */
function collectScratch(home: Home, taskId: string, dryRun: boolean): string | null {
  checkRoots(home);
  const path = scratchPath(home, taskId);
  try {
    return moveAndRemove(home, taskId, path, dryRun);
  } catch (error) {
    return (error as Error).message;
  }
}

function moveAndRemove(home: Home, taskId: string, path: string, dryRun: boolean): string | null {
  const root = statSync(home.workspaces);
  const found = lstatSync(path);
  if (!found.isDirectory()) return "it is a link or a file, not a folder of kanban";
  if (found.dev !== root.dev) return "it is on another device";
  if (found.uid !== root.uid) return "it belongs to another user";
  if (!isMarked(home, taskId, path)) return "it was not made by this board";
  if (dryRun) return null;
  const trash = trashDir(home);
  mkdirSync(trash, { recursive: true, mode: 0o700 });
  const doomed = join(trash, `${taskId}-${crypto.randomUUID()}`);
  renameSync(path, doomed);
  // Between the check and the move, another folder may have been put there.
  if (!isMarked(home, taskId, doomed)) {
    renameSync(doomed, path);
    return "it changed while it was checked";
  }
  discard(markerPath(home, taskId));
  return remove(doomed, found.dev);
}

/** What an earlier collection could not finish. */
function emptyTrash(home: Home, kept: Collected["kept"]): void {
  checkRoots(home);
  const trash = trashDir(home);
  const stat = lstatSync(trash, { throwIfNoEntry: false });
  if (!stat?.isDirectory()) return;
  for (const name of ofHome(trash, () => readdirSync(trash))) {
    const reason = remove(join(trash, name), stat.dev);
    if (reason !== null) kept.push({ path: join(trash, name), reason });
  }
}

/**
 * Deletes a tree without following a link or crossing to another device. Null when it went, else why
 * it had to stay.
 *
 * A path is resolved again at each call, and what it leads to may have been swapped for a link in
 * between: so a folder is opened once, as no link, and everything in it is named relative to that.
 */
function remove(path: string, dev: number): string | null {
  let fd: number | null = null;
  try {
    const stat = lstatSync(path);
    if (!stat.isDirectory()) {
      unlinkSync(path);
      return null;
    }
    if (!LINUX) allowAll(path, stat);
    fd = openSync(path, OPEN_FOLDER);
    const folder = LINUX ? `/proc/self/fd/${fd}` : path;
    const opened = fstatSync(fd);
    if (opened.dev !== dev) return `"${path}" is on another device`;
    allowAll(folder, opened);
    for (const name of readdirSync(folder)) {
      const reason = remove(join(folder, name), dev);
      if (reason !== null) return reason;
    }
    rmdirSync(path);
    return null;
  } catch (error) {
    return (error as Error).message;
  } finally {
    if (fd !== null) closeSync(fd);
  }
}

/** Package caches make their folders read-only. */
function allowAll(folder: string, { mode }: Stats): void {
  if ((mode & 0o700) !== 0o700) chmodSync(folder, 0o700);
}

function oldLogs(board: Board, home: Home, before: number): string[] {
  const old = new Map<string, string[]>();
  for (const name of existsSync(home.logs) ? ofHome(home.logs, () => readdirSync(home.logs)) : []) {
    const id = name.replace(/\.log(\.1)?$/, "");
    const stat = lstatSync(join(home.logs, name), { throwIfNoEntry: false });
    if (id === name || !isTaskId(id) || !stat?.isFile() || stat.mtimeMs >= before) continue;
    old.set(id, [...(old.get(id) ?? []), join(home.logs, name)]);
  }
  return finishedTasks(board, [...old.keys()])
    .flatMap((id) => old.get(id)!)
    .sort();
}
