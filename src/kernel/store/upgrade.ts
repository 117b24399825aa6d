/**
 * Rewrites a board of the first design of the tables (user_version 1 to 10) into that of `tables.ts`.
 *
 * All of it is one transaction of the connection that opens the board. Before anything is written, and with the
 * write lock held so that no change is missed, another connection copies the board beside itself. A process that
 * dies leaves the old board, or the new one, and at most an unfinished copy with a name that says so.
 *
 * Which columns an old board has depends on the program that wrote it last. Those that it lacks get the value that
 * its program would have meant.
 *
 * @module
 */
import { Database } from "bun:sqlite";
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, statSync } from "node:fs";
import { KanbanError } from "../errors.ts";
import { FIELD_COLUMNS } from "../fields.ts";
import { RUN_COLUMNS_SHARED } from "./run_columns.ts";
import { explain } from "./sqlite_errors.ts";
import { TABLES_OF_TASKS } from "./tables.ts";
import { TABLES_AROUND } from "./tables_around.ts";

/** What a column means that a program did not have yet. */
const ABSENT: Readonly<Record<string, (alias: string) => string>> = {
  asked: () => "0",
  trial: () => "0",
  may: (run) => `iif(${run}.id IS NULL, NULL, '[]')`, // A task may have no open run.
};

const TASK_COLUMNS = [
  ...["key", "id", "title", "assignee", "status", "created_by", "created_at", "ready_at", "started_at"],
  ...["completed_at", "workspace_kind", "workspace_path", "idempotency_key", "held", "retry_at", "failures"],
  ...["last_error", "depth", "from_task", "asked", "current_run_id"],
  ...FIELD_COLUMNS,
];
const ENDED_COLUMNS = ["ended_at", "outcome", "summary", "metadata", "error", "silent_seconds"];
const EVENT_COLUMNS = ["id", "task_key", "run_id", "kind", "actor", "payload", "created_at"];

/** Tables whose rows stay as they are, with their columns. */
const KEPT: Readonly<Record<string, string[]>> = {
  usage_totals: ["name", "total"],
  task_links: ["parent_key", "child_key"],
  task_comments: ["id", "task_key", "author", "via", "body", "created_at"],
  notify_subs: [
    ...["id", "task_key", "platform", "chat_id", "thread_id", "user_id", "created_at", "last_event_id", "failures"],
    "ended_at",
  ],
  notify_deliveries: ["sub_id", "event_id", "attempts", "retry_at", "delivered_at", "failed_at", "error"],
  worktrees: ["path", "repository", "git_dir", "branch", "base", "base_branch", "made_at"],
  holds: [
    ...["id", "kind", "key", "reason", "trial", "since", "met_at", "until", "probes", "probe_run_id", "proof"],
    ...["task_key", "profile", "profiles", "fingerprint", "ended_at", "ended_by"],
  ],
};

/** Highest user_version of the first design. */
export const OLD_VERSION_MAX = 10;

/**
 * Copies the board as it is to a file beside it, checks the copy, and runs `rewrite`. The copy gets its final name
 * last: a death or an error on the way leaves no useless one, so that a program that is started again and
 * again does not fill the disk with them. The caller holds the write lock, and has written nothing.
 *
 * @throws {KanbanError} `refused` when the copy is not what the board is, or the disk has no room.
 */
export function withCopy(path: string, rewrite: () => void): string {
  const free = (n: number): string => {
    const name = `${path}.v1.bak${n === 1 ? "" : `.${n}`}`;
    return existsSync(name) ? free(n + 1) : name;
  };
  const unfinished = unfinishedCopy(path);
  removeUnfinished(path); // Of a process that died.
  try {
    copyTo(unfinished, path);
    rewrite();
    const copy = free(1);
    renameSync(unfinished, copy);
    flushFolder(path);
    return copy;
  } catch (error) {
    removeUnfinished(path);
    throw explain(error, `Cannot upgrade board "${path}", which takes four times its size on the disk for a while`);
  }
}

/** The name of the copy while the board is being rewritten. */
function unfinishedCopy(path: string): string {
  return `${path}.v1.bak.part`;
}

/** Says what the lock is held for: an upgrade takes longer than any other write. */
export function underUpgrade(error: unknown, path: string): unknown {
  const waits = error instanceof KanbanError && error.code === "busy" && existsSync(unfinishedCopy(path));
  if (!waits) return error;
  return new KanbanError(
    "busy",
    `Cannot open board "${path}": its tables must be those of this program, another process is upgrading them`,
    "Try again when it has ended: a million tasks take some minutes",
  );
}

/** SQLite leaves the journal of a copy that it could not write. */
function removeUnfinished(path: string): void {
  for (const end of ["", "-journal"]) rmSync(`${unfinishedCopy(path)}${end}`, { force: true });
}

function copyTo(file: string, path: string): void {
  // Whom the board is hidden from, its copy is as well, from its first byte. VACUUM takes an empty file.
  closeSync(openSync(file, "wx", statSync(path).mode & 0o777));
  const reader = new Database(path, { readonly: true });
  try {
    reader.query("VACUUM INTO ?").run(file);
    if (isCopy(reader, file)) return;
  } finally {
    reader.close();
  }
  throw new KanbanError(
    "refused",
    `Cannot upgrade board "${path}": the copy of it beside it must be whole, it is not`,
    "Check the disk; nothing was changed",
  );
}

/** The new name of the copy has to be on the disk before the new board is. */
function flushFolder(path: string): void {
  const folder = openSync(path.slice(0, path.lastIndexOf("/") + 1) || ".", "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** Whether a file is sound and has as many rows of each table as the board. */
function isCopy(original: Database, path: string): boolean {
  const copy = new Database(path, { readonly: true });
  try {
    const sound = copy.query<{ quick_check: string }, []>("PRAGMA quick_check(1)").get();
    const counts = (db: Database) =>
      tablesOf(db).map((name) => [name, db.query<{ n: number }, []>(`SELECT count(*) AS n FROM ${name}`).get()!.n]);
    return sound?.quick_check === "ok" && Bun.deepEquals(counts(copy), counts(original));
  } finally {
    copy.close();
  }
}

function tablesOf(db: Database): string[] {
  return db
    .query<{ name: string }, []>(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
    )
    .all()
    .map(({ name }) => name);
}

/** Rewrites the tables and their rows. Call it inside the transaction, with foreign keys off. */
export function rewriteTables(db: Database): void {
  const old = new Set(tablesOf(db));
  const columns = new Map([...old].map((table) => [table, columnsOf(db, table)]));
  setAside(db, old);
  db.run(`${TABLES_OF_TASKS}${TABLES_AROUND}`);
  /** The columns of an old table under the names they have in `given`, or what their absence means. */
  const from = (table: string, names: readonly string[], alias: string) =>
    names
      .map((name) => (columns.get(table)!.has(name) ? `${alias}.${name}` : (ABSENT[name]?.(alias) ?? "NULL")))
      .join(", ");

  db.run(`INSERT INTO lanes (status, owner, project)
    SELECT DISTINCT status, coalesce(assignee, ''), coalesce(tenant, '') FROM old_tasks`);
  const shared = RUN_COLUMNS_SHARED.map((name) => `run_${name}`).join(", ");
  db.run(
    `INSERT INTO tasks (${TASK_COLUMNS.join(", ")}, lane, ${shared}, last_event_id, events, last_run_id, runs)
     SELECT ${from("tasks", TASK_COLUMNS, "t")}, (SELECT key FROM lanes l WHERE l.status = t.status
         AND l.owner = coalesce(t.assignee, '') AND l.project = coalesce(t.tenant, '')), ${from("task_runs", RUN_COLUMNS_SHARED, "r")},
       (SELECT max(id) FROM old_task_events WHERE task_key = t.key),
       (SELECT count(*) FROM old_task_events WHERE task_key = t.key),
       (SELECT max(slot) FROM old_task_runs WHERE task_key = t.key AND slot < ${OPEN_SLOT}),
       (SELECT count(*) FROM old_task_runs WHERE task_key = t.key AND slot < ${OPEN_SLOT})
     FROM old_tasks t LEFT JOIN old_task_runs r ON r.id = t.current_run_id ORDER BY t.key`,
  );
  db.run("INSERT INTO task_bodies SELECT key, body FROM old_tasks WHERE body IS NOT NULL ORDER BY key");
  db.run("INSERT INTO task_results SELECT key, result FROM old_tasks WHERE result IS NOT NULL ORDER BY key");
  const ended = [...RUN_COLUMNS_SHARED, ...ENDED_COLUMNS];
  db.run(
    `INSERT INTO task_runs (id, task_key, prev_id, attempt, ${ended.join(", ")})
     SELECT r.id, r.task_key, (SELECT max(slot) FROM old_task_runs WHERE task_key = r.task_key AND slot < r.id),
       1 + (SELECT count(*) FROM old_task_runs WHERE task_key = r.task_key AND slot < r.id),
       ${from("task_runs", ended, "r")}
     FROM old_task_runs r WHERE r.ended_at IS NOT NULL ORDER BY r.id`,
  );
  db.run(
    `INSERT INTO task_events (${EVENT_COLUMNS.join(", ")}, run_seq, prev_id)
     SELECT ${from("task_events", EVENT_COLUMNS, "e")}, 0,
       (SELECT max(id) FROM old_task_events WHERE task_key = e.task_key AND id < e.id)
     FROM old_task_events e ORDER BY e.id`,
  );
  for (const [table, names] of Object.entries(KEPT)) {
    if (!old.has(table)) continue;
    db.run(`INSERT INTO ${table} (${names.join(", ")}) SELECT ${from(table, names, "o")} FROM old_${table} o`);
  }
  db.run(`UPDATE board_state SET (paused, paused_by, paused_at) =
    (SELECT paused, paused_by, paused_at FROM old_board_state)`);
  for (const table of old) db.run(`DROP TABLE old_${table}`);
}

/** Where the old tables had the open run of a task; closed ones stood at their ids. */
const OPEN_SLOT = "9223372036854775807";

function columnsOf(db: Database, table: string): Set<string> {
  const rows = db.query<{ name: string }, []>(`PRAGMA table_info(${table})`).all();
  return new Set(rows.map(({ name }) => name));
}

/** Gives the old tables other names, and takes away what has the names of something new. */
function setAside(db: Database, tables: ReadonlySet<string>): void {
  const rest = db
    .query<{ type: string; name: string }, []>(
      "SELECT type, name FROM sqlite_schema WHERE type IN ('trigger', 'index') AND sql IS NOT NULL",
    )
    .all();
  for (const { type, name } of rest) {
    // The copies below find the events and runs of a task by these.
    if (name !== "task_events_task" && name !== "one_open_run") db.run(`DROP ${type} ${name}`);
  }
  // Else the references to a table would follow its new name.
  db.run("PRAGMA legacy_alter_table = ON");
  for (const table of tables) db.run(`ALTER TABLE ${table} RENAME TO old_${table}`);
  db.run("PRAGMA legacy_alter_table = OFF");
}

/** Takes the copy away again, of a board that was left as it was. */
export function dropCopy(copy: string): void {
  rmSync(copy, { force: true });
}
