/**
 * Reading an exported board into an empty one: all of it or nothing.
 *
 * The file may have been edited, cut off, or come from a newer program; the schema's CHECKs refuse
 * rows that cannot be, and what no CHECK can see (references, cycles, the open run that a task points
 * at) is looked at before the commit.
 *
 * A worker's process belongs to the board it was started for. A run whose process is not confirmed
 * gone therefore loses its process: else a dispatcher of the copy could adopt, or end, the worker of
 * the original. Such a task is running without a worker until its lease runs out, and is then retried.
 * In the same way a scratch workspace stays behind: the next claim makes a new one.
 *
 * @module
 */
import { all, type Board, one, run, schemaVersion, write } from "./db.ts";
import { KanbanError } from "./errors.ts";
import { EVENT_KINDS } from "./events.ts";
import { printable } from "./ids.ts";
import { invalid, optionalText } from "./input.ts";
import {
  FORMAT,
  isObject,
  KIND_NAMES,
  type KindName,
  kindOf,
  noRecords,
  type RecordCounts,
  type StoredRow,
  toRow,
} from "./records.ts";
import { addToTotals } from "./runs.ts";
import type { JsonObject } from "./schema.ts";
import { codeOf } from "./sqlite_errors.ts";

/**
 * Fills an empty board with the lines of an export.
 *
 * @returns How many records of each kind came in.
 * @throws {KanbanError} `refused` when the board has tasks, or the export is newer than this program;
 * `invalid`, naming the line, for one that is no whole export.
 */
export function importBoard(board: Board, lines: Iterable<string>): RecordCounts {
  const at = { line: 0 };
  // Tasks point at runs and runs at tasks, so neither can come first. Deferring the references is no
  // way: then SQLite looks through all tasks for each run. They are looked at once, when all have come.
  run(board, "PRAGMA foreign_keys = OFF");
  try {
    return write(board, () => {
      refuseUnlessEmpty(board);
      const counts = readLines(board, lines, at);
      checkWhole(board);
      return counts;
    });
  } catch (error) {
    if (!codeOf(error).startsWith("SQLITE_CONSTRAINT")) throw error;
    throw lineError(at.line, "a record that a board can hold", printable((error as Error).message));
  } finally {
    run(board, "PRAGMA foreign_keys = ON");
  }
}

function refuseUnlessEmpty(board: Board): void {
  const { n } = one<{ n: number }>(board, "SELECT coalesce(sum(n), 0) AS n FROM board_counts")!;
  if (n === 0) return;
  throw new KanbanError(
    "refused",
    `Cannot import: the board must be empty, it has ${n} task${n === 1 ? "" : "s"}`,
    "Import into a new board: kanban --board FILE import …, or set KANBAN_HOME to a new folder",
  );
}

/** Inserts line by line; `at` follows, for the messages. */
function readLines(board: Board, lines: Iterable<string>, at: { line: number }): RecordCounts {
  const counts = noRecords();
  let ended: unknown;
  for (const text of lines) {
    at.line++;
    const [name, value] = parseLine(text, at.line);
    if (at.line === 1) checkHeader(name, value);
    else if (ended !== undefined)
      throw lineError(at.line, "the end of the file after its counts", `"${printable(name)}"`);
    else if (name === "end") ended = value;
    else if (KIND_NAMES.includes(name as KindName)) insertRecord(board, name as KindName, value, at.line, counts);
    else throw lineError(at.line, `one of ${KIND_NAMES.join(", ")}, end`, `"${printable(name)}"`);
  }
  if (at.line === 0) throw lineError(1, "the first line of an export", "nothing");
  if (ended === undefined) {
    throw lineError(at.line + 1, "the counts at the end of an export", "nothing: the file was cut off");
  }
  if (!Bun.deepEquals(ended, counts)) {
    throw lineError(
      at.line,
      `the counts of the lines before, ${JSON.stringify(counts)}`,
      printable(JSON.stringify(ended)),
    );
  }
  return counts;
}

/** The one name of a line's object, and what it stands for. */
function parseLine(text: string, line: number): [string, unknown] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw lineError(line, "a JSON object", `"${printable(text.slice(0, 40))}"`);
  }
  const entries = isObject(value) ? Object.entries(value) : [];
  if (entries.length !== 1) throw lineError(line, "a JSON object with one name", `"${printable(text.slice(0, 40))}"`);
  return entries[0]!;
}

function checkHeader(name: string, header: unknown): void {
  const about = isObject(header) ? header : {};
  if (name !== "kanban" || typeof about["format"] !== "number" || typeof about["schema"] !== "number") {
    throw lineError(1, 'the first line of an export, {"kanban": …}', `"${printable(name)}"`);
  }
  if (about["format"] <= FORMAT && about["schema"] <= schemaVersion) return;
  throw new KanbanError(
    "refused",
    `Cannot import: this program reads format ${FORMAT} and schema ${schemaVersion}, the export has format ${about["format"]} and schema ${about["schema"]}`,
    "Upgrade kanban; nothing was changed",
  );
}

function insertRecord(board: Board, name: KindName, record: unknown, line: number, counts: RecordCounts): void {
  const row = toRow(kindOf(name), record);
  if (Array.isArray(row)) throw lineError(line, row[0], row[1]);
  for (const [column, value] of Object.entries(row))
    optionalText(typeof value === "string" ? value : null, `line ${line}, ${column}`);
  if (name === "event" && !Object.hasOwn(EVENT_KINDS, String(row["kind"]))) {
    throw lineError(line, "an event of a known kind", `"${printable(String(row["kind"]))}"`);
  }
  leaveBehind(name, row);
  if (run(board, kindOf(name).insert, row) === 0) throw lineError(line, `a ${name} of a task above it`, "no such task");
  if (name === "run" && row["usage"] !== null) addToTotals(board, null, (record as { usage: JsonObject }).usage);
  counts[name]++;
}

/** Takes off what holds only where the board was. */
function leaveBehind(name: KindName, row: StoredRow): void {
  if (name === "task" && row["workspace_kind"] === "scratch") row["workspace_path"] = null;
  if (name === "run" && row["process_gone_at"] === null)
    Object.assign(row, { pid: null, pid_started: null, boot_id: null });
}

/** What rows promise each other. */
function checkWhole(board: Board): void {
  const loose = one<{ table: string }>(board, `SELECT "table" FROM pragma_foreign_key_check LIMIT 1`);
  if (loose !== null)
    throw invalid("the export", "whole", `a row of ${loose.table} that refers to one that is not there`);
  const torn = one<{ id: string }>(
    board,
    `SELECT t.id FROM tasks t LEFT JOIN task_runs r ON r.task_key = t.key AND r.ended_at IS NULL
     WHERE r.id IS NOT t.current_run_id LIMIT 1`,
  );
  if (torn !== null) throw invalid("the export", "whole", `task ${torn.id}, which does not point at its open run`);
  const cyclic = inCycle(board);
  if (cyclic !== null) throw invalid("the export", "without cycles", `task ${cyclic}, which waits for itself`);
}

/** A task that waits for itself through others, or null. Takes away whoever waits for nobody, until nothing goes. */
function inCycle(board: Board): string | null {
  const links = all<{ parent: number; child: number }>(
    board,
    "SELECT parent_key AS parent, child_key AS child FROM task_links",
  );
  const children = Map.groupBy(links, ({ parent }) => parent);
  const waits = new Map<number, number>();
  for (const { child } of links) waits.set(child, (waits.get(child) ?? 0) + 1);
  const free = [...children.keys()].filter((key) => !waits.has(key));
  for (let key = free.pop(); key !== undefined; key = free.pop()) {
    for (const { child } of children.get(key) ?? []) {
      const left = waits.get(child)! - 1;
      if (left > 0) waits.set(child, left);
      else {
        waits.delete(child);
        free.push(child);
      }
    }
  }
  const [stuck] = waits.keys();
  return stuck === undefined
    ? null
    : one<{ id: string }>(board, "SELECT id FROM tasks WHERE key = +$stuck", { stuck })!.id;
}

function lineError(line: number, needed: string, found: string): KanbanError {
  return new KanbanError(
    "invalid",
    `Cannot import line ${line}: it must be ${needed}, got ${found}`,
    "Nothing was imported",
  );
}
