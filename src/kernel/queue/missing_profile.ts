/**
 * That an assignee is no profile which a dispatcher could start, and which one was probably meant.
 *
 * @module
 */
import type { Board } from "../store/db.ts";
import { type Roster, standingOf } from "./people.ts";
import type { Task } from "../schema.ts";
import { suggest } from "./suggest.ts";

/** The profile that is missing for this assignee, in words. */
export function missingProfile(assignee: string, { names }: Pick<Roster, "names">): string {
  const near = suggest(assignee, [...names]);
  return `a profile named "${assignee}"${near === null ? "" : ` (did you mean "${near}"?)`}`;
}

/**
 * What those who assign a task have to know: that no dispatcher will ever start it. Null when its assignee is a
 * profile or a person that is known, and for a task without one.
 */
export function profileWarning(board: Board, { assignee }: Pick<Task, "assignee">, roster: Roster): string | null {
  if (assignee === null || ["profile", "person"].includes(standingOf(board, assignee, roster))) return null;
  const near = suggest(assignee, [...roster.names]);
  return `no profile named "${assignee}"${near === null ? "" : `; did you mean "${near}"?`}`;
}
