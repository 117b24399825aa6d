/**
 * One text of a task, from any byte on: what the calls fetch that a cut text names.
 *
 * Offsets count the bytes of the text as an agent reads it, cleaned; pieces put together are the whole.
 *
 * @module
 */
import { agentLine, agentText } from "../reads/agent_text.ts";
import { ATTEMPT_FIELDS } from "./context_reads.ts";
import { type Board, one, read } from "../store/db.ts";
import { KanbanError } from "../errors.ts";
import { findKey, printable, resolveId } from "../store/ids.ts";
import { invalid } from "../input.ts";
import { cutAt, type Setting } from "../reads/pieces.ts";
import { markNote, quote } from "../reads/quoted_text.ts";
import type { Task } from "../schema.ts";
import { getTask } from "../tasks/task_rows.ts";
import { latestCompleted } from "../tasks/runs.ts";

/** The fields that can be read, as messages name them. */
export const FIELDS_READ =
  "body, result, last_error, comment:ID, attempt:RUN, attempt:RUN.summary (or .error, .metadata, .usage), parent:ID, parent:ID.summary (or .metadata, .result, .body), event:ID";

/** A part of a text. */
export interface TextPart {
  task_id: string;
  field: string;
  /** Where the part begins and where it ends, in bytes of the whole. */
  from: number;
  to: number;
  bytes: number;
  /** The part, between marks. */
  text: string;
}

interface Found {
  what: string;
  /** What others wrote, or named, before it. */
  head?: string;
  text: string | null;
}

/**
 * Reads as much of a text as fits into `room`.
 *
 * @throws {KanbanError} `invalid` for a field that does not exist, and for an offset behind the end;
 * `not_found` for a comment, an attempt, a parent or an event that the task does not have, or a text that is not set.
 */
export function textPart(
  board: Board,
  task: Task,
  { field, from, room }: { field: string; from: number; room: number },
  { mark, cost }: Pick<Setting, "mark" | "cost">,
): TextPart {
  const found = findText(board, task, field);
  const whole = Buffer.from(agentText(found.text));
  if (from > 0 && from >= whole.length) throw invalid("from", `less than its ${whole.length} bytes`, `${from}`);
  const start = startOf(whole, from);
  const frame = (text: string) =>
    `${markNote(mark)}\n\n${quote(mark, `${found.what}, from byte ${start} of ${whole.length}`, `${found.head ?? ""}${text}`)}`;
  // Nothing behind the room can fit: no character costs less than a byte.
  const ahead = whole.subarray(start, start + room + 4).toString();
  const beginning = start + room + 4 >= whole.length ? ahead : ahead.replace(/\ufffd+$/, "");
  const part = cutAt(beginning, room - cost(frame("")), cost);
  const to = start + Buffer.byteLength(part);
  return { task_id: task.id, field, from: start, to, bytes: whole.length, text: frame(part) };
}

/**
 * A text as it is stored, for people.
 *
 * @throws {KanbanError} as `textPart`.
 */
export function wholeText(board: Board, taskId: string, field: string): string {
  return read(board, () => findText(board, getTask(board, taskId), field).text);
}

/** The place of the character that this byte is a part of. */
function startOf(whole: Buffer, from: number): number {
  let start = from;
  while (start > 0 && (whole[start]! & 0xc0) === 0x80) start--;
  return start;
}

const NAMED = /^(comment|attempt|event|parent):([^.]*)(?:\.(\w+))?$/;

function findText(board: Board, task: Task, field: string): Found & { text: string } {
  const found = fieldText(board, task, field);
  if (found === undefined) throw invalid("field", `one of ${FIELDS_READ}`, `"${printable(field)}"`);
  const text = found?.text ?? null;
  if (text === null) throw new KanbanError("not_found", `Cannot read ${printable(field)} of ${task.id}: it has none`);
  return { ...found!, text };
}

function fieldText(board: Board, task: Task, field: string): Found | null | undefined {
  if (field === "body" || field === "result" || field === "last_error") return { what: field, text: task[field] };
  const [, kind, id = "", part] = NAMED.exec(field) ?? [];
  if (kind === undefined) return undefined;
  return kind === "parent" ? parentText(board, task, id, part) : rowText(board, task, kind, id, part);
}

/** Undefined when there is no such part; null when the task has no such row. */
function rowText(
  board: Board,
  task: Task,
  kind: string,
  id: string,
  part: string | undefined,
): Found | null | undefined {
  if (!/^\d{1,15}$/.test(id)) return undefined;
  const key = findKey(board, task.id)!;
  const given = { id: Number(id), key };
  if (kind === "attempt") {
    const run = one<Record<string, string | null>>(
      board,
      `SELECT summary, error, iif(summary IS NULL, last_words, NULL) AS last_words, metadata, usage
       FROM runs WHERE id = +$id AND task_key = $key`,
      given,
    );
    return partOf(run, `attempt in run ${id}`, [...ATTEMPT_FIELDS, "usage"], part);
  }
  if (part !== undefined) return undefined;
  if (kind === "event") {
    const event = one<{ kind: string; payload: string }>(
      board,
      "SELECT kind, payload FROM task_events WHERE id = +$id AND task_key = $key",
      given,
    );
    return event && { what: `event ${id}, ${event.kind}`, text: event.payload };
  }
  const comment = one<{ author: string; via: string | null; body: string }>(
    board,
    "SELECT author, via, body FROM task_comments WHERE id = +$id AND task_key = $key",
    given,
  );
  if (comment === null) return null;
  const { author, via, body } = comment;
  const who = via !== null && via !== author ? `${author} (written by ${via})` : author;
  return { what: `comment ${id}`, head: `from: ${agentLine(who)}\n\n`, text: body };
}

function parentText(board: Board, task: Task, typed: string, part: string | undefined): Found | null | undefined {
  const id = resolveId(board, typed);
  const parent = one<Record<string, string | null>>(
    board,
    `SELECT r.summary, r.metadata, (SELECT result FROM task_results WHERE task_key = p.key) AS result,
       (SELECT body FROM task_bodies WHERE task_key = p.key) AS body FROM tasks p
     JOIN task_links l ON l.parent_key = p.key AND l.child_key = (SELECT key FROM tasks WHERE id = $child)
     LEFT JOIN task_runs r ON r.id = ${latestCompleted("p")}
     WHERE p.id = $id`,
    { id, child: task.id },
  );
  return partOf(parent, `parent ${id}`, ["summary", "metadata", "result", "body"], part);
}

/** One column of a row, or all that are set, each under its name. */
function partOf(
  row: Record<string, string | null> | null,
  whose: string,
  names: readonly string[],
  part: string | undefined,
): Found | null | undefined {
  if (part !== undefined && !names.includes(part)) return undefined;
  if (row === null) return null;
  if (part !== undefined) return { what: `${part} of ${whose}`, text: row[part]! };
  const given = names.flatMap((name) => (row[name] === null ? [] : [`${name}:\n${row[name]}`]));
  return { what: whose, text: given.length === 0 ? null : given.join("\n\n") };
}
