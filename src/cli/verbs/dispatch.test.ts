import { afterAll, afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { getTask, type Task } from "../../kernel/mod.ts";
import { testCli } from "../../testing/cli.ts";
import { until } from "../../testing/mod.ts";

setDefaultTimeout(20_000); // Every call is a process, and the machine may be busy.

const cli = testCli();
afterAll(cli.remove);

const running: Bun.Subprocess[] = [];
afterEach(async () => {
  for (const child of running.splice(0)) {
    child.kill("SIGTERM");
    await child.exited;
  }
});
function start(...words: string[]) {
  const child = cli.start(words);
  running.push(child);
  return child;
}
const statusOf = (id: string) => cli.board((board) => getTask(board, id)).status;
const files = () =>
  readdirSync(cli.dir, { recursive: true })
    .filter((path) => !/-wal|-shm/.test(String(path)))
    .sort();

describe("kanban dispatch", () => {
  test("with --dry-run says what would be started, and changes nothing at all", async () => {
    const id = await cli.create("work", "--assignee", "demo");
    const lost = await cli.create("lost", "--assignee", "nobody-has-this");
    const free = await cli.create("free");
    const before = { rows: cli.dump(), files: files() };

    const result = await cli.json("dispatch", "--dry-run");

    expect(result).toEqual({
      reclaimed: 0,
      crashed: 0,
      timed_out: 0,
      auto_blocked: 0,
      promoted: 0,
      spawned: [{ task_id: id, assignee: "demo", workspace: join(cli.dir, "workspaces", id) }],
      skipped_unassigned: [free],
      skipped_no_profile: [lost],
      ...{ ready: 1, workers: 0, max_workers: 4 },
    });
    expect({ rows: cli.dump(), files: files() }).toEqual(before);
    await cli.run("archive", id, lost, free);
  });

  test("says why nothing is started: a profile that cannot be read, a board that is paused", async () => {
    const id = await cli.create("work", "--assignee", "typo");
    mkdirSync(join(cli.dir, "profiles", "typo"), { recursive: true });
    writeFileSync(join(cli.dir, "profiles", "typo", "config.yaml"), "commnad: [x]\n");
    await cli.run("pause");
    const before = cli.dump();

    const { exit, stdout, stderr } = await cli.run("dispatch");

    expect({ exit, stdout }).toEqual({ exit: 0, stdout: `left alone, no profile of that name can be used: ${id}\n` });
    expect(stderr).toContain('typo/config.yaml": "commnad" is not a known key\n');
    expect(stderr).toMatch(/^nothing is started: the board was paused by .+; kanban resume$/m);
    expect(cli.dump()).toEqual(before);
    rmSync(join(cli.dir, "profiles", "typo"), { recursive: true });
    await cli.run("resume");
    await cli.run("archive", id);
  });

  test("with all slots taken says so, and not that there is nothing to do", async () => {
    const first = await cli.create("long", "--assignee", "demo", "--body", "sleep 600s");
    const second = await cli.create("next", "--assignee", "demo");
    const begun = await cli.run("dispatch", "--workers", "1");
    expect(begun.stdout).toStartWith(`started ${first} for demo`);
    const full = "1 ready, the one worker is busy; for more: dispatcher.max_workers in config.yaml\n";
    expect(begun.stdout).toEndWith(full);

    expect((await cli.run("dispatch", "-j", "1")).stdout).toBe(full);
    expect(await cli.json("dispatch", "-j", "1")).toMatchObject({ spawned: [], ready: 1, workers: 1, max_workers: 1 });

    await cli.run("archive", first, second);
    await cli.run("dispatch"); // Ends the worker of an archived task.
  });

  test("starts what is ready and leaves it running; log and runs tell the rest", async () => {
    const id = await cli.create("work", "--assignee", "demo", "--body", "comment on it\ncomplete all \x1b[31mfine");
    const { stdout } = await cli.run("dispatch");
    expect(stdout).toBe(`started ${id} for demo in ${join(cli.dir, "workspaces", id)}\n`);
    await until(() => statusOf(id) === "done", { ms: 10_000 });

    expect((await cli.run("runs", id)).stdout).toMatch(
      /^ {2}# {2}OUTCOME {4}PROFILE {2}ELAPSED {2}STARTED\n {2}\d {2}completed {2}demo .*\n {5}→ all fine\n$/,
    );
    const log = await cli.run("log", id);
    expect(log.stdout).toContain("line 1: comment\n");
    expect(await cli.json("log", id)).toMatchObject({ task_id: id, exists: true, truncated: false });
    expect((await cli.run("log", id, "--tail", "1")).stdout).toHaveLength(1);
    expect((await cli.run("dispatch")).stdout).toBe("Nothing to do\n");
  });

  test("log shows what an agent did as lines for a person, and its events with --raw", async () => {
    const program = join(cli.dir, "..", "events.sh");
    const said = [{ type: "text", text: "Look\x1b[2Jing" }];
    const did = [{ type: "tool_use", name: "Bash", input: { command: "ls -l" } }];
    const events = [
      { type: "system", subtype: "init", session_id: "s" },
      { type: "assistant", message: { content: said } },
      { type: "assistant", message: { content: did } },
      { type: "user", message: { content: [{ type: "tool_result", is_error: true, content: "ls: not\nfound" }] } },
    ].map((event) => JSON.stringify(event));
    const rest = 'cat > /dev/null; "$KANBAN_BIN" complete --summary ok';
    const print = events.map((event) => `printf '%s\\n' '${event}'`);
    writeFileSync(program, ["#!/bin/sh", ...print, "echo a warning", rest].join("\n"), { mode: 0o755 });
    mkdirSync(join(cli.dir, "profiles", "teller"), { recursive: true });
    const profile = JSON.stringify({ agent: "claude", options: { program } });
    writeFileSync(join(cli.dir, "profiles", "teller", "config.yaml"), profile);
    const id = await cli.create("tell", "--assignee", "teller");
    await cli.run("dispatch", "--assignee", "teller");
    await until(() => statusOf(id) === "done", { ms: 10_000 });

    const { stdout } = await cli.run("log", id);
    expect(stdout).toBe(`Looking\n→ Bash ls -l\n! ls: not found\na warning\ncompleted ${id} (done): tell\n`);
    for (const flag of ["--raw", "--json"]) {
      const raw = (await cli.run("log", id, flag)).stdout;
      expect(flag === "--raw" ? raw : JSON.parse(raw).content).toStartWith(`${events.join("\n")}\na warning\n`);
    }
    const log = start("log", id, "-f");
    const reader = log.stdout.getReader();
    expect(Buffer.from((await reader.read()).value!).toString()).toBe(stdout);
    log.kill("SIGINT");
    expect(await log.exited).toBe(0);
    rmSync(join(cli.dir, "profiles", "teller"), { recursive: true });
  });

  test("log says when nothing has run yet", async () => {
    const id = await cli.create("idle");
    expect(await cli.run("log", id)).toEqual({
      exit: 0,
      stdout: "",
      stderr: `${id} has no log yet: no worker has started (ready)\n`,
    });
    expect(await cli.run("runs", id)).toEqual({
      exit: 0,
      stdout: "",
      stderr: `${id} was never claimed; it is ready\n`,
    });
    await cli.run("archive", id);
  });

  test("log -f --json prints what is there and what comes, a piece a line", async () => {
    const id = await cli.create("chatty", "--assignee", "demo", "--body", "comment hi");
    const log = start("log", id, "-f", "--json");
    const lines = linesOf(log.stdout);
    expect(await lines.next()).toMatchObject({ value: { task_id: id, exists: false, content: "" } });

    await cli.run("dispatch", "--assignee", "demo");

    expect(await lines.next()).toMatchObject({ value: { task_id: id, content: expect.stringContaining(id) } });
    log.kill("SIGINT");
    expect(await log.exited).toBe(0);
  });
});

/** Each line of a stream, parsed. */
async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<unknown> {
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + Buffer.from(chunk).toString()).split("\n");
    rest = lines.pop()!;
    for (const line of lines) yield JSON.parse(line);
  }
}

describe("kanban daemon and up", () => {
  test("work until they are stopped, one of them per board", async () => {
    const pidfile = join(cli.env["HOME"]!, "daemon.pid");
    const daemon = start("daemon", "--pidfile", pidfile, "-v");
    await until(() => existsSync(pidfile) && readFileSync(pidfile, "utf8").trim() === String(daemon.pid));

    const second = await cli.run("up", "--port", "0", "--json");
    expect(second).toMatchObject({ exit: 1, stdout: "" });
    expect(JSON.parse(second.stderr).error).toMatchObject({
      code: "refused",
      message: expect.stringContaining(`already: pid ${daemon.pid} on `),
    });

    expect(await cli.run("daemon")).toMatchObject({ exit: 1, stderr: expect.not.stringContaining("runs on") });

    const id = await cli.create("work", "--assignee", "demo");
    await until(() => statusOf(id) === "done", { ms: 10_000 });
    daemon.kill("SIGTERM");
    expect(await daemon.exited).toBe(0);
    expect(existsSync(pidfile)).toBe(false);
    const told = await daemon.stderr.text();
    expect(told).toMatch(/^\d\d:\d\d:\d\d {2}the dispatcher runs on /);
    expect(told).toMatch(new RegExp(`^\\d\\d:\\d\\d:\\d\\d {2}${id} {2}work +created`, "m"));
    expect(told).toContain("spawned");
    expect(told).toEndWith("stopped\n");
    expect(await daemon.stdout.text()).toBe("");
  });

  test("the process ends with the dispatcher: no timer of it is waited for", async () => {
    const took: number[] = [];
    for (let i = 0; i < 3; i++) {
      const daemon = start("daemon");
      await daemon.stderr.getReader().read(); // It says that it runs.
      const began = performance.now();
      daemon.kill("SIGTERM");
      expect(await daemon.exited).toBe(0);
      took.push(performance.now() - began);
    }
    expect(Math.min(...took)).toBeLessThan(400); // The best of three: the machine may be busy. It takes 5 ms.
  });

  test("with --drain the dispatcher says what Ctrl-C does then", async () => {
    const daemon = start("daemon", "--drain");
    const stderr = daemon.stderr.pipeThrough(new TextDecoderStream()).getReader();
    const first = (await stderr.read()).value;
    daemon.kill("SIGINT");

    expect(await daemon.exited).toBe(0);
    expect(first).toContain("; Ctrl-C ends it when its workers have ended\n");
    expect((await stderr.read()).value).toContain("no more tasks are started; it ends after its workers, ");
  });

  test("up tells how runs begin and end, and stops with Ctrl-C", async () => {
    const up = start("up", "--port", "0", "--no-open");
    const id = await cli.create("work", "--assignee", "demo");
    const completed = new RegExp(`${id} {2}work +completed +run \\d+`);
    let [told, stopped] = ["", false];
    for await (const bytes of up.stderr) {
      told += Buffer.from(bytes).toString();
      // What happened is told a moment after the board has it. A second signal would end it at once.
      if (stopped || !completed.test(told)) continue;
      up.kill("SIGINT");
      stopped = true;
    }
    expect(await up.exited).toBe(0);
    expect(told).toContain(`the dispatcher runs on ${join(cli.dir, "kanban.db")} (pid ${up.pid})`);
    expect(told).not.toContain("claimed");
    expect(told).toEndWith("stopped\n");
  });

  test.each([
    [["daemon", "--interval", "soon"], "Cannot use --interval"],
    [["daemon", "--failure-limit", "0"], "Cannot use --failure-limit"],
    [["up", "-j", "0"], "Cannot use --workers: it must be a whole number, 1 or more"],
    [["up", "--max", "1"], "--max"],
  ])("refuse %j", async (words, message) => {
    expect(await cli.run(...words)).toMatchObject({ exit: 2, stdout: "", stderr: expect.stringContaining(message) });
  });
});

describe("profiles", () => {
  const folder = join(cli.dir, "profiles", "greeter");

  test("list and show what is there, without the values of variables", async () => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      join(folder, "config.yaml"),
      'description: says hello\ncommand: ["sh", "-c", "echo hello"]\ncomplete_on_exit: true\nenv: {API_KEY: secret-value}\n',
    );
    const list = await cli.run("profile", "list");
    expect(list.exit).toBe(0);
    expect(list.stdout).toMatch(
      /^NAME +STARTS +FOUND +VERSION +DESCRIPTION\ndemo +\(built in\) +yes .*\ngreeter +sh +yes +- +says hello\n$/,
    );
    const show = await cli.run("profile", "show", "greeter");
    expect(show.stdout).toContain("command           sh -c 'echo hello'");
    expect(show.stdout).toContain("env               API_KEY");
    const printed = [show.stdout, list.stdout, (await cli.run("profile", "show", "greeter", "--json")).stdout].join();
    expect(printed).not.toContain("secret-value");
    expect(await cli.json("assignees")).toContainEqual({ name: "greeter", on_disk: true, person: false, counts: {} });
  });

  test("a broken one is named with its file, and the others are listed", async () => {
    mkdirSync(join(cli.dir, "profiles", "broken"), { recursive: true });
    writeFileSync(join(cli.dir, "profiles", "broken", "config.yaml"), "commnad: [x]\n");
    const { exit, stdout, stderr } = await cli.run("profile", "list");
    expect(exit).toBe(1);
    expect(stdout).toContain("greeter");
    expect(stderr).toContain("broken/config.yaml");
    expect(await cli.run("profile", "show", "nope")).toMatchObject({ exit: 1, stdout: "" });
    expect((await cli.run("init")).stdout).toContain("broken/config.yaml");
  });
});

describe("kanban gc", () => {
  test("removes what is old, after saying so", async () => {
    const task = await cli.json<Task>("claim", await cli.create("old"));
    await cli.run("archive", task.id);
    const before = { rows: cli.dump(), files: files() };
    const dry = await cli.json("gc", "--dry-run", "--workspace-retention-days", "0");
    const own = { task_id: task.id, path: task.workspace_path };
    expect(dry).toMatchObject({ workspaces: expect.arrayContaining([own]), dry_run: true });
    expect({ rows: cli.dump(), files: files() }).toEqual(before);

    const { stdout } = await cli.run("gc", "--event-retention-days", "0", "--workspace-retention-days", "0");

    expect(stdout).toMatch(/^workspace of [\s\S]*\nremoved \d+ events, \d+ workspaces?, \d+ logs?\n$/);
    expect(existsSync(task.workspace_path!)).toBe(false);
    expect((await cli.json<{ events: unknown[] }>("show", task.id)).events.length).toBeLessThan(2);
  });
});
