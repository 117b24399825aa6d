import { describe, expect, test } from "bun:test";
import { Database, SQLiteError } from "bun:sqlite";
import { KanbanError } from "../errors.ts";
import { codeOf, explain, HINT_RESTORE, isBusy } from "./sqlite_errors.ts";

const failed = (code: string) => Object.assign(new Error("what SQLite says"), { code });

describe("explain()", () => {
  test.each([
    ["SQLITE_BUSY", "busy", "it must be free, another process holds its lock"],
    ["SQLITE_BUSY_SNAPSHOT", "busy", "it must be free, another process holds its lock"],
    ["SQLITE_LOCKED", "busy", "it must be free, another statement holds its lock"],
    ["SQLITE_NOTADB", "refused", "it must be a kanban board, the file is not a database"],
    ["SQLITE_CORRUPT_INDEX", "refused", "it must be intact, the file is damaged"],
    ["SQLITE_CANTOPEN_ISDIR", "refused", "its folder and file must be open to this user, they are not"],
    ["SQLITE_READONLY_DIRECTORY", "refused", "it must be writable, it is read-only"],
    ["SQLITE_FULL", "refused", "the disk must have room, it is full"],
    ["SQLITE_IOERR_WRITE", "refused", "the disk must answer, it reported an error"],
  ])("%s is %s: %s", (code, kind, found) => {
    const cause = failed(code);

    const error = explain(cause, "Cannot write to the board") as KanbanError;

    expect(error).toBeInstanceOf(KanbanError);
    expect(error).toMatchObject({ code: kind, message: `Cannot write to the board: ${found}`, cause });
    expect(error.hint!.length).toBeGreaterThan(10);
  });

  test.each<[string, unknown]>([
    ["a broken constraint", failed("SQLITE_CONSTRAINT_CHECK")],
    ["a wrong statement", failed("SQLITE_ERROR")],
    ["an error of our own", new KanbanError("conflict", "no")],
    ["a bug", new TypeError("x is undefined")],
    ["no error at all", "text"],
  ])("leaves %s what it is", (_what, error) => {
    expect(explain(error, "Cannot")).toBe(error);
  });

  test("says of a damaged file that nothing was changed and how to go on", () => {
    for (const code of ["SQLITE_CORRUPT", "SQLITE_NOTADB"])
      expect(explain(failed(code), "x")).toMatchObject({ hint: HINT_RESTORE });
    expect(HINT_RESTORE).toContain("restore a backup");
    // A worker that outlives the board would write under the run of another.
    expect(HINT_RESTORE).toContain("When no worker runs any more");
  });
});

test("codeOf() and isBusy() know SQLite's own errors", () => {
  let thrown: unknown;
  try {
    new Database(":memory:").run("SELEC 1");
  } catch (error) {
    thrown = error;
  }

  expect(thrown).toBeInstanceOf(SQLiteError);
  expect([codeOf(thrown), codeOf(new Error("x")), codeOf(null)]).toEqual(["SQLITE_ERROR", "", ""]);
  expect([isBusy(failed("SQLITE_BUSY_RECOVERY")), isBusy(thrown)]).toEqual([true, false]);
});
