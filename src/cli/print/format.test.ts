import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  clean,
  cleanLine,
  cleanLog,
  indent,
  instant,
  json,
  jsonItems,
  paint,
  priorityLabel,
  priorityWords,
  relative,
  safe,
  shortSpan,
  span,
  table,
  truncate,
} from "./format.ts";

const OBEYED = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
const MINUTE = 60;
const HOUR = 3_600;
const DAY = 86_400;

describe("clean()", () => {
  test.each([
    ["plain text", "plain text"],
    ["tab\tand\nnewline stay", "tab\tand\nnewline stay"],
    ["\x1b[31mred\x1b[0m", "red"],
    ["\x9b31mred", "red"],
    ["\x1b]0;owned\x07title", "title"],
    ["\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"],
    ["\x90payload\x9cafter", "after"],
    ["never ended \x1b]0;title", "never ended 0;title"],
    ["\x1bcreset", "reset"],
    ["bell\x07 null\x00 del\x7f", "bell null del"],
    ["right\u202eto left", "rightto left"],
    ["windows\r\nlines\rmac", "windows\nlines\nmac"],
    ["lone \ud800 surrogate", "lone \ufffd surrogate"],
    ["👩‍👩‍👧 漢字", "👩‍👩‍👧 漢字"],
  ])("%j becomes %j", (stored, shown) => {
    expect(clean(stored)).toBe(shown);
  });

  test("leaves nothing that a terminal obeys in any text", () => {
    const nasty = fc.array(
      fc.oneof(
        fc.integer({ min: 0, max: 0x9f }).map((code) => String.fromCharCode(code)),
        fc.constantFrom("\x1b[", "\x1b]", "\x9b", "\x90", "\u202e", "31m", "\x07", "text"),
        fc.string({ unit: "binary" }),
      ),
    );
    fc.assert(fc.property(nasty, (parts) => !OBEYED.test(clean(parts.join("")))));
  });

  test("takes no longer on a megabyte of introducers than on text", () => {
    const begun = performance.now();
    for (const piece of ["\x90", "\x1b]", "\x1b[", "\x9b0", "\x1b[0;"]) clean(piece.repeat(300_000));
    expect(performance.now() - begun).toBeLessThan(2_000);
  });
});

describe("cleanLine()", () => {
  test("puts everything on one line", () => {
    expect(cleanLine("  a\n\tb\u2028c  ")).toBe("a b c");
  });
});

describe("cleanLog()", () => {
  test("keeps colours and nothing else", () => {
    expect(cleanLog("\x1b[1;31mred\x1b[0m\x1b[2Jcleared\x07")).toBe("\x1b[1;31mred\x1b[0mcleared");
  });
});

describe("safe()", () => {
  test("lets colours through only where they are wanted", () => {
    expect(safe("\x1b[31mred\x1b[39m", { color: false })).toBe("red");
    expect(safe("\x1b[31mred\x1b[39m\x1b[H", { color: true })).toBe("\x1b[31mred\x1b[39m");
  });
});

describe("json()", () => {
  test("escapes what JSON leaves alone but a terminal obeys, and means the same", () => {
    const data = { title: "\x1b[31m \x9b31m \u202e \x7f", n: 1 };
    const text = json(data);
    expect(OBEYED.test(text)).toBe(false);
    expect(JSON.parse(text)).toEqual(data);
  });
});

describe("paint()", () => {
  test("leaves text alone without colour", () => {
    expect(paint({ color: false }).red("x")).toBe("x");
    expect(paint({ color: true }).red("x")).toBe("\x1b[31mx\x1b[39m");
    expect(paint({ color: true }).red("")).toBe("");
  });
});

describe("times", () => {
  test.each([
    [-5, "0s"],
    [0, "0s"],
    [59.9, "59s"],
    [2 * MINUTE + 5, "2m 05s"],
    [30 * MINUTE, "30m"],
    [HOUR + 3 * MINUTE, "1h 03m"],
    [DAY, "1d"],
    [3 * DAY + 4 * HOUR, "3d 4h"],
  ])("span(%p) is %p", (seconds, text) => {
    expect(span(seconds)).toBe(text);
  });

  test.each([
    [-1, "0s"],
    [90, "1m"],
    [5 * HOUR, "5h"],
    [400 * DAY, "400d"],
    [800 * DAY, "2y"],
  ])("shortSpan(%p) is %p", (seconds, text) => {
    expect(shortSpan(seconds)).toBe(text);
  });

  test("relative() looks both ways", () => {
    expect(relative(1_000_000, 1_000_400)).toBe("just now");
    expect(relative(1_000_000, 1_190_000)).toBe("3m ago");
    expect(relative(8_200_000, 1_000_000)).toBe("in 2h");
  });

  test("instant() is ISO, UTC, to the second", () => {
    expect(instant(Date.UTC(2026, 0, 2, 3, 4, 5, 678))).toBe("2026-01-02T03:04:05Z");
  });
});

describe("priorities", () => {
  test.each([
    [0, "", ""],
    [1, "P3", "P3 low"],
    [4, "P0", "P0 urgent"],
    [5, "5", "priority 5"],
    [-2, "-2", "priority -2"],
  ])("%p is %p in a list and %p on a page", (priority, label, words) => {
    expect(priorityLabel(priority)).toBe(label);
    expect(priorityWords(priority)).toBe(words);
  });
});

describe("table()", () => {
  const row = (...cells: string[]) => cells.map((text) => ({ text }));

  test("aligns columns by what they look like, not by their length", () => {
    const lines = table([row("A", "B"), row("漢字", "x"), row("e\u0301", "y")], [{}, {}]);
    expect(lines).toEqual(["A     B", "漢字  x", "e\u0301     y"]);
  });

  test("leaves out columns that are empty below their heading", () => {
    expect(table([row("A", "B", "C"), row("1", "", "3")], [{}, {}, {}])).toEqual(["A  C", "1  3"]);
  });

  test("cuts the column that may give way, and no other", () => {
    const lines = table(
      [row("ID", "TITLE"), row("t_1", "a title that is far too long for this")],
      [{}, { shrink: true }],
      24,
    );
    expect(lines[1]).toBe("t_1  a title that is fa…");
    expect(lines.every((line) => Bun.stringWidth(line) <= 24)).toBe(true);
  });

  test("pads outside the colours", () => {
    const red = (text: string) => `<${text}>`;
    expect(table([row("H", "I"), [{ text: "a", style: red }, { text: "b" }]], [{ right: true }, {}])).toEqual([
      "H  I",
      "<a>  b",
    ]);
  });

  test("has no limit of rows", () => {
    const many = Array.from({ length: 300_000 }, () => row("a", "b"));
    expect(table(many, [{}, {}])).toHaveLength(300_000);
  });

  test("fits its width for any texts", () => {
    const cell = fc.string({ unit: "grapheme", maxLength: 40 }).map(cleanLine);
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 5 }), (rows) => {
        const lines = table(
          [row("NAME", "TITLE"), ...rows.map(([a, b]) => row(truncate(a, 10), b))],
          [{}, { shrink: true }],
          40,
        );
        return lines.every((line) => Bun.stringWidth(line) <= 40);
      }),
    );
  });
});

describe("truncate()", () => {
  test("never takes more room than there is, and all there is if there is enough", () => {
    const piece = fc.constantFrom("a", "漢", "e\u0301", "👩‍👩‍👧", "🎉", "한", "\u200d");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), fc.nat({ max: 40 }), (pieces, width) => {
        const text = pieces.join("");
        const cut = truncate(text, width);
        if (Bun.stringWidth(text) <= width) return cut === text;
        return Bun.stringWidth(cut) <= width && (width === 0 || cut.endsWith("…"));
      }),
    );
  });
});

describe("indent()", () => {
  test("wraps between words and keeps the margin", () => {
    expect(indent("one two three four five six\n\nseven", "  ", 24)).toBe(
      "  one two three four\n  five six\n\n  seven",
    );
  });

  test("leaves long lines alone in a pipe", () => {
    expect(indent("x".repeat(300), "  ")).toBe(`  ${"x".repeat(300)}`);
  });
});

test("jsonItems() writes the parts of an array as json() writes the whole", () => {
  const tasks = [{ a: 1 }, { b: ["x\u007f", {}] }, {}, "end", null];
  for (const indent of [false, true]) {
    for (const parts of [[], [tasks], [[], tasks.slice(0, 2), [], tasks.slice(2)], tasks.map((task) => [task])]) {
      const items = jsonItems({ indent });

      const text = parts.map((part) => items.next(part)).join("") + items.end();

      expect(text).toBe(`${json(parts.flat(), { indent })}\n`);
    }
  }
});
