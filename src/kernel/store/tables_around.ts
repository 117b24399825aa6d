/**
 * The tables around tasks: comments, subscriptions, worktrees, holds, the state of the board.
 *
 * @module
 */
import { HOLD_KINDS } from "../schema.ts";

/**
 * The condition that a column holds one of these words. Not `IN`: for more than two of them SQLite builds
 * a temporary table, at each use of each statement that writes the column, which took a sixth of a claim.
 */
export const oneOf = (column: string, words: readonly string[]) =>
  words.map((word) => `${column} = '${word}'`).join(" OR ");

export const TABLES_AROUND = `
   CREATE TABLE task_comments (
     id INTEGER PRIMARY KEY,
     task_key INTEGER NOT NULL REFERENCES tasks (key),
     author TEXT NOT NULL,
     via TEXT,
     body TEXT NOT NULL CHECK (body <> ''),
     created_at INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX task_comments_task ON task_comments (task_key);

   -- Sums over all runs of the numbers that agents reported; '' counts the runs that reported any.
   CREATE TABLE usage_totals (name TEXT PRIMARY KEY, total REAL NOT NULL) STRICT, WITHOUT ROWID;

   CREATE TABLE notify_subs (
     id INTEGER PRIMARY KEY,
     task_key INTEGER NOT NULL REFERENCES tasks (key),
     platform TEXT NOT NULL CHECK (platform <> ''),
     chat_id TEXT NOT NULL CHECK (chat_id <> ''),
     thread_id TEXT NOT NULL DEFAULT '',
     user_id TEXT,
     created_at INTEGER NOT NULL,
     last_event_id INTEGER NOT NULL,
     failures INTEGER NOT NULL DEFAULT 0 CHECK (failures >= 0),
     ended_at INTEGER,
     UNIQUE (task_key, platform, chat_id, thread_id)
   ) STRICT;
   -- One row per subscription and event, so that an event is taken up once. It is pending (retry_at: not
   -- before then, or, while a try is under way, when its claim runs out), delivered, or failed for good.
   CREATE TABLE notify_deliveries (
     sub_id INTEGER NOT NULL REFERENCES notify_subs (id) ON DELETE CASCADE,
     event_id INTEGER NOT NULL,
     attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
     retry_at INTEGER,
     delivered_at INTEGER,
     failed_at INTEGER,
     error TEXT,
     PRIMARY KEY (sub_id, event_id),
     CHECK ((retry_at IS NOT NULL) + (delivered_at IS NOT NULL) + (failed_at IS NOT NULL) = 1)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX notify_pending ON notify_deliveries (retry_at) WHERE retry_at IS NOT NULL;

   CREATE TABLE board_state (
     one INTEGER PRIMARY KEY CHECK (one = 1),
     paused INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1)),
     paused_by TEXT,
     paused_at INTEGER
   ) STRICT;
   INSERT INTO board_state (one) VALUES (1);

   -- Where each worktree came from. Keyed by its path, because several tasks may be worked on in one.
   CREATE TABLE worktrees (
     path TEXT PRIMARY KEY CHECK (path GLOB '/*'),
     repository TEXT NOT NULL CHECK (repository GLOB '/*'),
     git_dir TEXT CHECK (git_dir GLOB '/*'),
     branch TEXT CHECK (branch <> ''),
     base TEXT CHECK (base <> ''),
     base_branch TEXT CHECK (base_branch <> ''),
     made_at INTEGER,
     CHECK (git_dir IS NOT NULL OR coalesce(branch, base, base_branch, made_at) IS NULL)
   ) STRICT, WITHOUT ROWID;

   -- Things that tasks share and that nothing is claimed for. One row per fault, from the run that met it until it is
   -- over; the same fault soon after opens the row again. The active ones are few.
   CREATE TABLE holds (
     id INTEGER PRIMARY KEY,
     kind TEXT NOT NULL CHECK (${oneOf("kind", HOLD_KINDS)}),
     key TEXT NOT NULL CHECK (key <> ''),
     reason TEXT NOT NULL CHECK (reason <> ''),
     -- No fault yet: the first run that ever uses it shows whether it works.
     trial INTEGER NOT NULL DEFAULT 0 CHECK (trial IN (0, 1)),
     since INTEGER NOT NULL,
     -- When a run met it last.
     met_at INTEGER NOT NULL CHECK (met_at >= since),
     -- Null: until something changes or a person releases it.
     until INTEGER,
     probes INTEGER NOT NULL DEFAULT 0 CHECK (probes >= 0),
     -- The open run that tries whether it is over. No REFERENCES here and below: as for from_task above.
     probe_run_id INTEGER,
     -- What of a probe shows that it is over: that it has a process, its first call, or its end.
     proof TEXT NOT NULL CHECK (proof = 'start' OR proof = 'call' OR proof = 'end'),
     task_key INTEGER NOT NULL,
     profile TEXT NOT NULL,
     -- Whose work waits for it, by the last look of a dispatcher.
     profiles TEXT NOT NULL CHECK (json_type(profiles) = 'array'),
     -- Of the configuration and the program, opaque.
     fingerprint TEXT,
     ended_at INTEGER,
     ended_by TEXT,
     CHECK ((ended_at IS NULL) = (ended_by IS NULL)),
     CHECK (ended_at IS NULL OR probe_run_id IS NULL)
   ) STRICT;
   CREATE UNIQUE INDEX holds_active ON holds (kind, key) WHERE ended_at IS NULL;
   CREATE INDEX holds_probe ON holds (probe_run_id) WHERE probe_run_id IS NOT NULL;
   CREATE INDEX holds_history ON holds (kind, key, ended_at);`;
