import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  indent,
  json,
  jsonItems,
  paint,
  priorityLabel,
  priorityWords,
  relative,
  safe,
  table,
  truncate,
} from "./format.ts";
import { oneLine } from "../../text.ts";

const OBEYED = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

describe("safe()", () => {
  test("lets colours through only where they are wanted", () => {
    expect(safe("\x1b[31mred\x1b[39m", { color: false })).toBe("red");
    expect(safe("\x1b[31mred\x1b[39m\x1b[H", { color: true })).toBe("\x1b[31mred\x1b[39m");
  });
});

describe("json()", () => {
  test("escapes what JSON leaves alone but a terminal obeys, and means the same", () => {
    const data = { title: "\x1b[31m \x9b31m \u202e \x7f a\u200bb \u{e0041}\u2028", family: "👩\u200d👩\u200d👧", n: 1 };
    const text = json(data);
    expect(OBEYED.test(text)).toBe(false);
    expect(JSON.parse(text)).toEqual(data);
    expect(safe(text, { color: false })).toBe(text);
    expect(text).toContain(data.family);
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
  test("relative() looks both ways", () => {
    expect(relative(1_000_000, 1_000_400)).toBe("just now");
    expect(relative(1_000_000, 1_190_000)).toBe("3m ago");
    expect(relative(8_200_000, 1_000_000)).toBe("in 2h");
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
    const cell = fc.string({ unit: "grapheme", maxLength: 40 }).map((text) => oneLine(text));
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
