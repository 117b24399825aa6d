import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { appendFileSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { logPath, runDir } from "../../home.ts";
import { type Board, claimTask, createTask, recordSpawned, type Run } from "../../kernel/mod.ts";
import { type TestWeb, testWeb } from "../../testing/web.ts";
import { workerLine } from "./cards.ts";

let t: TestWeb;
beforeEach(async () => {
  t = await testWeb();
});
afterEach(() => t.close());

const RETRY = { type: "system", subtype: "api_retry", attempt: 3, error_status: 401, error: "authentication_failed" };
const line = (event: object) => `${JSON.stringify(event)}\n`;

/** A run of Claude Code, as its dispatcher leaves it in the home, that has printed `output`. */
function running(board: Board, output: string): Run {
  const { task } = createTask(board, { title: "Translate README", assignee: "coder" });
  const { run } = claimTask(board, task.id, { claimer: "d", boot_id: "b" });
  recordSpawned(board, { taskId: task.id, runId: run.id, pid: 4711, pid_started: "1", boot_id: "b" });
  const log = logPath(t.home, task.id);
  writeFileSync(log, output);
  mkdirSync(runDir(t.home, run.id));
  const record = { agent: "claude", complete_on_exit: false, log: { ino: statSync(log).ino, offset: 0 } };
  writeFileSync(join(runDir(t.home, run.id), "start.json"), JSON.stringify(record));
  return run;
}

describe("workerLine()", () => {
  test("a running card says which answer its agent gets again and again, until it is answered [N9]", async () => {
    const { task_id, id } = running(t.board, line(RETRY));
    expect(workerLine(t.web, task_id, id)).toBe("retrying: 401");
    expect((await t.page("/")).html).toContain("retrying: 401");
    expect((await t.page("/runs")).html).toContain("retrying: 401");

    appendFileSync(logPath(t.home, task_id), line({ type: "assistant", message: { content: [] } }));

    expect(workerLine(t.web, task_id, id)).toStartWith('{"type":"assistant"');
    expect((await t.page("/")).html).not.toContain("retrying: 401");
  });

  test("costs as little for a log of many megabytes, and shows the last line where nothing is known of the start", () => {
    const { task_id, id } = running(t.board, line({ type: "user", text: "x".repeat(20_000_000) }) + line(RETRY));
    const begun = performance.now();
    for (let n = 0; n < 100; n++) expect(workerLine(t.web, task_id, id)).toBe("retrying: 401");
    expect(performance.now() - begun).toBeLessThan(2_000);

    rmSync(runDir(t.home, id), { recursive: true });
    expect(workerLine(t.web, task_id, id)).toStartWith('{"type":"system"');
  });
});
