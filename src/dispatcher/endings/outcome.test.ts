import { afterEach, describe, expect, test } from "bun:test";
import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { logPath, runDir } from "../../home.ts";
import { activeHolds, getTask, taskEvents } from "../../kernel/mod.ts";
import { startedFor, type TestHome, testHome } from "../../testing/dispatcher.ts";
import { systemProcesses } from "../processes/liveness.ts";

let t: TestHome;
afterEach(() => t?.close());
const system = systemProcesses();

describe("how a run ends", () => {
  test("exit 3 is a crash with its code and the end of its log, and the task waits before the next try [T: worker kill -9]", async () => {
    t = testHome();
    t.script("echo first; echo 'cannot open the vault' >&2; exit 3");
    const d = t.dispatcher();
    const { id } = t.ready();

    await t.pass(d);
    const run = await t.ended(d, id);

    expect(run).toMatchObject({
      outcome: "crashed",
      exit_code: 3,
      signal: null,
      error: "exit code 3: cannot open the vault",
    });
    expect(getTask(t.board, id)).toMatchObject({ status: "ready", failures: 1, current_run_id: null });
    const wait = getTask(t.board, id).retry_at! - t.clock.ms;
    expect(wait).toBeGreaterThanOrEqual(750);
    expect(wait).toBeLessThanOrEqual(1_000);
    expect(taskEvents(t.board, id).at(-1)!.payload).toMatchObject({
      pid: run.pid,
      exit_code: 3,
      log_tail: "first\ncannot open the vault",
    });
    expect(t.kinds(id)).toEqual(["created", "claimed", "spawned", "crashed"]);
    expect(d.pass.tally).toMatchObject({ crashed: 1, auto_blocked: 0 });
  });

  test("kill -9 of the worker is a crash by SIGKILL [T: worker kill -9]", async () => {
    t = testHome();
    t.script("echo up; exec sleep 30");
    const d = t.dispatcher();
    const { id } = t.ready();
    await t.pass(d);
    await t.logged(id, "up");
    const worker = startedFor(system, t.home).find(({ pid }) => pid !== t.run(id).pid)!;

    system.signal(worker.pid, "SIGKILL");

    expect(await t.ended(d, id)).toMatchObject({ outcome: "crashed", exit_code: null, signal: "SIGKILL" });
    expect(t.run(id).error).toStartWith("killed by SIGKILL");
  });

  test("kill -9 of the whole group leaves no exit file and is a crash all the same", async () => {
    t = testHome();
    t.script("echo up; exec sleep 30");
    const d = t.dispatcher();
    const { id } = t.ready();
    await t.pass(d);
    await t.logged(id, "up");

    system.signal(-t.run(id).pid!, "SIGKILL");

    expect(await t.ended(d, id)).toMatchObject({ outcome: "crashed", exit_code: null, signal: "SIGKILL" });
  });

  test("exit 0 in silence is abandoned [T: worker kill -9]", async () => {
    t = testHome();
    t.script("echo I have thought about it");
    const d = t.dispatcher();
    const { id } = t.ready();

    await t.pass(d);

    expect(await t.ended(d, id)).toMatchObject({
      outcome: "abandoned",
      exit_code: 0,
      error: "exited without completing or blocking its task",
    });
    expect(getTask(t.board, id)).toMatchObject({ status: "ready", failures: 1 });
    expect(taskEvents(t.board, id).at(-1)).toMatchObject({
      kind: "abandoned",
      payload: { exit_code: 0, log_tail: "I have thought about it" },
    });
  });

  test("exit 0 completes the task with the last output where the profile says so", async () => {
    t = testHome();
    t.script("echo working; echo; echo translated 40 pages", { complete_on_exit: true });
    const d = t.dispatcher();
    const { id } = t.ready();

    await t.pass(d);

    expect(await t.ended(d, id)).toMatchObject({ outcome: "completed", summary: "working\n\ntranslated 40 pages" });
    expect(getTask(t.board, id)).toMatchObject({ status: "done" });
    expect(taskEvents(t.board, id).at(-1)).toMatchObject({ kind: "completed", actor: "coder" });
  });

  test("exit 0 of such a profile goes to review where the task asks for it", async () => {
    t = testHome();
    t.script("echo done", { complete_on_exit: true });
    const d = t.dispatcher();
    const { id } = t.ready({ review: true });

    await t.pass(d);
    await t.ended(d, id);

    expect(getTask(t.board, id).status).toBe("review");
  });

  test("exit 75 is no failure and comes back after five minutes", async () => {
    t = testHome();
    t.script("exit 75");
    const d = t.dispatcher();
    const { id } = t.ready();

    await t.pass(d);

    expect(await t.ended(d, id)).toMatchObject({ outcome: "rate_limited", exit_code: 75 });
    expect(getTask(t.board, id)).toMatchObject({ status: "ready", failures: 0, retry_at: null });
    expect(activeHolds(t.board)).toMatchObject([
      { kind: "account", key: "command:coder", until: t.clock.ms + 300_000, proof: "end" },
    ]);
    t.advance(299_999);
    await t.pass(d);
    expect(getTask(t.board, id).status).toBe("ready");
    t.advance(1);
    await t.pass(d);
    expect(getTask(t.board, id).status).toBe("running");
  });

  test("leaves nothing of the run behind but its log", async () => {
    t = testHome();
    t.script('cat "$0"', { command: ["/bin/cat", "{mcp_config}"] });
    const d = t.dispatcher();
    const { id } = t.ready();
    await t.pass(d);
    const mode = statSync(join(runDir(t.home, t.run(id).id), "mcp.json")).mode & 0o777;

    await t.ended(d, id);

    expect(mode).toBe(0o600);
    expect(readFileSync(logPath(t.home, id), "utf8")).toContain('"mcpServers"');
    expect(readdirSync(t.home.runs)).toEqual([]);
    expect(readdirSync(t.home.exits)).toEqual([]);
  });

  test("the breaker blocks the task at the limit with the real error", async () => {
    t = testHome();
    t.script("echo no key; exit 2");
    const d = t.dispatcher({ failureLimit: 3 });
    const { id } = t.ready();

    for (let attempt = 0; attempt < 3; attempt++) {
      await t.pass(d);
      await t.ended(d, id);
      t.advance(300_000);
    }
    await t.pass(d);

    expect(getTask(t.board, id)).toMatchObject({ status: "blocked", failures: 3, last_error: "exit code 2: no key" });
    expect(t.run(id)).toMatchObject({ outcome: "gave_up", exit_code: 2 });
    expect(t.kinds(id).filter((kind) => kind === "crashed").length).toBe(2);
    expect(t.kinds(id).at(-1)).toBe("gave_up");
    expect(d.pass.tally).toMatchObject({ crashed: 3, auto_blocked: 1 });
  });
});

describe("what a worker prints and removes", () => {
  test("binary output and lines without end reach the log, and the reason is still text", async () => {
    t = testHome();
    t.script("head -c 300000 /dev/urandom; head -c 3000000 /dev/zero; exit 3");
    const d = t.dispatcher();
    const { id } = t.ready();

    await t.pass(d);
    const run = await t.ended(d, id);

    expect(run).toMatchObject({ outcome: "crashed", exit_code: 3 });
    expect(run.error!.length).toBeLessThan(300);
    expect(statSync(logPath(t.home, id)).size).toBe(3_300_000);
    t.script("echo second; exit 4");
    t.advance(300_000);
    await t.pass(d);
    await t.ended(d, id);
    expect(readFileSync(logPath(t.home, id), "utf8")).toBe("second\n");
    expect(statSync(`${logPath(t.home, id)}.1`).size).toBe(3_300_000);
  });

  test("a worker that removes its log and its workspace is judged all the same", async () => {
    t = testHome();
    t.script('rm "$KANBAN_HOME/logs/$KANBAN_TASK.log"; rm -r "$KANBAN_WORKSPACE"; echo gone; exit 3');
    const d = t.dispatcher();
    const { id } = t.ready();

    await t.pass(d);
    expect(await t.ended(d, id)).toMatchObject({ outcome: "crashed", exit_code: 3, error: "exit code 3" });
    t.script("pwd", { complete_on_exit: true });
    t.advance(300_000);
    await t.pass(d);

    expect((await t.ended(d, id)).summary).toBe(join(t.home.workspaces, id));
  });

  test("a worker that replaces its log by a pipe blocks nothing", async () => {
    t = testHome();
    t.script(
      'log="$KANBAN_HOME/logs/$KANBAN_TASK.log"; rm "$log"; mkfifo "$log"; rm -r "$KANBAN_HOME/run/runs"/*; exit 3',
    );
    const d = t.dispatcher();
    const { id } = t.ready();

    await t.pass(d);
    expect(await t.ended(d, id)).toMatchObject({ outcome: "crashed", exit_code: 3, error: "exit code 3" });
    t.advance(300_000);
    await t.pass(d);

    expect(t.run(id).error).toStartWith(`Cannot write log "${logPath(t.home, id)}": it must be a file`);
  });

  // Each is put in the place of a file that its run is judged by; what could not be read kept the run open for ever.
  test.each([
    ["a link to itself for its log", 'cd "$KANBAN_HOME/logs"; rm "$KANBAN_TASK.log"; ln -s "$KANBAN_TASK.log" .'],
    ["a folder for its exit file", 'cd "$KANBAN_HOME/run/exits"; rm "$KANBAN_RUN"; mkdir -p "$KANBAN_RUN/more"'],
    ["a pipe for its exit file", 'cd "$KANBAN_HOME/run/exits"; rm "$KANBAN_RUN"; mkfifo "$KANBAN_RUN"'],
    ["a pipe for its record", 'cd "$KANBAN_HOME/run/runs/$KANBAN_RUN"; rm start.json; mkfifo start.json'],
    ["a record of nothing", 'echo 5 > "$KANBAN_HOME/run/runs/$KANBAN_RUN/start.json"'],
    [
      "a record of another place",
      `set -- $(ls -i "$KANBAN_HOME/logs/$KANBAN_TASK.log"); cd "$KANBAN_HOME/run/runs/$KANBAN_RUN"; echo '{"agent":null,"complete_on_exit":false,"log":{"ino":'$1',"offset":-5}}' > start.json`,
    ],
  ])("a worker that leaves %s is judged, and the next run of its task starts", async (_, sabotage) => {
    t = testHome();
    t.script(`${sabotage}; exit 3`);
    const d = t.dispatcher();
    const { id } = t.ready();

    await t.pass(d);
    expect(await t.ended(d, id)).toMatchObject({ outcome: "crashed", exit_code: 3 });
    expect(readdirSync(t.home.exits)).toEqual([]);
    expect(d.pass.fault).toBeNull();
    rmSync(logPath(t.home, id));
    t.script("echo fine", { complete_on_exit: true });
    t.advance(300_000);
    await t.pass(d);

    expect(await t.ended(d, id)).toMatchObject({ outcome: "completed", summary: "fine" });
  });

  test("an older file with the name of the next run's exit file is no part of it", async () => {
    t = testHome();
    t.script('mkfifo "$KANBAN_HOME/run/exits/$((KANBAN_RUN + 1))"; exit 3');
    const d = t.dispatcher();
    const { id } = t.ready();

    await t.pass(d);
    await t.ended(d, id);
    t.script("exit 4");
    t.advance(300_000);
    await t.pass(d);

    expect(await t.ended(d, id)).toMatchObject({ outcome: "crashed", exit_code: 4 });
  });

  test("a worker inherits no file of ours", async () => {
    t = testHome();
    t.script("ls -l /proc/self/fd | sed 's/.* -> //'", { complete_on_exit: true });
    const d = t.dispatcher();
    const { id } = t.ready();

    await t.pass(d);

    expect((await t.ended(d, id)).summary).not.toContain(t.home.db);
    expect(readFileSync(logPath(t.home, id), "utf8")).not.toContain("sqlite");
  });
});
