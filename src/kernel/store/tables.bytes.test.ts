import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { statSync } from "node:fs";
import { tempDir } from "../../testing/mod.ts";
import {
  type Board,
  claimNext,
  claimTask,
  type Claimed,
  closeBoard,
  completeAndClaimNext,
  completeTask,
  createTask,
  heartbeat,
  openBoard,
} from "../mod.ts";

// What a write costs is the pages that it dirties, in bytes of the write-ahead log. They can be asserted without a clock.
const KB = 1_000;
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

/** Bytes of the log per round. */
function bytesPer(rounds: number, act: (round: number) => void): number {
  const before = statSync(`${board.path}-wal`).size;
  for (let round = 0; round < rounds; round++) act(round);
  return (statSync(`${board.path}-wal`).size - before) / rounds;
}

const complete = ({ task, run }: Claimed) => completeTask(board, task.id, { runId: run.id, summary: "translated" });

// The limits leave a twentieth for where the random ids split pages.
describe("bytes written per operation", () => {
  test("create: at most 12.6 KB", () => {
    const bytes = bytesPer(ROUNDS, (i) => createTask(board, { title: `new ${i}`, assignee: "profile-0" }));

    expect(bytes).toBeLessThan(12.6 * KB);
  });

  test("claim: at most 10.6 KB", () => {
    expect(bytesPer(ROUNDS, () => claims.push(claimNext(board, { claimer: "w" })!))).toBeLessThan(10.6 * KB);
  });

  test("heartbeat: at most 4.5 KB", () => {
    const beat = (i: number) => heartbeat(board, claims[i]!.task.id, { runId: claims[i]!.run.id });

    expect(bytesPer(ROUNDS, beat)).toBeLessThan(4.5 * KB);
  });

  test("complete: at most 11.9 KB", () => {
    expect(bytesPer(ROUNDS, (i) => complete(claims[i]!))).toBeLessThan(11.9 * KB);
  });

  test("complete and claim the next in one transaction: at most 15.6 KB", () => {
    let mine = claimNext(board, { claimer: "w" })!;
    const step = () => {
      mine = completeAndClaimNext(board, mine.task.id, { runId: mine.run.id }, { claimer: "w" }).next!;
    };

    expect(bytesPer(ROUNDS, step)).toBeLessThan(15.6 * KB);
  });

  test("a long body costs the changes of status nothing", () => {
    const body = "x".repeat(8 * KB);
    const ids = Array.from({ length: 200 }, () => createTask(board, { title: "long", body, assignee: "long" }).task.id);
    const taken: Claimed[] = [];

    expect(bytesPer(200, (i) => taken.push(claimTask(board, ids[i]!, { claimer: "w" })))).toBeLessThan(12.6 * KB);
    expect(bytesPer(200, (i) => complete(taken[i]!))).toBeLessThan(13.9 * KB);
  });
});
