/**
 * The changes of a task as the board shows them: with a word diff of texts, other values in words.
 *
 * @module
 */
import type { ChangeView, FieldView, HistoryView } from "../../../views/edits/history.tsx";
import {
  type Board,
  type Change,
  type FieldChange,
  getTask,
  taskHistory,
  TEXT_FIELDS,
  wordDiff,
} from "../../kernel/mod.ts";
import { labelOf, valueWords } from "../forms/field_words.ts";

/** Changes of a page. */
const SHOWN = 20;
/** What an edit cannot set, so that it is not put back from here. */
const FIXED = ["status", "result", "parent"];

/**
 * A page of the history.
 *
 * @throws {KanbanError} `not_found`.
 */
export function historyView(board: Board, id: string, before: number | undefined): HistoryView {
  const task = getTask(board, id);
  const { changes, older } = taskHistory(board, id, { limit: SHOWN, before });
  return {
    id,
    title: task.title,
    changes: changes.map(changeView),
    older,
    event: task.last_event_id,
    locked: task.status === "archived",
    now: board.now(),
  };
}

function changeView(change: Change): ChangeView {
  const { fields } = change;
  return {
    change,
    fields: fields.map(fieldView),
    restorable: fields.some(({ field, was }) => was !== undefined && !FIXED.includes(field)),
  };
}

function fieldView({ field, was, now }: FieldChange): FieldView {
  const label = labelOf(field);
  const isText = TEXT_FIELDS.some((text) => text === field);
  if (isText && was !== undefined && now !== undefined) {
    return { label, pieces: wordDiff(String(was ?? ""), String(now ?? "")), was: null, now: null };
  }
  const words = (value: typeof was) => (value === undefined ? null : valueWords(field, value));
  return { label, pieces: null, was: words(was), now: words(now) };
}
