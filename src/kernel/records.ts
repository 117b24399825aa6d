/**
 * The records of an exported board: one JSON object per line, for programs of any kind to read.
 *
 * The first line says what the file is, the last one how many records of each kind there are; between
 * them every row is `{"KIND": {COLUMN: VALUE, …}}`, parents before children. Tasks are named by their
 * public ids; runs, events, comments and subscriptions keep their numbers.
 *
 * @module
 */
import type { Json, JsonObject } from "./schema.ts";

/** Version of the form of the file. */
export const FORMAT = 1;

/** How the rows of one table become records. */
interface RecordKind {
  /** What a record holds, in order. */
  readonly columns: readonly string[];
  /** Columns that hold JSON text. */
  readonly json: readonly string[];
  /** Columns that hold 0 or 1. */
  readonly flags: readonly string[];
  /** All rows, in the order in which they can be inserted. */
  readonly select: string;
  /** Inserts one; changes nothing when the task that it belongs to is unknown. */
  readonly insert: string;
}

const list = (columns: readonly string[], prefix = "") => columns.map((name) => prefix + name).join(", ");

/** A table of its own, in the order of its first column. */
function table(name: string, order: string, columns: readonly string[], given: Partial<RecordKind> = {}): RecordKind {
  return {
    columns,
    json: [],
    flags: [],
    select: `SELECT ${list(columns)} FROM ${name} ORDER BY ${order}`,
    insert: `INSERT INTO ${name} (${list(columns)}) VALUES (${list(columns, "$")})`,
    ...given,
  };
}

/** A table whose rows belong to tasks: `task_id` stands for the `task_key` inside. */
function ofTasks(name: string, columns: readonly string[], given: Partial<RecordKind> = {}): RecordKind {
  return {
    columns: ["id", "task_id", ...columns],
    json: [],
    flags: [],
    select: `SELECT x.id, t.id AS task_id, ${list(columns, "x.")} FROM ${name} x JOIN tasks t ON t.key = x.task_key ORDER BY x.id`,
    insert: `INSERT INTO ${name} (id, task_key, ${list(columns)}) SELECT $id, key, ${list(columns, "$")} FROM tasks WHERE id = $task_id`,
    ...given,
  };
}

const TASK = [
  "id",
  "title",
  "body",
  "assignee",
  "status",
  "priority",
  "tenant",
  "created_by",
  "created_at",
  "ready_at",
  "started_at",
  "completed_at",
  "workspace_kind",
  "workspace_path",
  "result",
  "idempotency_key",
  "max_runtime_seconds",
  "skills",
  "review",
  "held",
  "not_before",
  "retry_at",
  "failures",
  "last_error",
  "current_run_id",
  "depth",
  "workflow_template_id",
  "current_step_key",
];

const RUN = [
  "profile",
  "step_key",
  "claimer",
  "claim_expires_at",
  "ttl_seconds",
  "pid",
  "pid_started",
  "boot_id",
  "max_runtime_seconds",
  "last_heartbeat_at",
  "started_at",
  "ended_at",
  "process_gone_at",
  "outcome",
  "exit_code",
  "signal",
  "summary",
  "metadata",
  "error",
  "usage",
  "session_id",
];

/** Every kind of record, in the order of the file. What follows from other rows (counts, sums) is not in it. */
export const RECORD_KINDS = {
  board: table("board_state", "one", ["paused", "paused_by", "paused_at"], {
    flags: ["paused"],
    // The one row is there already.
    insert: "UPDATE board_state SET paused = $paused, paused_by = $paused_by, paused_at = $paused_at",
  }),
  task: table("tasks", "key", TASK, { json: ["skills"], flags: ["review", "held"] }),
  link: table("task_links", "parent_key, child_key", ["parent", "child"], {
    select: `SELECT p.id AS parent, c.id AS child FROM task_links l
      JOIN tasks p ON p.key = l.parent_key JOIN tasks c ON c.key = l.child_key ORDER BY l.parent_key, l.child_key`,
    insert: `INSERT INTO task_links (parent_key, child_key)
      SELECT p.key, c.key FROM tasks p JOIN tasks c ON c.id = $child WHERE p.id = $parent`,
  }),
  run: ofTasks("task_runs", RUN, { json: ["metadata", "usage"] }),
  comment: ofTasks("task_comments", ["author", "via", "body", "created_at"]),
  event: ofTasks("task_events", ["run_id", "kind", "actor", "payload", "created_at"], { json: ["payload"] }),
  subscription: ofTasks("notify_subs", [
    "platform",
    "chat_id",
    "thread_id",
    "user_id",
    "created_at",
    "last_event_id",
    "failures",
    "ended_at",
  ]),
  delivery: table("notify_deliveries", "sub_id, event_id", [
    "sub_id",
    "event_id",
    "attempts",
    "retry_at",
    "delivered_at",
    "failed_at",
    "error",
  ]),
} as const satisfies Record<string, RecordKind>;

export type KindName = keyof typeof RECORD_KINDS;
export const KIND_NAMES = Object.keys(RECORD_KINDS) as readonly KindName[];
/** How many records of each kind. */
export type RecordCounts = Record<KindName, number>;

/** The kind of a name, with all its fields. */
export function kindOf(name: KindName): RecordKind {
  return RECORD_KINDS[name];
}

/** No records yet. */
export function noRecords(): RecordCounts {
  return Object.fromEntries(KIND_NAMES.map((name) => [name, 0])) as RecordCounts;
}

/** A row as SQLite has it. */
export type StoredRow = Record<string, string | number | null>;

/** A row as its record: JSON as JSON, flags as booleans. */
export function toRecord({ json, flags }: RecordKind, row: StoredRow): JsonObject {
  const record: { [key: string]: Json } = { ...row };
  for (const name of json) if (row[name] !== null) record[name] = JSON.parse(row[name] as string) as Json;
  for (const name of flags) record[name] = row[name] === 1;
  return record;
}

/**
 * A record as the row that it came from, or what is wrong with it in words: needed, found. Types and
 * legal values are left to the schema.
 */
export function toRow(kind: RecordKind, record: unknown): StoredRow | [needed: string, found: string] {
  if (!isObject(record)) return ["an object of columns", "something else"];
  const missing = kind.columns.find((name) => !Object.hasOwn(record, name));
  if (missing !== undefined) return [`a record with "${missing}"`, "none"];
  const unknown = Object.keys(record).find((name) => !kind.columns.includes(name));
  if (unknown !== undefined) return [`a record with ${kind.columns.join(", ")} alone`, `"${unknown}" too`];
  const row: StoredRow = {};
  for (const name of kind.columns) {
    const value = record[name]!;
    const isJson = kind.json.includes(name);
    if (kind.flags.includes(name)) {
      if (typeof value !== "boolean") return [`a record whose ${name} is true or false`, "another"];
      row[name] = value ? 1 : 0;
    } else if (isJson && value !== null) row[name] = JSON.stringify(value);
    else if (value === null || typeof value === "string" || typeof value === "number") row[name] = value;
    else return [`a record whose ${name} is a text, a number or null`, "another"];
  }
  return row;
}

/** Whether a value that was JSON is an object. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
