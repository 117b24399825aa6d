import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { clock, type Form, say, short, span } from "./time.ts";

const script: string = "../../static/time_words.js";
const { words }: { words: (form: Form, at: number, now: number) => string } = await import(script);

describe("short()", () => {
  test.each([
    [-5, "0s"],
    [59.9, "59s"],
    [60, "1m"],
    [3600, "1h"],
    [86_400, "1d"],
  ])("%d seconds are %s", (seconds, text) => {
    expect(short(seconds)).toBe(text);
  });
});

describe("span()", () => {
  test.each([
    [0, "0s"],
    [0.25, "0.3s"],
    [0.01, "0.1s"],
    [-3, "0s"],
    [370, "6m 10s"],
    [7500, "2h 05m"],
    [97_200, "1d 3h"],
  ])("%d seconds are %s", (seconds, text) => {
    expect(span(seconds)).toBe(text);
  });
});

test("clock() counts hours only when there are some", () => {
  expect([clock(252), clock(3723), clock(-1)]).toEqual(["04:12", "1:02:03", "00:00"]);
});

test("the browser continues with the very words that the server began with", () => {
  const forms = fc.constantFrom<Form>("short", "ago", "clock", "left", "span");
  const instants = fc.integer({ min: 0, max: 4e12 });
  fc.assert(
    fc.property(forms, instants, fc.integer({ min: -1e9, max: 1e9 }), (form, at, offset) => {
      expect(words(form, at, at + offset)).toBe(say(form, at, at + offset));
    }),
    { numRuns: 300 },
  );
});
