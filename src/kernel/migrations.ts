/**
 * The version of the tables, and an append-only list of changes to them.
 *
 * @module
 */
import { TABLES_OF_TASKS } from "./tables.ts";
import { TABLES_AROUND } from "./tables_around.ts";

/** Marks the file as ours ("kban"), so that another program's database is never written to. */
export const APPLICATION_ID = 0x6b62616e;

/**
 * PRAGMA user_version of a board with these tables. The tens count designs of the tables: 1 to 10 were the first
 * one, which `upgrade.ts` rewrites; the ones count the entries of `MIGRATIONS`.
 */
export const FIRST_VERSION = 20;

/** What makes the tables of a new board. */
export const TABLES = `${TABLES_OF_TASKS}
${TABLES_AROUND}`;

/** Changes to these tables since. Never edit an entry that has shipped; append one. */
export const MIGRATIONS: readonly string[] = [];

/** The version of the schema that this program reads and writes. */
export const schemaVersion = FIRST_VERSION + MIGRATIONS.length;
