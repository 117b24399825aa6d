import { describe, expect, test } from "bun:test";
import { KanbanError } from "../kernel/mod.ts";
import { backoffMs, machineTrouble } from "./breaker.ts";

describe("backoffMs()", () => {
  test("doubles from one second to five minutes, less up to a quarter", () => {
    const longest = Array.from({ length: 12 }, (_, i) => backoffMs(i + 1, () => 0) / 1_000);

    expect(longest).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
    expect(backoffMs(1, () => 0.999)).toBeCloseTo(750, -1);
    expect(backoffMs(100_000, () => 0)).toBe(300_000);
  });
});

describe("machineTrouble()", () => {
  test("knows failures of the machine, also as the cause of an error of the board", () => {
    const full = Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
    const refused = new KanbanError("refused", "Cannot write to the board: the disk is full");
    refused.cause = Object.assign(new Error("database or disk is full"), { code: "SQLITE_FULL" });

    expect(machineTrouble(full)).toBe("no space left on device");
    expect(machineTrouble(refused)).toBe("Cannot write to the board: the disk is full");
  });

  test("leaves the task's own failures to the task", () => {
    expect(machineTrouble(new KanbanError("refused", "program not found"))).toBeNull();
    expect(machineTrouble(Object.assign(new Error("no such file"), { code: "ENOENT" }))).toBeNull();
    expect(machineTrouble("text")).toBeNull();
  });
});
