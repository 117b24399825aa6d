/**
 * What the model answers when the board is only looked at.
 *
 * @module
 */
import { type Status, STATUSES } from "../../src/kernel/mod.ts";
import {
  childrenOf,
  isEarly,
  isFinished,
  type ModelBoard,
  type ModelTask,
  openRunOf,
  parentsOf,
  runsOf,
} from "./board.ts";
import { progress } from "./tasks.ts";

/** Counts by status and by assignee, `""` for unassigned. */
export function counts(board: ModelBoard) {
  const by_status = Object.fromEntries(STATUSES.map((status) => [status, 0])) as Record<Status, number>;
  const by_assignee: Record<string, Partial<Record<Status, number>>> = {};
  for (const { assignee, status } of board.tasks) {
    by_status[status]++;
    const mine = (by_assignee[assignee ?? ""] ??= {});
    mine[status] = (mine[status] ?? 0) + 1;
  }
  return { by_status, by_assignee };
}

/** Whole seconds since the longest waiting ready task became ready. */
export function oldestReadyAge(board: ModelBoard): number | null {
  const ready = board.tasks.filter((task) => task.status === "ready").map((task) => task.ready_at!);
  return ready.length === 0 ? null : Math.max(0, Math.floor((board.now - Math.min(...ready)) / 1_000));
}

/** The earliest instant ahead at which time alone changes something. */
export function nextInstant(board: ModelBoard): number | null {
  const open = board.runs.filter((run) => run.ended_at === null);
  const instants = [
    ...open.map((run) => run.claim_expires_at),
    ...open.flatMap((run) =>
      run.max_runtime_seconds === null ? [] : [run.started_at + run.max_runtime_seconds * 1_000],
    ),
    ...board.tasks.filter((task) => task.status === "todo" && isEarly(board, task)).map((task) => task.not_before!),
    ...board.tasks.filter((task) => task.status === "ready").map((task) => task.retry_at ?? 0),
  ].filter((at) => at > board.now);
  return instants.length === 0 ? null : Math.min(...instants);
}

/** Priority first, then age. */
export function listed(tasks: readonly ModelTask[]): ModelTask[] {
  return [...tasks].sort((a, b) => b.priority - a.priority || a.created_at - b.created_at || a.n - b.n);
}

/** A column's tasks in the order of its cards. */
export function column(board: ModelBoard, status: Status, tenant?: string, assignee?: string): ModelTask[] {
  const mine = board.tasks
    .filter((task) => task.status === status)
    .filter((task) => tenant === undefined || task.tenant === tenant)
    .filter((task) => assignee === undefined || task.assignee === assignee);
  if (status === "done" || status === "archived") {
    const at = (task: ModelTask) => task.completed_at ?? task.created_at;
    return mine.sort((a, b) => at(b) - at(a) || b.n - a.n);
  }
  const at = (task: ModelTask) => (status === "ready" ? task.ready_at! : task.created_at);
  return mine.sort((a, b) => b.priority - a.priority || at(a) - at(b) || a.n - b.n);
}

/** What a card says beside the task itself. */
export function card(board: ModelBoard, task: ModelTask) {
  const summaries = runsOf(board, task).flatMap((run) => (run.summary === null ? [] : [run.summary]));
  const run = openRunOf(board, task);
  return {
    id: task.id,
    status: task.status,
    link_counts: { parents: task.parents.size, children: childrenOf(board, task).length },
    unfinished_parents: parentsOf(board, task).filter((parent) => !isFinished(parent)).length,
    comment_count: board.comments.filter((comment) => comment.task_id === task.id).length,
    progress: progress(board, task),
    latest_summary: summaries.at(-1) ?? null,
    attempts: runsOf(board, task).length,
    run_started_at: run?.started_at ?? null,
    run_ttl_seconds: run?.ttl_seconds ?? null,
  };
}

/** Ready tasks that a dispatcher with these profiles will not start; those of people wait for them. */
export function skipped(board: ModelBoard, profiles: ReadonlySet<string>) {
  const ready = column(board, "ready");
  const isStrange = (name: string) => !profiles.has(name) && board.known.get(name) !== "person";
  return {
    unassigned: ready.filter((task) => task.assignee === null).map((task) => task.id),
    no_profile: ready.filter((task) => task.assignee !== null && isStrange(task.assignee)).map((task) => task.id),
  };
}

/** Sorted names that tasks out of the archive carry. */
export function names(board: ModelBoard, field: "assignee" | "tenant"): string[] {
  const visible = board.tasks.filter((task) => task.status !== "archived").map((task) => task[field]);
  return [...new Set(visible.filter((name) => name !== null))].sort();
}

/** Takes the events of finished tasks up to the first that is not older than `before`, but never the board's newest. */
export function collect(board: ModelBoard, before: number): number {
  let n = 0;
  for (const [at, event] of board.events.slice(0, -1).entries()) {
    if (board.collected.has(at)) continue;
    if (event.created_at >= before) break;
    const task = board.tasks.find((each) => each.id === event.task_id)!;
    if (task.status !== "done" && task.status !== "archived") continue;
    board.collected.add(at);
    n++;
  }
  return n;
}
