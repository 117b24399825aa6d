/**
 * What the context of a task is made of, as it is stored: attempts, parents, recent work, comments.
 *
 * Of every list the newest are read, as many as `CONTEXT_LIMITS` says, with the number of all.
 *
 * @module
 */
import { all, type Board, one } from "../store/db.ts";
import { latestCompleted, runChain } from "../tasks/runs.ts";

/** The maximum that is read of each, with any budget. Sizes in bytes, counts in entries. */
export const CONTEXT_LIMITS = {
  attempts: 10,
  comments: 30,
  parents: 30,
  parent_lines: 500,
  recent: 5,
  field_bytes: 4 * 1024,
  body_bytes: 8 * 1024,
  comment_bytes: 2 * 1024,
  path_bytes: 4 * 1024,
  skills: 50,
} as const;

/** How many of the board's newest runs are looked through for the assignee's recent work. */
const RECENT_WINDOW = 5_000;

/** Rows of a list, newest first, and how many there are in all. */
export interface Newest<Row> {
  rows: Row[];
  total: number;
}

export interface Attempt {
  id: number;
  outcome: string;
  profile: string | null;
  started_at: number;
  ended_at: number;
  summary: string | null;
  error: string | null;
  /** What its agent said last, where that is not its summary. */
  last_words: string | null;
  metadata: string | null;
}

/** What an attempt can have left, in the order in which it is read. */
export const ATTEMPT_FIELDS = ["summary", "error", "last_words", "metadata"] as const satisfies (keyof Attempt)[];

/** The attempts at a task that have ended. */
export function endedAttempts(board: Board, key: number): Newest<Attempt> {
  const total = count(board, "SELECT runs AS n FROM tasks WHERE key = $key", key);
  const rows = all<Attempt>(
    board,
    `SELECT r.id, r.outcome, r.profile, r.started_at, r.ended_at, r.summary, r.error, r.metadata,
       iif(r.summary IS NULL, r.last_words, NULL) AS last_words
     FROM tasks t JOIN task_runs r ON r.id IN (${runChain("t")} LIMIT $limit + 0)
     WHERE t.key = $key ORDER BY r.id DESC`,
    { key, limit: total === 0 ? 0 : CONTEXT_LIMITS.attempts },
  );
  return { rows, total };
}

export interface ParentResult {
  id: string;
  title: string;
  status: string;
  assignee: string | null;
  result: string | null;
  workspace_kind: string;
  workspace_path: string | null;
  branch: string | null;
  profile: string | null;
  ended_at: number | null;
  summary: string | null;
  metadata: string | null;
}

/** The parents of a task with what their newest completed run handed over, and where they worked. */
export function parentResults(board: Board, key: number): Newest<ParentResult> {
  const total = count(board, "SELECT count(*) AS n FROM task_links WHERE child_key = $key", key);
  const rows = all<ParentResult>(
    board,
    `SELECT p.id, p.title, p.status, p.assignee,
       (SELECT result FROM task_results WHERE task_key = p.key) AS result, p.workspace_kind, p.workspace_path, w.branch,
       r.profile, r.ended_at, r.summary, r.metadata
     FROM task_links l JOIN tasks p ON p.key = l.parent_key
     LEFT JOIN task_runs r ON r.id = ${latestCompleted("p")}
     LEFT JOIN worktrees w ON w.path = p.workspace_path AND p.workspace_kind = 'worktree'
     WHERE l.child_key = $key ORDER BY coalesce(p.completed_at, 0) DESC, p.key DESC LIMIT $limit + 0`,
    { key, limit: total === 0 ? 0 : CONTEXT_LIMITS.parents + CONTEXT_LIMITS.parent_lines },
  );
  return { rows, total };
}

export interface RecentWork {
  id: string;
  title: string;
  ended_at: number;
  summary: string | null;
}

/** The newest tasks that a profile has completed, without this one and its parents; of each the newest handoff. */
export function recentWork(board: Board, key: number, assignee: string): RecentWork[] {
  const newest = all<RecentWork>(
    board,
    `SELECT t.id, t.title, r.ended_at, r.summary FROM task_runs r JOIN tasks t ON t.key = r.task_key
     WHERE r.id > (SELECT coalesce(max(id), 0) FROM task_runs) - $window
       AND r.profile = $assignee AND r.outcome = 'completed' AND r.task_key <> $key
       AND NOT EXISTS (SELECT 1 FROM task_links l WHERE l.child_key = $key AND l.parent_key = r.task_key)
     ORDER BY r.id DESC LIMIT $limit + 0`,
    { assignee, key, window: RECENT_WINDOW, limit: CONTEXT_LIMITS.recent * 10 },
  );
  const seen = new Set<string>();
  return newest.filter(({ id }) => !seen.has(id) && seen.add(id)).slice(0, CONTEXT_LIMITS.recent);
}

export interface ThreadComment {
  id: number;
  author: string;
  via: string | null;
  body: string;
  created_at: number;
}

/** The comments on a task, and the newest one that a person wrote, which may be older than all of them. */
export function newestComments(board: Board, key: number): Newest<ThreadComment> & { human: ThreadComment | null } {
  const total = count(board, "SELECT count(*) AS n FROM task_comments WHERE task_key = $key", key);
  if (total === 0) return { rows: [], total, human: null };
  const rows = all<ThreadComment>(
    board,
    "SELECT id, author, via, body, created_at FROM task_comments WHERE task_key = $key ORDER BY id DESC LIMIT $limit + 0",
    { key, limit: CONTEXT_LIMITS.comments },
  );
  // A worker's question is signed with its own name; a person's name is the profile of none of the attempts.
  const human = one<ThreadComment>(
    board,
    `SELECT c.id, c.author, c.via, c.body, c.created_at FROM task_comments c
     WHERE c.task_key = $key AND c.via IS NULL AND substr(c.body, 1, 9) <> 'BLOCKED: '
       AND c.author IS NOT (SELECT run_profile FROM tasks WHERE key = $key)
       AND c.author NOT IN (SELECT coalesce(r.profile, '') FROM tasks t JOIN task_runs r ON r.id IN (${runChain("t")})
                            WHERE t.key = $key)
     ORDER BY c.id DESC LIMIT 1`,
    { key },
  );
  return { rows, total, human };
}

function count(board: Board, sql: string, key: number): number {
  return one<{ n: number }>(board, sql, { key })!.n;
}
