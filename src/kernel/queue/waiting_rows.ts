/**
 * The rows behind what tasks wait for, each read for a whole list of tasks at once.
 *
 * @module
 */
import { all, type Board } from "../store/db.ts";
import { firstInLanes } from "../store/lanes.ts";
import { HAS_OPEN_RUN } from "../tasks/runs.ts";
import { questionOf } from "../tasks/questions.ts";
import { stopperOf } from "../tasks/state_machine.ts";
import type { Status } from "../schema.ts";

/** A parent that is not finished. */
export interface OpenParent {
  id: string;
  status: Status;
  /** Of a blocked one: what it asks, or why it gave up. */
  question: string | null;
}

/** Parents of each task that are read: some to name, and one as the sign of more. */
const PARENTS_MAX = 4;

/** The first unfinished parents of these tasks, by the ids of the tasks. */
export function openParents(board: Board, ids: readonly string[]): Map<string, OpenParent[]> {
  if (ids.length === 0) return new Map();
  const rows = all<OpenParent & { child: string }>(
    board,
    `SELECT c.id AS child, p.id, p.status, ${questionOf("p")} ->> 'text' AS question
     FROM json_each($ids) i CROSS JOIN tasks c ON c.id = i.value
     CROSS JOIN tasks p ON p.key IN (
       SELECT l.parent_key FROM task_links l JOIN tasks q ON q.key = l.parent_key
       WHERE l.child_key = c.key AND q.completed_at IS NULL ORDER BY l.parent_key LIMIT ${PARENTS_MAX})
     ORDER BY i.key, p.key`,
    { ids: JSON.stringify(ids) },
  );
  const parents = new Map<string, OpenParent[]>();
  for (const parent of rows) {
    const known = parents.get(parent.child);
    if (known === undefined) parents.set(parent.child, [parent]);
    else known.push(parent);
  }
  return parents;
}

/** What a blocked task asks, or the error that it gave up with. */
export interface Question {
  kind: "blocked" | "gave_up";
  text: string | null;
}

/** What these blocked tasks wait to be answered, by their ids. */
export function questionsOf(board: Board, ids: readonly string[]): Map<string, Question> {
  if (ids.length === 0) return new Map();
  const rows = all<{ id: string; question: string | null }>(
    board,
    `SELECT t.id, ${questionOf("t")} AS question FROM json_each($ids) i CROSS JOIN tasks t ON t.id = i.value`,
    { ids: JSON.stringify(ids) },
  );
  return new Map(
    rows.flatMap(({ id, question }) => (question === null ? [] : [[id, JSON.parse(question) as Question]])),
  );
}

/** Who stopped these held tasks, by their ids; one that was only parked is left out. */
export function stoppersOf(board: Board, ids: readonly string[]): Map<string, string> {
  if (ids.length === 0) return new Map();
  const rows = all<{ id: string; stopper: string | null }>(
    board,
    `SELECT t.id, ${stopperOf("t")} AS stopper FROM json_each($ids) i CROSS JOIN tasks t ON t.id = i.value`,
    { ids: JSON.stringify(ids) },
  );
  return new Map(rows.flatMap(({ id, stopper }) => (stopper === null ? [] : [[id, stopper]])));
}

/** Where work is running, or may be. */
export interface BusyPlaces {
  /** By path: the task that works there. */
  worktrees: Map<string, string>;
  /** By task: the run whose process may still live. */
  processes: Map<string, number>;
}

/** Worktrees that are in use and processes that may live: as many as there are workers, each with an index. */
export function busyPlaces(board: Board): BusyPlaces {
  const rows = all<{ id: string; path: string | null; process: number | null }>(
    board,
    `SELECT id, workspace_path AS path, NULL AS process FROM tasks INDEXED BY tasks_worktree
     WHERE workspace_kind = 'worktree' AND status = 'running' AND workspace_path IS NOT NULL
     UNION ALL
     SELECT t.id, CASE t.workspace_kind WHEN 'worktree' THEN t.workspace_path END, o.id
     FROM task_runs o INDEXED BY task_runs_process JOIN tasks t ON t.key = o.task_key
     WHERE o.boot_id IS NOT NULL AND o.process_gone_at IS NULL
     UNION ALL
     SELECT id, NULL, current_run_id FROM tasks t
     WHERE ${HAS_OPEN_RUN} AND run_boot_id IS NOT NULL AND run_process_gone_at IS NULL`,
  );
  const [worktrees, processes] = [new Map<string, string>(), new Map<string, number>()];
  for (const { id, path, process } of rows) {
    if (path !== null && !worktrees.has(path)) worktrees.set(path, id);
    if (process !== null) processes.set(id, process);
  }
  return { worktrees, processes };
}

/** Places of a task in line, from 1: among all that could be started, and among those of its profile. */
export interface Place {
  all: number;
  profile: number;
}

/** So far the queue is walked; every later task has more than a hundred before it. */
const WALK_MAX = 1_000;

/**
 * Places in the queue, in its own order, of the tasks near its head that these profiles could be started for
 * as soon as there is room.
 */
export function lineOf(board: Board, profiles: ReadonlySet<string>): Map<string, Place> {
  const head = firstInLanes(board, { status: "ready" }, { limit: WALK_MAX });
  const rows = all<{ id: string; assignee: string | null; retry_at: number | null }>(
    board,
    `SELECT t.id, t.assignee, t.retry_at FROM json_each($keys) k CROSS JOIN tasks t ON t.key = k.value ORDER BY k.key`,
    { keys: JSON.stringify(head.map(({ key }) => key)) },
  );
  const now = board.now();
  const places = new Map<string, Place>();
  const byProfile = new Map<string, number>();
  for (const { id, assignee, retry_at } of rows) {
    if (assignee === null || !profiles.has(assignee) || (retry_at !== null && retry_at > now)) continue;
    const profile = (byProfile.get(assignee) ?? 0) + 1;
    byProfile.set(assignee, profile);
    places.set(id, { all: places.size + 1, profile });
  }
  return places;
}
