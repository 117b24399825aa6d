/**
 * An act of a client is done once, however often its request arrives.
 *
 * A person presses twice, or the answer is lost on the way and the form is sent again: the second request carries the
 * key of the first and gets the first answer. The key is kept in the transaction of the act itself, so that a key
 * without its act, or an act without its key, cannot exist. A refused act leaves no key.
 *
 * These keys are a client's own and short-lived. They are not the `idempotency_key` of a task, which its creator
 * chooses and which holds for as long as the task is open.
 *
 * @module
 */
import { type Board, insert, one, run, write } from "./db.ts";
import { KanbanError } from "../errors.ts";
import { invalid } from "../input.ts";
import { excerpt } from "../../text.ts";

/** How many keys a board remembers: the newest ones. */
const KEPT = 4_096;

export interface RequestKey {
  /** Random, made by the client when the form opens. */
  readonly key: string;
  /** What was sent, as text that differs when something else is sent. */
  readonly content: string;
}

/**
 * Runs `act` inside one transaction, or returns its answer when the key was used before.
 *
 * @param request null: a client without keys; the act is done each time.
 * @throws {KanbanError} `invalid` for a key of a wrong form; `conflict` when other content was sent under the key.
 */
export function once<T extends object>(
  board: Board,
  request: RequestKey | null,
  act: () => T,
): { answer: T; again: boolean } {
  if (request === null) return { answer: write(board, act), again: false };
  const { key, content } = request;
  if (!/^[0-9A-Za-z_-]{16,64}$/.test(key))
    throw invalid("request_key", "16 to 64 letters, digits, - and _", excerpt(key));
  return write(board, () => {
    const known = one<{ content: string; answer: string }>(
      board,
      "SELECT content, answer FROM request_keys WHERE key = $key",
      { key },
    );
    if (known === null) {
      const answer = act();
      remember(board, request, answer);
      return { answer, again: false };
    }
    if (known.content !== content) throw changedContent();
    return { answer: JSON.parse(known.answer) as T, again: true };
  });
}

function remember(board: Board, { key, content }: RequestKey, answer: object): void {
  const id = insert(
    board,
    "INSERT INTO request_keys (key, content, answer, created_at) VALUES ($key, $content, $answer, $at)",
    { key, content, answer: JSON.stringify(answer), at: board.now() },
  );
  run(board, "DELETE FROM request_keys WHERE id <= $id", { id: id - KEPT });
}

function changedContent(): KanbanError {
  return new KanbanError(
    "conflict",
    "Cannot send this form again: it must say what it said before, it says something else, and what it said is done",
    "Look at what was done; send it once more to do the new one too",
  );
}
