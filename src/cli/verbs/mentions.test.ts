import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Cli, testCli } from "../../testing/cli.ts";

let cli: Cli;
beforeAll(() => void (cli = testCli()));
afterAll(() => cli.remove());

describe("kanban mentions", () => {
  test("lists where one is mentioned, and marks it as read", async () => {
    const id = await cli.create("Check \x1b[31mit", "--created-by", "bob");
    expect((await cli.run("mentions")).stdout).toBe("No mentions of ann that are not read.\n");
    await cli.run("comment", id, "Is it true, @ann?", "--author", "bob");

    const { stdout } = await cli.run("mentions");
    expect(stdout).toMatch(new RegExp(`^${id}  Check it\n  bob, \\d+s ago: Is it true, @ann\\?\n$`));
    expect(await cli.json("mentions", "--read")).toMatchObject([{ task_id: id, author: "bob" }]);
    expect(await cli.json<unknown[]>("mentions")).toEqual([]);
  });

  test("knows the people of config.yaml", async () => {
    writeFileSync(join(cli.dir, "config.yaml"), "people: [Eve Moss]\n");
    const id = await cli.create("x");

    await cli.run("comment", id, "cc @eve moss");

    const { events } = await cli.json<{ events: { kind: string; payload: object }[] }>("show", id);
    expect(events.find(({ kind }) => kind === "mentioned")?.payload).toMatchObject({ person: "Eve Moss" });
  });
});
