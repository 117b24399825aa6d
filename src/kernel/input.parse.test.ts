import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { refusal } from "../testing/mod.ts";
import { checkWorkspace, expandHome, NAME_PATTERN, parsePriority, parseSkills, parseWorkspace } from "./mod.ts";

function refuses(fn: () => unknown, message: string | RegExp): void {
  const error = refusal(fn);
  expect(error.message).toMatch(message);
  expect(error.code).toBe("invalid");
}

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
