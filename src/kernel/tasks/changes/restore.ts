/**
 * Restore: brings an archived task back to what it was.
 *
 * @module
 */
import { type Board, one, write } from "../../store/db.ts";
import { KanbanError } from "../../errors.ts";
import { eventChain } from "../events.ts";
import { waits } from "../links.ts";
import type { Status, Task } from "../../schema.ts";
import { type KeyedRow, stateOf, taskOf } from "../task_rows.ts";
import { conflict, transition } from "../transition.ts";

/**
 * Brings an archived task back: to done if it was done, to todo when it waits for something, else to ready. What was
 * in triage, in review, blocked or held is that again, so that nothing starts which a person had not released. Without
 * a run: one that was open ended when it was archived.
 *
 * @throws {KanbanError} `not_found`; `conflict` when it is not archived, or its idempotency key has another task now.
 */
export function restoreTask(board: Board, id: string): Task {
  return write(board, () => {
    const task = stateOf(board, id, "restore");
    if (task.status !== "archived") throw conflict("restore", task, "archived");
    requireFreeKey(board, task, "restore");
    const { from, held } = archivedFrom(board, task);
    const to = targetOf(board, task, from, held);
    const keeps = to === "done" || to === "review";
    const moved = transition(board, "restore", task, {
      to,
      held: to === "todo" && held,
      undoable: true,
      payload: { status: to },
      restores: keeps ? {} : { result: null },
    });
    return taskOf(moved.task);
  });
}

/**
 * Refuses what would make two unarchived tasks of one idempotency key.
 *
 * @throws {KanbanError} `conflict`.
 */
export function requireFreeKey(board: Board, task: KeyedRow, act: string): void {
  const other = one<{ id: string }>(
    board,
    "SELECT id FROM tasks WHERE idempotency_key = $key AND idempotency_key IS NOT NULL AND status <> 'archived'",
    { key: task.idempotency_key },
  );
  if (other === null) return;
  throw new KanbanError(
    "conflict",
    `Cannot ${act} task "${task.id}": its idempotency key must be free, "${other.id}" has it`,
    `See that one with: kanban show ${other.id}`,
  );
}

/** Where it was archived from; null where gc has removed the event that says so. */
function archivedFrom(board: Board, task: KeyedRow): { from: Status | null; held: boolean } {
  const row = one<{ came: Status; held: number | null }>(
    board,
    `SELECT e.payload ->> '$.from' AS came, e.payload ->> '$.was.held' AS held
     FROM tasks t JOIN task_events e ON e.id = (${eventChain("t")} WHERE kind = 'archived' OR kind = 'undone' LIMIT 1)
     WHERE t.key = +$key`,
    { key: task.key },
  );
  return { from: row?.came ?? null, held: row?.held === 1 };
}

function targetOf(board: Board, task: KeyedRow, from: Status | null, held: boolean): Status {
  if (task.completed_at !== null) return "done";
  if (from === "triage" || from === "review" || from === "blocked") return from;
  return (from === "todo" && held) || waits(board, task) ? "todo" : "ready";
}
