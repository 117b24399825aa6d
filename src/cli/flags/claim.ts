/**
 * A claim from the command line: the lease, and the workspace that goes with it.
 *
 * @module
 */
import { claimerName } from "../../home.ts";
import { claimTask, PERSON_TTL_SECONDS } from "../../kernel/tasks/claims.ts";
import { KanbanError } from "../../kernel/errors.ts";
import { boardState } from "../../kernel/tasks/pause.ts";
import { getTask } from "../../kernel/tasks/task_rows.ts";
import { setWorkspacePath } from "../../kernel/tasks/tasks.ts";
import type { Task } from "../../kernel/mod.ts";
import type { Args } from "../args.ts";
import type { Context } from "../verb.ts";
import { instant, oneLine, span } from "../../text.ts";

/**
 * Creates the workspace of a ready task, claims it and stores the path. Whoever claims is a person and holds
 * the task for a day: a worker has the one that it was started for.
 *
 * The folder comes first: a task that can have none is refused with nothing changed on the board, and
 * a lost race leaves an empty folder where the winner makes it anyway.
 *
 * @throws {KanbanError} `conflict` when the task is not ready; `refused` when there can be no workspace.
 */
export async function take(
  { board, home, who, write, note }: Pick<Context<Args>, "board" | "home" | "who" | "write" | "note">,
  id: string,
  ttlSeconds?: number,
): Promise<Task> {
  const before = getTask(board, id);
  // What is going to be refused gets no folder.
  const path =
    before.status === "ready" && !boardState(board).paused ? await prepare({ board, home, note }, before) : null;
  return write([id], () => {
    if (path !== null) setWorkspacePath(board, id, path); // First: another task may work in that worktree.
    claimTask(board, id, { claimer: claimerName(who), ttlSeconds: ttlSeconds ?? PERSON_TTL_SECONDS });
    return getTask(board, id);
  });
}

/** A worktree without a path of its own belongs to the repository that the assignee's profile names. */
async function prepare(
  { board, home, note }: Pick<Context<Args>, "board" | "home" | "note">,
  task: Task,
): Promise<string> {
  const { loadProfile, resolveWorkspace } = await import("../../dispatcher/mod.ts");
  if (task.workspace_kind !== "worktree") return resolveWorkspace(board, home, task);
  const { loadConfig } = await import("../../config.ts"); // It brings zod along.
  const branchPrefix = loadConfig(home).dispatcher.branch_prefix;
  let repo: string | null = null;
  if (task.workspace_path === null && task.assignee !== null) {
    try {
      repo = loadProfile(home, task.assignee).repo;
    } catch (error) {
      if (!(error instanceof KanbanError) || error.code !== "not_found") throw error; // A person has no profile.
    }
  }
  return resolveWorkspace(board, home, task, { repo, branchPrefix, warn: note });
}

/** What to know after a claim. */
export function claimedText(task: Task, now: number): string {
  const run = task.current_run_id!;
  const until = task.claim_expires_at!;
  return [
    `claimed ${task.id} (running): ${oneLine(task.title)}`,
    `  run        ${run}`,
    `  workspace  ${oneLine(task.workspace_path ?? "")}`,
    `  lease      ends ${instant(until)}, in ${span(Math.round((until - now) / 1_000))}`,
    `  finish     kanban complete ${task.id} --run ${run} --summary TEXT`,
  ].join("\n");
}
