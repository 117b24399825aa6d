/**
 * Ready tasks that no dispatcher will ever start, because their assignee is neither a profile nor a person.
 *
 * @module
 */
import { all, type Board, write } from "./db.ts";
import { emit } from "./events.ts";
import type { Roster } from "./missing_profile.ts";
import { knownPeople } from "./people.ts";
import { suggest } from "./suggest.ts";
import { readyAssignees } from "./worker_queue.ts";

/** A profile may be made right after its first task. */
const PATIENCE_MS = 600_000;
/** Most tasks that are reported at once. */
const REPORTED_MAX = 100;

/**
 * Reports, once for each task and assignee, those that have been ready for ten minutes. Where there is nothing to
 * report, no lock is taken. Returns their ids.
 */
export function reportStranded(board: Board, roster: Roster): string[] {
  const strangers = [...readyAssignees(board)].filter((name) => name !== "" && !roster.names.has(name));
  const people = knownPeople(board, strangers, roster.people);
  const names = strangers.filter((name) => !people.has(name));
  if (names.length === 0 || unreported(board, names).length === 0) return [];
  return write(board, () =>
    unreported(board, names).map(({ key, id, assignee }) => {
      emit(board, "stranded", key, null, { assignee, meant: suggest(assignee, [...roster.names]) });
      return id;
    }),
  );
}

function unreported(board: Board, names: readonly string[]): { key: number; id: string; assignee: string }[] {
  // Walks the ready tasks, only while there is such a name, and once a minute. The event itself is the mark that
  // a task was reported.
  return all(
    board,
    `SELECT t.key, t.id, t.assignee FROM tasks t
     WHERE t.status = 'ready' AND t.status NOT IN ('done', 'archived')
       AND t.assignee IN (SELECT value FROM json_each($names)) AND t.ready_at <= $before
       AND NOT EXISTS (SELECT 1 FROM task_events e WHERE e.task_key = t.key AND e.kind = 'stranded'
                       AND e.payload ->> 'assignee' = t.assignee)
     ORDER BY t.priority DESC, t.queue_at, t.key LIMIT $limit + 0`,
    { names: JSON.stringify(names), before: board.now() - PATIENCE_MS, limit: REPORTED_MAX },
  );
}
