/**
 * A board of the first design, and what must be true of it after an attempt to upgrade it, however that ended.
 *
 * @module
 */
import { Database } from "bun:sqlite";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { schemaVersion } from "../../src/kernel/mod.ts";
import { violationsIn } from "../invariants.ts";
import { cli, type Place, placeAt } from "../program.ts";
import { makeV1Board, V1_LATEST } from "../v1/board.ts";

/** Enough for tables of many pages, few enough to be upgraded a thousand times. */
const TASKS = 200;

/** The command that opens the board: its answer says how many tasks there are. */
export const OPENS = ["stats", "--json"] as const;

/** Makes a home whose board an older program wrote. */
export function makeOldHome(dir: string, seed: number): void {
  const { home } = placeAt(dir);
  mkdirSync(dir, { mode: 0o700 });
  makeV1Board(home.db, { tasks: TASKS, seed });
}

/** What the board of a home has to say before and after its upgrade. */
export interface Contents {
  readonly old: string;
  readonly upgraded: string;
}

/** A digest of every row of every table. */
export function rowsOf(path: string): string {
  const db = new Database(path, { readonly: true });
  try {
    const rows = tablesOf(db).map((name) => [name, db.query(`SELECT * FROM ${name} ORDER BY 1, 2`).values()]);
    return String(Bun.hash(JSON.stringify(rows)));
  } finally {
    db.close();
  }
}

/** What is wrong right after an attempt that was hit, before anybody else has opened the board. */
export function wrongAtOnce(
  { home }: Place,
  { old, upgraded }: Contents,
  { code, stdout }: { code: number; stdout: string },
): string[] {
  const version = versionOf(home.db);
  const wrong = wrongCopies(home.db, old);
  if (version !== V1_LATEST && version !== schemaVersion) wrong.push(`its schema is ${version}`);
  if (rowsOf(home.db) !== (version === V1_LATEST ? old : upgraded))
    wrong.push(`at schema ${version} rows are missing or changed`);
  if (version === V1_LATEST && stdout !== "") wrong.push("a command answered from a board that it had not upgraded");
  if (version === schemaVersion && copiesOf(home.db).length === 0) wrong.push("upgraded, and there is no copy");
  if (version === V1_LATEST && code === 1 && besides(home.db).length > 0) {
    wrong.push(`an upgrade that failed left ${besides(home.db).join(", ")}`);
  }
  return wrong;
}

/** What is wrong after the next command, which nothing has hit. */
export async function wrongInTheEnd(place: Place, { old, upgraded }: Contents): Promise<string[]> {
  const { db } = place.home;
  const { code, stderr } = await cli(place, OPENS);
  if (code !== 0) return [`the next command failed: ${stderr}`];
  const wrong = wrongCopies(db, old);
  if (versionOf(db) !== schemaVersion) wrong.push(`the next command left schema ${versionOf(db)}`);
  if (rowsOf(db) !== upgraded) wrong.push("rows are missing or changed");
  if (!existsSync(`${db}.v1.bak`)) wrong.push("there is no kanban.db.v1.bak");
  const left = besides(db).length - copiesOf(db).length;
  if (left > 0) wrong.push("a copy that was not finished is left");
  if (copiesOf(db).length > 2) wrong.push(`${copiesOf(db).length} copies are left`);
  return [...wrong, ...violationsIn(db, { collected: true })];
}

/** Copies under a final name: each must be the old board, whole. */
function wrongCopies(path: string, old: string): string[] {
  return copiesOf(path).flatMap((copy) => {
    try {
      return isSound(copy) && versionOf(copy) === V1_LATEST && rowsOf(copy) === old
        ? []
        : [`${basename(copy)} is not what the board was`];
    } catch (error) {
      return [`${basename(copy)} cannot be read: ${String(error)}`];
    }
  });
}

/** Files beside the board that an upgrade made. */
function besides(path: string): string[] {
  return readdirSync(dirname(path)).filter((name) => name.startsWith(`${basename(path)}.v1.bak`));
}

function copiesOf(path: string): string[] {
  return besides(path)
    .filter((name) => /\.bak(\.\d+)?$/.test(name))
    .map((name) => join(dirname(path), name));
}

function tablesOf(db: Database): string[] {
  return db
    .query<{ name: string }, []>(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
    )
    .all()
    .map(({ name }) => name);
}

function isSound(path: string): boolean {
  return pragma<{ integrity_check: string }>(path, "integrity_check").integrity_check === "ok";
}

function versionOf(path: string): number {
  return pragma<{ user_version: number }>(path, "user_version").user_version;
}

function pragma<Row>(path: string, name: string): Row {
  const db = new Database(path, { readonly: true });
  try {
    return db.query<Row, []>(`PRAGMA ${name}`).get()!;
  } finally {
    db.close();
  }
}
