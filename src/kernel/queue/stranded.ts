/**
 * Ready tasks that no dispatcher will ever start, because their assignee is probably meant as a profile that is not
 * there. Those of people, and of names of which nothing is known, wait for a person.
 *
 * @module
 */
import { type Board, write } from "../store/db.ts";
import { emit, eventChain } from "../tasks/events.ts";
import { firstInLanes } from "../store/lanes.ts";
import { stateAt } from "../tasks/task_rows.ts";
import { type Roster, standingOf } from "./people.ts";
import { suggest } from "./suggest.ts";
import { readyAssignees } from "./worker_queue.ts";

/** A profile may be made right after its first task. */
const PATIENCE_MS = 600_000;
/** Most tasks that are reported at once. */
const REPORTED_MAX = 100;

/**
 * Reports, once for each task and assignee, those that have been ready for ten minutes. Without any such task, no
 * lock is taken. Returns their ids.
 */
export function reportStranded(board: Board, roster: Roster): string[] {
  const names = [...readyAssignees(board)].filter(
    (name) => name !== "" && standingOf(board, name, roster) === "missing",
  );
  if (names.length === 0 || unreported(board, names).length === 0) return [];
  return write(board, () =>
    unreported(board, names).map(({ key, id, assignee }) => {
      emit(board, "stranded", key, null, { assignee, meant: suggest(assignee, [...roster.names]) });
      return id;
    }),
  );
}

function unreported(board: Board, names: readonly string[]): { key: number; id: string; assignee: string }[] {
  // The event itself is the mark that a task was reported: the tasks of such a name are walked, once a minute.
  const found = firstInLanes(
    board,
    { status: "ready", owners: names },
    {
      limit: REPORTED_MAX,
      where: `t.ready_at <= $before AND NOT EXISTS (SELECT 1 FROM task_events e
        WHERE e.id IN (${eventChain("t")} WHERE kind = 'stranded') AND e.payload ->> 'assignee' = t.assignee)`,
      params: { before: board.now() - PATIENCE_MS },
    },
  );
  return found.map(({ key }) => stateAt(board, key)).map(({ key, id, assignee }) => ({ key, id, assignee: assignee! }));
}
