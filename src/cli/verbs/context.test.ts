import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { homeOf } from "../../home.ts";
import { testCli } from "../../testing/cli.ts";
import { FILLERS, largeTask } from "../../testing/large_task.ts";

setDefaultTimeout(20_000); // Every call is a process, and the machine may be busy.

const cli = testCli();
afterAll(cli.remove);
const config = homeOf(cli.env).config;
const KIB = 1024;

let id: string;
beforeAll(async () => {
  await cli.create("first"); // Makes the home.
  id = cli.board((board) => largeTask(board, FILLERS["CJK"]!, { children: 50 }));
});

describe("kanban context", () => {
  test("of the largest task is 48 KB, and what it names prints the rest", async () => {
    const { stdout } = await cli.run("context", id);
    const { context } = await cli.json<{ context: string }>("context", id);

    expect(Buffer.byteLength(stdout)).toBeLessThanOrEqual(48 * KIB);
    expect(Buffer.byteLength(context)).toBeLessThanOrEqual(48 * KIB);
    const [, words] = /\nThe rest: kanban (context \S+ --field body --from \d+)\n/.exec(stdout)!;
    const rest = await cli.run(...words!.split(" "));
    expect(rest.exit).toBe(0);
    expect(Buffer.byteLength(rest.stdout)).toBeLessThanOrEqual(48 * KIB);
    const from = words!.split(" ").at(-1);
    expect(rest.stdout).toMatch(new RegExp(` begin body, from byte ${from} of \\d+\\]\n看?`));
    expect(rest.stdout).toMatch(new RegExp(`\nThe rest: kanban context ${id} --field body --from \\d+\n$`));
  });

  test("prints a list between marks, a line of JSON each, and says how it goes on", async () => {
    const { stdout } = await cli.run("context", id, "--field", "comments");
    const part = await cli.json<{ entries: object[]; next: { from: number } }>("context", id, "--field", "comments");

    expect(Buffer.byteLength(stdout)).toBeLessThanOrEqual(48 * KIB);
    const [, shown, lines] = /\[\S+ begin comments 1 to (\d+) of 200\]\n([\s\S]*)\n\[\S+ end\]\n/.exec(stdout)!;
    expect(lines!.split("\n").map((line) => JSON.parse(line))).toEqual(part.entries as never);
    expect(part.next.from).toBe(Number(shown));
    expect(stdout).toEndWith(`\nThe rest: kanban context ${id} --field comments --from ${shown}\n`);
  });

  test("in a worker's shell names the program that the worker has", async () => {
    const env = { KANBAN_TASK: id, KANBAN_RUN: "1", KANBAN_PROFILE: "coder" };
    const { stdout } = await cli.runWith({ env }, "context", id);

    expect(stdout).toContain(`\nThe rest: "$KANBAN_BIN" context ${id} --field body --from `);
  });

  test("keeps to context_bytes of the settings; a file that cannot be read keeps nobody from the task", async () => {
    const bytes = async () => Buffer.byteLength((await cli.run("context", id)).stdout);
    writeFileSync(config, "dispatcher: { context_bytes: 20000 }\n");
    const small = await bytes();
    writeFileSync(config, "dispatcher: { context_bytes: 20 }\n");
    const broken = await bytes();
    rmSync(config);

    expect(small).toBeLessThanOrEqual(20_000);
    expect(broken).toBeGreaterThan(40 * KIB);
    expect(broken).toBeLessThanOrEqual(48 * KIB);
  });

  test("refuses an unknown field, and names those that exist", async () => {
    expect(await cli.run("context", id, "--field", "secrets")).toMatchObject({
      exit: 2,
      stdout: "",
      stderr: expect.stringContaining("it must be one of body, result, last_error, comment:ID"),
    });
  });
});
