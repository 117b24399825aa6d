/**
 * Who was mentioned where, until that person has seen it.
 *
 * Each row belongs to an event of the same id, which notifications and `watch` follow; the row stays when gc removes
 * the event, until its person has seen it.
 *
 * @module
 */
import { all, type Board, one, run, write } from "./db.ts";

/** A mention that its person has not seen. */
export interface Mention {
  event_id: number;
  task_id: string;
  title: string;
  author: string;
  /** The line that has the mention. */
  text: string;
  created_at: number;
}

/** Keeps a mention. Call it inside `write`, with the event of it. */
export function keepMention(
  board: Board,
  mention: { eventId: number; person: string; taskKey: number; author: string; text: string },
): void {
  run(
    board,
    `INSERT INTO mentions (event_id, person, task_key, author, text, created_at)
     VALUES ($eventId, $person, $taskKey, $author, $text, $now)`,
    { ...mention, now: board.now() },
  );
}

/** What a person was mentioned in and has not seen, newest first. */
export function openMentions(board: Board, person: string, { limit = 100 }: { limit?: number } = {}): Mention[] {
  return all<Mention>(
    board,
    `SELECT m.event_id, t.id AS task_id, t.title, m.author, m.text, m.created_at
     FROM mentions m INDEXED BY mentions_open JOIN tasks t ON t.key = m.task_key
     WHERE m.person = $person AND m.seen_at IS NULL ORDER BY m.event_id DESC LIMIT $limit + 0`,
    { person, limit },
  );
}

/** How many there are. */
export function countMentions(board: Board, person: string): number {
  return one<{ n: number }>(
    board,
    `SELECT count(*) AS n FROM mentions INDEXED BY mentions_open WHERE person = $person AND seen_at IS NULL`,
    { person },
  )!.n;
}

/** Marks a person's mentions as seen: those of one task, or all. Returns how many were open. */
export function seeMentions(board: Board, person: string, { taskId = null }: { taskId?: string | null } = {}): number {
  return write(board, () =>
    run(
      board,
      `UPDATE mentions SET seen_at = $now WHERE person = $person AND seen_at IS NULL
         AND ($taskId IS NULL OR task_key = (SELECT key FROM tasks WHERE id = $taskId))`,
      { person, taskId, now: board.now() },
    ),
  );
}
