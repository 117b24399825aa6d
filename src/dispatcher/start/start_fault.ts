/**
 * Where a task is worked on, by its own word or its profile's, and so whose fault it is when that cannot be made.
 *
 * @module
 */
import type { HoldKey, Task } from "../../kernel/mod.ts";
import type { Profile } from "./profile.ts";
import { repositoryKey } from "../shared.ts";
import { SharedTrouble } from "../shared_trouble.ts";
import type { WorkspaceOf } from "../worktrees/workspace.ts";
import { defaultWorktree } from "../worktrees/worktree.ts";

/** The task's own workspace, or the profile's for one that has the default and was never worked on. */
export function chooseWorkspace(profile: Profile, task: Task): WorkspaceOf {
  if (profile.workspace === null || task.workspace_kind !== "scratch" || task.workspace_path !== null) return task;
  return { id: task.id, workspace_kind: profile.workspace.kind, workspace_path: profile.workspace.path };
}

/** The shared thing that kept a task from being started; null when the fault is of the task's own. */
export function faultyThing(profile: Profile, task: Task, error: unknown): HoldKey | null {
  const ofProfile = { kind: "profile", key: profile.name } as const;
  if (error instanceof SharedTrouble && error.on === "profile") return ofProfile;
  if (!(error instanceof SharedTrouble) || !usesRepositoryOf(profile, task)) return null;
  const repository = repositoryKey(profile);
  return repository === null ? ofProfile : { kind: "repository", key: repository };
}

/** Whether the worktree of a task is one that its profile makes, and not one that the task itself names. */
function usesRepositoryOf(profile: Profile, task: Task): boolean {
  const { workspace_kind: kind, workspace_path: path } = chooseWorkspace(profile, task);
  if (kind !== "worktree") return false;
  return path === null || path === profile.workspace?.path || isDefaultOf(profile, task.id, path);
}

function isDefaultOf({ repo }: Profile, taskId: string, path: string): boolean {
  return repo !== null && path === defaultWorktree(repo, taskId);
}
