import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { homeOf, logPath, runDir } from "../../home.ts";
import { claimTask, closeBoard, openBoard, recordSpawned } from "../../kernel/mod.ts";
import { type Cli, testCli } from "../../testing/cli.ts";

let cli: Cli;
beforeEach(() => {
  cli = testCli();
});
afterEach(() => cli.remove());

describe("show", () => {
  test("says which answer the agent of a running task gets again and again", async () => {
    const id = await cli.create("Translate README", "--assignee", "coder");
    const home = homeOf({ KANBAN_HOME: cli.dir });
    const board = openBoard(home.db, {});
    const { run } = claimTask(board, id, { claimer: "d", boot_id: "b" });
    recordSpawned(board, { taskId: id, runId: run.id, pid: 4711, pid_started: "1", boot_id: "b" });
    closeBoard(board);
    mkdirSync(home.logs, { recursive: true });
    const log = logPath(home, id);
    const message = "Reconnecting... 2/5 (unexpected status 401 Unauthorized: no key, url: x)";
    writeFileSync(log, `${JSON.stringify({ type: "error", message })}\n`);
    mkdirSync(runDir(home, run.id), { recursive: true });
    const record = { agent: "codex", complete_on_exit: false, log: { ino: statSync(log).ino, offset: 0 } };
    writeFileSync(join(runDir(home, run.id), "start.json"), JSON.stringify(record));

    const { stdout } = await cli.run("show", id);

    expect(stdout).toMatch(/^ {2}worker .*pid 4711.*\n {2,}retrying: 401$/m);
  });
});
