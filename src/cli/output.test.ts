import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { listTasks } from "../kernel/mod.ts";
import { MAIN, testCli } from "../testing/cli.ts";

setDefaultTimeout(20_000); // Every call is a process, and the machine may be busy.

const cli = testCli();
afterAll(cli.remove);

/** Runs `kanban WORDS…` with one of its streams on a disk that is full. */
function full(stream: 1 | 2, ...words: string[]): { exit: number; stdout: string; stderr: string } {
  const command = ["sh", "-c", `exec "$0" "$@" ${stream}> /dev/full`, process.execPath, MAIN, ...words];
  const { exitCode, stdout, stderr } = Bun.spawnSync(command, { env: cli.env });
  return { exit: exitCode, stdout: stdout.toString(), stderr: stderr.toString() };
}

describe.skipIf(!existsSync("/dev/full"))("an output that takes no more", () => {
  const MESSAGE = "Cannot write to the standard output: it must take the whole output, its disk is full";

  test.each([["stats"], ["--help"], ["list --help"], ["--version"], ["export"], ["watch --since 0"]])(
    "%s ends with an error, not as a bug",
    async (line) => {
      await cli.create("something to tell of");
      const { exit, stderr } = full(1, ...line.split(" "));
      expect({ exit, stderr }).toEqual({ exit: 1, stderr: expect.stringMatching(/^error: .*\nhint: .*\n$/) });
      expect(stderr).toContain(MESSAGE);
    },
  );

  test("is told in JSON where that was asked for", () => {
    const { exit, stderr } = full(1, "stats", "--json");
    expect({ exit, error: JSON.parse(stderr).error }).toMatchObject({
      exit: 1,
      error: { code: "refused", message: MESSAGE },
    });
  });

  test("is told once, and does not stop what was asked for", async () => {
    const ids = [await cli.create("one"), await cli.create("two")];
    const { exit, stderr } = full(1, "complete", ...ids);
    expect({ exit, told: stderr.split(MESSAGE).length - 1 }).toEqual({ exit: 1, told: 1 });
    const done = cli.board((board) => listTasks(board, { status: ["done"] })).map(({ id }) => id);
    expect(done.sort()).toEqual(ids.sort());
  });

  test("is no reason to keep the result back when it is the standard error", () => {
    expect(full(2, "list").stdout).toContain("\tone\n");
    expect(full(2, "list").exit).toBe(0);
    expect(full(2, "show", "t_ffffffff").exit).toBe(1);
    expect(full(2, "list", "--frobnicate").exit).toBe(2);
  });
});
