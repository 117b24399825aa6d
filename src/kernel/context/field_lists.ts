/**
 * The lists of a task, a page at a time: comments, runs and events newest first, relatives oldest first.
 *
 * A page has as many entries as fit. A long text in an entry is cut, and the entry then names the call that
 * fetches the whole.
 *
 * @module
 */
import { agentText, agentValue } from "../reads/agent_text.ts";
import { all, type Board, one } from "../store/db.ts";
import { eventChain } from "../tasks/events.ts";
import { withIsoTimes } from "./instants.ts";
import { COSTS, shortened } from "../reads/pieces.ts";
import { neighbours, type Side } from "../reads/relatives.ts";
import { ENDED_RUN, OPEN_RUN, runChain } from "../tasks/runs.ts";
import type { Json, JsonObject, Task } from "../schema.ts";
import { findKey } from "../store/ids.ts";

export const LISTS_READ = ["comments", "runs", "events", "parents", "children"] as const;
export type ListName = (typeof LISTS_READ)[number];

/** A part of a list. */
export interface ListPart {
  task_id: string;
  field: ListName;
  /** How many entries are before the first of these. */
  from: number;
  to: number;
  total: number;
  entries: JsonObject[];
}

/** What a long text of an entry may cost; the first `READ_CHARACTERS` of it are read. */
const TEXT_BYTES = 600;
const READ_CHARACTERS = 1_000;
/** Entries that are read at a time. */
const ROWS = 100;

type Row = Record<string, Json>;
type Rest = (field: string) => string;

/** Reads as many entries as fit into `room` bytes of JSON, but one at least. */
export function listPart(
  board: Board,
  task: Task,
  { field, from, room }: { field: ListName; from: number; room: number },
  rest: Rest,
): ListPart {
  const key = findKey(board, task.id)!;
  const total = one<{ n: number }>(board, COUNTS[field], { key })!.n;
  const entries: JsonObject[] = [];
  let left = room;
  for (let offset = from; offset < total; offset += ROWS) {
    const rows = entriesOf(board, { task, key }, { field, offset }, rest);
    for (const row of rows) {
      const entry = withIsoTimes(agentValue(row));
      left -= Buffer.byteLength(JSON.stringify(entry)) + 1;
      if (left < 0 && entries.length > 0) return part();
      entries.push(entry);
    }
    if (rows.length < ROWS) break;
  }
  return part();

  function part(): ListPart {
    return { task_id: task.id, field, from, to: from + entries.length, total, entries };
  }
}

function entriesOf(
  board: Board,
  { task, key }: { task: Task; key: number },
  { field, offset }: { field: ListName; offset: number },
  rest: Rest,
): JsonObject[] {
  if (field === "parents" || field === "children") {
    const relatives = neighbours(board, task.id, field, { offset, limit: ROWS });
    return relatives.map(({ completed_at: _, ...relative }) => relative);
  }
  return all<Row>(board, PAGES[field], { key, offset, limit: ROWS }).map((row) => ENTRIES[field](row, rest));
}

/** How many entries each list of a task has. */
export function listTotals(board: Board, taskId: string): Record<ListName, number> {
  const key = findKey(board, taskId)!;
  const count = (name: ListName) => [name, one<{ n: number }>(board, COUNTS[name], { key })!.n] as const;
  return Object.fromEntries(LISTS_READ.map(count)) as Record<ListName, number>;
}

const COUNTS: Readonly<Record<ListName, string>> = {
  comments: "SELECT count(*) AS n FROM task_comments WHERE task_key = $key",
  runs: "SELECT runs + (current_run_id IS NOT NULL) AS n FROM tasks WHERE key = $key",
  events: "SELECT events AS n FROM tasks WHERE key = $key",
  parents: "SELECT count(*) AS n FROM task_links WHERE child_key = $key",
  children: "SELECT count(*) AS n FROM task_links WHERE parent_key = $key",
};

const text = (name: string) =>
  `substr(${name}, 1, ${READ_CHARACTERS}) AS ${name}, octet_length(${name}) AS ${name}_bytes`;

const PAGES: Readonly<Record<Exclude<ListName, Side>, string>> = {
  comments: `SELECT id, author, via, created_at, ${text("body")} FROM task_comments WHERE task_key = $key
    ORDER BY id DESC LIMIT $limit + 0 OFFSET $offset + 0`,
  runs: `SELECT id, outcome, profile, claimer, started_at, ended_at, exit_code, signal, ${text("summary")}, ${text("error")},
      ${text("last_words")},
      ${text("metadata")}, ${text("usage")}
    FROM (SELECT ${OPEN_RUN} FROM tasks t WHERE t.key = $key AND t.current_run_id IS NOT NULL UNION ALL
      SELECT ${ENDED_RUN} FROM tasks t JOIN task_runs r ON r.id IN (${runChain("t")} LIMIT $limit + $offset)
      WHERE t.key = $key)
    ORDER BY id DESC LIMIT $limit + 0 OFFSET $offset + 0`,
  events: `SELECT id, kind, actor, run_id, created_at, ${text("payload")} FROM (
      SELECT e.* FROM tasks t JOIN task_events e ON e.id IN (${eventChain("t")} LIMIT $limit + $offset) WHERE t.key = $key)
    ORDER BY id DESC LIMIT $limit + 0 OFFSET $offset + 0`,
};

const ENTRIES: Readonly<Record<Exclude<ListName, Side>, (row: Row, rest: Rest) => JsonObject>> = {
  comments: (row, rest) => shortTexts(row, ["body"], [], () => rest(`comment:${String(row["id"])}`)),
  runs: (row, rest) =>
    shortTexts(row, ["summary", "error", "last_words"], ["metadata", "usage"], () =>
      rest(`attempt:${String(row["id"])}`),
    ),
  events: (row, rest) => shortTexts(row, [], ["payload"], () => rest(`event:${String(row["id"])}`)),
};

/** The row with its texts cut, and its JSON read where it is short. */
function shortTexts(row: Row, texts: readonly string[], values: readonly string[], rest: () => string): JsonObject {
  const entry: JsonObject = {};
  let cut = false;
  for (const [name, value] of Object.entries(row)) {
    if (name.endsWith("_bytes")) continue;
    const bytes = row[`${name}_bytes`] as number | null | undefined;
    if (bytes == null) entry[name] = value;
    else if (values.includes(name)) {
      cut ||= bytes > TEXT_BYTES;
      entry[name] = bytes > TEXT_BYTES ? { omitted: omitted(bytes) } : (JSON.parse(value as string) as Json);
    } else if (texts.includes(name)) {
      const kept = shortTo(value as string, bytes);
      cut ||= kept !== value;
      entry[name] = kept;
    }
  }
  return cut ? { ...entry, rest: rest() } : entry;
}

function shortTo(beginning: string, bytes: number): string {
  if (bytes <= TEXT_BYTES) return beginning;
  const kept = shortened(agentText(beginning), TEXT_BYTES, COSTS.json).replace(/ … \d+ bytes omitted …$/, "");
  return `${kept}\n${omitted(bytes - Buffer.byteLength(kept))}`;
}

function omitted(bytes: number): string {
  return `… ${bytes} bytes omitted …`;
}
