/**
 * Which task and which run an operation means.
 *
 * @module
 */
import type { Status } from "../../src/kernel/mod.ts";
import type { ModelBoard } from "../model/board.ts";
import type { Op, RunRef, TaskRef } from "./ops.ts";

/** An id that no task has. */
export const NO_TASK = "t_ffffffff";
const NO_RUN = 4_242;

/** What state an operation hopes for. Without aim two calls in three would be refused, and stories stay short. */
const AIM: Partial<Record<Op["op"], readonly Status[]>> = {
  claim: ["ready"],
  heartbeat: ["running"],
  complete: ["running"],
  complete_and_next: ["running"],
  block: ["running", "ready"],
  unblock: ["blocked"],
  approve: ["review"],
  request_changes: ["review"],
  stop: ["running"],
  reclaim: ["running"],
  fail: ["running"],
  rate_limit: ["running"],
  spawned: ["running"],
  move: ["triage", "todo", "running", "blocked", "done", "review"],
  edit: ["triage", "todo", "ready", "running", "blocked", "done"],
  link: ["triage", "todo", "ready"],
  patch: ["triage", "todo", "ready", "running", "blocked", "done", "review"],
};

/**
 * Names the task an operation means: three times in four one in a state it hopes for, if there is any.
 * It depends on the operation and the model alone, so a sequence replays.
 */
export function idOf(model: ModelBoard, ref: TaskRef, op?: Op["op"]): string {
  if (ref < 0 || model.tasks.length === 0) return NO_TASK;
  const aim = op === undefined || ref % 4 === 3 ? undefined : AIM[op];
  const fitting = model.tasks.filter((task) => aim?.includes(task.status) ?? true);
  const pool = fitting.length > 0 ? fitting : model.tasks;
  return pool[ref % pool.length]!.id;
}

/** The number of the run that a reference means; undefined means that the caller names none. */
export function runOf(model: ModelBoard, taskId: string, which: RunRef): number | undefined {
  if (which === "none") return undefined;
  const own = model.runs.filter((run) => run.task_id === taskId);
  const other = model.runs.find((run) => run.task_id !== taskId);
  const run = which === "newest" ? own.at(-1) : which === "first" ? own[0] : other;
  return run?.id ?? NO_RUN;
}
