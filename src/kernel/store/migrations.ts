/**
 * The version of the tables, and an append-only list of changes to them.
 *
 * @module
 */
import type { Database } from "bun:sqlite";

/** Marks the file as ours ("kban"), so that another program's database is never written to. */
export const APPLICATION_ID = 0x6b62616e;

/**
 * PRAGMA user_version of a board with these tables. The tens count designs of the tables: 1 to 10 were the first
 * one, which `upgrade.ts` rewrites; the ones count the entries of `MIGRATIONS`.
 */
export const FIRST_VERSION = 20;

/**
 * Fills `known_names` from what tasks, comments and runs are signed with; names that are in it stay as they are. It
 * reads the whole board: once at its upgrade, and after an import of an export without names.
 */
export const GATHER_NAMES = `
  INSERT INTO known_names (name, acts_as, since)
    SELECT name, acts_as, at FROM (
      SELECT profile AS name, 'worker' AS acts_as, max(started_at) AS at FROM task_runs
        WHERE boot_id IS NOT NULL AND profile IS NOT NULL GROUP BY profile
      UNION ALL SELECT run_profile, 'worker', max(run_started_at) FROM tasks
        WHERE run_boot_id IS NOT NULL AND run_profile IS NOT NULL GROUP BY run_profile
      UNION ALL SELECT created_by, 'person', min(created_at) FROM tasks WHERE from_task IS NULL GROUP BY created_by
      UNION ALL SELECT author, 'person', min(created_at) FROM task_comments WHERE via IS NULL GROUP BY author)
    WHERE name NOT IN ('', 'dashboard', 'dispatcher', 'kanban', 'notifier', 'feed')
    ON CONFLICT (name) DO NOTHING;`;

/** Changes to these tables since. Never edit an entry that has shipped; append one. */
export const MIGRATIONS: readonly string[] = [
  // The keys of requests that were done, the newest few thousand: a request that is sent again gets its answer.
  `CREATE TABLE request_keys (
     id INTEGER PRIMARY KEY,
     key TEXT NOT NULL UNIQUE,
     content TEXT NOT NULL,
     answer TEXT NOT NULL CHECK (json_type(answer) = 'object'),
     created_at INTEGER NOT NULL
   ) STRICT`,
  // Texts of a task that were replaced, by the event that did it. They stay when gc removes that event, so they say
  // themselves who did it and when.
  `CREATE TABLE task_revisions (
     task_key INTEGER NOT NULL REFERENCES tasks (key),
     event_id INTEGER NOT NULL,
     field TEXT NOT NULL CHECK (field = 'title' OR field = 'body' OR field = 'result'),
     text TEXT NOT NULL,
     replaced_by TEXT NOT NULL,
     replaced_at INTEGER NOT NULL,
     PRIMARY KEY (task_key, event_id, field)
   ) STRICT, WITHOUT ROWID`,
  // Who is a person here. Names under which workers ran come first: those are profiles.
  `CREATE TABLE known_names (
     name TEXT PRIMARY KEY CHECK (name <> ''),
     acts_as TEXT NOT NULL CHECK (acts_as = 'person' OR acts_as = 'worker'),
     since INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   ${GATHER_NAMES}`,
  // Pages with their filters under a name. Few: they are read whole.
  `CREATE TABLE saved_views (
     id TEXT PRIMARY KEY CHECK (id GLOB 'v_[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]'),
     name TEXT NOT NULL CHECK (name <> ''),
     page TEXT NOT NULL CHECK (page = 'board' OR page = 'list' OR page = 'deps' OR page = 'insights'),
     query TEXT NOT NULL,
     shared INTEGER NOT NULL CHECK (shared IN (0, 1)),
     owner TEXT NOT NULL,
     place INTEGER NOT NULL,
     created_at INTEGER NOT NULL,
     UNIQUE (owner, name)
   ) STRICT, WITHOUT ROWID`,
  // Who was mentioned where, until that person has seen it. A mention and its event are one.
  `CREATE TABLE mentions (
     event_id INTEGER PRIMARY KEY,
     person TEXT NOT NULL CHECK (person <> ''),
     task_key INTEGER NOT NULL REFERENCES tasks (key),
     author TEXT NOT NULL,
     text TEXT NOT NULL,
     created_at INTEGER NOT NULL,
     seen_at INTEGER
   ) STRICT;
   CREATE INDEX mentions_open ON mentions (person) WHERE seen_at IS NULL`,
];

/** The version of the schema that this program reads and writes. */
export const schemaVersion = FIRST_VERSION + MIGRATIONS.length;

/** Tells whether a file is a board of this version. */
export function isCurrent(db: Database): boolean {
  return versionOf(db) === schemaVersion && idOf(db) === APPLICATION_ID;
}

export function versionOf(db: Database): number {
  return db.query<{ user_version: number }, []>("PRAGMA user_version").get()!.user_version;
}

export function idOf(db: Database): number {
  return db.query<{ application_id: number }, []>("PRAGMA application_id").get()!.application_id;
}
