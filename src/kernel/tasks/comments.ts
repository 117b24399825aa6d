/**
 * Comments: the thread on a task, written by people and agents alike.
 *
 * @module
 */
import { all, type Board, insert, write } from "../store/db.ts";
import { emit } from "./events.ts";
import { keyOf } from "../store/ids.ts";
import { isPerson, notePerson } from "../store/known_names.ts";
import { optionalName, requireText } from "../input.ts";
import { answeredByPerson } from "./questions.ts";
import type { Comment } from "../schema.ts";

/**
 * Adds a comment.
 *
 * @param comment.author The name it is signed with; default: who acts.
 * @param comment.via Who really wrote it, when that is not the author.
 * @throws {KanbanError} `not_found`; `invalid` when the text is blank.
 */
export function addComment(
  board: Board,
  taskId: string,
  comment: { body: string; author?: string | null; via?: string | null },
): Comment {
  const body = requireText(comment.body, "comment");
  const author = optionalName(comment.author, "author") ?? board.actor;
  const via = optionalName(comment.via, "via");
  return write(board, () => {
    const key = keyOf(board, taskId, "comment on");
    const written = insertComment(board, key, { author, via, body });
    if (isPerson(board, via)) answeredByPerson(board, key);
    notePerson(board, author, via);
    emit(board, "commented", key, null, { author, len: body.length });
    return { ...written, task_id: taskId };
  });
}

/** Writes the row alone: for verbs whose own event covers the comment. Call it inside `write`. */
export function insertComment(
  board: Board,
  taskKey: number,
  comment: { author: string; via: string | null; body: string },
): Omit<Comment, "task_id"> {
  const created_at = board.now();
  const id = insert(
    board,
    `INSERT INTO task_comments (task_key, author, via, body, created_at) VALUES ($taskKey, $author, $via, $body, $at)`,
    { taskKey, ...comment, at: created_at },
  );
  return { id, ...comment, created_at };
}

/** The newest comments of a task, oldest first. `before` pages back: only comments with a smaller id. */
export function listComments(board: Board, taskId: string, page: { limit?: number; before?: number } = {}): Comment[] {
  return all<Comment>(
    board,
    `SELECT c.id, t.id AS task_id, c.author, c.via, c.body, c.created_at
     FROM tasks t JOIN task_comments c ON c.task_key = t.key
     WHERE t.id = +$taskId AND ($before IS NULL OR c.id < $before)
     ORDER BY c.id DESC LIMIT $limit + 0`,
    { taskId, before: page.before ?? null, limit: page.limit ?? 100 },
  ).reverse();
}
