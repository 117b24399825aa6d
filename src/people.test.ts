import { afterEach, beforeEach, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { type Home, homeOf, loginName, prepareHome } from "./home.ts";
import { namedPeople } from "./people.ts";
import { tempDir } from "./testing/mod.ts";

let home: Home;
let dir: ReturnType<typeof tempDir>;
beforeEach(() => {
  dir = tempDir();
  home = homeOf({ KANBAN_HOME: dir.path, HOME: dir.path });
  prepareHome(home);
});
afterEach(() => dir.remove());

const names = (text?: string) => {
  if (text !== undefined) writeFileSync(home.config, text);
  return [...namedPeople(home)];
};

test("the login name is a person's also without settings", () => {
  expect(names()).toEqual([loginName()]);
});

test("names under people: are read, and read again when the file changed", () => {
  expect(names("people: [Ann Lee, ' bob ']\n")).toEqual([loginName(), "Ann Lee", "bob"]);
  expect(names("dispatcher:\n  max_workers: 2\npeople:\n  - cleo\n  - bob\n")).toEqual([loginName(), "cleo", "bob"]);
  expect(names("dispatcher:\n  max_workers: 2\n")).toEqual([loginName()]);
});

test.each([
  ["no YAML", "people: ["],
  ["a section", "people:\n  ann: {}\n"],
  ["what is no name", `people: [3, "", " ", "a\\u0007b", "${"x".repeat(201)}"]`],
])("%s names nobody", (_, text) => {
  expect(names(text)).toEqual([loginName()]);
});
