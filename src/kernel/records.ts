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
import { EVENT_KINDS } from "./events.ts";
import { printable } from "./ids.ts";
import { TEXT_MAX } from "./input.ts";
import {
  acts,
  added,
  type Field,
  flag,
  id,
  instant,
  isObject,
  maybe,
  metadata,
  name,
  number,
  object,
  oneOf,
  said,
  seconds,
  skills,
  taskId,
  text,
  title,
  whole,
} from "./record_fields.ts";
import { type Json, type JsonObject, OUTCOMES, STATUSES, WORKSPACE_KINDS } from "./schema.ts";

/** Version of the form of the file. */
export const FORMAT = 1;

type Columns = Readonly<Record<string, Field>>;

/** How the rows of one table become records. */
interface RecordKind {
  /** What a record holds, in order. */
  readonly columns: Columns;
  /** All rows, in the order in which they can be inserted. */
  readonly select: string;
  /** Inserts one; changes nothing when the task that it belongs to is unknown. */
  readonly insert: string;
}

const list = (columns: Columns, prefix = "") =>
  Object.keys(columns)
    .map((column) => prefix + column)
    .join(", ");

/** Selects null in the place of a column, unless the condition holds. */
const onlyIf = (condition: string, column: string) =>
  [column, `iif(${condition}, ${column}, NULL) AS ${column}`] as const;

/** A table of its own, in the order of its first column. */
function table(table: string, order: string, columns: Columns, given: Partial<RecordKind> = {}): RecordKind {
  return {
    columns,
    select: `SELECT ${list(columns)} FROM ${table} ORDER BY ${order}`,
    insert: `INSERT INTO ${table} (${list(columns)}) VALUES (${list(columns, "$")})`,
    ...given,
  };
}

/** A table whose rows belong to tasks: `task_id` stands for the `task_key` inside. */
function ofTasks(table: string, columns: Columns, selected: readonly (readonly [string, string])[] = []): RecordKind {
  const special = new Map(selected);
  const select = Object.keys(columns).map((column) => special.get(column) ?? `x.${column}`);
  return {
    columns: { id, task_id: taskId, ...columns },
    select: `SELECT x.id, t.id AS task_id, ${select.join(", ")} FROM ${table} x JOIN tasks t ON t.key = x.task_key ORDER BY x.id`,
    insert: `INSERT INTO ${table} (id, task_key, ${list(columns)}) SELECT $id, key, ${list(columns, "$")} FROM tasks WHERE id = $task_id`,
  };
}

const TASK: Columns = {
  id: taskId,
  title,
  body: maybe(text),
  assignee: maybe(name),
  status: oneOf(STATUSES),
  priority: whole(-1_000_000, 1_000_000),
  tenant: maybe(name),
  created_by: said,
  created_at: instant,
  ready_at: maybe(instant),
  started_at: maybe(instant),
  completed_at: maybe(instant),
  workspace_kind: oneOf(WORKSPACE_KINDS),
  workspace_path: maybe(text),
  result: maybe(text),
  idempotency_key: maybe(text),
  max_runtime_seconds: maybe(seconds),
  skills,
  review: flag,
  held: flag,
  not_before: maybe(instant),
  retry_at: maybe(instant),
  failures: number,
  last_error: maybe(said),
  current_run_id: maybe(id),
  depth: number,
  from_task: { ...maybe(taskId), absent: null },
  asked: { ...number, absent: 0 },
  workflow_template_id: maybe(name),
  current_step_key: maybe(name),
};

const RUN: Columns = {
  profile: maybe(said),
  step_key: maybe(said),
  claimer: said,
  claim_expires_at: instant,
  ttl_seconds: seconds,
  pid: maybe(id),
  pid_started: maybe(said),
  boot_id: maybe(said),
  host: added(said),
  pid_namespace: added(said),
  max_runtime_seconds: maybe(seconds),
  last_heartbeat_at: instant,
  started_at: instant,
  ended_at: maybe(instant),
  process_gone_at: maybe(instant),
  outcome: maybe(oneOf(OUTCOMES)),
  exit_code: maybe(whole(-(2 ** 31), 2 ** 32)),
  signal: maybe(said),
  summary: maybe(said),
  metadata: maybe(metadata),
  error: maybe(said),
  usage: maybe(object),
  session_id: maybe(said),
  may: { ...acts, absent: "[]" },
  silent_seconds: added(number),
  last_words: added(said),
  log_tail: added(said),
  tools_at: added(instant),
};

/** Every kind of record, in the order of the file. What follows from other rows (counts, sums) is not in it. */
export const RECORD_KINDS = {
  board: table(
    "board_state",
    "one",
    { paused: flag, paused_by: maybe(said), paused_at: maybe(instant) },
    {
      // The one row is there already. Whoever paused it wants to look before anything starts.
      insert: `UPDATE board_state SET paused = max(paused, $paused), paused_by = iif(paused, paused_by, $paused_by),
        paused_at = iif(paused, paused_at, $paused_at)`,
    },
  ),
  task: table("tasks", "key", TASK, {
    select: `SELECT ${list(TASK).replace("workspace_path", onlyIf("workspace_kind <> 'scratch'", "workspace_path")[1])}
      FROM tasks ORDER BY key`,
  }),
  link: table(
    "task_links",
    "parent_key, child_key",
    { parent: taskId, child: taskId },
    {
      select: `SELECT p.id AS parent, c.id AS child FROM task_links l
        JOIN tasks p ON p.key = l.parent_key JOIN tasks c ON c.key = l.child_key ORDER BY l.parent_key, l.child_key`,
      insert: `INSERT INTO task_links (parent_key, child_key)
        SELECT p.key, c.key FROM tasks p JOIN tasks c ON c.id = $child WHERE p.id = $parent`,
    },
  ),
  run: ofTasks(
    "task_runs",
    RUN,
    ["pid", "pid_started", "boot_id", "host", "pid_namespace"].map((column) =>
      onlyIf("x.process_gone_at IS NOT NULL", column),
    ),
  ),
  comment: ofTasks("task_comments", { author: said, via: maybe(said), body: said, created_at: instant }),
  event: ofTasks("task_events", {
    run_id: maybe(id),
    kind: { ...oneOf(Object.keys(EVENT_KINDS)), needs: "a known kind of event" },
    actor: said,
    payload: object,
    created_at: instant,
  }),
  subscription: ofTasks("notify_subs", {
    platform: name,
    chat_id: name,
    thread_id: text,
    user_id: maybe(name),
    created_at: instant,
    last_event_id: number,
    failures: number,
    ended_at: maybe(instant),
  }),
  delivery: table("notify_deliveries", "sub_id, event_id", {
    sub_id: id,
    event_id: id,
    attempts: number,
    retry_at: maybe(instant),
    delivered_at: maybe(instant),
    failed_at: maybe(instant),
    error: maybe(said),
  }),
} as const satisfies Record<string, RecordKind>;

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
