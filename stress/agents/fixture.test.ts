import { describe, expect, test } from "bun:test";
import { fixtureOf } from "./fixture.ts";
import type { Played } from "./scenarios.ts";

const PLAYED: Played = {
  scenario: "limit",
  outcome: "crashed",
  exit_code: 1,
  signal: null,
  summary: null,
  error: null,
  usage: null,
  session_id: null,
  seconds: 1,
  first_request_seconds: null,
  requests: [],
  output: "",
  failures: 0,
  comments: [],
  commits: [],
};

/** The lines of the fixture of these printed lines, parsed. */
function linesOf(printed: readonly (string | object)[], replaced: [string, string][] = []): unknown[] {
  const output = printed.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n");
  const text = fixtureOf({ agent: "codex", package: "codex@1", played: { ...PLAYED, output }, replaced });
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(20_480);
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

describe("fixtureOf()", () => {
  test("begins with the run and keeps events and other lines in order", () => {
    const lines = linesOf([{ type: "a", n: 1 }, "", "\x1b[31mred\x1b[0m words\r", "{ broken"]);

    expect(lines).toEqual([
      { agent: "codex", package: "codex@1", scenario: "limit", exit_code: 1, signal: null },
      { type: "a", n: 1 },
      "red words",
      "{ broken",
    ]);
  });

  test("replaces what belongs to this machine, inside of events too", () => {
    const lines = linesOf(
      [{ cwd: "/mnt/limit/home/x", key: "k-1" }],
      [
        ["/mnt/limit", "/home/ann"],
        ["k-1", "(key)"],
      ],
    );

    expect(lines[1]).toEqual({ cwd: "/home/ann/home/x", key: "(key)" });
  });

  test("cuts long texts and lists, and keeps the last of many alike", () => {
    const chunks = Array.from({ length: 50 }, (_, n) => ({ type: "chunk", text: `piece ${n}` }));
    const lines = linesOf([{ text: "é".repeat(5_000), tools: [1, 2, 3, 4, 5, 6] }, ...chunks, { type: "end" }]);

    expect(lines[1]).toEqual({ text: `${"é".repeat(400)}…`, tools: [1, 2, 3, 4] });
    expect(lines.slice(-2)).toEqual([{ type: "chunk", text: "piece 49" }, { type: "end" }]);
    expect(lines.length).toBeLessThan(12);
  });

  test("keeps one line of a stack", () => {
    expect(linesOf(["Error: no", "    at a (x.js:1)", "    at b (y.js:2)", "then"]).slice(1)).toEqual([
      "Error: no",
      "    at a (x.js:1)",
      "then",
    ]);
  });

  test("keeps the beginning and the end of what is still too long", () => {
    const kinds = Array.from({ length: 2_000 }, (_, n) => ({ [n % 2 === 0 ? "a" : "b"]: n, text: "é".repeat(100) }));
    const lines = linesOf(kinds);

    expect(lines[1]).toEqual(kinds[0]);
    expect(lines.at(-1)).toEqual(kinds.at(-1));
    expect(lines).toContain("(lines were left out here)");
  });
});
