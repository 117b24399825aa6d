/**
 * Revisions: the texts of a task that were replaced, each under the id of the event that did it.
 *
 * They stay as long as their task: gc removes old events, and a revision says itself who replaced it and when.
 *
 * @module
 */
import { all, type Board, one, run } from "./db.ts";
import { type Task, TEXT_FIELDS, type TextField } from "../schema.ts";

/** A text as it was until an event. */
export interface Revision {
  event_id: number;
  field: TextField;
  text: string;
  replaced_by: string;
  replaced_at: number;
}

/** Keeps the texts that an event replaced; null is none. Call it inside `write`, after the event. */
export function keepTexts(board: Board, taskKey: number, eventId: number, texts: Partial<Pick<Task, TextField>>): void {
  for (const field of TEXT_FIELDS) {
    const text = texts[field];
    if (text == null) continue;
    run(
      board,
      `INSERT INTO task_revisions (task_key, event_id, field, text, replaced_by, replaced_at)
       VALUES ($taskKey, $eventId, $field, $text, $by, $at)`,
      { taskKey, eventId, field, text, by: board.actor, at: board.now() },
    );
  }
}

/** The texts of a task that events after `after` replaced, oldest first. */
export function revisionsAfter(board: Board, taskKey: number, after: number): Revision[] {
  return all<Revision>(
    board,
    `SELECT event_id, field, text, replaced_by, replaced_at FROM task_revisions
     WHERE task_key = $taskKey AND event_id > $after ORDER BY event_id, field`,
    { taskKey, after },
  );
}

/** The texts that one event replaced. */
export function revisionsOf(board: Board, taskKey: number, eventId: number): Revision[] {
  return all<Revision>(
    board,
    `SELECT event_id, field, text, replaced_by, replaced_at FROM task_revisions
     WHERE task_key = $taskKey AND event_id = $eventId ORDER BY field`,
    { taskKey, eventId },
  );
}

/** The text that the next event after one replaced in a field: what was there after that one. Null: none did. */
export function nextRevision(board: Board, taskKey: number, after: number, field: TextField): string | null {
  const row = one<{ text: string }>(
    board,
    `SELECT text FROM task_revisions WHERE task_key = $taskKey AND event_id > $after AND field = $field
     ORDER BY event_id LIMIT 1`,
    { taskKey, after, field },
  );
  return row?.text ?? null;
}
