/**
 * Every kind of record of an exported board: its columns, and how its rows are read and inserted.
 *
 * @module
 */
import { FIELD_NAMES, type FieldKind, FIELDS } from "../fields.ts";
import { EVENT_KINDS } from "../tasks/events.ts";
import {
  acts,
  added,
  type Field,
  flag,
  id,
  instant,
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
  viewId,
  viewQuery,
  whole,
  word,
} from "./record_fields.ts";
import { HAS_OPEN_RUN } from "../tasks/runs.ts";
import { RUN_COLUMNS_SHARED } from "../store/run_columns.ts";
import { OUTCOMES, STATUSES, TEXT_FIELDS, WORKSPACE_KINDS } from "../schema.ts";
import { VIEW_PAGES } from "../store/saved_views.ts";
import { BODY, RESULT } from "../tasks/task_rows.ts";

export type Columns = Readonly<Record<string, Field>>;

/** How the rows of one table become records. */
export interface RecordKind {
  /** What a record holds, in order. */
  readonly columns: Columns;
  /** All rows, in the order in which they can be inserted. */
  readonly select: string;
  /** Insert one, together; they change nothing when the task that it belongs to is unknown. */
  readonly insert: readonly string[];
}

export const list = (columns: Columns, prefix = "") =>
  Object.keys(columns)
    .map((column) => prefix + column)
    .join(", ");

/** A table of its own, in the order of its first column. */
function table(table: string, order: string, columns: Columns, given: Partial<RecordKind> = {}): RecordKind {
  return {
    columns,
    select: `SELECT ${list(columns)} FROM ${table} ORDER BY ${order}`,
    insert: [`INSERT INTO ${table} (${list(columns)}) VALUES (${list(columns, "$")})`],
    ...given,
  };
}

/** A table whose rows belong to tasks: `task_id` stands for the `task_key` inside. */
function ofTasks(table: string, columns: Columns, given: Partial<RecordKind> = {}): RecordKind {
  return {
    columns: { id, task_id: taskId, ...columns },
    select: `SELECT x.id, t.id AS task_id, ${list(columns, "x.")} FROM ${table} x JOIN tasks t ON t.key = x.task_key ORDER BY x.id`,
    insert: [
      `INSERT INTO ${table} (id, task_key, ${list(columns)}) SELECT $id, key, ${list(columns, "$")} FROM tasks WHERE id = $task_id`,
    ],
    ...given,
  };
}

/** What a field of a kind is in an export. */
const FIELD_RECORDS: Readonly<Record<FieldKind, Field>> = {
  text: maybe(text),
  name: maybe(name),
  word: maybe(word),
  priority: whole(-1_000_000, 1_000_000),
  flag,
  instant: maybe(instant),
  seconds: maybe(seconds),
  skills,
};
/** Fields that exports of version 1 have; what came later is absent there. */
const FIRST_FIELDS: readonly string[] = [
  ...["body", "tenant", "priority", "review", "not_before", "max_runtime_seconds", "skills", "workflow_template_id"],
  "current_step_key",
];

const TASK: Columns = {
  id: taskId,
  title,
  assignee: maybe(name),
  status: oneOf(STATUSES),
  created_by: said,
  created_at: instant,
  ready_at: maybe(instant),
  started_at: maybe(instant),
  completed_at: maybe(instant),
  workspace_kind: oneOf(WORKSPACE_KINDS),
  workspace_path: maybe(text),
  result: maybe(text),
  idempotency_key: maybe(text),
  held: flag,
  retry_at: maybe(instant),
  failures: number,
  last_error: maybe(said),
  current_run_id: maybe(id),
  depth: number,
  from_task: { ...maybe(taskId), absent: null },
  asked: { ...number, absent: 0 },
  ...Object.fromEntries(
    FIELD_NAMES.map((name) => {
      const record = FIELD_RECORDS[FIELDS[name].kind];
      return [name, FIRST_FIELDS.includes(name) ? record : { ...record, absent: null }];
    }),
  ),
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

/** A select list in which some columns are read in another way than by their names. */
function selecting(columns: Columns, prefix: string, instead: (column: string) => string | null): string {
  return Object.keys(columns)
    .map((column) => `${instead(column) ?? `${prefix}${column}`} AS ${column}`)
    .join(", ");
}

const TASK_COLUMNS = list(
  Object.fromEntries(Object.entries(TASK).filter(([name]) => name !== "body" && name !== "result")),
);

const TASK_KIND = table("tasks", "key", TASK, {
  select: `SELECT ${selecting(TASK, "t.", (column) => {
    if (column === "body") return BODY;
    if (column === "result") return RESULT;
    return column === "workspace_path" ? "iif(t.workspace_kind <> 'scratch', t.workspace_path, NULL)" : null;
  })} FROM tasks t ORDER BY t.key`,
  insert: [
    `INSERT OR IGNORE INTO lanes (status, owner, project)
     VALUES ($status, coalesce($assignee, ''), coalesce($tenant, ''))`,
    `INSERT INTO tasks (${TASK_COLUMNS}, lane) VALUES (${TASK_COLUMNS.replace(/\w+/g, "$$$&")}, (SELECT key FROM lanes
     WHERE status = $status AND owner = coalesce($assignee, '') AND project = coalesce($tenant, '')))`,
    "INSERT INTO task_bodies (task_key, body) SELECT key, $body FROM tasks WHERE id = $id AND $body IS NOT NULL",
    "INSERT INTO task_results (task_key, result) SELECT key, $result FROM tasks WHERE id = $id AND $result IS NOT NULL",
  ],
});

/** What of a process that may live stays behind. */
const OF_PROCESS = ["pid", "pid_started", "boot_id", "host", "pid_namespace"];
const isShared = (column: string) => (RUN_COLUMNS_SHARED as readonly string[]).includes(column);

const selectRuns = (from: string, id: string, column: (name: string) => string) =>
  `SELECT ${id} AS id, t.id AS task_id, ${selecting(RUN, "", (name) =>
    OF_PROCESS.includes(name) ? `iif(${column("process_gone_at")} IS NOT NULL, ${column(name)}, NULL)` : column(name),
  )} FROM ${from}`;

const RUN_KIND = ofTasks("task_runs", RUN, {
  // An open one is the last of its task. They come in the order of their tasks, which an import keeps.
  select: `${selectRuns("task_runs x CROSS JOIN tasks t ON t.key = x.task_key", "x.id", (name) => `x.${name}`)}
    UNION ALL SELECT * FROM (${selectRuns(`tasks t WHERE ${HAS_OPEN_RUN}`, "t.current_run_id", (name) =>
      isShared(name) ? `t.run_${name}` : "NULL",
    )} ORDER BY t.key)`,
  insert: [
    `INSERT INTO task_runs (id, task_key, prev_id, attempt, ${list(RUN)})
     SELECT $id, key, last_run_id, runs + 1, ${list(RUN, "$")} FROM tasks WHERE id = $task_id AND $ended_at IS NOT NULL`,
    "UPDATE tasks SET last_run_id = $id, runs = runs + 1 WHERE id = $task_id AND $ended_at IS NOT NULL",
    `UPDATE tasks SET ${RUN_COLUMNS_SHARED.map((name) => `run_${name} = $${name}`).join(", ")}
     WHERE id = $task_id AND $ended_at IS NULL`,
  ],
});

const EVENT: Columns = {
  run_id: maybe(id),
  kind: { ...oneOf(Object.keys(EVENT_KINDS)), needs: "a known kind of event" },
  actor: said,
  payload: object,
  created_at: instant,
};

const EVENT_KIND = ofTasks("task_events", EVENT, {
  insert: [
    `INSERT INTO task_events (id, task_key, prev_id, run_seq, ${list(EVENT)})
     SELECT $id, key, last_event_id, 0, ${list(EVENT, "$")} FROM tasks WHERE id = $task_id`,
    "UPDATE tasks SET last_event_id = $id, events = events + 1 WHERE id = $task_id",
  ],
});

const REVISION: Columns = { event_id: id, field: oneOf(TEXT_FIELDS), text, replaced_by: said, replaced_at: instant };

const REVISION_KIND: RecordKind = {
  columns: { task_id: taskId, ...REVISION },
  select: `SELECT t.id AS task_id, ${list(REVISION, "x.")} FROM task_revisions x JOIN tasks t ON t.key = x.task_key
    ORDER BY x.task_key, x.event_id, x.field`,
  insert: [
    `INSERT INTO task_revisions (task_key, ${list(REVISION)}) SELECT key, ${list(REVISION, "$")} FROM tasks WHERE id = $task_id`,
  ],
};

const MENTION: Columns = { person: said, author: said, text: said, created_at: instant, seen_at: maybe(instant) };

const MENTION_KIND: RecordKind = {
  columns: { event_id: id, task_id: taskId, ...MENTION },
  select: `SELECT x.event_id, t.id AS task_id, ${list(MENTION, "x.")} FROM mentions x JOIN tasks t ON t.key = x.task_key
    ORDER BY x.event_id`,
  insert: [
    `INSERT INTO mentions (event_id, task_key, ${list(MENTION)}) SELECT $event_id, key, ${list(MENTION, "$")} FROM tasks WHERE id = $task_id`,
  ],
};

/** Every kind of record, in the order of the file. What follows from other rows (counts, sums) is not in it. */
export const RECORD_KINDS = {
  board: table(
    "board_state",
    "one",
    { paused: flag, paused_by: maybe(said), paused_at: maybe(instant) },
    {
      // The one row is there already. Whoever paused it wants to look before anything starts.
      insert: [
        `UPDATE board_state SET paused = max(paused, $paused), paused_by = iif(paused, paused_by, $paused_by),
           paused_at = iif(paused, paused_at, $paused_at)`,
      ],
    },
  ),
  task: TASK_KIND,
  link: table(
    "task_links",
    "parent_key, child_key",
    { parent: taskId, child: taskId },
    {
      select: `SELECT p.id AS parent, c.id AS child FROM task_links l
        JOIN tasks p ON p.key = l.parent_key JOIN tasks c ON c.key = l.child_key ORDER BY l.parent_key, l.child_key`,
      insert: [
        `INSERT INTO task_links (parent_key, child_key)
         SELECT p.key, c.key FROM tasks p JOIN tasks c ON c.id = $child WHERE p.id = $parent`,
      ],
    },
  ),
  run: RUN_KIND,
  comment: ofTasks("task_comments", { author: said, via: maybe(said), body: said, created_at: instant }),
  event: EVENT_KIND,
  revision: REVISION_KIND,
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
  saved_view: table(
    "saved_views",
    "place, id",
    {
      id: viewId,
      name,
      page: oneOf(VIEW_PAGES),
      query: viewQuery,
      shared: flag,
      owner: said,
      place: number,
      created_at: instant,
    },
    {
      // Who imports may have a view of that name on the new board already.
      insert: [
        `INSERT INTO saved_views (id, name, page, query, shared, owner, place, created_at)
         VALUES ($id, $name, $page, $query, $shared, $owner, $place, $created_at) ON CONFLICT DO NOTHING`,
      ],
    },
  ),
  mention: MENTION_KIND,
  known_name: table(
    "known_names",
    "name",
    { name: said, acts_as: oneOf(["person", "worker"]), since: instant },
    {
      // Who imports may be known to the new board already.
      insert: [
        `INSERT INTO known_names (name, acts_as, since) VALUES ($name, $acts_as, $since)
         ON CONFLICT (name) DO UPDATE SET acts_as = excluded.acts_as, since = excluded.since`,
      ],
    },
  ),
} as const satisfies Record<string, RecordKind>;
