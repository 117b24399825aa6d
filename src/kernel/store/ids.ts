/**
 * Public task ids: `t_` and 8 hex digits, and the way from them to the integer keys inside.
 *
 * @module
 */
import { all, type Board, one } from "./db.ts";
import { KanbanError } from "../errors.ts";

const ID = /^t_[0-9a-f]{8}$/;

/** Tells whether `text` has the form of a task id. Paths are only ever built from ids that do. */
export function isTaskId(text: string): boolean {
  return ID.test(text);
}

/** A new id that no task has yet. Call it inside the transaction that inserts the task. */
export function newTaskId(board: Board): string {
  for (;;) {
    const id = `t_${Buffer.from(crypto.getRandomValues(new Uint8Array(4))).toString("hex")}`;
    if (findKey(board, id) === null) return id;
  }
}

/** The integer key of a task, or null. */
export function findKey(board: Board, id: string): number | null {
  return one<{ key: number }>(board, "SELECT key FROM tasks WHERE id = $id", { id })?.key ?? null;
}

/**
 * The integer key of a task.
 *
 * @param act What fails without it, for the message: "comment on".
 * @throws {KanbanError} `not_found`.
 */
export function keyOf(board: Board, id: string, act: string): number {
  return findKey(board, id) ?? fail(act, id);
}

/** The error for an id that no task has. */
export function noSuchTask(act: string, id: string): KanbanError {
  return new KanbanError(
    "not_found",
    `Cannot ${act} task "${printable(id)}": no such task`,
    "List the tasks with: kanban list",
  );
}

/**
 * Completes a unique prefix of an id, with or without its `t_`, to the id.
 *
 * @throws {KanbanError} `not_found`; `conflict` when several tasks begin so.
 */
export function resolveId(board: Board, prefix: string): string {
  const text = prefix.toLowerCase().startsWith("t_") ? prefix.toLowerCase() : `t_${prefix.toLowerCase()}`;
  if (!/^t_[0-9a-f]{1,8}$/.test(text)) throw noSuchTask("find", prefix);
  // Hex digits sort before "g": the range holds every id that begins with the text, by the unique index.
  const found = all<{ id: string }>(board, "SELECT id FROM tasks WHERE id >= $from AND id < $to ORDER BY id LIMIT 6", {
    from: text,
    to: `${text}g`,
  });
  if (found.length === 0) throw noSuchTask("find", prefix);
  if (found.length === 1) return found[0]!.id;
  const some = found.slice(0, 5).map((task) => task.id);
  throw new KanbanError(
    "conflict",
    `Cannot find task "${prefix}": one id must begin so, several do: ${some.join(", ")}${found.length > 5 ? ", …" : ""}`,
    "Type one more character of the id",
  );
}

/** What a caller typed, short and without control characters, for use in a message. */
export function printable(text: string): string {
  const clean = text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, "\ufffd");
  return clean.length > 80 ? `${clean.slice(0, 80)}…` : clean;
}

function fail(act: string, id: string): never {
  throw noSuchTask(act, id);
}
