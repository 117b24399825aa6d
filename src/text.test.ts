import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { count, cut, harmless, harmlessJson, instant, oneLine, shellWord, shortSpan, span, visible } from "./text.ts";

const OBEYED = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
const MINUTE = 60;
const HOUR = 3_600;
const DAY = 86_400;
const nasty = fc
  .array(
    fc.oneof(
      fc.integer({ min: 0, max: 0x9f }).map((code) => String.fromCharCode(code)),
      fc.constantFrom("\x1b[", "\x1b]", "\x9b", "\x90", "\u202e", "31m", "\x07", "text", "\u{e0041}", "👩", "\u200d"),
      fc.string({ unit: "binary" }),
    ),
  )
  .map((parts) => parts.join(""));

describe("harmless()", () => {
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
    ["tags\u{e0041}\u{e007f} and zero\u200bwidth", "tags and zerowidth"],
    ["windows\r\nlines\rmac", "windows\nlines\nmac"],
    ["lone \ud800 surrogate", "lone \ufffd surrogate"],
    ["👩‍👩‍👧 漢字", "👩‍👩‍👧 漢字"],
  ])("%j becomes %j", (stored, seen) => {
    expect(harmless(stored)).toBe(seen);
  });

  test("leaves nothing that a terminal obeys in any text, and nothing to do for a second time", () => {
    fc.assert(
      fc.property(nasty, (text) => !OBEYED.test(harmless(text)) && harmless(harmless(text)) === harmless(text)),
    );
  });

  test("takes no longer on a megabyte of introducers than on text", () => {
    const begun = performance.now();
    for (const piece of ["\x90", "\x1b]", "\x1b[", "\x9b0", "\x1b[0;"]) harmless(piece.repeat(300_000));
    expect(performance.now() - begun).toBeLessThan(2_000);
  });
});

test("harmlessJson() means the same, and has nothing in it that harmless() would take out", () => {
  const property = fc.property(nasty, (text) => {
    const json = harmlessJson(JSON.stringify({ text }));
    return harmless(json) === json && JSON.parse(json).text === text;
  });
  fc.assert(property);
});

describe("oneLine()", () => {
  test.each([
    ["  a\n\tb\u2028c  ", Infinity, "a b c"],
    ["a long title", 6, "a lon…"],
    ["👩‍👩‍👧👩‍👩‍👧", 3, "👩‍…"],
    [`${" \n".repeat(50_000)}x`, 10, "…"],
  ])("%j in %p characters", (text, max, line) => {
    expect(visible(oneLine(text, max)).replaceAll("\u200d", "")).toBe(line.replaceAll("\u200d", ""));
  });

  test("is quick on a megabyte, and never longer than asked for", () => {
    expect(oneLine("\x1b]".repeat(500_000), 10).length).toBeLessThanOrEqual(10);
    fc.assert(
      fc.property(nasty, fc.integer({ min: 1, max: 20 }), (text, max) => [...oneLine(text, max)].length <= max),
    );
  });
});

test("cut() splits no character", () => {
  expect([cut("abcdef", 6), cut("abcdef", 4), cut("🎉🎉🎉", 2), cut("ab cd", 4)]).toEqual([
    "abcdef",
    "abc…",
    "🎉…",
    "ab…",
  ]);
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

  test("instant() is ISO, UTC, to the second", () => {
    expect(instant(Date.UTC(2026, 0, 2, 3, 4, 5, 678))).toBe("2026-01-02T03:04:05Z");
  });
});

test("count() knows one from many; shellWord() quotes what a shell would read", () => {
  expect([count(1, "task"), count(3, "task")]).toEqual(["1 task", "3 tasks"]);
  expect([shellWord("a/b-c"), shellWord("it's $x")]).toEqual(["a/b-c", "'it'\\''s $x'"]);
});
