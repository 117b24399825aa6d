import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { createTask, type TaskPage, write } from "../../kernel/mod.ts";
import { testCli } from "../../testing/cli.ts";
import { FILLERS, LARGE, largeTask } from "../../testing/large_task.ts";

setDefaultTimeout(20_000); // Every call is a process, and the machine may be busy.

const cli = testCli();
afterAll(cli.remove);
let id: string;

beforeAll(async () => {
  await cli.create("first"); // Makes the home.
  id = cli.board((board) => largeTask(board, FILLERS["quotes and line ends"]!));
});

describe("kanban show --json", () => {
  test("of the largest task stays within 2 MiB, and cuts what is worth least [E1]", async () => {
    const { stdout } = await cli.run("show", id, "--json");

    expect(Buffer.byteLength(stdout)).toBeLessThanOrEqual(2 * 1024 * 1024 + 1);
    const page = JSON.parse(stdout) as TaskPage;
    expect(page.totals).toMatchObject({ children: LARGE.children, comments: LARGE.comments, runs: LARGE.attempts });
    expect([page.children.length, page.parents.length]).toEqual([100, LARGE.parents]);
    expect(Object.keys(page.children[0]!)).toEqual(["id", "title", "status", "completed_at", "first_line"]);
    expect(page.task.body).not.toContain("bytes omitted");
    expect(page.runs.some(({ summary }) => summary?.endsWith(" bytes omitted …"))).toBe(true);
  });

  test("with --all is whole", async () => {
    const { stdout } = await cli.run("show", id, "--all", "--json");

    const page = JSON.parse(stdout) as TaskPage;
    expect(stdout).not.toContain("bytes omitted");
    expect([page.children.length, page.comments.length, page.runs.length]).toEqual([
      ...[LARGE.children, LARGE.comments, LARGE.attempts],
    ]);
  });

  test("of a small task is the same with and without --all", async () => {
    const small = await cli.create("small", "--body", "text");

    expect(await cli.json("show", small)).toEqual(await cli.json("show", small, "--all"));
  });

  test("on a terminal a page names a hundred children, and how to see all", async () => {
    const { stdout } = await cli.run("show", id);

    expect(stdout).toContain(`Needed by (first 100 of ${LARGE.children}; all with --all)\n`);
  });
});

describe("kanban list --json", () => {
  test("of ten thousand tasks with long texts takes a kilobyte each, without a limit", async () => {
    const body = "b".repeat(20_000);
    cli.board((board) =>
      write(board, () => {
        for (let i = 0; i < 5_000; i++) createTask(board, { title: `task ${i}`, body, assignee: "coder" });
      }),
    );

    const { stdout } = await cli.run("list", "--json");

    const tasks = JSON.parse(stdout) as object[];
    expect(tasks.length).toBeGreaterThan(10_000);
    expect(Buffer.byteLength(stdout) / tasks.length).toBeLessThan(1_000);
    expect(tasks[0]).not.toHaveProperty("body");
    expect(tasks[0]).not.toHaveProperty("result");
    expect(tasks[0]).toHaveProperty("last_error");
  });
});
