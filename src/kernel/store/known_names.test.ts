import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { boardFile, plansOf } from "../../testing/kernel.ts";
import { testBoard } from "../../testing/mod.ts";
import {
  addComment,
  addPerson,
  asActor,
  claimForWorker,
  claimTask,
  closeBoard,
  createTask,
  openBoard,
  peopleNames,
  standingOf,
} from "../mod.ts";
import { FIRST_VERSION, MIGRATIONS } from "./migrations.ts";
import { knownAs, listKnownPeople } from "./known_names.ts";

const NOBODY = { names: new Set<string>(), people: new Set<string>() };
const PROFILES = new Map([["coder", { max_running: null, max_runtime_seconds: null }]]);
const WORKERS = { claimer: "host:1", boot_id: "boot", profiles: PROFILES, maxWorkers: 9 };

describe("the names of a board", () => {
  test("are those that people created, commented, claimed and signed in with", () => {
    const t = testBoard("ann");
    const { id } = t.ready({ created_by: "bob" });
    addComment(t.board, id, { body: "hm", author: "cleo" });
    claimTask(asActor(t.board, "dora"), id, { claimer: "dora@host:1" });
    t.clock.ms += 5;
    addPerson(t.board, "eve");

    expect(listKnownPeople(t.board).map(({ name }) => name)).toEqual(["bob", "cleo", "dora", "eve"]);
    expect(listKnownPeople(t.board).at(-1)).toEqual({ name: "eve", since: t.clock.ms });
  });

  test("are neither those that agents use nor those of our programs", () => {
    const t = testBoard("dashboard");
    const { id } = t.ready();
    addComment(t.board, id, { body: "hm", author: "ceo", via: "coder" });
    t.ready({ created_by: "planner", from_task: id });
    claimForWorker(t.board, WORKERS);
    addPerson(t.board, "dashboard");

    expect(listKnownPeople(t.board)).toEqual([]);
    expect(["ceo", "planner", "dashboard", "coder"].map((name) => knownAs(t.board, name))).toEqual([
      null,
      null,
      null,
      "worker",
    ]);
  });

  test("belong to who used them last: a profile that is gone may have been a person's name", () => {
    const t = testBoard();
    t.ready();
    claimForWorker(t.board, WORKERS);
    expect(standingOf(t.board, "coder", NOBODY)).toBe("missing");

    addPerson(t.board, "coder");
    expect(standingOf(t.board, "coder", NOBODY)).toBe("person");

    t.ready();
    claimForWorker(t.board, WORKERS);
    expect(standingOf(t.board, "coder", NOBODY)).toBe("missing");
  });

  test("are not written again by who is known already, so that signing in takes no lock", () => {
    const path = boardFile();
    const board = openBoard(path, { actor: "ann" });
    addPerson(board, "eve");
    const other = openBoard(path, { busyMs: 0 });
    other.db.run("BEGIN IMMEDIATE");

    expect(() => addPerson(board, "eve")).not.toThrow();

    other.db.run("ROLLBACK");
    closeBoard(other);
    closeBoard(board);
  });

  test("cost one row by its key", () => {
    const { board } = testBoard();

    const plans = plansOf(board, () => standingOf(board, "x", NOBODY));

    expect(plans.flat()).toEqual([expect.stringMatching(/^SEARCH known_names USING PRIMARY KEY/)]);
  });
});

describe("a board of the version before", () => {
  test("gathers them when it is opened: from tasks, comments and runs, profiles first", () => {
    const path = boardFile();
    const before = openBoard(path, { actor: "dashboard" });
    const { task } = createTask(before, { title: "a", assignee: "coder", created_by: "bob" });
    addComment(before, task.id, { body: "hm", author: "cleo" });
    addComment(before, task.id, { body: "hm", author: "ceo", via: "coder" });
    createTask(before, { title: "b", created_by: "coder" });
    claimForWorker(before, WORKERS);
    closeBoard(before);
    const db = new Database(path);
    const entry = MIGRATIONS.findIndex((sql) => sql.includes("CREATE TABLE known_names"));
    const later = MIGRATIONS.slice(entry).flatMap((sql) => [...sql.matchAll(/CREATE TABLE (\w+)/g)]);
    for (const [, table] of later) db.run(`DROP TABLE ${table}`);
    db.run(`PRAGMA user_version = ${FIRST_VERSION + entry}`);
    db.close();

    const after = openBoard(path, { actor: "ann" });

    expect(peopleNames(after, NOBODY)).toEqual(["bob", "cleo"]);
    expect(knownAs(after, "coder")).toBe("worker");
    closeBoard(after);
  });
});
