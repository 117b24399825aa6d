/**
 * The rules of the judge, as queries: each finds rows that must not exist.
 *
 * They are written from the contract, not from the kernel: "finished" is derived here from status and
 * completion, counters are recounted, pointers are followed in both directions. To add a rule, add it
 * here and a damage that breaks it in `invariants.test.ts`.
 *
 * @module
 */

export interface Rule {
  /** The promise, as a title. */
  readonly name: string;
  /** Selects one text column: what is wrong, about which row. */
  readonly sql: string;
}

const FINISHED = (task: string) =>
  `(${task}.status = 'done' OR (${task}.status = 'archived' AND ${task}.completed_at IS NOT NULL))`;

/** Kinds of events that tell of no change of status. */
const STILL = `('assigned','edited','reprioritized','linked','unlinked','commented','mentioned','scheduled','spawned','heartbeat','adopted','held','released','stranded')`;
/** The status that a task has after event `e`. */
const AFTER = `CASE e.kind
  WHEN 'created' THEN e.payload ->> 'status' WHEN 'status' THEN e.payload ->> 'status'
  WHEN 'reopened' THEN e.payload ->> 'status' WHEN 'unblocked' THEN e.payload ->> 'status'
  WHEN 'restored' THEN e.payload ->> 'status' WHEN 'undone' THEN e.payload ->> 'status'
  WHEN 'claimed' THEN 'running' WHEN 'completed' THEN 'done' WHEN 'approved' THEN 'done'
  WHEN 'review_requested' THEN 'review' WHEN 'blocked' THEN 'blocked' WHEN 'gave_up' THEN 'blocked'
  WHEN 'archived' THEN 'archived' WHEN 'asked_again' THEN 'triage' WHEN 'stopped' THEN 'todo' ELSE 'ready' END`;

/** Every rule; a suite may count them or name one. `$settledAt` and `$collected`: see `JudgeOptions`. */
export const RULES: readonly Rule[] = [
  {
    name: "a task is running exactly while it has an open run",
    sql: `SELECT id || ' is ' || status || ' with ' || coalesce('the open run ' || current_run_id, 'no open run') FROM tasks
          WHERE (status = 'running') <> (current_run_id IS NOT NULL)`,
  },
  {
    name: "an open run is not over",
    sql: `SELECT t.id || ' is running under run ' || r.id || ', which ended as ' || r.outcome
          FROM tasks t JOIN task_runs r ON r.id = t.current_run_id`,
  },
  {
    name: "an open run belongs to one task",
    sql: `SELECT 'run ' || current_run_id || ' is open for ' || count(*) || ' tasks' FROM tasks
          WHERE current_run_id IS NOT NULL GROUP BY current_run_id HAVING count(*) > 1`,
  },
  {
    name: "a task without an open run has nothing of one",
    sql: `SELECT id || ' has no open run, but one of ' || coalesce(run_claimer, run_pid, run_boot_id, run_usage, 'somebody')
          FROM tasks WHERE current_run_id IS NULL AND coalesce(run_claimer, run_claim_expires_at, run_ttl_seconds, run_pid,
            run_boot_id, run_started_at, run_may, run_usage, run_profile) IS NOT NULL`,
  },
  {
    name: "every status is a legal one",
    sql: `SELECT id || ' has status ' || status FROM tasks
          WHERE status NOT IN ('triage','todo','ready','running','review','blocked','done','archived')`,
  },
  {
    name: "only a running task has a lease, and it has one",
    sql: `SELECT id || ' is running under a run without a lease' FROM tasks
          WHERE status = 'running' AND (run_claim_expires_at IS NULL OR coalesce(run_ttl_seconds, 0) < 1
            OR run_claimer IS NULL OR run_started_at IS NULL OR run_last_heartbeat_at IS NULL OR run_may IS NULL)`,
  },
  {
    name: "a run never ends before it starts",
    sql: `SELECT 'run ' || id || ' ended ' || (started_at - ended_at) || ' ms before it started' FROM task_runs
          WHERE ended_at < started_at`,
  },
  {
    name: "the ended runs of a task are one chain, numbered from 1, and its newest is the task's last",
    sql: `SELECT 'run ' || id || ' is attempt ' || attempt || ' after run ' || coalesce(prev_id, 'none') FROM (
            SELECT id, attempt, prev_id, lag(id) OVER story AS before, row_number() OVER story AS place
            FROM task_runs WINDOW story AS (PARTITION BY task_key ORDER BY id))
          WHERE prev_id IS NOT before OR attempt <> place
          UNION ALL
          SELECT t.id || ' has ' || t.runs || ' ended runs up to ' || coalesce(t.last_run_id, 'none') FROM tasks t
          LEFT JOIN (SELECT task_key, count(*) AS n, max(id) AS id FROM task_runs GROUP BY task_key) r ON r.task_key = t.key
          WHERE t.runs <> coalesce(r.n, 0) OR t.last_run_id IS NOT r.id`,
  },
  {
    name: "the events of a task are one chain, and its newest is the task's last",
    sql: `SELECT 'event ' || id || ' comes after ' || coalesce(prev_id, 'none') FROM (
            SELECT id, prev_id, lag(id) OVER (PARTITION BY task_key ORDER BY id) AS before FROM task_events)
          WHERE prev_id IS NOT before AND (before IS NOT NULL OR NOT $collected)
          UNION ALL
          SELECT t.id || ' has ' || t.events || ' events up to ' || coalesce(t.last_event_id, 'none') FROM tasks t
          LEFT JOIN (SELECT task_key, count(*) AS n, max(id) AS id FROM task_events GROUP BY task_key) e ON e.task_key = t.key
          WHERE t.events <> coalesce(e.n, 0) OR (e.id IS NOT NULL AND t.last_event_id IS NOT e.id)
            OR (t.last_event_id IS NULL AND NOT $collected)`,
  },
  {
    name: "the newest event knows the highest run, so that no id is given out twice",
    sql: `SELECT 'event ' || id || ' says that the highest run is ' || run_seq FROM task_events
          WHERE id = (SELECT max(id) FROM task_events)
            AND run_seq < max(coalesce((SELECT max(id) FROM task_runs), 0), coalesce((SELECT max(current_run_id) FROM tasks), 0))`,
  },
  {
    name: "every task is in the lane of its status, assignee and tenant",
    sql: `SELECT t.id || ' is in lane ' || t.lane FROM tasks t
          WHERE NOT EXISTS (SELECT 1 FROM lanes l WHERE l.key = t.lane AND l.status = t.status
                            AND l.owner = coalesce(t.assignee, '') AND l.project = coalesce(t.tenant, ''))`,
  },
  {
    name: "a reclaimed run says who or what ended it",
    sql: `SELECT 'run ' || id || ' was reclaimed without a word' FROM task_runs
          WHERE outcome = 'reclaimed' AND coalesce(trim(error), '') = ''`,
  },
  {
    name: "a failed run says what went wrong",
    sql: `SELECT 'run ' || id || ' ' || outcome || ' without an error' FROM task_runs
          WHERE outcome IN ('unavailable','crashed','abandoned','timed_out','spawn_failed','gave_up') AND coalesce(trim(error), '') = ''`,
  },
  {
    name: "events name tasks and runs that exist and belong together",
    sql: `SELECT 'event ' || e.id || ' (' || e.kind || ') names run ' || coalesce(e.run_id, 'none') || ' of another task or of none'
          FROM task_events e LEFT JOIN tasks t ON t.key = e.task_key LEFT JOIN runs r ON r.id = e.run_id
          WHERE t.key IS NULL OR (e.run_id IS NOT NULL AND (r.id IS NULL OR r.task_key <> e.task_key))`,
  },
  {
    name: "event kinds are the closed list, payloads are objects",
    sql: `SELECT 'event ' || id || ' has kind ' || kind || ' and payload ' || substr(payload, 1, 80) FROM task_events
          WHERE json_type(payload) <> 'object' OR kind NOT IN (
            'created','promoted','claimed','completed','review_requested','changes_requested','approved','blocked',
            'unblocked','archived','restored','undone','reopened','assigned','edited','reprioritized','status','linked','unlinked',
            'commented','scheduled','spawned','heartbeat','stopped','reclaimed','crashed','abandoned','rate_limited',
            'unavailable','held','released','timed_out','spawn_failed','gave_up','adopted','asked_again','stranded')`,
  },
  {
    name: "every run that was claimed has its claimed event, once",
    sql: `SELECT 'run ' || r.id || ' has ' || count(e.id) || ' claimed events' FROM runs r JOIN tasks t ON t.key = r.task_key
          LEFT JOIN task_events e ON e.task_key = r.task_key AND e.run_id = r.id AND e.kind = 'claimed'
          WHERE r.ttl_seconds > 0 AND NOT $collected
          GROUP BY r.id HAVING count(e.id) <> 1`,
  },
  {
    name: "every run that ended has the event that ended it, once",
    sql: `SELECT 'run ' || r.id || ' (' || r.outcome || ') has ' || count(e.id) || ' closing events' FROM runs r
          JOIN tasks t ON t.key = r.task_key
          LEFT JOIN task_events e ON e.task_key = r.task_key AND e.run_id = r.id AND e.kind IN (
            'completed','review_requested','blocked','crashed','abandoned','rate_limited','unavailable','timed_out',
            'spawn_failed','gave_up','stopped','reclaimed','archived','status','asked_again')
          WHERE r.ended_at IS NOT NULL AND NOT $collected
          GROUP BY r.id HAVING count(e.id) <> 1`,
  },
  {
    name: "the newest event about a task's status agrees with its status",
    sql: `SELECT t.id || ' is ' || t.status || ', its newest event says ' || e.kind || ' ' || e.payload
          FROM (SELECT max(id) AS id FROM task_events WHERE kind NOT IN ${STILL} GROUP BY task_key) n
          JOIN task_events e ON e.id = n.id JOIN tasks t ON t.key = e.task_key
          WHERE NOT $collected AND t.status <> ${AFTER}`,
  },
  {
    name: "no child waits when nothing is left to wait for",
    sql: `SELECT c.id || ' is in todo although every parent is finished' FROM tasks c
          WHERE c.status = 'todo' AND c.held = 0 AND (c.not_before IS NULL OR c.not_before <= $settledAt)
            AND NOT EXISTS (SELECT 1 FROM task_links l JOIN tasks p ON p.key = l.parent_key
                            WHERE l.child_key = c.key AND NOT ${FINISHED("p")})`,
  },
  {
    name: "links join two tasks that exist, and nothing waits for itself",
    sql: `SELECT 'link ' || l.parent_key || ' to ' || l.child_key || ' is broken' FROM task_links l
          LEFT JOIN tasks p ON p.key = l.parent_key LEFT JOIN tasks c ON c.key = l.child_key
          WHERE p.key IS NULL OR c.key IS NULL OR p.key = c.key`,
  },
  {
    name: "only what is finished carries the instant of its completion",
    sql: `SELECT id || ' is ' || status || ' with completed_at ' || coalesce(completed_at, 'null') FROM tasks
          WHERE (status = 'done' AND completed_at IS NULL)
             OR (completed_at IS NOT NULL AND status NOT IN ('done', 'archived'))`,
  },
  {
    name: "only todo is held, only ready backs off, ready knows since when",
    sql: `SELECT id || ' is ' || status || ' held ' || held || ' retry_at ' || coalesce(retry_at, 'null') FROM tasks
          WHERE (held <> 0 AND status <> 'todo') OR (retry_at IS NOT NULL AND status <> 'ready')
             OR (status = 'ready' AND ready_at IS NULL) OR (status = 'running' AND started_at IS NULL)`,
  },
  {
    name: "counters equal a recount",
    sql: `SELECT 'counter ' || assignee || '/' || tenant || '/' || status || ' is off by ' || sum(n) FROM (
            SELECT assignee, tenant, status, n FROM board_counts
            UNION ALL SELECT coalesce(assignee, ''), coalesce(tenant, ''), status, -1 FROM tasks)
          GROUP BY assignee, tenant, status HAVING sum(n) <> 0`,
  },
  {
    name: "idempotency keys are unique among tasks that are not archived",
    sql: `SELECT 'key ' || idempotency_key || ' belongs to ' || count(*) || ' tasks' FROM tasks
          WHERE idempotency_key IS NOT NULL AND status <> 'archived' GROUP BY idempotency_key HAVING count(*) > 1`,
  },
  {
    name: "public ids have their form and are unique",
    sql: `SELECT 'id ' || id || ' is malformed or taken twice' FROM tasks
          GROUP BY id HAVING count(*) > 1 OR id NOT GLOB 't_[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]'`,
  },
  {
    name: "a task's failures are counted only while it fails",
    sql: `SELECT id || ' is ' || status || ' with ' || failures || ' failures' FROM tasks
          WHERE failures < 0 OR (status IN ('done', 'review') AND failures <> 0)`,
  },
];

/** The story of each task, event by event: each must be possible where the one before left the task. */
export const STORY = `SELECT t.id || ': ' || s.kind || ' (event ' || s.id || ') while the events before say ' || coalesce(s.before, 'nothing') AS what
  FROM (SELECT e.id, e.task_key, e.kind, e.payload,
               lag(${AFTER}) OVER (PARTITION BY e.task_key ORDER BY e.id) AS before
        FROM task_events e WHERE e.kind NOT IN ${STILL}) s
  JOIN tasks t ON t.key = s.task_key
  WHERE NOT coalesce(CASE
    WHEN s.kind = 'created' THEN s.before IS NULL
    WHEN s.kind IN ('archived', 'reopened', 'status', 'undone') THEN s.before = s.payload ->> 'from'
    WHEN s.kind = 'restored' THEN s.before = 'archived'
    WHEN s.kind = 'promoted' THEN s.before = 'todo'
    WHEN s.kind = 'claimed' THEN s.before = 'ready'
    WHEN s.kind = 'completed' THEN s.before IN ('running', 'ready', 'blocked', 'review')
    WHEN s.kind = 'blocked' THEN s.before IN ('running', 'ready')
    WHEN s.kind = 'unblocked' THEN s.before = 'blocked'
    WHEN s.kind IN ('approved', 'changes_requested') THEN s.before = 'review'
    ELSE s.before = 'running' END, 0)
  LIMIT 50`;

/** The task that the bad states are tried on. */
export const PROBE = "t_0badf00d";
const probe = (what: string) => `UPDATE tasks SET ${what} WHERE id = '${PROBE}'`;

/** Bad states that no code may be able to store: the schema is the last line, so it is tried for itself. */
export const BACKSTOPS: readonly [what: string, steps: readonly string[]][] = [
  ["a running task without a run", [probe("status = 'running'")]],
  ["a run on a task that does not run", [probe("current_run_id = 9000000000000")]],
  ["a part of a run on a task that has none", [probe("run_claimer = 'judge'")]],
  [
    "a change of status without an event",
    [probe("status = 'triage', lane = (SELECT min(key) FROM lanes WHERE status = 'triage')")],
  ],
  ["a done task without an instant", [probe("status = 'done'")]],
  ["an unknown status", [probe("status = 'paused'")]],
  [
    "an end without an outcome",
    [
      `INSERT INTO task_runs (task_key, attempt, claimer, claim_expires_at, ttl_seconds, last_heartbeat_at, started_at, ended_at)
       SELECT key, 1, 'judge', 2, 1, 1, 1, 9 FROM tasks WHERE id = '${PROBE}'`,
    ],
  ],
  ["a task that waits for itself", [`INSERT INTO task_links SELECT key, key FROM tasks WHERE id = '${PROBE}'`]],
  [
    "one idempotency key twice",
    [
      probe("idempotency_key = 'judge probe'"),
      `INSERT INTO tasks (id, title, status, created_by, created_at, ready_at, idempotency_key, lane)
       SELECT 't_1badf00d', 'probe', 'ready', 'judge', 1, 1, 'judge probe', lane FROM tasks WHERE id = '${PROBE}'`,
    ],
  ],
];
