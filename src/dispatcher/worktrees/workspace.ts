/**
 * Where a task is worked on: a scratch folder of ours, a folder of the user's, or a git worktree.
 *
 * Scratch folders are strictly under the home's root and are marked as made by this program, because garbage
 * collection deletes nothing else.
 *
 * @module
 */
import { lstatSync, mkdirSync, realpathSync, statSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { DEFAULTS } from "../../config.ts";
import { discard, readSmall, replaceFile } from "../../files.ts";
import type { Home } from "../../home.ts";
import { checkRoots, markersDir } from "../../home_roots.ts";
import { ofHome } from "../../home_trouble.ts";
import { type Board, isTaskId, KanbanError, type Task } from "../../kernel/mod.ts";
import { defaultWorktree, ensureWorktree } from "./worktree.ts";

export type WorkspaceOf = Pick<Task, "id" | "workspace_kind" | "workspace_path">;

/** How a workspace is made. All but `repo` concerns worktrees alone. */
export interface WorkspaceOptions {
  /** The repository of a worktree whose task names no path. */
  repo?: string | null;
  /** What the name of its branch begins with. */
  branchPrefix?: string;
  /** Ends it when it takes too long; then the promise is rejected with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Gets one line per thing that did not work and is no reason to fail. */
  warn?(line: string): void;
}

/**
 * Creates a task's workspace if it is not there yet and returns its absolute path.
 *
 * @throws {KanbanError} `refused` when the path is relative, is no folder, or git refuses.
 * @throws {HomeTrouble} when the home can hold no scratch folder.
 */
export async function resolveWorkspace(
  board: Board,
  home: Home,
  task: WorkspaceOf,
  { repo = null, branchPrefix = DEFAULTS.dispatcher.branch_prefix, signal, warn }: WorkspaceOptions = {},
): Promise<string> {
  const path = plannedWorkspace(home, task, { repo });
  if (task.workspace_kind === "scratch") makeScratch(home, task.id, path);
  else if (task.workspace_kind === "dir") makeFolder(task, path);
  else {
    await ensureWorktree(board, home, { taskId: task.id, path, repo, branchPrefix, signal, warn });
    return realpathSync(path); // One worktree has one name, so that no second task works in it at the same time.
  }
  return path;
}

/**
 * The path that a task's workspace will have; creates nothing.
 *
 * @throws {KanbanError} `refused` when the path is relative or a worktree has no repository.
 */
export function plannedWorkspace(
  home: Home,
  task: WorkspaceOf,
  { repo = null }: { repo?: string | null } = {},
): string {
  const { id, workspace_kind: kind, workspace_path: path } = task;
  if (kind === "scratch") return scratchPath(home, id);
  if (path !== null) {
    if (isAbsolute(path)) return path;
    throw refused(
      task,
      `"${path}": it must be an absolute path`,
      `Change it with: kanban edit ${id} --workspace ${kind}:/…`,
    );
  }
  if (kind === "worktree" && repo !== null) return defaultWorktree(repo, id);
  throw refused(
    task,
    "a worktree: it must name a path, or its profile a repo",
    `Change it with: kanban edit ${id} --workspace worktree:/path`,
  );
}

/** The path of a task's scratch folder. */
export function scratchPath(home: Home, taskId: string): string {
  if (!isTaskId(taskId)) throw new TypeError(`Cannot build a path from ${JSON.stringify(taskId)}: it is not a task id`);
  return join(home.workspaces, taskId);
}

/** Where we note that a scratch folder is ours, outside of it: an agent may want an empty folder. */
export function markerPath(home: Home, taskId: string): string {
  return join(markersDir(home), taskId);
}

const MARKER_BYTES_MAX = 64;

/** Whether the folder at `path` is the very one that we made for the task. */
export function isMarked(home: Home, taskId: string, path: string): boolean {
  try {
    const stat = lstatSync(path);
    return stat.isDirectory() && readSmall(markerPath(home, taskId), MARKER_BYTES_MAX) === `${stat.dev}:${stat.ino}`;
  } catch {
    return false;
  }
}

function makeScratch(home: Home, taskId: string, path: string): void {
  checkRoots(home);
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) {
    // A link in our root would let the worker's files land, and gc look, anywhere.
    if (lstatSync(path).isDirectory() && realpathSync(path) === join(realpathSync(home.workspaces), taskId)) return;
    throw new KanbanError(
      "refused",
      `Cannot use workspace "${path}": it must be a folder of kanban, it is a link or a file`,
    );
  }
  ofHome(path, () => mkdirSync(path, { mode: 0o700 }));
  const marker = markerPath(home, taskId);
  ofHome(marker, () => {
    mkdirSync(markersDir(home), { recursive: true, mode: 0o700 });
    discard(marker); // That of an earlier folder, or what a worker put there.
    const { dev, ino } = lstatSync(path);
    replaceFile(marker, `${dev}:${ino}`, { flush: false });
  });
}

function makeFolder(task: WorkspaceOf, path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") {
      throw refused(task, `"${path}": it cannot be created: ${(error as Error).message}`);
    }
  }
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat?.isDirectory()) return;
  throw refused(task, `"${path}": it must be a folder, it is a ${stat === undefined ? "link to nothing" : "file"}`);
}

function refused(task: WorkspaceOf, problem: string, hint?: string): KanbanError {
  return new KanbanError("refused", `Cannot use the workspace of task "${task.id}", ${problem}`, hint);
}
