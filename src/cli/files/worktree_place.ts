/**
 * Where the worktree of a task will be made: what a call from inside a repository tells.
 *
 * @module
 */
import { isAbsolute } from "node:path";
import type { Home } from "../../home.ts";
import { KanbanError } from "../../kernel/errors.ts";
import { setWorkspacePath } from "../../kernel/tasks/tasks.ts";
import { planWorktree } from "../../kernel/tasks/worktrees.ts";
import type { Board, Task } from "../../kernel/mod.ts";

type Workspace = Partial<Pick<Task, "workspace_kind" | "workspace_path">>;

/**
 * Finds the repository of a worktree and returns what stores it with its task; inside the transaction that
 * creates the task. A path in no repository belongs to the one that the call was made in; a worktree
 * without a path is made there.
 *
 * @throws {KanbanError} `refused` when git cannot be used, or the start would find no repository.
 */
export async function worktreePlace(
  home: Home,
  { workspace, assignee, act }: { workspace: Workspace; assignee: string | null; act: string },
): Promise<(board: Board, task: Task) => void> {
  const { workspace_kind, workspace_path: path = null } = workspace;
  // A relative path is refused where it is resolved.
  if (workspace_kind !== "worktree" || (path !== null && !isAbsolute(path))) return () => {};
  const { defaultWorktree, repositoryOf } = await import("../../dispatcher/mod.ts");
  for (const from of path === null ? [process.cwd()] : [path, process.cwd()]) {
    const found = await repositoryOf(from);
    if (found.kind === "not_a_repository") continue;
    if (found.kind !== "ok") throw new KanbanError("refused", `Cannot ${act}: ${found.words}`, found.hint);
    const { main, repository } = found;
    return (board, task) => {
      const place = path ?? defaultWorktree(main, task.id);
      planWorktree(board, { path: place, repository });
      if (path === null) setWorkspacePath(board, task.id, place);
    };
  }
  if (await hasNoRepository(home, assignee)) {
    throw new KanbanError(
      "refused",
      `Cannot ${act}: a worktree needs a git repository, neither this folder is in one nor names profile "${assignee}" one`,
      `Call it inside the repository, or set repo: in the profile: kanban profile show ${assignee}`,
    );
  }
  return () => {};
}

/** Whether the assignee is a profile without a repository; who it is to be is not always known yet. */
async function hasNoRepository(home: Home, assignee: string | null): Promise<boolean> {
  if (assignee === null) return false;
  const { loadProfile } = await import("../../dispatcher/mod.ts");
  try {
    return loadProfile(home, assignee).repo === null;
  } catch (error) {
    if (error instanceof KanbanError) return false; // A person, or a profile that other verbs complain of.
    throw error;
  }
}
