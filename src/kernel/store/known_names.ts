/**
 * The names that were used on this board, and whether a person or workers used them.
 *
 * An assignee is a profile's name or a person's, and a misspelt profile looks like a person. So each name is kept
 * with its last use: by a person (who signed in, created a task, wrote a comment or claimed by hand) or by workers
 * that a dispatcher started. Every lookup is one row by its key: lists ask for names with each update.
 *
 * @module
 */
import { all, type Board, one, run, write } from "./db.ts";

export type ActsAs = "person" | "worker";

/** A person of this board, and since when it is known as one. */
export interface KnownPerson {
  name: string;
  since: number;
}

/** What programs sign with that act for no person: the web board's default, and our own processes. */
export const PROGRAM_NAMES: ReadonlySet<string> = new Set([
  "",
  "dashboard",
  "dispatcher",
  "kanban",
  "notifier",
  "feed",
]);

/** Whether who acts is a person: not a worker under its run, and no agent writes through them. */
export function isPerson(board: Board, via: string | null = null): boolean {
  return board.fence === null && via === null;
}

/** Keeps that a person goes by this name. */
export function addPerson(board: Board, name: string): void {
  if (PROGRAM_NAMES.has(name) || knownAs(board, name) === "person") return; // Without taking the lock.
  write(board, () => keep(board, name, "person"));
}

/** Keeps the names that a person's act is signed with; a worker's are left out. Call it inside `write`. */
export function notePerson(board: Board, name: string, via: string | null = null): void {
  if (!isPerson(board, via) || PROGRAM_NAMES.has(name)) return;
  keep(board, name, "person");
}

/** Keeps that workers run under this name. Call it inside `write`. */
export function noteWorker(board: Board, name: string): void {
  keep(board, name, "worker");
}

/** How a name was used last; null for one that never was. */
export function knownAs(board: Board, name: string): ActsAs | null {
  return (
    one<{ acts_as: ActsAs }>(board, "SELECT acts_as FROM known_names WHERE name = +$name", { name })?.acts_as ?? null
  );
}

/** The people that the board knows, by name. It walks all names: as many as people and profiles ever had here. */
export function listKnownPeople(board: Board, { limit = 1_000 }: { limit?: number } = {}): KnownPerson[] {
  return all<KnownPerson>(
    board,
    "SELECT name, since FROM known_names WHERE acts_as = 'person' ORDER BY name LIMIT $limit + 0",
    { limit },
  );
}

function keep(board: Board, name: string, actsAs: ActsAs): void {
  run(
    board,
    `INSERT INTO known_names (name, acts_as, since) VALUES ($name, $actsAs, $now)
     ON CONFLICT (name) DO UPDATE SET acts_as = excluded.acts_as, since = excluded.since
       WHERE acts_as <> excluded.acts_as`,
    { name: name.toWellFormed(), actsAs, now: board.now() },
  );
}
