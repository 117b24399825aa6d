import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { refusal } from "../testing/mod.ts";
import {
  checkWorkspace,
  expandHome,
  NAME_PATTERN,
  parseDuration,
  parseInstant,
  parsePriority,
  parseSkills,
  parseWorkspace,
} from "./mod.ts";

function refuses(fn: () => unknown, message: string | RegExp): void {
  const error = refusal(fn);
  expect(error.message).toMatch(message);
  expect(error.code).toBe("invalid");
}

describe("parseDuration()", () => {
  test.each([
    ["90", 90],
    ["30s", 30],
    ["30m", 1_800],
    ["2h", 7_200],
    ["1d", 86_400],
    ["36525d", 3_155_760_000],
    ["0", 0],
    [" 5m ", 300],
  ])("%j is %i seconds", (text, seconds) => {
    expect(parseDuration(text, "ttl")).toBe(seconds);
  });

  test.each(["", "h", "-1", "1.5h", "1w", "2 h", "1h30m", "1e3", "٣", "0x10", "3155760001", "40000d", "9".repeat(30)])(
    "refuses %j",
    (text) => {
      refuses(
        () => parseDuration(text, "ttl"),
        /^Cannot use ttl: it must be a duration such as 90, 30s, 30m, 2h or 1d .*, got "/,
      );
    },
  );

  test("any whole number of any unit is that many seconds", () => {
    const unit = fc.constantFrom(["s", 1], ["m", 60], ["h", 3_600], ["d", 86_400], ["", 1]);
    fc.assert(
      fc.property(
        fc.nat(36_000),
        unit,
        (n, [letter, seconds]) => parseDuration(`${n}${letter}`, "x") === n * Number(seconds),
      ),
    );
  });
});

describe("parsePriority()", () => {
  test.each<[string | number, number]>([
    ["urgent", 4],
    ["high", 3],
    ["medium", 2],
    ["low", 1],
    ["none", 0],
    ["P0", 4],
    ["p1", 3],
    ["P2", 2],
    ["p3", 1],
    ["P4", 0],
    [" High ", 3],
    ["7", 7],
    ["-3", -3],
    ["+2", 2],
    [0, 0],
    [-1_000_000, -1_000_000],
  ])("%j is %i", (text, priority) => {
    expect(parsePriority(text)).toBe(priority);
  });

  test.each(["", "P5", "p", "highest", "1.5", "1e3", "0x1", "constructor", "__proto__", "9999999999", "1000001"])(
    "refuses %j",
    (text) => {
      refuses(
        () => parsePriority(text),
        /^Cannot use priority: it must be a whole number, P0 to P4, or urgent, .*, got "/,
      );
    },
  );

  test.each([1.5, Number.NaN, Number.POSITIVE_INFINITY, 1_000_001])("refuses %p", (value) => {
    refuses(() => parsePriority(value, "prio"), /^Cannot use prio: /);
  });
});

describe("parseInstant()", () => {
  const NOW = Date.UTC(2026, 0, 1);

  test.each([
    ["2h", NOW + 7_200_000],
    ["90", NOW + 90_000],
    ["2026-12-01T08:00Z", Date.UTC(2026, 11, 1, 8)],
    ["2026-12-01T08:00:30.500Z", Date.UTC(2026, 11, 1, 8, 0, 30, 500)],
    ["2026-12-01T08:00+02:00", Date.UTC(2026, 11, 1, 6)],
    ["2026-12-01 08:00Z", Date.UTC(2026, 11, 1, 8)],
    ["2028-02-29T00:00Z", Date.UTC(2028, 1, 29)],
  ])("%j", (text, at) => {
    expect(parseInstant(text, NOW, "not_before")).toBe(at);
  });

  test("without a zone it is local time", () => {
    expect(parseInstant("2026-12-01", NOW, "x")).toBe(new Date(2026, 11, 1).getTime());
    expect(parseInstant("2026-12-01T08:00", NOW, "x")).toBe(new Date(2026, 11, 1, 8).getTime());
  });

  test.each([
    "",
    "tomorrow",
    "-2h",
    "2026-12",
    "2026-13-01",
    "2026-02-30",
    "2026-02-29",
    "2026-12-01T",
    "2026-12-01T25:00",
    "2026-12-01T08:00 junk",
    "2026-12-01 08:00 +02:00 x",
    "12/01/2026",
    "2026-12-01T08:60Z",
    "NaN",
  ])("refuses %j", (text) => {
    refuses(
      () => parseInstant(text, NOW, "not_before"),
      /^Cannot use not_before: it must be a duration from now \(2h\) or a date such as /,
    );
  });
});

describe("parseSkills()", () => {
  test("trims and drops repeats in order", () => {
    expect(parseSkills([" git", "sql", "git ", "a.b-c_d", "0"])).toEqual(["git", "sql", "a.b-c_d", "0"]);
    expect(parseSkills([])).toEqual([]);
  });

  test.each<[unknown]>([
    [""],
    ["Git"],
    ["git,sql"],
    ["git sql"],
    ["../x"],
    [".git"],
    ["-rf"],
    ["é"],
    ["x".repeat(65)],
    ["a\nb"],
    ["a\0"],
    [null],
    [5],
  ])("refuses %j", (name) => {
    refuses(() => parseSkills([name as string]), /^Cannot use skill: /);
  });

  test("refuses what is no list", () => {
    refuses(() => parseSkills("git" as never), "Cannot use skills: it must be a list of names");
  });

  test("a name that passes is safe as one segment of a path and as one element of an argv", () => {
    fc.assert(
      fc.property(fc.stringMatching(NAME_PATTERN), (name) => {
        expect(name).not.toMatch(/[/\\\s\0,]/);
        expect(name).not.toMatch(/^[.-]/);
      }),
    );
    expect(NAME_PATTERN.test("ok\n")).toBe(false);
  });
});

describe("parseWorkspace()", () => {
  test.each<[string, object]>([
    ["scratch", { workspace_kind: "scratch", workspace_path: null }],
    ["worktree", { workspace_kind: "worktree", workspace_path: null }],
    ["worktree:/repo/x", { workspace_kind: "worktree", workspace_path: "/repo/x" }],
    ["worktree:", { workspace_kind: "worktree", workspace_path: null }],
    ["dir:/a b/ü🗂", { workspace_kind: "dir", workspace_path: "/a b/ü🗂" }],
    ["dir:C:\\x", { workspace_kind: "dir", workspace_path: "C:\\x" }],
    ["dir:~/src", { workspace_kind: "dir", workspace_path: "/home/me/src" }],
    ["dir:~", { workspace_kind: "dir", workspace_path: "/home/me" }],
    ["dir:~you/src", { workspace_kind: "dir", workspace_path: "~you/src" }],
    ["dir:relative", { workspace_kind: "dir", workspace_path: "relative" }],
  ])("%j", (text, workspace) => {
    expect(parseWorkspace(text, "/home/me")).toEqual(workspace as never);
  });

  test.each([
    ["", 'got ""'],
    ["cloud", 'got "cloud"'],
    ["Scratch", 'got "Scratch"'],
    ["dir", "got dir without a path"],
    ["dir:", "got dir without a path"],
    ["dir: ", "got dir without a path"],
    ["scratch:/x", "got a path for scratch"],
    ["scratch:", "got a path for scratch"],
    ["dir:/a\0b", "without NUL"],
    ["\u001b[2J", 'got "\ufffd[2J"'],
  ])("refuses %j", (text, message) => {
    refuses(() => parseWorkspace(text, "/home/me"), message);
  });

  test("checkWorkspace() trims the path; expandHome() leaves other paths alone", () => {
    expect(checkWorkspace("dir", " /x ").workspace_path).toBe("/x");
    expect(expandHome("/a/~/b", "/home/me")).toBe("/a/~/b");
  });
});
