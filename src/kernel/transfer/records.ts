/**
 * The records of an exported board: one JSON object per line, for programs of any kind to read.
 *
 * The first line says what the file is, the last one how many records of each kind there are; between
 * them every row is `{"KIND": {COLUMN: VALUE, …}}`, parents before children. Tasks are named by their
 * public ids; runs, events, comments and subscriptions keep their numbers.
 *
 * Two things hold only where the board is, and are exported as null. A process that is not confirmed
 * gone belongs to the board that started it: else a dispatcher of the copy could adopt, or end, the
 * worker of the original. And a scratch workspace lies in its home: the next claim makes a new one. For the same
 * reason holds are left out: what is unusable here may be fine there.
 *
 * @module
 */
import { type Columns, list, RECORD_KINDS, type RecordKind } from "./record_kinds.ts";
import { printable } from "../store/ids.ts";
import { TEXT_MAX } from "../input.ts";
import { isObject } from "./record_fields.ts";
import type { Json, JsonObject } from "../schema.ts";

/** Version of the form of the file. */
export const FORMAT = 1;

export type KindName = keyof typeof RECORD_KINDS;
export const KIND_NAMES = Object.keys(RECORD_KINDS) as readonly KindName[];
/** How many records of each kind. */
export type RecordCounts = Record<KindName, number>;

/** The kind of a name, with all its fields. */
export function kindOf(kind: KindName): RecordKind {
  return RECORD_KINDS[kind];
}

/** No records yet. */
export function noRecords(): RecordCounts {
  return Object.fromEntries(KIND_NAMES.map((kind) => [kind, 0])) as RecordCounts;
}

/** A row as SQLite has it. */
export type StoredRow = Record<string, string | number | null>;

/** A row as its record: JSON as JSON, flags as booleans. */
export function toRecord({ columns }: RecordKind, row: StoredRow): JsonObject {
  const record: { [key: string]: Json } = { ...row };
  for (const [column, { stored }] of Object.entries(columns)) {
    if (stored === "flag") record[column] = row[column] === 1;
    else if (stored === "json" && row[column] !== null) record[column] = JSON.parse(row[column] as string) as Json;
  }
  return record;
}

/** A record as the row that it came from, or what is wrong with it in words: needed, found. */
export function toRow(kind: KindName, record: unknown): StoredRow | [needed: string, found: string] {
  const columns: Columns = kindOf(kind).columns;
  if (!isObject(record)) return [`${article(kind)} that is an object`, describe(record)];
  const unknown = Object.keys(record).find((column) => !Object.hasOwn(columns, column));
  if (unknown !== undefined) return [`${article(kind)} with ${list(columns)} alone`, `"${printable(unknown)}" too`];
  const row: StoredRow = {};
  for (const [column, field] of Object.entries(columns)) {
    if (!Object.hasOwn(record, column) && field.absent !== undefined) {
      row[column] = field.absent;
      continue;
    }
    if (!Object.hasOwn(record, column)) return [`${article(kind)} with "${column}"`, "none"];
    const value = record[column];
    if (!field.holds(value)) return [`${article(kind)} whose ${column} is ${field.needs}`, describe(value)];
    if (field.stored === "flag") row[column] = value === true ? 1 : 0;
    else if (field.stored === "json" && value !== null) row[column] = JSON.stringify(value);
    else row[column] = value as string | number | null;
  }
  return row;
}

/** A record of a kind, in words. */
export function article(kind: KindName): string {
  return `${kind === "event" ? "an" : "a"} ${kind}`;
}

function describe(value: unknown): string {
  if (typeof value === "string" && value.length > TEXT_MAX) return `${Buffer.byteLength(value)} bytes`;
  if (typeof value === "string") return `"${printable(value)}"`;
  if (Array.isArray(value)) return "a list";
  return isObject(value) ? "an object" : String(value);
}
