import { describe, expect, test } from "bun:test";
import { testBoard } from "../../testing/mod.ts";
import { peopleNames, standingOf } from "../mod.ts";

const ROSTER = { names: new Set(["coder", "ann"]), people: new Set(["ann", "eve"]), unusable: new Set(["writer"]) };

describe("standingOf()", () => {
  test.each([
    ["coder", "profile"],
    ["ann", "profile"], // It is started, whatever else the name is.
    ["writer", "missing"],
    ["eve", "person"],
    ["bob", "person"],
    ["codr", "missing"],
    ["zoe", "unknown"],
    ["__proto__", "unknown"],
  ] as const)("%s is %s", (name, standing) => {
    const t = testBoard("bob");
    t.ready();

    expect(standingOf(t.board, name, ROSTER)).toBe(standing);
  });

  test("a person whose name is near a profile's is no typing slip", () => {
    const t = testBoard("code");
    t.ready();

    expect(standingOf(t.board, "code", ROSTER)).toBe("person");
  });
});

test("peopleNames() are those of the settings and of the board, without profiles", () => {
  const t = testBoard("bob");
  t.ready();

  expect(peopleNames(t.board, ROSTER)).toEqual(["bob", "eve"]);
});
