import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { refusal } from "../testing/mod.ts";
import { firstLine, NAME_MAX, requireObject, requireText, TEXT_MAX, TITLE_MAX } from "./mod.ts";
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
