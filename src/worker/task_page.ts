/**
 * What `kanban_show` answers: the text that a task's worker is given, the plain row, and how much more there is.
 *
 * The text comes first, because agents keep only the beginning of a reply that is too long for them. What it
 * holds is not repeated in the row. Everything else is read by the name of its field, a part at a time.
 *
 * @module
 */
import {
  type Board,
  buildContext,
  COSTS,
  type Explained,
  explained,
  getTask,
  type JsonObject,
  listTotals,
  type QueueView,
  READ_BYTES,
  read,
  readField,
  resolveId,
  shortened,
  spend,
  type Task,
} from "../kernel/mod.ts";

/** What the row and everything around it may take beside the context, in bytes of JSON. */
const ROW_BYTES = 3 * 1024;
/** Skills that the row names; the context has more. */
const SKILLS_MAX = 8;

export interface PageOptions {
  /** Which profiles there are and whether they are started. */
  queue: () => QueueView;
  /** The most that the context or a field may take, in bytes of JSON. */
  bytes?: number | undefined;
  field?: string | undefined;
  from?: number | undefined;
}

/** The page of a task, by a prefix of its id too; or a part of one of its fields. */
export function pageOf(board: Board, typed: string, { queue, bytes, field, from }: PageOptions): object {
  const reading = { budget: bytes ?? READ_BYTES, form: "json" as const };
  return read(board, () => {
    const id = resolveId(board, typed);
    if (field !== undefined || from !== undefined)
      return readField(board, id, { field: field ?? "body", from, ...reading });
    return {
      worker_context: buildContext(board, id, reading),
      task: rowOf(explained(board, [getTask(board, id)], queue)[0]!),
      lists: listTotals(board, id),
    };
  });
}

/** The row without its long texts, which the context has; other texts are cut evenly where they are long. */
function rowOf({ body: _, result: __, last_error: ___, skills, waits_for, ...task }: Explained<Task>): JsonObject {
  const row: JsonObject = { ...task, waits_for: waits_for && { ...waits_for }, skills: skills.slice(0, SKILLS_MAX) };
  if (skills.length > SKILLS_MAX) row["skills_omitted"] = skills.length - SKILLS_MAX;
  const texts = Object.entries(row).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  const bare = { ...row, ...Object.fromEntries(texts.map(([name]) => [name, ""])) };
  const rooms = spend(
    ROW_BYTES - COSTS.text(JSON.stringify(bare)),
    texts.map(([, text]) => ({ worth: 1, min: Math.min(MARK_BYTES, COSTS.json(text)), max: COSTS.json(text) })),
  );
  texts.forEach(([name, text], i) => {
    if (COSTS.json(text) > rooms[i]!) row[name] = shortened(text, rooms[i]! - MARK_BYTES, COSTS.json);
  });
  return row;
}

/** What a mark of omission takes. */
const MARK_BYTES = 40;
