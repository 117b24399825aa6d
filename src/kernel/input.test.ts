import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { refusal } from "../testing/mod.ts";
import {
  checkWorkspace,
  expandHome,
  firstLine,
  NAME_MAX,
  NAME_PATTERN,
  parseDuration,
  parseInstant,
  parsePriority,
  parseSkills,
  parseWorkspace,
  requireObject,
  requireText,
  TEXT_MAX,
  TITLE_MAX,
} from "./mod.ts";
import { optionalName, requireInteger, requireTitle } from "./input.ts";

function refuses(fn: () => unknown, message: string | RegExp): void {
  const error = refusal(fn);
  expect(error.message).toMatch(message);
  expect(error.code).toBe("invalid");
}

test("the limits of text", () => {
  expect({ TITLE_MAX, TEXT_MAX, NAME_MAX }).toEqual({ TITLE_MAX: 500, TEXT_MAX: 1_048_576, NAME_MAX: 200 });
});

describe("requireText()", () => {
  test("returns the text as it is given, up to 1 MiB of UTF-8", () => {
    expect(requireText(" a\n\t\u202e ", "note")).toBe(" a\n\t\u202e ");
    expect(requireText("é".repeat(TEXT_MAX / 2), "note").length).toBe(TEXT_MAX / 2);
  });

  test.each<[unknown, string]>([
    ["", "Cannot use note: it must be a text that is not blank, got a blank text"],
    [" \u00a0\n", "got a blank text"],
    [undefined, "got nothing"],
    [null, "got nothing"],
    [5, "it must be a text, got 5"],
    [["a"], "it must be a text, got a list"],
    [{}, "it must be a text, got an object"],
    ["a\0", "it must be a text without NUL, got a NUL character"],
    ["é".repeat(TEXT_MAX / 2 + 1), "it must be at most 1 MiB of text, got 1048578 bytes"],
  ])("refuses %p", (value, message) => {
    refuses(() => requireText(value, "note"), message);
  });
});

describe("optionalName()", () => {
  test("stores any text as given and takes blank for none", () => {
    expect(optionalName("  Ann Müller, Ops ", "assignee")).toBe("  Ann Müller, Ops ");
    expect([optionalName(null, "x"), optionalName(undefined, "x"), optionalName(" ", "x")]).toEqual([null, null, null]);
  });

  test("counts characters", () => {
    expect(optionalName("🗂".repeat(200), "assignee")).toHaveLength(400);
    refuses(
      () => optionalName("🗂".repeat(201), "assignee"),
      "Cannot use assignee: it must be at most 200 characters, got 201",
    );
  });
});

test("requireTitle() trims before it counts", () => {
  expect(requireTitle(` ${"x".repeat(500)} `)).toBe("x".repeat(500));
});

test("requireInteger() takes its limits and nothing beyond", () => {
  const limits = { min: 1, max: 3 };

  expect([1, 2, 3].map((n) => requireInteger(n, "n", limits))).toEqual([1, 2, 3]);
  for (const value of [0, 4, 1.5, Number.NaN, "2", null]) {
    refuses(() => requireInteger(value, "n", limits), "Cannot use n: it must be a whole number from 1 to 3, got ");
  }
});

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

describe("requireObject()", () => {
  const nested = (levels: number) => JSON.parse(`${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`);

  test("takes any JSON object up to 200 levels deep", () => {
    expect(requireObject({}, "metadata")).toEqual({});
    expect(() => requireObject(nested(198), "metadata")).not.toThrow();
  });

  test.each<[unknown, string]>([
    [null, "it must be a JSON object, got nothing"],
    [[], "it must be a JSON object, got a list"],
    ["{}", 'it must be a JSON object, got "{}"'],
    [5, "it must be a JSON object, got 5"],
    [nested(201), "it must be at most 200 levels deep"],
    [nested(5_000), "it must be at most 200 levels deep"],
    [{ a: "x".repeat(TEXT_MAX) }, "it must be at most 1 MiB of text"],
  ])("refuses %#", (value, message) => {
    refuses(() => requireObject(value, "metadata"), `Cannot use metadata: ${message}`);
  });

  test("refuses an object that holds itself", () => {
    const loop: Record<string, unknown> = {};
    loop["me"] = loop;

    refuses(() => requireObject(loop, "metadata"), "200 levels deep");
  });
});

describe("firstLine()", () => {
  test.each([
    ["one", "one"],
    ["\n\n  one  \ntwo", "one"],
    ["one\r\ntwo", "one"],
    ["one\rtwo", "one"],
    ["one\u2028two", "one"],
    ["", ""],
    ["  \n ", ""],
  ])("%j", (text, line) => {
    expect(firstLine(text)).toBe(line);
  });

  test("cuts with an ellipsis, never through a character", () => {
    expect(firstLine("x".repeat(401))).toBe(`${"x".repeat(399)}…`);
    expect(firstLine("x".repeat(400))).toBe("x".repeat(400));
    expect(firstLine("ab🗂🗂", 4)).toBe("ab…");
  });

  test("is one line of at most so many code units, whatever the text", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("a", " ", "\n", "\r", "\u2028", "🗂", "\ud83d", "é") }),
        fc.integer({ min: 1, max: 50 }),
        (text, max) => {
          const line = firstLine(text, max);
          expect(line.length).toBeLessThanOrEqual(max);
          expect(line).not.toMatch(/[\r\n\u2028]/);
        },
      ),
    );
  });
});
