/**
 * Which names are people's.
 *
 * An assignee is a profile's name or a person's, and a misspelt profile looks like a person. A name is taken
 * for a person's when it was used without a dispatcher: created a task, wrote a comment or claimed
 * by hand. A name under which workers ran is a profile that is gone, and no person.
 *
 * @module
 */
import { all, type Board } from "../store/db.ts";
import { HAS_OPEN_RUN } from "../tasks/runs.ts";

/** How many of the newest tasks, comments and runs are looked through: names have no index of their own. */
const WINDOW = 5_000;

/**
 * Of these names, the ones of people: those that the board knows, and those that the caller knows anyway, such
 * as the login name.
 */
export function knownPeople(board: Board, names: Iterable<string>, also: ReadonlySet<string>): Set<string> {
  const asked = [...new Set(names)];
  const unknown = asked.filter((name) => !also.has(name));
  const people = new Set(asked.filter((name) => also.has(name)));
  if (unknown.length === 0) return people;
  const rows = all<{ name: string }>(
    board,
    `SELECT value AS name FROM json_each($names) WHERE value IN (
       SELECT created_by FROM (SELECT created_by, from_task FROM tasks ORDER BY key DESC LIMIT $window + 0)
         WHERE from_task IS NULL
       UNION SELECT author FROM (SELECT author, via FROM task_comments ORDER BY id DESC LIMIT $window + 0)
         WHERE via IS NULL
       UNION SELECT claimer FROM (SELECT claimer, boot_id FROM task_runs ORDER BY id DESC LIMIT $window + 0)
         WHERE boot_id IS NULL
       UNION SELECT run_claimer FROM tasks t WHERE ${HAS_OPEN_RUN} AND run_boot_id IS NULL)
     EXCEPT SELECT run_profile FROM tasks t WHERE ${HAS_OPEN_RUN} AND run_boot_id IS NOT NULL
     EXCEPT SELECT profile FROM (SELECT profile, boot_id FROM task_runs ORDER BY id DESC LIMIT $window + 0)
       WHERE boot_id IS NOT NULL`,
    { names: JSON.stringify(unknown), window: WINDOW },
  );
  for (const { name } of rows) people.add(name);
  return people;
}
