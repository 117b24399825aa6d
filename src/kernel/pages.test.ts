import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { statSync } from "node:fs";
import { tempDir } from "../testing/mod.ts";
import {
  type Board,
  claimNext,
  type Claimed,
  closeBoard,
  completeAndClaimNext,
  completeTask,
  createTask,
  heartbeat,
  openBoard,
} from "./mod.ts";

// Dirty WAL pages per operation decide how fast a write is, and can be asserted without a clock.
const PAGE_BYTES = 4_096 + 24;
const ROUNDS = 2_000;
const dir = tempDir();
let board: Board;
const claims: Claimed[] = [];

beforeAll(() => {
  board = openBoard(`${dir.path}/kanban.db`);
  board.db.run("PRAGMA wal_autocheckpoint = 0");
  // A board with some depth, so that every index has several pages to be hit.
  for (let i = 0; i < 5_000; i++) {
    createTask(board, { title: `task ${i}`, assignee: `profile-${i % 3}`, priority: i % 5, tenant: `tenant-${i % 2}` });
  }
});
afterAll(() => {
  closeBoard(board);
  dir.remove();
});

function pagesPer(rounds: number, act: (round: number) => void): number {
  const before = statSync(`${board.path}-wal`).size;
  for (let round = 0; round < rounds; round++) act(round);
  const pages = (statSync(`${board.path}-wal`).size - before) / PAGE_BYTES / rounds;
  return Math.round(pages * 10) / 10; // To a tenth: where the random ids split pages moves the next digit.
}

describe("written pages per operation", () => {
  test("create: at most 6.5", () => {
    expect(
      pagesPer(ROUNDS, (i) => createTask(board, { title: `new ${i}`, assignee: "profile-0" })),
    ).toBeLessThanOrEqual(6.5);
  });

  test("claim: at most 9.5", () => {
    expect(pagesPer(ROUNDS, () => claims.push(claimNext(board, { claimer: "w" })!))).toBeLessThanOrEqual(9.5);
  });

  test("heartbeat: at most 3.5", () => {
    expect(pagesPer(ROUNDS, (i) => heartbeat(board, claims[i]!.task.id, { runId: claims[i]!.run.id }))).toBeLessThan(
      3.5,
    );
  });

  test("complete: at most 8.5", () => {
    const complete = (i: number) =>
      completeTask(board, claims[i]!.task.id, { runId: claims[i]!.run.id, summary: "translated" });
    expect(pagesPer(ROUNDS, complete)).toBeLessThanOrEqual(8.5);
  });

  test("complete and claim the next in one transaction: at most 11", () => {
    let mine = claimNext(board, { claimer: "w" })!;
    const step = () => {
      mine = completeAndClaimNext(board, mine.task.id, { runId: mine.run.id }, { claimer: "w" }).next!;
    };
    expect(pagesPer(ROUNDS, step)).toBeLessThan(11);
  });
});
