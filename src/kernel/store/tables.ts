/**
 * The tables of tasks, their runs and their events.
 *
 * Inside the kernel a task has an integer key, because every index and every child row repeats it;
 * outside it has a public id (`t_` and 8 hex digits). Bad states are impossible to store: CHECKs and
 * unique indexes come first, code second.
 *
 * What a write costs is the pages it dirties, so the shape is chosen by them. The open run of a task is part
 * of the task's row, and gets a row of its own when it ends: a task cannot have two open runs. The events and the
 * ended runs of a task are chains, each row with the id of the one before, from the newest, which the task's row
 * names: no index has to be kept. The counts of the board are folded in every 256 events.
 *
 * @module
 */
import { fieldColumns } from "../fields.ts";
import { RUN_COLUMNS_SHARED } from "./run_columns.ts";
import { OUTCOMES, STATUSES, WORKSPACE_KINDS } from "../schema.ts";
import { oneOf } from "./tables_around.ts";

const shared = (sql: (column: string) => string) => RUN_COLUMNS_SHARED.map(sql).join(", ");

export const TABLES_OF_TASKS = `
   -- Tasks of one status, assignee and tenant ('' is none), and how many there were when events were last folded in.
   CREATE TABLE lanes (
     key INTEGER PRIMARY KEY,
     status TEXT NOT NULL,
     owner TEXT NOT NULL,
     project TEXT NOT NULL,
     n INTEGER NOT NULL DEFAULT 0,
     UNIQUE (status, owner, project)
   ) STRICT;

   CREATE TABLE tasks (
     key INTEGER PRIMARY KEY,
     id TEXT NOT NULL UNIQUE CHECK (id GLOB 't_[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]'),
     title TEXT NOT NULL CHECK (title <> ''),
     assignee TEXT CHECK (assignee <> ''),
     status TEXT NOT NULL CHECK (${oneOf("status", STATUSES)}),
     ${fieldColumns()}
     -- The lane of its status, assignee and tenant, as a short key for the index.
     lane INTEGER NOT NULL REFERENCES lanes (key),
     created_by TEXT NOT NULL,
     created_at INTEGER NOT NULL,
     ready_at INTEGER,
     started_at INTEGER,
     completed_at INTEGER,
     workspace_kind TEXT NOT NULL DEFAULT 'scratch' CHECK (${oneOf("workspace_kind", WORKSPACE_KINDS)}),
     workspace_path TEXT,
     idempotency_key TEXT CHECK (idempotency_key <> ''),
     held INTEGER NOT NULL DEFAULT 0 CHECK (held IN (0, 1)),
     retry_at INTEGER,
     failures INTEGER NOT NULL DEFAULT 0 CHECK (failures >= 0),
     last_error TEXT,
     depth INTEGER NOT NULL DEFAULT 0 CHECK (depth >= 0),
     -- The task whose worker created this one. No REFERENCES: with it SQLite walks all tasks at each insert of one.
     from_task TEXT CHECK (from_task <> id),
     -- How often in a row its workers asked the same question without a person between.
     asked INTEGER NOT NULL DEFAULT 0 CHECK (asked >= 0),

     -- The heads of its chains, and how long they are.
     last_event_id INTEGER,
     events INTEGER NOT NULL DEFAULT 0 CHECK (events >= 0),
     last_run_id INTEGER,
     runs INTEGER NOT NULL DEFAULT 0 CHECK (runs >= 0),

     -- The open run, see task_runs for the columns.
     current_run_id INTEGER,
     run_profile TEXT,
     run_step_key TEXT,
     run_claimer TEXT,
     run_claim_expires_at INTEGER,
     run_ttl_seconds INTEGER CHECK (run_ttl_seconds >= 0),
     run_pid INTEGER,
     run_pid_started TEXT,
     run_boot_id TEXT,
     run_host TEXT,
     run_pid_namespace TEXT,
     run_max_runtime_seconds INTEGER,
     run_last_heartbeat_at INTEGER,
     run_started_at INTEGER,
     run_process_gone_at INTEGER,
     run_exit_code INTEGER,
     run_signal TEXT,
     run_usage TEXT CHECK (json_type(run_usage) = 'object'),
     run_session_id TEXT,
     run_may TEXT CHECK (json_type(run_may) = 'array'),
     run_last_words TEXT,
     run_log_tail TEXT,
     run_tools_at INTEGER,

     -- The order inside a column, smallest first: the living by priority, ready ones then as the dispatcher takes
     -- them and others by age; finished ones newest first.
     urgency INTEGER NOT NULL GENERATED ALWAYS AS (CASE status WHEN 'done' THEN -completed_at
       WHEN 'archived' THEN -coalesce(completed_at, created_at) ELSE -priority END) VIRTUAL,
     queue_at INTEGER NOT NULL GENERATED ALWAYS AS (CASE status WHEN 'ready' THEN ready_at
       WHEN 'done' THEN -key WHEN 'archived' THEN -key ELSE created_at END) VIRTUAL,

     CHECK ((status = 'running') = (current_run_id IS NOT NULL)),
     CHECK (current_run_id IS NOT NULL OR coalesce(${shared((column) => `run_${column}`)}) IS NULL),
     CHECK (status <> 'done' OR completed_at IS NOT NULL),
     CHECK (completed_at IS NULL OR status = 'done' OR status = 'archived'),
     CHECK (held = 0 OR status = 'todo'),
     CHECK (status <> 'ready' OR ready_at IS NOT NULL)
   ) STRICT;
   -- Lane after lane, each in order. A view of the board merges the lanes that it shows, so that what it leaves out
   -- costs nothing. (The key follows by itself.)
   CREATE INDEX tasks_lanes ON tasks (lane, urgency, queue_at);
   -- For lists of the whole board: a page per new task and none per change of status, which it must not mention.
   CREATE INDEX tasks_listed ON tasks (priority DESC, created_at);
   CREATE UNIQUE INDEX tasks_idempotency ON tasks (idempotency_key)
     WHERE idempotency_key IS NOT NULL AND status <> 'archived';
   CREATE INDEX tasks_not_before ON tasks (not_before) WHERE not_before IS NOT NULL AND status = 'todo';
   CREATE INDEX tasks_retry ON tasks (retry_at) WHERE retry_at IS NOT NULL AND status = 'ready';
   -- Of tasks that may share a place to work in: the others, which are most, do not pay for them.
   CREATE INDEX tasks_folder ON tasks (workspace_path)
     WHERE workspace_kind = 'dir' AND status NOT IN ('done', 'archived');
   CREATE INDEX tasks_worktree ON tasks (workspace_path) WHERE workspace_kind = 'worktree' AND status = 'running';

   -- The long texts stand apart: a change of status writes the row of its task, and not them.
   CREATE TABLE task_bodies (task_key INTEGER PRIMARY KEY REFERENCES tasks (key), body TEXT NOT NULL) STRICT;
   CREATE TABLE task_results (task_key INTEGER PRIMARY KEY REFERENCES tasks (key), result TEXT NOT NULL) STRICT;

   CREATE TABLE task_links (
     parent_key INTEGER NOT NULL REFERENCES tasks (key),
     child_key INTEGER NOT NULL REFERENCES tasks (key),
     PRIMARY KEY (parent_key, child_key),
     CHECK (parent_key <> child_key)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX task_links_child ON task_links (child_key);

   -- The runs that ended, in the order of their claims within each task.
   CREATE TABLE task_runs (
     id INTEGER PRIMARY KEY,
     task_key INTEGER NOT NULL REFERENCES tasks (key),
     -- The run of the task before it, and which one it is, from 1. No REFERENCES: as for from_task above.
     prev_id INTEGER CHECK (prev_id < id),
     attempt INTEGER NOT NULL CHECK (attempt > 0),
     profile TEXT,
     step_key TEXT,
     claimer TEXT NOT NULL,
     claim_expires_at INTEGER NOT NULL,
     ttl_seconds INTEGER NOT NULL CHECK (ttl_seconds >= 0),
     pid INTEGER,
     pid_started TEXT,
     boot_id TEXT,
     -- A pid means something on its machine and in its PID namespace alone.
     host TEXT,
     pid_namespace TEXT,
     max_runtime_seconds INTEGER,
     last_heartbeat_at INTEGER NOT NULL,
     started_at INTEGER NOT NULL,
     process_gone_at INTEGER,
     exit_code INTEGER,
     signal TEXT,
     usage TEXT CHECK (json_type(usage) = 'object'),
     session_id TEXT,
     -- What a worker may do beyond what every worker may, as its profile said when the dispatcher claimed.
     may TEXT NOT NULL DEFAULT '[]' CHECK (json_type(may) = 'array'),
     -- What the agent said last, the end of what it printed, and when it first asked for our tools.
     last_words TEXT,
     log_tail TEXT,
     tools_at INTEGER,
     ended_at INTEGER NOT NULL CHECK (ended_at >= started_at),
     outcome TEXT NOT NULL CHECK (${oneOf("outcome", OUTCOMES)}),
     summary TEXT,
     metadata TEXT CHECK (json_type(metadata) = 'object'),
     error TEXT,
     -- How long the run had shown no sign of life when it was ended for that.
     silent_seconds INTEGER CHECK (silent_seconds >= 0)
   ) STRICT;
   -- Ended runs whose process has not been confirmed gone: what a dispatcher has to look after.
   CREATE INDEX task_runs_process ON task_runs (task_key) WHERE boot_id IS NOT NULL AND process_gone_at IS NULL;

   -- All runs, ended and open. For reads of the whole board: those of one task follow its chain.
   CREATE VIEW runs AS
     SELECT id, task_key, prev_id, attempt, ${shared((column) => column)},
       ended_at, outcome, summary, metadata, error, silent_seconds FROM task_runs
     UNION ALL
     SELECT current_run_id, key, last_run_id, runs + 1, ${shared((column) => `run_${column}`)},
       NULL, NULL, NULL, NULL, NULL, NULL FROM tasks
     WHERE lane IN (SELECT key FROM lanes WHERE status = 'running');

   -- Ids are given out one after the other; gc never deletes the newest event, so none is given out twice.
   CREATE TABLE task_events (
     id INTEGER PRIMARY KEY,
     task_key INTEGER NOT NULL REFERENCES tasks (key),
     -- The event of the task before it. gc may have deleted that one, and with it all before.
     prev_id INTEGER CHECK (prev_id < id),
     run_id INTEGER,
     kind TEXT NOT NULL,
     actor TEXT NOT NULL,
     payload TEXT NOT NULL CHECK (json_type(payload) = 'object'),
     created_at INTEGER NOT NULL,
     -- The highest id of a run so far: the newest event says which one is next. No DEFAULT: a program of the first
     -- design that had the board open while it was upgraded would write events without.
     run_seq INTEGER NOT NULL,
     -- The lane that the task left with it, 0 when it was created. Null when it stayed.
     was_lane INTEGER
   ) STRICT;

   -- The newest event that was folded in.
   CREATE TABLE folded (one INTEGER PRIMARY KEY CHECK (one = 1), event_id INTEGER NOT NULL DEFAULT 0) STRICT;
   INSERT INTO folded (one) VALUES (1);
   -- What the events after that changed: each task that moved has left the lane of its first move for where it is.
   CREATE VIEW lane_changes AS
     WITH first (id) AS (SELECT min(id) FROM task_events
       WHERE id > (SELECT event_id FROM folded) AND was_lane IS NOT NULL GROUP BY task_key)
     SELECT e.was_lane AS lane, -1 AS n FROM first JOIN task_events e ON e.id = first.id WHERE e.was_lane > 0
     UNION ALL
     SELECT t.lane, 1 FROM first JOIN task_events e ON e.id = first.id JOIN tasks t ON t.key = e.task_key;
   CREATE VIEW board_counts AS
     SELECT l.status, l.owner AS assignee, l.project AS tenant, l.n + coalesce(c.n, 0) AS n
     FROM lanes l LEFT JOIN (SELECT lane, sum(n) AS n FROM lane_changes GROUP BY lane) c ON c.lane = l.key;
   -- An event comes before the change that it tells of, so unless its task is new that change is not folded in yet.
   CREATE TRIGGER events_fold AFTER INSERT ON task_events WHEN new.id % 256 = 0 BEGIN
     UPDATE lanes SET n = lanes.n + c.n
       FROM (SELECT lane, sum(n) AS n FROM lane_changes GROUP BY lane) c
       WHERE c.lane = lanes.key AND c.n <> 0;
     UPDATE folded SET event_id = iif(new.was_lane = 0, new.id, new.id - 1);
   END;
   -- No code path can move a task without an event that says from where, or into another lane than its own.
   CREATE TRIGGER tasks_enter_lane AFTER INSERT ON tasks BEGIN
     SELECT RAISE(ABORT, 'a task needs the lane of its status, assignee and tenant') WHERE NOT EXISTS (
       SELECT 1 FROM lanes WHERE key = new.lane AND status = new.status AND owner = coalesce(new.assignee, '')
         AND project = coalesce(new.tenant, ''));
   END;
   CREATE TRIGGER tasks_change_lane AFTER UPDATE OF status, assignee, tenant, lane ON tasks
     WHEN old.status <> new.status OR old.assignee IS NOT new.assignee OR old.tenant IS NOT new.tenant
       OR old.lane <> new.lane BEGIN
     SELECT RAISE(ABORT, 'a task needs the lane of its status, assignee and tenant') WHERE NOT EXISTS (
       SELECT 1 FROM lanes WHERE key = new.lane AND status = new.status AND owner = coalesce(new.assignee, '')
         AND project = coalesce(new.tenant, ''));
     SELECT RAISE(ABORT, 'a task that changes its lane needs an event that says so') WHERE NOT EXISTS (
       SELECT 1 FROM task_events
       WHERE id = new.last_event_id AND id = (SELECT max(id) FROM task_events) AND was_lane = old.lane);
   END;`;
