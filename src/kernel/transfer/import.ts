/**
 * Reading an exported board into an empty one: all of it or nothing.
 *
 * The file may have been edited, cut off, or come from a newer program; the schema's CHECKs refuse
 * rows that cannot be, and what no CHECK can see (references, cycles, the open run that a task points
 * at) is looked at in `import_checks.ts`.
 *
 * It is one transaction, and the one piece of maintenance that does not give way: with a pause in it another program
 * would see half a board, start its tasks, or make a task between theirs; and there is no work on an empty board that
 * could be held up. Who wants to write meanwhile waits, and is told that the board is busy.
 *
 * An open run comes without its process: its task is running without a worker until the lease runs out,
 * and is then retried. A board that is paused stays paused, so that nothing starts before a person has looked.
 *
 * @module
 */
import { type Board, one, run, write } from "../store/db.ts";
import { GATHER_NAMES, schemaVersion } from "../store/migrations.ts";
import { KanbanError } from "../errors.ts";
import { printable } from "../store/ids.ts";
import { checkWhole, misfit } from "./import_checks.ts";
import { isObject } from "./record_fields.ts";
import {
  article,
  FORMAT,
  KIND_NAMES,
  type KindName,
  kindOf,
  noRecords,
  type RecordCounts,
  type StoredRow,
  toRow,
} from "./records.ts";
import { continueRunIds, countLanes } from "../store/counts.ts";
import { addToTotals } from "../tasks/runs.ts";
import type { JsonObject } from "../schema.ts";
import { codeOf } from "../store/sqlite_errors.ts";

/**
 * Fills an empty board with the lines of an export.
 *
 * @returns How many records of each kind came in.
 * @throws {KanbanError} `refused` when the board has tasks, or the export is newer than this program;
 * `invalid`, naming the line, for one that is no whole export.
 */
export function importBoard(board: Board, lines: Iterable<string>): RecordCounts {
  const at: Place = { line: 0, tasks: [] };
  // Tasks point at runs and runs at tasks, so neither can come first. Deferring the references is no
  // way: then SQLite looks through all tasks for each run. They are looked at once, when all have come.
  run(board, "PRAGMA foreign_keys = OFF");
  // With the usual cache the pages of one large transaction are written to the log again and again.
  const { cache_size } = one<{ cache_size: number }>(board, "PRAGMA cache_size")!;
  run(board, "PRAGMA cache_size = -262144");
  try {
    return write(board, () => {
      refuseUnlessEmpty(board);
      const counts = readLines(board, lines, at);
      checkWhole(board, at.tasks);
      countLanes(board);
      continueRunIds(board);
      if (counts.known_name === 0) board.db.run(GATHER_NAMES); // The export of an earlier program.
      return counts;
    });
  } catch (error) {
    if (!codeOf(error).startsWith("SQLITE_CONSTRAINT")) throw error;
    throw lineError(at.line, "a record that a board can hold", printable((error as Error).message));
  } finally {
    run(board, "PRAGMA foreign_keys = ON");
    board.db.run(`PRAGMA cache_size = ${Math.trunc(cache_size)}`);
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

/**
 * A judge of lines as they come, without a board: what is no export is known before all of it is there. It
 * throws as the import does, naming the line.
 */
export function lineJudge(): (text: string, line: number) => void {
  let begun = false;
  let ended = false;
  return (text, line) => {
    if (text.trim() === "") return;
    const [name, value] = parseLine(text, line);
    if (!begun) begun = checkHeader(name, value, line);
    else if (ended) throw lineError(line, "the end of the file after its counts", `"${printable(name)}"`);
    else if (name === "end") ended = true;
    else {
      const row = toRow(kindOfLine(name, line), value);
      if (Array.isArray(row)) throw lineError(line, ...row);
    }
  };
}

/** Where the reading is, for the messages. */
interface Place {
  line: number;
  /** The line of each task that came in, in order. */
  tasks: number[];
}

/** Inserts line by line; `at` follows. */
function readLines(board: Board, lines: Iterable<string>, at: Place): RecordCounts {
  const counts = noRecords();
  let ended: unknown;
  let begun = false;
  for (const text of lines) {
    at.line++;
    if (text.trim() === "") continue; // Editors leave such lines at the end.
    const [name, value] = parseLine(text, at.line);
    if (!begun) begun = checkHeader(name, value, at.line);
    else if (ended !== undefined)
      throw lineError(at.line, "the end of the file after its counts", `"${printable(name)}"`);
    else if (name === "end") ended = value;
    else insertRecord(board, kindOfLine(name, at.line), value, at, counts);
  }
  if (!begun) throw lineError(1, "the first line of an export", "nothing");
  if (ended === undefined) {
    throw lineError(at.line + 1, "the counts at the end of an export", "nothing: the file was cut off");
  }
  // An older export does not count the kinds that came later.
  if (!Bun.deepEquals(isObject(ended) ? { ...noRecords(), ...ended } : ended, counts)) {
    throw lineError(
      at.line,
      `the counts of the lines before, ${JSON.stringify(counts)}`,
      printable(JSON.stringify(ended)),
    );
  }
  if (counts.board !== 1) throw lineError(at.line, "the end of one board", `the counts of ${counts.board}`);
  return counts;
}

function kindOfLine(name: string, line: number): KindName {
  if (KIND_NAMES.includes(name as KindName)) return name as KindName;
  throw lineError(line, `one of ${KIND_NAMES.join(", ")}, end`, `"${printable(name)}"`);
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

/** Judges the first line; true when the rest can be read. */
function checkHeader(name: string, header: unknown, line: number): boolean {
  const about = isObject(header) ? header : {};
  const { format, schema } = about;
  const isVersion = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 1;
  if (name !== "kanban" || !isVersion(format) || !isVersion(schema)) {
    throw lineError(line, 'the first line of an export, {"kanban": …}', `"${printable(name)}"`);
  }
  if (format <= FORMAT && schema <= schemaVersion) return true;
  throw new KanbanError(
    "refused",
    `Cannot import: this program reads format ${FORMAT} and schema ${schemaVersion}, the export has format ${format} and schema ${schema}`,
    "Upgrade kanban; nothing was changed",
  );
}

function insertRecord(board: Board, name: KindName, record: unknown, at: Place, counts: RecordCounts): void {
  const { line } = at;
  const row = toRow(name, record);
  if (Array.isArray(row)) throw lineError(line, ...row);
  const wrong = misfit(board, name, row);
  if (wrong !== null) throw lineError(line, ...wrong);
  leaveBehind(name, row);
  const changed = kindOf(name).insert.map((sql) => run(board, sql, row));
  if (changed.every((rows) => rows === 0)) throw lineError(line, `${article(name)} of a task above it`, "no such task");
  if (name === "run" && row["usage"] !== null) addToTotals(board, null, (record as { usage: JsonObject }).usage);
  if (name === "task") at.tasks.push(line);
  counts[name]++;
}

/** Takes off what holds only where the board was: our exports leave it out, another program may not. */
function leaveBehind(name: KindName, row: StoredRow): void {
  if (name === "task" && row["workspace_kind"] === "scratch") row["workspace_path"] = null;
  if (name === "run" && row["process_gone_at"] === null)
    Object.assign(row, { pid: null, pid_started: null, boot_id: null, host: null, pid_namespace: null });
}

function lineError(line: number, needed: string, found: string): KanbanError {
  return new KanbanError(
    "invalid",
    `Cannot import line ${line}: it must be ${needed}, got ${found}`,
    "Nothing was imported; export the board again, or mend that line",
  );
}
