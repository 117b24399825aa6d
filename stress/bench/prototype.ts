/**
 * Tables between those of version 1 and the leanest that were tried, and the statements of three calls on them.
 *
 * @module
 */
import type { Database, Statement } from "bun:sqlite";
import { ENTRIES } from "../v1/board.ts";
import { idOf } from "../v1/drafts.ts";

/** What a prototype has of the ladder's steps. */
export interface Traits {
  pageBytes: number;
  /** Rows that were changed are read back whole. */
  returning: boolean;
  /** Body and result in a table of their own. */
  textsApart: boolean;
  /** An event names the one before it and the task its last; no index. */
  chained: boolean;
  /** The open run stands in the task; its row is written once, when it ends. */
  openInTask: boolean;
  /** Counters are kept from 256 events at a time. */
  folded: boolean;
}

const OPEN_RUN = [
  ...["run_claimer TEXT", "run_expires_at INTEGER", "run_ttl_seconds INTEGER", "run_heartbeat_at INTEGER"],
  ...[
    "run_started_at INTEGER",
    "run_pid INTEGER",
    "run_boot_id TEXT",
    "run_host TEXT",
    "attempt INTEGER",
    "last_run_id INTEGER",
  ],
];

/** The statements that turn the tables of version 1 into those of the traits. */
function changes({ textsApart, chained, openInTask, folded }: Traits): string[] {
  return [
    ...(textsApart ? ["CREATE TABLE task_texts (task_key INTEGER PRIMARY KEY, body TEXT, result TEXT) STRICT"] : []),
    ...(chained
      ? [
          "DROP INDEX task_events_task",
          "ALTER TABLE task_events ADD COLUMN prev_id INTEGER",
          "ALTER TABLE tasks ADD COLUMN last_event_id INTEGER",
        ]
      : []),
    ...(openInTask
      ? [
          "DROP INDEX one_open_run",
          "ALTER TABLE task_runs ADD COLUMN attempt INTEGER",
          "ALTER TABLE task_runs ADD COLUMN prev_id INTEGER",
          ...OPEN_RUN.map((column) => `ALTER TABLE tasks ADD COLUMN ${column}`),
        ]
      : []),
    ...(folded ? FOLDING : []),
  ];
}

/** An event of a change of status says from where to where; every 256th adds up what came since. */
const FOLDING = [
  "DROP TRIGGER tasks_count_insert",
  "DROP TRIGGER tasks_count_update",
  // A sum that is negative in the middle of its 256 events must be storable.
  "DROP TABLE board_counts",
  `CREATE TABLE board_counts (assignee TEXT NOT NULL, tenant TEXT NOT NULL, status TEXT NOT NULL, n INTEGER NOT NULL,
     PRIMARY KEY (assignee, tenant, status)) STRICT, WITHOUT ROWID`,
  "ALTER TABLE task_events ADD COLUMN moved_from TEXT",
  "ALTER TABLE task_events ADD COLUMN moved_to TEXT",
  `CREATE TRIGGER fold AFTER INSERT ON task_events WHEN new.id % 256 = 0 BEGIN
     INSERT INTO board_counts
       SELECT coalesce(t.assignee, ''), coalesce(t.tenant, ''), m.status, sum(m.n) FROM (
         SELECT task_key, moved_to AS status, 1 AS n FROM task_events WHERE id > new.id - 256
         UNION ALL SELECT task_key, moved_from, -1 FROM task_events WHERE id > new.id - 256) m
       JOIN tasks t ON t.key = m.task_key WHERE m.status IS NOT NULL GROUP BY 1, 2, 3 HAVING true
       ON CONFLICT DO UPDATE SET n = n + excluded.n;
   END`,
];

/** A claimed task, as far as its completion needs it. */
interface Held {
  key: number;
  run: number;
  startedAt: number;
}

/** One board of the ladder. */
export class Prototype {
  #statements = new Map<string, Statement>();
  #held: Held | null = null;
  #made = 0;

  constructor(
    readonly db: Database,
    readonly traits: Traits,
    readonly body: string,
  ) {
    db.run(`PRAGMA page_size = ${traits.pageBytes}`);
    db.run("PRAGMA journal_mode = WAL");
    db.run("PRAGMA synchronous = NORMAL");
    db.run("PRAGMA wal_autocheckpoint = 4000");
    for (const sql of ENTRIES) {
      // A run that has no row yet cannot be referred to.
      db.run(traits.openInTask ? sql.replaceAll(/run_id INTEGER REFERENCES task_runs \(id\)/g, "run_id INTEGER") : sql);
    }
    for (const sql of changes(traits)) db.run(sql);
    db.run("PRAGMA foreign_keys = ON");
  }

  fill(tasks: number): void {
    this.#run("BEGIN IMMEDIATE");
    for (let i = 0; i < tasks; i++) this.#create();
    this.#run("COMMIT");
  }

  readonly create = () => this.#write(() => this.#create());
  readonly pair = () => {
    const held = this.#write(() => this.#claim());
    this.#write(() => this.#complete(held));
  };
  readonly next = () => {
    this.#held = this.#write(() => {
      if (this.#held !== null) this.#complete(this.#held);
      return this.#claim();
    });
  };

  close(): void {
    for (const statement of this.#statements.values()) statement.finalize();
    this.db.close();
  }

  #create(): void {
    const { textsApart, chained, folded, returning } = this.traits;
    const now = Date.now();
    const id = idOf(++this.#made); // As scattered as random ones, and the same each time.
    const event = chained ? this.#nextEvent() : null;
    const body = this.body === "" || textsApart ? null : this.body;
    const last = chained ? [", last_event_id", ", $event"] : ["", ""];
    const key = Number(
      this.#run(
        `INSERT INTO tasks (id, title, body, assignee, status, priority, created_by, created_at, ready_at${last[0]})
         VALUES ($id, $title, $body, 'coder', 'ready', 0, 'bench', $now, $now${last[1]})`,
        { id, title: `Task ${this.#made}`, body, now, ...(chained ? { event } : {}) },
      ).lastInsertRowid,
    );
    if (textsApart && this.body !== "") {
      this.#run("INSERT INTO task_texts (task_key, body) VALUES ($key, $body)", { key, body: this.body });
    }
    const payload = '{"assignee":"coder","status":"ready","parents":[],"tenant":null,"skills":[]}';
    this.#event(key, null, "created", payload, null, folded ? [null, "ready"] : undefined);
    if (returning) this.#get("SELECT * FROM tasks WHERE id = $id", { id });
  }

  #claim(): Held {
    const { openInTask, chained, folded } = this.traits;
    const now = Date.now();
    const about = chained ? ", last_event_id" : "";
    const task = this.#get<{ key: number; last_event_id?: number }>(
      `SELECT key, id, title, assignee, priority, tenant, failures${about} FROM tasks
       WHERE status = 'ready' AND status NOT IN ('done', 'archived') AND (retry_at IS NULL OR retry_at <= $now)
       ORDER BY priority DESC, queue_at, key LIMIT 1`,
      { now },
    )!;
    const { key } = task;
    if (this.traits.textsApart) this.#get("SELECT body FROM task_texts WHERE task_key = $key", { key });
    const event = chained ? this.#nextEvent() : null;
    // The id of the event that claimed: unique, and never given out again.
    const run = openInTask
      ? event!
      : Number(
          this.#run(
            `INSERT INTO task_runs (task_key, profile, claimer, claim_expires_at, ttl_seconds, last_heartbeat_at, started_at)
             VALUES ($key, 'coder', 'bench', $now + 900000, 900, $now, $now)`,
            { key, now },
          ).lastInsertRowid,
        );
    const open = openInTask
      ? ", run_claimer = 'bench', run_expires_at = $now + 900000, run_ttl_seconds = 900, run_heartbeat_at = $now, run_started_at = $now, attempt = coalesce(attempt, 0) + 1"
      : "";
    this.#move(
      key,
      `status = 'running', current_run_id = $run, started_at = coalesce(started_at, $now)${open}`,
      { run, now },
      event,
    );
    const moved = folded ? (["ready", "running"] as const) : undefined;
    this.#event(
      key,
      run,
      "claimed",
      `{"claimer":"bench","expires_at":${now + 900_000}}`,
      task.last_event_id ?? null,
      moved,
    );
    return { key, run, startedAt: now };
  }

  #complete({ key, run, startedAt }: Held): void {
    const { openInTask, chained, folded } = this.traits;
    const now = Date.now();
    const event = chained ? this.#nextEvent() : null;
    const last = chained
      ? this.#get<{ last_event_id: number }>("SELECT last_event_id FROM tasks WHERE key = $key", { key })!
      : null;
    if (openInTask) {
      this.#run(
        `INSERT INTO task_runs (id, task_key, profile, claimer, claim_expires_at, ttl_seconds, last_heartbeat_at, started_at,
           ended_at, outcome, summary, attempt) VALUES ($run, $key, 'coder', 'bench', $now, 900, $now, $startedAt, $now, 'completed', 'done', 1)`,
        { run, key, now, startedAt },
      );
    } else {
      this.#run("UPDATE task_runs SET ended_at = $now, outcome = 'completed', summary = 'done' WHERE id = $run", {
        now,
        run,
      });
    }
    const open = openInTask
      ? ", last_run_id = $run, run_claimer = NULL, run_expires_at = NULL, run_ttl_seconds = NULL, run_heartbeat_at = NULL, run_started_at = NULL"
      : "";
    const params = openInTask ? { now, run } : { now };
    this.#move(key, `status = 'done', current_run_id = NULL, completed_at = $now, failures = 0${open}`, params, event);
    const moved = folded ? (["running", "done"] as const) : undefined;
    this.#event(key, run, "completed", '{"result_len":0,"summary":"done"}', last?.last_event_id ?? null, moved);
    this.#get("SELECT child_key FROM task_links WHERE parent_key = $key", { key });
  }

  #move(key: number, set: string, params: Record<string, number>, event: number | null): void {
    const last = event === null ? "" : ", last_event_id = $event";
    const sql = `UPDATE tasks SET ${set}${last} WHERE key = $key`;
    const all = { ...params, key, ...(event === null ? {} : { event }) };
    if (this.traits.returning) this.#get(`${sql} RETURNING *`, all);
    else this.#run(sql, all);
  }

  #event(
    key: number,
    run: number | null,
    kind: string,
    payload: string,
    prev: number | null,
    moved?: readonly (string | null)[],
  ): void {
    const more = [
      ...(this.traits.chained ? ["prev_id"] : []),
      ...(moved === undefined ? [] : ["moved_from", "moved_to"]),
    ];
    const extra = {
      ...(this.traits.chained ? { prev_id: prev } : {}),
      ...(moved === undefined ? {} : { moved_from: moved[0]!, moved_to: moved[1]! }),
    };
    this.#run(
      `INSERT INTO task_events (task_key, run_id, kind, actor, payload, created_at${more.map((name) => `, ${name}`).join("")})
       VALUES ($key, $run, $kind, 'bench', $payload, $now${more.map((name) => `, $${name}`).join("")})`,
      { key, run, kind, payload, now: Date.now(), ...extra },
    );
  }

  #nextEvent(): number {
    return this.#get<{ id: number }>("SELECT coalesce(max(id), 0) + 1 AS id FROM task_events")!.id;
  }

  #write<T>(act: () => T): T {
    this.#run("BEGIN IMMEDIATE");
    const result = act();
    this.#run("COMMIT");
    return result;
  }

  #run(sql: string, params: Record<string, string | number | null> = {}) {
    return this.#prepared(sql).run(params);
  }

  #get<Row>(sql: string, params: Record<string, string | number | null> = {}): Row | null {
    return this.#prepared(sql).get(params) as Row | null;
  }

  #prepared(sql: string): Statement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) this.#statements.set(sql, (statement = this.db.prepare(sql)));
    return statement;
  }
}
