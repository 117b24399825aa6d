import { expect, test } from "bun:test";
import { suggest } from "./suggest.ts";

const VERBS = ["create", "complete", "comment", "claim", "list", "show", "tool", "unblock", "block"];

test.each([
  ["creat", "create"],
  ["craete", "create"],
  ["lst", "list"],
  ["ublock", "unblock"],
  ["SHOW", "show"],
  ["compl", "complete"],
  ["toString", null],
  ["foo", null],
  ["x", null],
  ["", null],
])("suggest(%j) is %j", (word, meant) => {
  expect(suggest(word, VERBS)).toBe(meant);
});

test("suggest() stays quick for a word of any length", () => {
  expect(suggest("z".repeat(1_000_000), VERBS)).toBe(null);
});
