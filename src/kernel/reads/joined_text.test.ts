import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { joinedText } from "./joined_text.ts";

describe("joinedText()", () => {
  test.each([
    ["changes of different places", "a b c d", "a B c d", "a b c D", "a B c D"],
    ["a word that both changed", "Keep the tone.", "Keep the style.", "Keep the voice.", "Keep the style voice."],
    ["the same change", "one two", "one three", "one three", "one three"],
    ["an addition at each end", "two", "one two", "two three", "one two three"],
    ["two additions at one place", "- a\n", "- a\n- b\n", "- a\n- c\n", "- a\n- b\n- c\n"],
    ["a removal and a change inside it", "a b c", "a", "a B c", "a B c"],
    ["an empty base", "", "theirs", "mine", "theirs mine"],
  ])("of %s", (_, base, theirs, mine, joined) => {
    expect(joinedText(base, theirs, mine)).toBe(joined);
  });

  test("without a base has one after the other", () => {
    expect(joinedText(null, "one\nline", "other")).toBe("one\nline\n\nother");
    expect(joinedText(null, "same", "same")).toBe("same");
  });

  test("loses no word that one of them added, and is the other text where only one changed anything", () => {
    const text = fc
      .array(fc.constantFrom("alpha", "beta", "gamma", "\n", "delta"), { maxLength: 12 })
      .map((words) => words.join(" "));
    const fresh = fc.array(fc.constantFrom("one", "two", "three"), { maxLength: 3 });
    const place = fc.nat(12);
    const insert = (base: string, words: readonly string[], at: number) =>
      base
        .split(" ")
        .toSpliced(at, 0, ...words)
        .join(" ");
    fc.assert(
      fc.property(text, fresh, fresh, place, place, (base, theirs, mine, there, here) => {
        const [left, right] = [
          insert(base, theirs, there),
          insert(
            base,
            mine.map((word) => word.toUpperCase()),
            here,
          ),
        ];
        const joined = wordsOf(joinedText(base, left, right));
        for (const word of [...wordsOf(left), ...wordsOf(right)]) expect(joined).toContain(word);
        expect(joinedText(base, left, base)).toBe(left);
        expect(joinedText(base, base, right)).toBe(right);
        expect(joinedText(base, left, left)).toBe(left);
      }),
      { numRuns: 300 },
    );
  });
});

function wordsOf(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}
