/**
 * Makes boards of version 1 without the kernel: what programs from 0.1.0 on left in the world, kept so that
 * every later program can be tried on it.
 *
 * The tables are the frozen text of `schema.sql`, the rows the stories of `acts.ts`, written by plain SQL. The
 * same seed makes the same board. As a program: `bun stress/v1/board.ts FILE --tasks 1000000 --seed 1 --version 8`.
 *
 * @module
 */
import { Database, type Statement } from "bun:sqlite";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Random } from "../random.ts";
import { Fleet } from "./fleet.ts";
import type { Row, Sink, TableName } from "./rows.ts";

const APPLICATION_ID = 0x6b62616e;
/** The entries of the frozen schema; a board that stopped at entry n has user_version n. */
export const ENTRIES: readonly string[] = readFileSync(join(import.meta.dir, "schema.sql"), "utf8")
  .split(/^-- entry \d+$/m)
  .slice(1);

/** The newest version whose tables are the frozen ones. */
export const V1_LATEST = ENTRIES.length;

export interface V1Options {
  tasks: number;
  /** The same seed makes the same board; default 1. */
  seed?: number;
  /** PRAGMA user_version, 1 to `V1_LATEST`, which is the default. */
  version?: number;
  /** When the board was last written to, in epoch milliseconds; default a fixed instant. */
  now?: number;
  /** The age from which events of finished tasks are gone, as after gc; default 90 of the board's 120 days. */
  retentionDays?: number;
}

/** Rows per transaction. */
const BATCH = 20_000;
/** 2025-11-01: any instant does, but it must be the same at every run. */
const NOW = 1_761_955_200_000;

/** Writes a version 1 board to `path`, which must not exist. */
export function makeV1Board(path: string, options: V1Options): void {
  const { tasks, seed = 1, version = V1_LATEST, now = NOW, retentionDays = 90 } = options;
  if (!Number.isInteger(version) || version < 1 || version > V1_LATEST) {
    throw new RangeError(`Cannot make a board of version ${version}: it must be 1 to ${V1_LATEST}`);
  }
  if (existsSync(path)) throw new Error(`Cannot make a board at ${path}: something is there`);
  const db = new Database(path, { create: true, strict: true });
  try {
    // Nothing of a board that is half made is worth anything.
    for (const pragma of ["synchronous = OFF", "journal_mode = MEMORY", "foreign_keys = OFF", "cache_size = -262144"]) {
      db.run(`PRAGMA ${pragma}`);
    }
    db.run("BEGIN IMMEDIATE");
    for (const sql of ENTRIES.slice(0, version)) db.run(sql);
    db.run(`PRAGMA application_id = ${APPLICATION_ID}`);
    db.run(`PRAGMA user_version = ${version}`);
    db.run("COMMIT");
    const writer = new Writer(db);
    new Fleet({ tasks, now, version, retentionDays, random: new Random(seed), sink: writer }).play();
    writer.end();
    db.run("PRAGMA journal_mode = WAL");
  } finally {
    db.close();
  }
}

/** Inserts rows in large transactions. A column that the board's version has not is left out, a table too. */
class Writer implements Sink {
  readonly #inserts = new Map<TableName, { statement: Statement; columns: string[] } | null>();
  #rows = 0;

  constructor(readonly db: Database) {
    db.run("BEGIN IMMEDIATE");
  }

  put(table: TableName, row: Row): void {
    const insert = this.#insertOf(table);
    if (insert === null) return;
    insert.statement.run(...insert.columns.map((column) => row[column] ?? null));
    if (++this.#rows % BATCH !== 0) return;
    this.db.run("COMMIT");
    this.db.run("BEGIN IMMEDIATE");
  }

  setPaused(by: string, at: number): void {
    this.db.run("UPDATE board_state SET paused = 1, paused_by = ?, paused_at = ?", [by, at]);
  }

  end(): void {
    this.db.run("COMMIT");
    for (const insert of this.#inserts.values()) insert?.statement.finalize();
  }

  #insertOf(table: TableName): { statement: Statement; columns: string[] } | null {
    const known = this.#inserts.get(table);
    if (known !== undefined) return known;
    // table_info leaves generated columns out, which is what an INSERT needs.
    const columns = this.db
      .query<{ name: string }, [string]>("SELECT name FROM pragma_table_info(?)")
      .all(table)
      .map(({ name }) => name);
    const made =
      columns.length === 0
        ? null
        : {
            columns,
            statement: this.db.prepare(
              `INSERT INTO ${table} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`,
            ),
          };
    this.#inserts.set(table, made);
    return made;
  }
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      tasks: { type: "string", default: "1000" },
      seed: { type: "string", default: "1" },
      version: { type: "string", default: String(V1_LATEST) },
      now: { type: "string", default: String(NOW) },
      "retention-days": { type: "string", default: "90" },
    },
  });
  const [path] = positionals;
  if (path === undefined) throw new Error("Name the file to make: bun stress/v1/board.ts FILE --tasks 1000");
  const started = performance.now();
  const options = {
    seed: +values.seed,
    version: +values.version,
    now: +values.now,
    retentionDays: +values["retention-days"],
  };
  makeV1Board(path, { tasks: +values.tasks, ...options });
  console.log(`${path}: ${values.tasks} tasks in ${((performance.now() - started) / 1_000).toFixed(1)} s`);
}
