import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { wordDiff } from "../mod.ts";

const SIGN = { same: "", removed: "-", added: "+" } as const;
const shown = (before: string, after: string) => wordDiff(before, after).map(({ kind, text }) => SIGN[kind] + text);

describe("wordDiff()", () => {
  test.each<[before: string, after: string, pieces: string[]]>([
    ["", "", []],
    ["same", "same", ["same"]],
    ["", "new", ["+new"]],
    ["old", "", ["-old"]],
    ["Translate README", "Translate it", ["Translate ", "-README", "+it"]],
    ["one two three", "one three", ["one ", "-two ", "three"]],
    ["Grüße, Zoë!", "Grüße, Zoe!", ["Grüße, ", "-Zoë", "+Zoe", "!"]],
    ["a b c", "x b y", ["-a", "+x", " b ", "-c", "+y"]],
  ])("from “%s” to “%s”", (before, after, pieces) => {
    expect(shown(before, after)).toEqual(pieces);
  });

  test("whatever the texts, its pieces are both of them", () => {
    const text = fc.array(fc.constantFrom("a", "b", "ab", " ", "\n", ".", "é", "🗂"), { maxLength: 40 });
    fc.assert(
      fc.property(text, text, (a, b) => {
        const [before, after] = [a.join(""), b.join("")];
        const pieces = wordDiff(before, after);
        const without = (kind: string) => pieces.flatMap((piece) => (piece.kind === kind ? [] : [piece.text])).join("");
        expect([without("added"), without("removed")]).toEqual([before, after]);
      }),
      { numRuns: 500 },
    );
  });

  test("compares words only as long as its effort lasts, whatever the texts", () => {
    const line = (i: number, word: string) => Array.from({ length: 140 }, (_, j) => `k${i} ${word}${j}`).join(" ");
    const text = (word: string) => Array.from({ length: 180 }, (_, i) => `keep${i}\n${line(i, word)}\n`).join("");

    const pieces = wordDiff(text("a"), text("b"));

    const added = pieces.filter(({ kind }) => kind === "added").map((piece) => piece.text);
    expect(added[0]).toBe("b0");
    expect(added.at(-1)).toBe(`${line(179, "b")}\n`);
    const before = pieces.flatMap((piece) => (piece.kind === "added" ? [] : [piece.text])).join("");
    expect(before === text("a")).toBe(true);
  });

  test("of texts too different for it compares the lines, then gives up, and still has both", () => {
    const words = (seed: number) => Array.from({ length: 3_000 }, (_, i) => `w${i * seed}`).join(" ");
    const unlike = wordDiff(words(7), words(11));
    expect(unlike.length).toBeLessThan(10);
    const kept = wordDiff(`first\n${words(7)}\nthen\nlast line`, `first\n${words(11)}\nthen\nlast word`);
    expect(kept[0]).toEqual({ kind: "same", text: "first\n" });
    expect(kept.at(-1)).toEqual({ kind: "added", text: "word" });
  });
});
