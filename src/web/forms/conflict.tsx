/** @jsxImportSource hono/jsx */
/**
 * The answer to an edit of a field that was changed since it was begun: both texts, side by side.
 *
 * @module
 */
import { Conflict, type ConflictView, type Side } from "../../../views/edits/conflict.tsx";
import {
  type Board,
  type DiffPiece,
  type FieldConflict,
  getTask,
  joinedText,
  type Json,
  TEXT_FIELDS,
  wordDiff,
} from "../../kernel/mod.ts";
import { labelOf, valueWords } from "./field_words.ts";

/** What a form says beside its field. */
const NOT_FIELDS = ["base", "request_key", "conflict"];

/** The partial that fills the dialog. `path` is where the form was sent, below its task. */
export function conflictPartial(
  board: Board,
  {
    id,
    path,
    form,
    conflicts,
  }: { id: string; path: string; form: URLSearchParams; conflicts: readonly FieldConflict[] },
): string {
  const view = conflictView(board, id, path, form, conflicts[0]!);
  return String(
    <hx-partial hx-target="#conflict-body" hx-swap="innerHTML">
      <Conflict view={view} />
    </hx-partial>,
  );
}

function conflictView(
  board: Board,
  id: string,
  path: string,
  form: URLSearchParams,
  { field, base, now, by, at }: FieldConflict,
): ConflictView {
  const fields = [...form].filter(([name]) => !NOT_FIELDS.includes(name));
  const name = form.has(field) ? field : (fields[0]?.[0] ?? field);
  const mine = form.get(name) ?? "";
  const isText = TEXT_FIELDS.some((text) => text === field);
  const words = (value: Json) => (isText ? String(value ?? "") : valueWords(field, value));
  const typed = isText ? mine.replaceAll("\r\n", "\n") : mine;
  const from = base === undefined || !isText ? null : words(base);
  const side = (text: string): Side => ({ text, pieces: from === null ? null : readable(wordDiff(from, text)) });
  return {
    id,
    label: labelOf(field),
    path,
    fields,
    name,
    event: getTask(board, id).last_event_id,
    by,
    at,
    typed,
    theirs: side(words(now)),
    mine: side(isText ? typed : valueWords(field, name === field ? typedValue(field, typed) : typed)),
    joined: isText ? joinedText(from, words(now), typed) : null,
    now: board.now(),
  };
}

/** A diff of texts that have little in common is harder to read than the text itself: null. */
function readable(pieces: readonly DiffPiece[]): readonly DiffPiece[] | null {
  const length = (kinds: readonly string[]) =>
    pieces.reduce((sum, { kind, text }) => sum + (kinds.includes(kind) ? text.trim().length : 0), 0);
  return length(["same"]) * 2 >= length(["same", "added"]) ? pieces : null;
}

/** What a form sends for a field that it names as the task does. */
function typedValue(field: string, text: string): Json {
  if (field === "priority") return Number(text);
  return field === "review" ? text === "1" || text === "on" : text;
}
