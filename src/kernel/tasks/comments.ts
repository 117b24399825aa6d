/**
 * Comments: the thread on a task, written by people and agents alike.
 *
 * @module
 */
import { all, type Board, insert, write } from "../store/db.ts";
import { emit } from "./events.ts";
import { keyOf } from "../store/ids.ts";
import { isPerson, listKnownPeople, notePerson } from "../store/known_names.ts";
import { countMentions, keepMention, seeMentions } from "../store/mentions.ts";
import { firstLine, optionalName, requireText } from "../input.ts";
import { folded, mentionPattern } from "../../text.ts";
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
    announceMentions(board, key, { text: body, author });
    // Who answers has seen what asked for the answer.
    if (via === null && countMentions(board, author) > 0) seeMentions(board, author, { taskId });
    return { ...written, task_id: taskId };
  });
}

/** A longer text is not searched for mentions: it is a file, and no message. */
const MENTIONS_BYTES_MAX = 200_000;
/** Most people that one text tells. */
const MENTIONED_MAX = 20;
const LINE_MAX = 200;

/**
 * Tells those whom a text mentions, as `@NAME` outside of code, but for its author and those that the text before it
 * mentioned. Call it inside `write`.
 */
export function announceMentions(
  board: Board,
  taskKey: number,
  { text, author, before = null }: { text: string; author: string; before?: string | null },
): void {
  if (!text.includes("@") || text.length > MENTIONS_BYTES_MAX) return;
  const people = new Set([...board.people(), ...listKnownPeople(board).map(({ name }) => name)]);
  people.delete(author);
  const known = new Set(before === null ? [] : mentionsIn(before, people).map(({ person }) => person));
  const fresh = mentionsIn(text, people).filter(({ person }) => !known.has(person));
  for (const { person, line } of fresh.slice(0, MENTIONED_MAX)) {
    const eventId = emit(board, "mentioned", taskKey, null, { person, author, text: line });
    keepMention(board, { eventId, person, taskKey, author, text: line });
  }
}

/** The people that a Markdown text mentions, each once, with the line of it. */
function mentionsIn(text: string, people: Iterable<string>): { person: string; line: string }[] {
  const named = Map.groupBy(people, folded);
  const pattern = mentionPattern([...named.values()].flat());
  if (pattern === null) return [];
  const found = new Map<string, string>();
  for (const line of proseOf(text).split("\n")) {
    for (const [, name] of line.matchAll(pattern)) {
      // Anyone can sign in as ANN: that must take nothing from ann.
      const alike = named.get(folded(name!)) ?? [];
      for (const person of alike.includes(name!) ? [name!] : alike) {
        if (!found.has(person)) found.set(person, firstLine(line, LINE_MAX));
      }
    }
  }
  return [...found].map(([person, line]) => ({ person, line }));
}

/** A Markdown text without its code and its addresses. */
function proseOf(text: string): string {
  const block = (inner: string) => `${inner}\n`;
  return Bun.markdown.render(
    text,
    {
      text: (inner) => inner,
      codespan: () => "\u2026",
      code: () => "\n",
      paragraph: block,
      heading: block,
      listItem: block,
      td: block,
      th: block,
      link: (inner) => inner,
      image: (inner) => inner,
    },
    { noHtmlBlocks: true },
  );
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
