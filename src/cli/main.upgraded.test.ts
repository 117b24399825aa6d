import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { makeV1Board } from "../../stress/v1/board.ts";
import { DEFAULTS } from "../config.ts";
import { startDaemon } from "../dispatcher/mod.ts";
import { type Home, homeOf } from "../home.ts";
import { startNotifier } from "../notify/mod.ts";
import { type Cli, testCli } from "../testing/cli.ts";
import { startServer } from "../web/mod.ts";

setDefaultTimeout(30_000); // Processes, on a machine that may be busy.

let cli: Cli;
let home: Home;
let note: string;
beforeEach(() => {
  cli = testCli();
  mkdirSync(cli.dir, { recursive: true, mode: 0o700 });
  home = homeOf({ KANBAN_HOME: cli.dir });
  makeV1Board(home.db, { tasks: 5 });
  note = `The board was upgraded to the tables of this version. What it was before is in ${join(cli.dir, "kanban.db.v1.bak")}`;
});
afterEach(() => cli.remove());

describe("a board of an older program", () => {
  test("is upgraded by any command, which says once where the copy lies", async () => {
    const first = await cli.run("list");
    expect(first.exit).toBe(0);
    expect(first.stderr).toStartWith(note);
    expect(first.stderr).toMatch(/it may be deleted\. .* started again\.\n$/);
    expect((await cli.run("list")).stderr).toBe("");
  });

  test("with --json the note stays on stderr", async () => {
    const { exit, stdout, stderr } = await cli.run("list", "--json");

    expect(exit).toBe(0);
    expect(JSON.parse(stdout)).toBeArray();
    expect(stderr).toStartWith(note);
  });

  type Start = (options: { warn: (line: string) => void }) => { stop(): void; done: Promise<number> };
  test.each<[string, Start]>([
    ["dispatcher", (options) => startDaemon(home, DEFAULTS, options)],
    ["web board", (options) => startServer(home, DEFAULTS, { port: 0, ...options })],
    ["notifier", (options) => startNotifier(home, options)],
  ])("that a %s opens first is told of in its log", async (_, start) => {
    const lines: string[] = [];

    const started = start({ warn: (line) => lines.push(line) });
    started.stop();
    await started.done;

    expect(lines.filter((line) => line.startsWith(note))).toHaveLength(1);
  });
});
