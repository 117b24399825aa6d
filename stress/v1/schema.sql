-- The tables of version 1, entry by entry, as the programs from 0.1.0 on made them. Frozen: boards in the world
-- have them. A board of user_version n has the first n entries.

-- entry 1
CREATE TABLE tasks (
     key INTEGER PRIMARY KEY,
     id TEXT NOT NULL UNIQUE CHECK (id GLOB 't_[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]'),
     title TEXT NOT NULL CHECK (title <> ''),
     body TEXT,
     assignee TEXT CHECK (assignee <> ''),
     status TEXT NOT NULL CHECK (status = 'triage' OR status = 'todo' OR status = 'ready' OR status = 'running' OR status = 'review' OR status = 'blocked' OR status = 'done' OR status = 'archived'),
     priority INTEGER NOT NULL DEFAULT 0,
     tenant TEXT CHECK (tenant <> ''),
     created_by TEXT NOT NULL,
     created_at INTEGER NOT NULL,
     ready_at INTEGER,
     started_at INTEGER,
     completed_at INTEGER,
     workspace_kind TEXT NOT NULL DEFAULT 'scratch' CHECK (workspace_kind = 'scratch' OR workspace_kind = 'dir' OR workspace_kind = 'worktree'),
     workspace_path TEXT,
     result TEXT,
     idempotency_key TEXT CHECK (idempotency_key <> ''),
     max_runtime_seconds INTEGER CHECK (max_runtime_seconds >= 0),
     skills TEXT NOT NULL DEFAULT '[]' CHECK (json_type(skills) = 'array'),
     review INTEGER NOT NULL DEFAULT 0 CHECK (review IN (0, 1)),
     held INTEGER NOT NULL DEFAULT 0 CHECK (held IN (0, 1)),
     not_before INTEGER,
     retry_at INTEGER,
     failures INTEGER NOT NULL DEFAULT 0 CHECK (failures >= 0),
     last_error TEXT,
     current_run_id INTEGER REFERENCES task_runs (id),
     depth INTEGER NOT NULL DEFAULT 0 CHECK (depth >= 0),
     workflow_template_id TEXT,
     current_step_key TEXT,
     -- The order inside a column: ready tasks as the dispatcher takes them, finished ones by when they
     -- finished, the others by age.
     queue_at INTEGER NOT NULL GENERATED ALWAYS AS (
       CASE status WHEN 'ready' THEN ready_at WHEN 'done' THEN completed_at
         WHEN 'archived' THEN coalesce(completed_at, created_at) ELSE created_at END) VIRTUAL,
     CHECK ((status = 'running') = (current_run_id IS NOT NULL)),
     CHECK (status <> 'done' OR completed_at IS NOT NULL),
     CHECK (completed_at IS NULL OR status IN ('done', 'archived')),
     CHECK (held = 0 OR status = 'todo'),
     CHECK (status <> 'ready' OR ready_at IS NOT NULL)
   ) STRICT;
   -- One index over the living and one over the finished, instead of one per question: each further
   -- index on this table costs every change of status two written pages. (The key follows by itself.)
   CREATE INDEX tasks_live ON tasks (status, priority DESC, queue_at) WHERE status NOT IN ('done', 'archived');
   CREATE INDEX tasks_finished ON tasks (status, queue_at) WHERE status IN ('done', 'archived');
   CREATE UNIQUE INDEX tasks_idempotency ON tasks (idempotency_key)
     WHERE idempotency_key IS NOT NULL AND status <> 'archived';
   CREATE INDEX tasks_not_before ON tasks (not_before) WHERE not_before IS NOT NULL AND status = 'todo';
   CREATE INDEX tasks_retry ON tasks (retry_at) WHERE retry_at IS NOT NULL AND status = 'ready';

   CREATE TABLE task_links (
     parent_key INTEGER NOT NULL REFERENCES tasks (key),
     child_key INTEGER NOT NULL REFERENCES tasks (key),
     PRIMARY KEY (parent_key, child_key),
     CHECK (parent_key <> child_key)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX task_links_child ON task_links (child_key);

   CREATE TABLE task_runs (
     id INTEGER PRIMARY KEY,
     task_key INTEGER NOT NULL REFERENCES tasks (key),
     profile TEXT,
     step_key TEXT,
     claimer TEXT NOT NULL,
     claim_expires_at INTEGER NOT NULL,
     ttl_seconds INTEGER NOT NULL CHECK (ttl_seconds >= 0),
     pid INTEGER,
     pid_started TEXT,
     boot_id TEXT,
     max_runtime_seconds INTEGER,
     last_heartbeat_at INTEGER NOT NULL,
     started_at INTEGER NOT NULL,
     ended_at INTEGER,
     process_gone_at INTEGER,
     outcome TEXT CHECK (outcome = 'completed' OR outcome = 'blocked' OR outcome = 'crashed' OR outcome = 'abandoned' OR outcome = 'rate_limited' OR outcome = 'timed_out' OR outcome = 'spawn_failed' OR outcome = 'gave_up' OR outcome = 'reclaimed'),
     exit_code INTEGER,
     signal TEXT,
     summary TEXT,
     metadata TEXT CHECK (json_type(metadata) = 'object'),
     error TEXT,
     usage TEXT CHECK (json_type(usage) = 'object'),
     session_id TEXT,
     -- All open runs of a task would stand in one place, so a second one collides; closed ones stand at
     -- their id. One index over it keeps both the promise and the history, for one written page.
     slot INTEGER NOT NULL GENERATED ALWAYS AS (CASE WHEN ended_at IS NULL THEN 9223372036854775807 ELSE id END) VIRTUAL,
     CHECK ((ended_at IS NULL) = (outcome IS NULL)),
     CHECK (ended_at IS NULL OR ended_at >= started_at)
   ) STRICT;
   CREATE UNIQUE INDEX one_open_run ON task_runs (task_key, slot);
   -- Runs whose process has not been confirmed gone: what a dispatcher has to look after.
   CREATE INDEX task_runs_process ON task_runs (task_key) WHERE boot_id IS NOT NULL AND process_gone_at IS NULL;

   -- Sums over all runs of the numbers that agents reported; '' counts the runs that reported any.
   CREATE TABLE usage_totals (name TEXT PRIMARY KEY, total REAL NOT NULL) STRICT, WITHOUT ROWID;

   CREATE TABLE task_comments (
     id INTEGER PRIMARY KEY,
     task_key INTEGER NOT NULL REFERENCES tasks (key),
     author TEXT NOT NULL,
     via TEXT,
     body TEXT NOT NULL CHECK (body <> ''),
     created_at INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX task_comments_task ON task_comments (task_key);

   -- No AUTOINCREMENT: it costs a page per event. gc therefore never deletes the newest event.
   CREATE TABLE task_events (
     id INTEGER PRIMARY KEY,
     task_key INTEGER NOT NULL REFERENCES tasks (key),
     run_id INTEGER REFERENCES task_runs (id),
     kind TEXT NOT NULL,
     actor TEXT NOT NULL,
     payload TEXT NOT NULL CHECK (json_type(payload) = 'object'),
     created_at INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX task_events_task ON task_events (task_key);

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

   -- How many tasks there are per assignee, tenant and status ('' = none). Kept by triggers, so that
   -- no code path can forget it; the three parts are adjacent, so a move dirties one page.
   CREATE TABLE board_counts (
     assignee TEXT NOT NULL,
     tenant TEXT NOT NULL,
     status TEXT NOT NULL,
     n INTEGER NOT NULL CHECK (n >= 0),
     PRIMARY KEY (assignee, tenant, status)
   ) STRICT, WITHOUT ROWID;
   CREATE TRIGGER tasks_count_insert AFTER INSERT ON tasks BEGIN
     INSERT INTO board_counts VALUES (coalesce(new.assignee, ''), coalesce(new.tenant, ''), new.status, 1)
       ON CONFLICT DO UPDATE SET n = n + 1;
   END;
   CREATE TRIGGER tasks_count_update AFTER UPDATE OF status, assignee, tenant ON tasks
     WHEN old.status <> new.status OR old.assignee IS NOT new.assignee OR old.tenant IS NOT new.tenant BEGIN
     UPDATE board_counts SET n = n - 1
       WHERE tenant = coalesce(old.tenant, '') AND assignee = coalesce(old.assignee, '') AND status = old.status;
     INSERT INTO board_counts VALUES (coalesce(new.assignee, ''), coalesce(new.tenant, ''), new.status, 1)
       ON CONFLICT DO UPDATE SET n = n + 1;
   END;

-- entry 2
-- What a worker may do beyond what every worker may, as its profile said when the dispatcher claimed.
   ALTER TABLE task_runs ADD COLUMN may TEXT NOT NULL DEFAULT '[]' CHECK (json_type(may) = 'array');
   -- The task whose worker created this one. No REFERENCES: with it SQLite walks all tasks at each insert of one.
   ALTER TABLE tasks ADD COLUMN from_task TEXT CHECK (from_task <> id);

-- entry 3
ALTER TABLE task_runs ADD COLUMN host TEXT;
   ALTER TABLE task_runs ADD COLUMN pid_namespace TEXT;
   CREATE INDEX tasks_folder ON tasks (workspace_path)
     WHERE workspace_kind = 'dir' AND status NOT IN ('done', 'archived');
   CREATE INDEX tasks_worktree ON tasks (workspace_path) WHERE workspace_kind = 'worktree' AND status = 'running';

-- entry 4
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

-- entry 5
ALTER TABLE task_runs ADD COLUMN silent_seconds INTEGER CHECK (silent_seconds >= 0)

-- entry 6
CREATE TABLE task_runs_copy (
     id INTEGER PRIMARY KEY,
     task_key INTEGER NOT NULL REFERENCES tasks (key),
     profile TEXT,
     step_key TEXT,
     claimer TEXT NOT NULL,
     claim_expires_at INTEGER NOT NULL,
     ttl_seconds INTEGER NOT NULL CHECK (ttl_seconds >= 0),
     pid INTEGER,
     pid_started TEXT,
     boot_id TEXT,
     max_runtime_seconds INTEGER,
     last_heartbeat_at INTEGER NOT NULL,
     started_at INTEGER NOT NULL,
     ended_at INTEGER,
     process_gone_at INTEGER,
     outcome TEXT CHECK (outcome = 'completed' OR outcome = 'blocked' OR outcome = 'crashed' OR outcome = 'abandoned' OR outcome = 'rate_limited' OR outcome = 'timed_out' OR outcome = 'spawn_failed' OR outcome = 'gave_up' OR outcome = 'reclaimed' OR outcome = 'unavailable'),
     exit_code INTEGER,
     signal TEXT,
     summary TEXT,
     metadata TEXT CHECK (json_type(metadata) = 'object'),
     error TEXT,
     usage TEXT CHECK (json_type(usage) = 'object'),
     session_id TEXT,
     -- As in the first entry.
     slot INTEGER NOT NULL GENERATED ALWAYS AS (CASE WHEN ended_at IS NULL THEN 9223372036854775807 ELSE id END) VIRTUAL,
     may TEXT NOT NULL DEFAULT '[]' CHECK (json_type(may) = 'array'),
     host TEXT,
     pid_namespace TEXT,
     silent_seconds INTEGER CHECK (silent_seconds >= 0),
     CHECK ((ended_at IS NULL) = (outcome IS NULL)),
     CHECK (ended_at IS NULL OR ended_at >= started_at)
   ) STRICT;
   INSERT INTO task_runs_copy (id, task_key, profile, step_key, claimer, claim_expires_at, ttl_seconds, pid, pid_started,
  boot_id, max_runtime_seconds, last_heartbeat_at, started_at, ended_at, process_gone_at, outcome, exit_code, signal,
  summary, metadata, error, usage, session_id, may, host, pid_namespace, silent_seconds) SELECT id, task_key, profile, step_key, claimer, claim_expires_at, ttl_seconds, pid, pid_started,
  boot_id, max_runtime_seconds, last_heartbeat_at, started_at, ended_at, process_gone_at, outcome, exit_code, signal,
  summary, metadata, error, usage, session_id, may, host, pid_namespace, silent_seconds FROM task_runs;
   DROP TABLE task_runs;
   ALTER TABLE task_runs_copy RENAME TO task_runs;
   CREATE UNIQUE INDEX one_open_run ON task_runs (task_key, slot);
   CREATE INDEX task_runs_process ON task_runs (task_key) WHERE boot_id IS NOT NULL AND process_gone_at IS NULL;

   -- Things that tasks share and that nothing is claimed for. One row per fault, from the run that met it until it is
   -- over; the same fault soon after opens the row again. The active ones are few.
   CREATE TABLE holds (
     id INTEGER PRIMARY KEY,
     kind TEXT NOT NULL CHECK (kind = 'repository' OR kind = 'profile' OR kind = 'account' OR kind = 'provider'),
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
   CREATE INDEX holds_history ON holds (kind, key, ended_at);

-- entry 7
ALTER TABLE task_runs ADD COLUMN last_words TEXT;
   ALTER TABLE task_runs ADD COLUMN log_tail TEXT;
   ALTER TABLE task_runs ADD COLUMN tools_at INTEGER;

-- entry 8
ALTER TABLE tasks ADD COLUMN asked INTEGER NOT NULL DEFAULT 0 CHECK (asked >= 0)
