import { describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { boardFile, plansOf } from "../../testing/kernel.ts";
import { refusal, testBoard } from "../../testing/mod.ts";
import { archiveTask, checkBoard, closeBoard, completeTask, createTask, openBoard, stuckTasks } from "../mod.ts";

describe("checkBoard()", () => {
  test("finds nothing on a board that is sound", () => {
    const { board, done, ready } = testBoard();
    ready({ parents: [done().id], tenant: "docs" });

    expect(checkBoard(board)).toEqual([]);
  });

  test("finds rows that point to nothing, and counters that are wrong", () => {
    const { board, ready } = testBoard();
    ready({ assignee: "coder", tenant: "docs" });
    board.db.run("PRAGMA foreign_keys = OFF");
    board.db.run("INSERT INTO task_comments (task_key, author, body, created_at) VALUES (99, 'a', 'b', 0)");
    board.db.run("UPDATE lanes SET n = 2");

    expect(checkBoard(board)).toEqual([
      "row 1 of task_comments points to nothing in tasks",
      'the counter of ready tasks of "coder" in "docs" says 3, there are 1',
    ]);
  });

  test("finds pages that were overwritten", () => {
    const path = boardFile();
    const board = openBoard(path);
    for (let i = 0; i < 300; i++) createTask(board, { title: `task ${i}`, body: "b".repeat(500) });
    board.db.run("PRAGMA wal_checkpoint(TRUNCATE)");
    board.db.run("PRAGMA journal_mode = DELETE");
    closeBoard(board);
    const bytes = readFileSync(path);
    bytes.fill(0xaa, bytes.length - 40 * 4_096, bytes.length - 20 * 4_096);
    writeFileSync(path, bytes);

    const damaged = openBoard(path);
    try {
      let found: string[] = [];
      const act = () => (found = checkBoard(damaged));
      // SQLite either lists what it finds or cannot go on at all; both must be said.
      try {
        act();
      } catch {
        expect(refusal(act).code).toBe("refused");
        return;
      }
      expect(found.length).toBeGreaterThan(0);
    } finally {
      closeBoard(damaged);
    }
  });
});

describe("stuckTasks()", () => {
  test("names what waits for a parent that was archived unfinished", () => {
    const { board, ready } = testBoard();
    const [a, b, c] = [ready().id, ready().id, ready().id];
    const stuck = ready({ title: "waits in vain", parents: [a, b, c] }).id;
    ready({ parents: [c] });
    const released = ready({ parents: [a] }).id;
    archiveTask(board, released);
    completeTask(board, c);
    archiveTask(board, c);

    archiveTask(board, a);
    archiveTask(board, b);

    expect(stuckTasks(board)).toEqual([{ id: stuck, title: "waits in vain", parents: [a, b] }]);
    expect(stuckTasks(board, 0)).toEqual([]);
  });

  test("looks only at what waits", () => {
    const { board } = testBoard();

    expect(plansOf(board, () => stuckTasks(board)).flat()[0]).toMatch(/^SEARCH t USING INDEX tasks_lanes \(lane=\?\)/);
  });
});
