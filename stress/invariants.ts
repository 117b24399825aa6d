/**
 * The judge: reads a board's database and returns every broken promise in words.
 *
 * The rules of `rules.ts` run as one statement, so that fifty thousand checks of a fuzz run cost
 * seconds. Outside the kernel this file alone runs SQL on a board.
 *
 * @module
 */
import { Database, type Statement } from "bun:sqlite";
import { BACKSTOPS, PROBE, RULES, STORY } from "./rules.ts";

export interface JudgeOptions {
  /** Starts that were put off until this instant or before have been promoted; default: none was. */
  settledAt?: number;
  /** gc has removed events: rules that need a task's whole story are not asked. */
  collected?: boolean;
  /** Also SQLite's own checks and a walk of the graph: for the end of a suite. */
  deep?: boolean;
}

const ALL = RULES.map(
  ({ name, sql }) =>
    `SELECT '${name.replaceAll("'", "''")}' AS rule, what FROM (SELECT NULL AS what WHERE 0 UNION ALL ${sql})`,
).join(" UNION ALL ");

const prepared = new WeakMap<Database, Statement>();

/** Every violation on an open connection, in words; empty when every promise holds. */
export function violations(
  db: Database,
  { settledAt = 0, collected = false, deep = false }: JudgeOptions = {},
): string[] {
  let statement = prepared.get(db);
  if (statement === undefined) prepared.set(db, (statement = db.prepare(ALL)));
  const found = (statement.all({ settledAt, collected: collected ? 1 : 0 }) as { rule: string; what: string }[]).map(
    ({ rule, what }) => `${rule}: ${what}`,
  );
  return deep ? [...found, ...damage(db), ...(collected ? [] : stories(db))] : found;
}

/** Releases what `violations` prepared, so that the connection can be closed. */
export function forget(db: Database): void {
  prepared.get(db)?.finalize();
  prepared.delete(db);
}

/** Every violation of the board in a file and of its schema, found through a connection of its own. */
export function violationsIn(path: string, options: JudgeOptions = {}): string[] {
  const db = new Database(path, { readwrite: true, create: false, strict: true });
  try {
    db.run("PRAGMA busy_timeout = 10000");
    return [...violations(db, { deep: true, ...options }), ...storableLies(db)];
  } finally {
    forget(db);
    db.close();
  }
}

function stories(db: Database): string[] {
  const found = db.query<{ what: string }, []>(STORY).all();
  return found.map(({ what }) => `events tell a possible story: ${what}`);
}

/** What only SQLite itself, or a walk of the whole graph, can tell. */
function damage(db: Database): string[] {
  const integrity = db.query<{ integrity_check: string }, []>("PRAGMA integrity_check(5)").all();
  const keys = db.query<{ table: string; rowid: number }, []>("PRAGMA foreign_key_check").all();
  return [
    ...integrity
      .map((row) => row.integrity_check)
      .filter((text) => text !== "ok")
      .map((text) => `integrity: ${text}`),
    ...keys.map(({ table, rowid }) => `foreign keys: ${table} row ${rowid} refers to nothing`),
    ...inCycles(db).map((id) => `nothing waits for itself: ${id} does`),
  ];
}

/**
 * Tasks that wait for themselves, directly or through others: on what is left when the links whose ends lead nowhere
 * are taken away again and again. A query for all that lies below each task takes minutes at full scale.
 */
function inCycles(db: Database): string[] {
  let links = db.query("SELECT parent_key, child_key FROM task_links").values() as [number, number][];
  for (let before = Infinity; links.length < before;) {
    before = links.length;
    const parents = new Set(links.map(([parent]) => parent));
    const children = new Set(links.map(([, child]) => child));
    links = links.filter(([parent, child]) => children.has(parent) && parents.has(child));
  }
  const idOf = db.query<{ id: string }, [number]>("SELECT id FROM tasks WHERE key = ?");
  return [...new Set(links.map(([parent]) => parent))].slice(0, 5).map((key) => idOf.get(key)?.id ?? `task ${key}`);
}

/** Every bad state that the schema would store; tried in transactions that are taken back whatever happens. */
export function storableLies(db: Database): string[] {
  db.run("PRAGMA foreign_keys = ON");
  return BACKSTOPS.filter(([, steps]) => {
    db.run("BEGIN IMMEDIATE");
    try {
      for (const status of ["ready", "triage"]) {
        db.run("INSERT OR IGNORE INTO lanes (status, owner, project) VALUES (?, '', '')", [status]);
      }
      db.run(
        `INSERT INTO tasks (id, title, status, created_by, created_at, ready_at, lane)
         SELECT '${PROBE}', 'probe', 'ready', 'judge', 1, 1, key FROM lanes
         WHERE status = 'ready' AND owner = '' AND project = ''`,
      );
      for (const step of steps.slice(0, -1)) db.run(step);
      return !isRefused(db, steps.at(-1)!);
    } finally {
      db.run("ROLLBACK");
    }
  }).map(([what]) => `the schema refuses bad states: it would store ${what}`);
}

function isRefused(db: Database, sql: string): boolean {
  try {
    db.run(sql);
    return false;
  } catch (error) {
    if (error instanceof Error && "code" in error && String(error.code).startsWith("SQLITE_CONSTRAINT")) return true;
    throw error;
  }
}

/** Empties the log and stops checkpoints on a connection: from then on the log's size tells what was written. */
export function keepLog(db: Database): void {
  // A log that is begun anew keeps the size of its file until it is longer.
  db.run("PRAGMA wal_checkpoint(TRUNCATE)");
  db.run("PRAGMA wal_autocheckpoint = 0");
}

/** Totals that reports print; counted, not read from the board's own counters. */
export interface Census {
  tasks: number;
  runs: number;
  events: number;
  by_status: Record<string, number>;
  by_outcome: Record<string, number>;
  by_kind: Record<string, number>;
}

/** Counts the rows of a board's file. */
export function census(path: string): Census {
  const db = new Database(path, { readwrite: true, create: false, strict: true });
  try {
    db.run("PRAGMA busy_timeout = 10000");
    const group = (sql: string) =>
      Object.fromEntries(
        db
          .query<{ name: string; n: number }, []>(sql)
          .all()
          .map(({ name, n }) => [name, n]),
      );
    const by_status = group("SELECT status AS name, count(*) AS n FROM tasks GROUP BY 1");
    const by_outcome = group("SELECT coalesce(outcome, 'open') AS name, count(*) AS n FROM runs GROUP BY 1");
    const by_kind = group("SELECT kind AS name, count(*) AS n FROM task_events GROUP BY 1");
    const sum = (counts: Record<string, number>) => Object.values(counts).reduce((total, n) => total + n, 0);
    return { tasks: sum(by_status), runs: sum(by_outcome), events: sum(by_kind), by_status, by_outcome, by_kind };
  } finally {
    db.close();
  }
}
