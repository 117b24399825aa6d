/**
 * One field of a task for an agent: a text from any byte on, or a list from any entry on, within its budget.
 *
 * @module
 */
import { type Board, read } from "../store/db.ts";
import { FIELDS_READ, type TextPart, textPart } from "./field_text.ts";
import { type ListName, type ListPart, listPart, LISTS_READ } from "./field_lists.ts";
import { requireInteger } from "../input.ts";
import { COSTS, READ_BYTES, type Reading, toolCall } from "../reads/pieces.ts";
import { newMark } from "../reads/quoted_text.ts";
import { getTask } from "../tasks/task_rows.ts";

/** What can be asked for, in words. */
export const READABLE = `${FIELDS_READ}; ${LISTS_READ.join(", ")}`;

/** What is around a part: its names and numbers, and the call that fetches the next. */
const ENVELOPE_BYTES = 512;

/** A part of a field, and where the next one begins; null after the last. */
export type FieldPart = (TextPart | ListPart) & { next: { task_id: string; field: string; from: number } | null };

/**
 * Reads a field from one of its bytes, or of its entries, on.
 *
 * @throws {KanbanError} `not_found`; `invalid` for a field or an offset that there is not.
 */
export function readField(
  board: Board,
  taskId: string,
  { field, from = 0, ...reading }: { field: string; from?: number | undefined } & Reading,
): FieldPart {
  const { budget = READ_BYTES, form = "text", call = toolCall, boundary = newMark() } = reading;
  requireInteger(from, "from", { min: 0, max: Number.MAX_SAFE_INTEGER });
  const room = budget - ENVELOPE_BYTES;
  return read(board, () => {
    const task = getTask(board, taskId);
    const part = isList(field)
      ? listPart(board, task, { field, from, room }, (other) => call(task.id, other, 0))
      : textPart(board, task, { field, from, room }, { mark: boundary, cost: COSTS[form] });
    const end = "total" in part ? part.total : part.bytes;
    return { ...part, next: part.to < end ? { task_id: task.id, field, from: part.to } : null };
  });
}

function isList(field: string): field is ListName {
  return (LISTS_READ as readonly string[]).includes(field);
}
