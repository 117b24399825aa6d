import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { fingerprint } from "./fingerprint.ts";

/** A database that has given back several pages: what was deleted leaves them unused. */
function withUnusedPages(): Database {
  const db = new Database(":memory:");
  db.run("CREATE TABLE texts (body TEXT)");
  for (let i = 0; i < 8; i++) db.run("INSERT INTO texts VALUES (?)", ["x".repeat(10_000)]);
  db.run("DELETE FROM texts WHERE rowid > 2");
  return db;
}

test("a rollback leaves it, although SQLite leaves garbage in the pages that it had taken", () => {
  const db = withUnusedPages();
  const [bytes, before] = [Bun.hash(db.serialize()), fingerprint(db)];

  db.run("BEGIN");
  db.run("INSERT INTO texts VALUES (?)", ["y".repeat(30_000)]);
  db.run("ROLLBACK");

  expect(fingerprint(db)).toBe(before);
  expect(Bun.hash(db.serialize())).not.toBe(bytes);
});

test("one changed letter changes it, with unused pages and without", () => {
  const db = withUnusedPages();
  const before = fingerprint(db);
  db.run("UPDATE texts SET body = 'z' || substr(body, 2) WHERE rowid = 1");
  const after = fingerprint(db);
  expect(after).not.toBe(before);
  db.run("VACUUM");
  const packed = fingerprint(db);
  db.run("UPDATE texts SET body = 'x' || substr(body, 2) WHERE rowid = 1");
  expect(fingerprint(db)).not.toBe(packed);
});
