import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { boardStats, checkBoard, closeBoard, openBoard } from "../../src/kernel/mod.ts";
import { census, violationsIn } from "../invariants.ts";
import { makeV1Board, V1_LATEST } from "./board.ts";

const dir = mkdtempSync(join(tmpdir(), "kanban-v1-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const SETTLED = { settledAt: Date.UTC(2025, 10, 1) };

test("the frozen tables are those that are in the world", () => {
  const text = readFileSync(join(import.meta.dir, "schema.sql"), "utf8");

  expect(new Bun.CryptoHasher("sha256").update(text).digest("hex")).toBe(
    "71611543d85527bd53caa7aa967565f61184270040874c4e40ae7f117a3f3ee9",
  );
});

test("the same seed makes the same board, another one another", () => {
  const hashOf = (name: string, seed: number) => {
    const path = join(dir, name);
    makeV1Board(path, { tasks: 60, seed });
    return Bun.hash(readFileSync(path));
  };

  expect(hashOf("a.db", 7)).toBe(hashOf("b.db", 7));
  expect(hashOf("c.db", 8)).not.toBe(hashOf("a2.db", 7));
});

test.each(Array.from({ length: V1_LATEST }, (_, i) => i + 1))(
  "a board of version %d is sound, and is opened with all it has",
  (version) => {
    const path = join(dir, `version-${version}.db`);
    makeV1Board(path, { tasks: 300, version, retentionDays: 1_000 });

    const board = openBoard(path);
    const { by_status } = boardStats(board);
    const wrong = checkBoard(board);
    closeBoard(board);

    expect(wrong).toEqual([]);
    expect(Object.values(by_status).every((n) => n > 0)).toBe(true);
    expect(violationsIn(path, SETTLED)).toEqual([]);
    const { tasks, by_outcome } = census(path);
    expect(tasks).toBe(300);
    expect(Object.keys(by_outcome)).toHaveLength(version < 6 ? 10 : 11);
  },
);

test("a board without tasks, and one whose old events gc has removed, are sound", () => {
  makeV1Board(join(dir, "none.db"), { tasks: 0 });
  makeV1Board(join(dir, "collected.db"), { tasks: 300 });

  for (const name of ["none.db", "collected.db"]) {
    const path = join(dir, name);
    closeBoard(openBoard(path));
    expect(violationsIn(path, { ...SETTLED, collected: true })).toEqual([]);
  }
});

test("refuses a version that never was and a file that is there", () => {
  expect(() => makeV1Board(join(dir, "x.db"), { tasks: 0, version: V1_LATEST + 1 })).toThrow("must be 1 to");
  expect(() => makeV1Board(import.meta.path, { tasks: 0 })).toThrow("something is there");
});
