import { afterAll, beforeAll, expect, test } from "bun:test";
import { type Cli, testCli } from "../../testing/cli.ts";

let cli: Cli;
beforeAll(async () => {
  cli = testCli();
  await cli.run("create", "One", "--assignee", "ann", "--project", "shop");
  await cli.run("create", "Two", "--assignee", "bob");
});
afterAll(() => cli.remove());

const titles = async (...args: string[]) =>
  (await cli.json<{ title: string }[]>("list", ...args)).map(({ title }) => title);

test("saves a filter, lists by it, renames and removes it", async () => {
  await cli.run("view", "save", "Shop", "--project", "shop", "--shared");
  expect(await cli.json("view", "list")).toMatchObject([
    { name: "Shop", page: "list", query: "tenant=shop", shared: true, n: 1 },
  ]);
  expect(await titles("--view", "Shop")).toEqual(["One"]);

  await cli.run("view", "edit", "Shop", "--name", "The shop", "--private");
  expect((await cli.run("view", "list")).stdout).toContain("The shop");
  await cli.run("view", "remove", "The shop");
  expect(await cli.json<unknown[]>("view", "list")).toEqual([]);
});

test("refuses what means two things, and an unknown view", async () => {
  await cli.run("view", "save", "All");
  expect((await cli.run("list", "--view", "All", "--assignee", "ann")).exit).toBe(2);
  expect((await cli.run("view", "edit", "All", "--shared", "--private")).exit).toBe(2);
  expect((await cli.run("view", "edit", "All")).exit).toBe(2);
  expect((await cli.run("list", "--view", "nope")).exit).toBe(1);
});
