import { afterEach, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { exitPath, logPath, runDir } from "../home.ts";
import {
  archiveTask,
  asActor,
  claimForWorker,
  claimTask,
  completeTask,
  type EventKind,
  getTask,
  moveTask,
  setPaused,
  taskEvents,
  unconfirmedRuns,
} from "../kernel/mod.ts";
import { startedFor, type TestHome, testHome } from "../testing/dispatcher.ts";
import { dump, until } from "../testing/mod.ts";
import { type Processes, systemProcesses } from "./liveness.ts";
import type { Agents } from "./plan.ts";
import { readStatus } from "./spawn.ts";
import { type Dispatcher, type DispatchOptions, newDispatcher } from "./state.ts";
import { dispatchOnce, tick } from "./tick.ts";

let t: TestHome;
afterEach(() => t?.close());

const system = systemProcesses();

/** A dispatcher whose clocks are moved by hand. */
function dispatcher(options: DispatchOptions & { stays?: boolean; processes?: Processes } = {}): Dispatcher {
  return newDispatcher(t.board, t.home, t.config.dispatcher, {
    warn: (line) => t.warnings.push(line),
    monotonic: () => t.clock.monotonic,
    ...options,
  });
}

/** A pass, its starts included. */
async function pass(d: Dispatcher): Promise<void> {
  await tick(d);
  await Promise.all(d.starting.values());
  if (d.fault !== null) throw d.fault;
}

/** Lets time go by, on both clocks. */
function advance(ms: number): void {
  t.clock.ms += ms;
  t.clock.monotonic += ms;
}

/** Passes until the newest run of the task is closed and its processes are gone. */
async function ended(d: Dispatcher, taskId: string) {
  return until(
    async () => {
      await tick(d, { claims: false });
      const run = t.run(taskId);
      return run.ended_at !== null && run.process_gone_at !== null ? run : null;
    },
    { what: `the run of ${taskId} to end` },
  );
}

/** Waits until a worker has written a line into its log. */
const logged = (taskId: string, text: string) =>
  until(() => existsSync(logPath(t.home, taskId)) && readFileSync(logPath(t.home, taskId), "utf8").includes(text), {
    what: `${JSON.stringify(text)} in the log`,
  });

const kindsOf = (taskId: string): EventKind[] => taskEvents(t.board, taskId).map(({ kind }) => kind);
const UNTIL_TERM = "echo up; trap 'exit 0' TERM; while :; do sleep 0.01; done";
const STUBBORN = "trap '' TERM; echo up; while :; do sleep 0.01; done";

describe("how a run ends", () => {
  test("exit 3 is a crash with its code and the end of its log, and the task waits before the next try", async () => {
    t = testHome();
    t.script("echo first; echo 'cannot open the vault' >&2; exit 3");
    const d = dispatcher();
    const { id } = t.ready();

    await pass(d);
    const run = await ended(d, id);

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
    expect(kindsOf(id)).toEqual(["created", "claimed", "spawned", "crashed"]);
    expect(d.tally).toMatchObject({ crashed: 1, auto_blocked: 0 });
  });

  test("kill -9 of the worker is a crash by SIGKILL", async () => {
    t = testHome();
    t.script("echo up; exec sleep 30");
    const d = dispatcher();
    const { id } = t.ready();
    await pass(d);
    await logged(id, "up");
    const worker = startedFor(system, t.home).find(({ pid }) => pid !== t.run(id).pid)!;

    system.signal(worker.pid, "SIGKILL");

    expect(await ended(d, id)).toMatchObject({ outcome: "crashed", exit_code: null, signal: "SIGKILL" });
    expect(t.run(id).error).toStartWith("killed by SIGKILL");
  });

  test("kill -9 of the whole group leaves no exit file and is a crash all the same", async () => {
    t = testHome();
    t.script("echo up; exec sleep 30");
    const d = dispatcher();
    const { id } = t.ready();
    await pass(d);
    await logged(id, "up");

    system.signal(-t.run(id).pid!, "SIGKILL");

    expect(await ended(d, id)).toMatchObject({ outcome: "crashed", exit_code: null, signal: "SIGKILL" });
  });

  test("exit 0 in silence is abandoned", async () => {
    t = testHome();
    t.script("echo I have thought about it");
    const d = dispatcher();
    const { id } = t.ready();

    await pass(d);

    expect(await ended(d, id)).toMatchObject({
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
    const d = dispatcher();
    const { id } = t.ready();

    await pass(d);

    expect(await ended(d, id)).toMatchObject({ outcome: "completed", summary: "working\n\ntranslated 40 pages" });
    expect(getTask(t.board, id)).toMatchObject({ status: "done" });
    expect(taskEvents(t.board, id).at(-1)).toMatchObject({ kind: "completed", actor: "coder" });
  });

  test("exit 0 of such a profile goes to review where the task asks for it", async () => {
    t = testHome();
    t.script("echo done", { complete_on_exit: true });
    const d = dispatcher();
    const { id } = t.ready({ review: true });

    await pass(d);
    await ended(d, id);

    expect(getTask(t.board, id).status).toBe("review");
  });

  test("exit 75 is no failure and comes back after five minutes", async () => {
    t = testHome();
    t.script("exit 75");
    const d = dispatcher();
    const { id } = t.ready();

    await pass(d);

    expect(await ended(d, id)).toMatchObject({ outcome: "rate_limited", exit_code: 75 });
    expect(getTask(t.board, id)).toMatchObject({ status: "ready", failures: 0, retry_at: t.clock.ms + 300_000 });
    advance(299_999);
    await pass(d);
    expect(getTask(t.board, id).status).toBe("ready");
    advance(1);
    await pass(d);
    expect(getTask(t.board, id).status).toBe("running");
  });

  test("leaves nothing of the run behind but its log", async () => {
    t = testHome();
    t.script('cat "$0"', { command: ["/bin/cat", "{mcp_config}"] });
    const d = dispatcher();
    const { id } = t.ready();
    await pass(d);
    const mode = statSync(join(runDir(t.home, t.run(id).id), "mcp.json")).mode & 0o777;

    await ended(d, id);

    expect(mode).toBe(0o600);
    expect(readFileSync(logPath(t.home, id), "utf8")).toContain('"mcpServers"');
    expect(readdirSync(t.home.runs)).toEqual([]);
    expect(readdirSync(t.home.exits)).toEqual([]);
  });

  test("the breaker blocks the task at the limit with the real error", async () => {
    t = testHome();
    t.script("echo no key; exit 2");
    const d = dispatcher({ failureLimit: 3 });
    const { id } = t.ready();

    for (let attempt = 0; attempt < 3; attempt++) {
      await pass(d);
      await ended(d, id);
      advance(300_000);
    }
    await pass(d);

    expect(getTask(t.board, id)).toMatchObject({ status: "blocked", failures: 3, last_error: "exit code 2: no key" });
    expect(t.run(id)).toMatchObject({ outcome: "gave_up", exit_code: 2 });
    expect(kindsOf(id).filter((kind) => kind === "crashed").length).toBe(2);
    expect(kindsOf(id).at(-1)).toBe("gave_up");
    expect(d.tally).toMatchObject({ crashed: 3, auto_blocked: 1 });
  });
});

describe("agents", () => {
  const judged = (verdict: ReturnType<Agents["judge"]>, seen: string[] = []): Agents => ({
    names: () => ["echoer"],
    expand: () => ({ argv: ["/bin/cat"], stdin: "earlier line\nusage: 12\n" }),
    judge({ agent, exit_code, output }) {
      seen.push(`${agent} ${exit_code} ${output}`);
      return verdict;
    },
  });

  test("an error that the agent reports with exit 0 is a crash in its own words", async () => {
    t = testHome();
    t.profile("coder", { agent: "echoer" });
    const seen: string[] = [];
    const d = dispatcher({
      agents: judged({ outcome: "crashed", error: "model overloaded", usage: { tokens: 12 }, session_id: "s1" }, seen),
    });
    const { id } = t.ready();

    await pass(d);
    const run = await ended(d, id);

    expect(run).toMatchObject({
      outcome: "crashed",
      error: "model overloaded",
      usage: { tokens: 12 },
      session_id: "s1",
    });
    expect(seen).toEqual(["echoer 0 earlier line\nusage: 12\n"]);
  });

  test("a rate limit that the agent reports is waited out for as long as it says", async () => {
    t = testHome();
    t.profile("coder", { agent: "echoer" });
    const d = dispatcher({ agents: judged({ outcome: "rate_limited", error: "429", retry_seconds: 60 }) });
    const { id } = t.ready();

    await pass(d);

    expect(await ended(d, id)).toMatchObject({ outcome: "rate_limited", error: "429" });
    expect(getTask(t.board, id).retry_at).toBe(t.clock.ms + 60_000);
  });

  test("ending well is not completing, unless the profile says so", async () => {
    t = testHome();
    t.profile("coder", { agent: "echoer" });
    t.profile("closer", { agent: "echoer", complete_on_exit: true });
    const d = dispatcher({ agents: judged({ outcome: "completed", summary: "all good" }) });
    const [one, two] = [t.ready(), t.ready({ assignee: "closer" })];

    await pass(d);

    expect((await ended(d, one.id)).outcome).toBe("abandoned");
    expect(await ended(d, two.id)).toMatchObject({ outcome: "completed", summary: "all good" });
  });

  test("usage is kept for a run that the worker closed itself", async () => {
    t = testHome();
    t.profile("coder", { agent: "echoer" });
    const d = dispatcher({ agents: judged({ usage: { tokens: 5 } }) });
    const { id } = t.ready();
    await pass(d);
    completeTask(asActor(t.board, "coder"), id, { runId: t.run(id).id, summary: "did it" });

    const run = await ended(d, id);

    expect(run).toMatchObject({ outcome: "completed", summary: "did it", usage: { tokens: 5 }, exit_code: 0 });
  });

  test("a preset that throws leaves the judgement to the exit code", async () => {
    t = testHome();
    t.profile("coder", { agent: "echoer" });
    const agents: Agents = {
      ...judged(null),
      judge() {
        throw new Error("unexpected token");
      },
    };
    const d = dispatcher({ agents });
    const { id } = t.ready();

    await pass(d);

    expect((await ended(d, id)).outcome).toBe("abandoned");
    expect(t.warnings).toEqual([expect.stringContaining("cannot read the output of echoer")]);
  });
});

describe("failed starts", () => {
  test("a missing program is named, counts as a failure and leaves no process", async () => {
    t = testHome();
    t.profile("coder", { command: ["no-such-agent", "{prompt}"] });
    const d = dispatcher();
    const { id } = t.ready();

    await pass(d);

    const error = 'Cannot start profile "coder": program "no-such-agent" not found, it must be on PATH';
    expect(t.run(id)).toMatchObject({ outcome: "spawn_failed", error, pid: null, process_gone_at: t.clock.ms });
    expect(getTask(t.board, id)).toMatchObject({ status: "ready", failures: 1, last_error: error });
    expect(kindsOf(id)).toEqual(["created", "claimed", "spawn_failed"]);
    expect(t.warnings).toEqual([`cannot start task ${id} as coder: ${error}`]);
  });

  test("a relative workspace is one", async () => {
    t = testHome();
    t.script("true");
    const d = dispatcher();
    const { id } = t.ready({ workspace_kind: "dir", workspace_path: "app" });

    await pass(d);

    expect(t.run(id)).toMatchObject({ outcome: "spawn_failed" });
    expect(t.run(id).error).toContain("it must be an absolute path");
  });

  test("a skill that cannot be found is one, by its name", async () => {
    t = testHome();
    t.script("true");
    const d = dispatcher();
    const { id } = t.ready({ skills: ["juggling"] });

    await pass(d);

    expect(t.run(id).error).toStartWith('Cannot load skill "juggling"');
  });

  test("gives up after the limit, with the real error", async () => {
    t = testHome();
    t.profile("coder", { command: ["no-such-agent"] });
    const d = dispatcher({ failureLimit: 2 });
    const { id } = t.ready();

    await pass(d);
    advance(300_000);
    await pass(d);

    expect(getTask(t.board, id)).toMatchObject({ status: "blocked" });
    expect(kindsOf(id)).toEqual(["created", "claimed", "spawn_failed", "claimed", "gave_up"]);
    expect(d.tally.auto_blocked).toBe(1);
  });
});

describe("trouble of the machine", () => {
  test("costs no task an attempt: nothing is claimed until a file can be written again, soon and then less often", async () => {
    t = testHome();
    t.profile("coder", { agent: "echoer", complete_on_exit: true });
    let full = true;
    const agents: Agents = {
      names: () => ["echoer"],
      expand() {
        if (full) throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
        return { argv: ["/bin/echo", "done"] };
      },
      judge: () => null,
    };
    const d = dispatcher({ agents });
    const { id } = t.ready();

    await pass(d);
    expect(t.run(id)).toMatchObject({ outcome: "reclaimed", error: "not started: no space left on device" });
    expect(getTask(t.board, id)).toMatchObject({ status: "ready", failures: 0, retry_at: null });
    expect(d.trouble?.text).toBe("no space left on device");
    advance(999);
    await pass(d);
    expect(d.nextAt).toBe(t.clock.ms + 1);
    expect(t.run(id).id).toBe(1);
    advance(1);
    await pass(d);
    expect(t.run(id).id).toBe(2);
    full = false;
    advance(2_000);
    await pass(d);
    await ended(d, id);

    expect(getTask(t.board, id)).toMatchObject({ status: "done", failures: 0 });
    expect(d.trouble).toBeNull();
    expect(t.warnings).toEqual(["nothing is started for now: no space left on device", "starting workers again"]);
  });
});

describe("ending a worker", () => {
  test("past its time limit it gets a SIGTERM, and the task its next try", async () => {
    t = testHome();
    t.script(UNTIL_TERM, { max_runtime: 60 });
    const d = dispatcher();
    const { id } = t.ready();
    await pass(d);
    await logged(id, "up");

    advance(59_999);
    await pass(d);
    expect(d.watched.get(t.run(id).id)!.ending).toBeNull();
    advance(2_001);
    await pass(d);
    const run = await ended(d, id);

    expect(run).toMatchObject({ outcome: "timed_out", error: "ran for 62 s, its time limit is 60 s", exit_code: 0 });
    expect(taskEvents(t.board, id).at(-1)).toMatchObject({
      kind: "timed_out",
      payload: { elapsed_seconds: 62, limit_seconds: 60, sigkill: false },
    });
    expect(getTask(t.board, id)).toMatchObject({ status: "ready", failures: 1 });
    expect(d.tally).toMatchObject({ timed_out: 1, crashed: 0 });
  });

  test("the task's own limit wins over the profile's, and 0 means none", async () => {
    t = testHome();
    t.script("sleep 30", { max_runtime: 60 });
    const d = dispatcher();
    const [own, none] = [t.ready({ max_runtime_seconds: 5 }), t.ready({ max_runtime_seconds: 0 })];
    await pass(d);

    advance(10_000);
    await pass(d);

    expect(d.watched.get(t.run(own.id).id)!.ending).not.toBeNull();
    expect(t.run(none.id).max_runtime_seconds).toBeNull();
    advance(100_000);
    await pass(d);
    expect(getTask(t.board, none.id).status).toBe("running");
  });

  test("one that ignores SIGTERM is killed after five seconds, and other tasks go on meanwhile", async () => {
    t = testHome();
    t.script(STUBBORN, { max_runtime: 1 });
    t.script("echo quick", { complete_on_exit: true }, "quick");
    const d = dispatcher();
    const { id } = t.ready();
    await pass(d);
    await logged(id, "up");
    advance(1_000);
    await pass(d);

    const other = t.ready({ assignee: "quick" });
    await pass(d);
    expect((await ended(d, other.id)).outcome).toBe("completed");
    advance(4_999);
    await pass(d);
    expect(getTask(t.board, id).status).toBe("running");
    advance(1);
    await pass(d);
    const run = await ended(d, id);

    expect(run).toMatchObject({ outcome: "timed_out" });
    expect(taskEvents(t.board, id).at(-1)!.payload).toMatchObject({ sigkill: true });
    expect(startedFor(system, t.home)).toEqual([]);
  });

  test("one that cannot be killed keeps its claim, is reported, and gets no second worker", async () => {
    t = testHome();
    t.script(STUBBORN, { max_runtime: 1 });
    const d = dispatcher({ processes: { ...system, signal: () => true } });
    const { id } = t.ready();
    await pass(d);
    await logged(id, "up");

    for (let second = 0; second < 30; second++) {
      advance(1_000);
      await pass(d);
    }

    expect(getTask(t.board, id).status).toBe("running");
    expect(t.warnings.length).toBe(1);
    expect(t.warnings[0]).toMatch(/cannot end process [\d, ]+ of task t_\w+ \(run 1\): it survives SIGKILL/);
    system.signal(-t.run(id).pid!, "SIGKILL");
    expect((await ended(d, id)).outcome).toBe("timed_out");
  });

  test("a worker that finishes in its grace keeps its handoff", async () => {
    t = testHome();
    t.script(STUBBORN, { max_runtime: 1 });
    const d = dispatcher();
    const { id } = t.ready();
    await pass(d);
    await logged(id, "up");
    advance(1_000);
    await pass(d);

    completeTask(t.board, id, { runId: t.run(id).id, summary: "just in time" });
    advance(5_000);
    await pass(d);

    expect(await ended(d, id)).toMatchObject({ outcome: "completed", summary: "just in time" });
    expect(getTask(t.board, id)).toMatchObject({ status: "done", failures: 0 });
  });

  test("silent for an hour, four hours into the run, it is presumed wedged", async () => {
    t = testHome();
    t.script(UNTIL_TERM);
    const d = dispatcher();
    const { id } = t.ready();
    await pass(d);
    await logged(id, "up");

    advance(4 * 3_600_000 - 1_000);
    await pass(d);
    expect(d.watched.get(t.run(id).id)!.ending).toBeNull();
    advance(1_000);
    await pass(d);

    expect(await ended(d, id)).toMatchObject({ outcome: "reclaimed", error: "no heartbeat for 240 min" });
    expect(getTask(t.board, id)).toMatchObject({ status: "ready", failures: 0 });
    expect(d.tally.reclaimed).toBe(1);
  });
});

describe("members left behind", () => {
  test("children in the group, and in sessions of their own, are ended before the run is closed", async () => {
    t = testHome();
    t.script("sleep 300 & setsid sleep 301 & exit 4");
    const d = dispatcher();
    const { id } = t.ready();
    await pass(d);
    await until(() => readStatus(exitPath(t.home, t.run(id).id)) === 4);
    await until(() => system.look(t.run(id).pid!) === null);

    await tick(d);
    const during = getTask(t.board, id).status;
    const run = await ended(d, id);

    expect(during).toBe("running");
    expect(run).toMatchObject({ outcome: "crashed", exit_code: 4 });
    expect(startedFor(system, t.home)).toEqual([]);
  });

  test("a worker goes on when only its wrapper was killed, and is ended: nobody could tell its status", async () => {
    t = testHome();
    t.script("echo up; exec sleep 300");
    const d = dispatcher();
    const { id } = t.ready();
    await pass(d);
    await logged(id, "up");

    process.kill(t.run(id).pid!, "SIGKILL");
    await t.untilGone(t.run(id).pid!);
    const run = await ended(d, id);

    expect(run).toMatchObject({ outcome: "crashed", exit_code: null });
    expect(startedFor(system, t.home)).toEqual([]);
  });
});

describe("leases", () => {
  test("a living worker keeps its lease without a heartbeat", async () => {
    t = testHome();
    t.script("sleep 300");
    const d = dispatcher();
    const { id } = t.ready();
    await pass(d);

    for (let minute = 0; minute < 60; minute += 5) {
      advance(300_000);
      await pass(d);
    }

    expect(getTask(t.board, id)).toMatchObject({ status: "running", claim_expires_at: expect.any(Number) });
    expect(getTask(t.board, id).claim_expires_at!).toBeGreaterThan(t.clock.ms);
    expect(kindsOf(id)).toEqual(["created", "claimed", "spawned"]);
  });

  test("a stopped worker loses it, is ended, and may not complete any more", async () => {
    t = testHome();
    t.script("echo up; exec sleep 300");
    const d = dispatcher();
    const { id } = t.ready();
    await pass(d);
    await logged(id, "up");
    const late = t.run(id);
    process.kill(-late.pid!, "SIGSTOP");
    await until(() => system.look(late.pid!)?.state === "T");

    advance(899_999);
    await pass(d);
    expect(getTask(t.board, id).status).toBe("running");
    advance(1);
    const run = await ended(d, id);

    expect(run).toMatchObject({ outcome: "reclaimed", error: "lease ran out" });
    expect(() => completeTask(t.board, id, { runId: late.id, summary: "late" })).toThrow(
      `running under run ${late.id}`,
    );
    expect(startedFor(system, t.home).filter(({ pid }) => pid === late.pid)).toEqual([]);
  });

  test("a claim without a process lives by its lease alone", async () => {
    t = testHome();
    const d = dispatcher();
    const { id } = t.ready({ assignee: "remote" });
    claimTask(t.board, id, { claimer: "elsewhere", ttlSeconds: 60 });

    advance(59_999);
    await pass(d);
    expect(getTask(t.board, id).status).toBe("running");
    advance(1);
    await pass(d);

    expect(getTask(t.board, id).status).toBe("ready");
    expect(t.run(id)).toMatchObject({ outcome: "reclaimed", error: "lease ran out" });
    expect(d.tally.reclaimed).toBe(1);
  });

  test("after the machine slept, none runs out for the length of one lease", async () => {
    t = testHome();
    const d = dispatcher();
    const { id } = t.ready({ assignee: "remote" });
    claimTask(t.board, id, { claimer: "elsewhere", ttlSeconds: 60 });

    t.clock.ms += 8 * 3_600_000;
    d.jumps += 8 * 3_600_000;
    d.jumpedAt = t.clock.monotonic;
    await pass(d);
    expect(getTask(t.board, id).status).toBe("running");
    expect(d.nextAt).toBe(t.clock.ms + 60_000);
    advance(60_000);
    await pass(d);

    expect(getTask(t.board, id).status).toBe("ready");
  });

  test("sleep and a moved clock do not count for time limits", async () => {
    t = testHome();
    t.script("sleep 300", { max_runtime: 60 });
    const d = dispatcher();
    const { id } = t.ready();
    await pass(d);

    t.clock.ms += 10 * 365 * 86_400_000;
    d.jumps += 10 * 365 * 86_400_000;
    d.jumpedAt = t.clock.monotonic;
    await pass(d);
    advance(59_000);
    await pass(d);

    expect(d.watched.get(t.run(id).id)!.ending).toBeNull();
    advance(1_000);
    await pass(d);
    expect(d.watched.get(t.run(id).id)!.ending).toMatchObject({ why: { kind: "timed_out", elapsed_seconds: 60 } });
  });
});

describe("identity", () => {
  test("a pid with another start time is not ours: never signalled, and the run counts as gone", async () => {
    t = testHome();
    t.script("sleep 300", { max_runtime: 1 });
    const { id } = t.ready();
    await pass(dispatcher());
    const { pid } = t.run(id);
    system.signal(-pid!, "SIGKILL");
    await t.untilGone(pid!);
    // Its pid has been given out again.
    const stranger = Bun.spawn(["/bin/sleep", "300"], { detached: true, env: { KANBAN_HOME: t.home.dir } });
    t.board.db.run(`UPDATE task_runs SET pid = ${stranger.pid}, pid_started = '1'`);
    const signals: number[] = [];
    const d = dispatcher({ processes: { ...system, signal: (target) => (signals.push(target), true) } });

    await tick(d);

    expect(signals).toEqual([]);
    expect(system.look(stranger.pid)).not.toBeNull();
    expect(t.run(id)).toMatchObject({ outcome: "crashed", error: "gone without an exit status, probably killed" });
  });

  test("after a reboot a worker is gone, whoever has its pid now", async () => {
    t = testHome();
    t.script("sleep 300");
    const { id } = t.ready();
    await pass(dispatcher());
    const signals: number[] = [];
    const rebooted = { ...system, bootId: "another boot", signal: (pid: number) => (signals.push(pid), true) };

    await tick(dispatcher({ processes: rebooted }));

    expect(signals).toEqual([]);
    expect(t.run(id)).toMatchObject({
      outcome: "crashed",
      error: "gone without an exit status, the machine was restarted",
    });
  });
});

describe("a claim whose worker was never started", () => {
  const claimAs = (pid: number) =>
    claimForWorker(t.board, {
      claimer: `dispatcher@here:${pid}`,
      boot_id: system.bootId,
      profiles: new Map([["coder", { max_running: null, max_runtime_seconds: null }]]),
      maxWorkers: 4,
    });

  test("is left alone while the process that made it may be about to start one", async () => {
    t = testHome();
    const { id } = t.ready();
    claimAs(process.ppid);

    await tick(dispatcher(), { claims: false });
    expect(getTask(t.board, id).status).toBe("running");
    archiveTask(t.board, id);
    await tick(dispatcher(), { claims: false });

    expect(t.run(id).process_gone_at).toBeNull();
  });

  test("is given back when that pid belongs to a younger process", async () => {
    t = testHome();
    const { id } = t.ready();
    const younger = Bun.spawn(["/bin/sleep", "300"], { env: { KANBAN_HOME: t.home.dir } });
    claimAs(younger.pid);
    advance(60_000);

    await tick(dispatcher(), { claims: false });

    expect(t.run(id)).toMatchObject({ outcome: "reclaimed", process_gone_at: t.clock.ms });
    expect(getTask(t.board, id)).toMatchObject({ status: "ready", failures: 0 });
  });
});

describe("processes of closed runs", () => {
  test("a worker that completed its task has five seconds to leave", async () => {
    t = testHome();
    t.script(STUBBORN);
    const d = dispatcher();
    const { id } = t.ready();
    await pass(d);
    await logged(id, "up");
    completeTask(asActor(t.board, "coder"), id, { runId: t.run(id).id, summary: "done" });

    await pass(d);
    advance(4_999);
    await pass(d);
    expect(d.watched.get(t.run(id).id)!.ending).toBeNull();
    advance(1);
    await pass(d);
    expect(d.watched.get(t.run(id).id)!.ending).not.toBeNull();
    advance(5_000);
    await pass(d);

    expect(await ended(d, id)).toMatchObject({ outcome: "completed", signal: "SIGKILL" });
    expect(startedFor(system, t.home)).toEqual([]);
  });

  test.each([
    ["a person completes", (id: string) => completeTask(t.board, id)],
    ["a person archives", (id: string) => archiveTask(t.board, id)],
  ])("the worker of a task that %s is ended at once", async (_, act) => {
    t = testHome();
    t.script(UNTIL_TERM);
    const d = dispatcher();
    const { id } = t.ready();
    await pass(d);
    await logged(id, "up");
    act(id);

    await pass(d);

    expect(d.watched.get(t.run(id).id)!.ending).not.toBeNull();
    await ended(d, id);
    expect(startedFor(system, t.home)).toEqual([]);
  });

  test("a task is not started again before the processes of its last run are gone", async () => {
    t = testHome();
    t.script(STUBBORN);
    const d = dispatcher();
    const { id } = t.ready();
    await pass(d);
    await logged(id, "up");
    const first = t.run(id);
    moveTask(t.board, id, "ready");

    await pass(d);
    await pass(d);
    expect(getTask(t.board, id).status).toBe("ready");
    advance(5_000);
    await until(async () => (await pass(d), getTask(t.board, id).status === "running"));

    expect(t.run(id).id).toBe(2);
    expect(startedFor(system, t.home).filter(({ group }) => group === first.pid)).toEqual([]);
  });
});

describe("choice", () => {
  test("takes by priority and age, no more at once than there is room for", async () => {
    t = testHome();
    t.script("sleep 300");
    const low = t.ready({ priority: 0 });
    const [first, second] = [t.ready({ priority: 2 }), t.ready({ priority: 2 })];
    const d = dispatcher({ maxWorkers: 2 });

    await pass(d);
    await pass(d);

    expect(d.tally.spawned.map(({ task_id }) => task_id)).toEqual([first.id, second.id]);
    expect(getTask(t.board, low.id).status).toBe("ready");
  });

  test("keeps to max_running of a profile and starts others past it", async () => {
    t = testHome();
    t.script("sleep 300", { max_running: 1 });
    t.script("sleep 300", {}, "writer");
    const coders = [t.ready({ priority: 5 }), t.ready({ priority: 4 })];
    const writer = t.ready({ assignee: "writer" });
    const d = dispatcher();

    await pass(d);

    expect(d.tally.spawned.map(({ task_id }) => task_id)).toEqual([coders[0]!.id, writer.id]);
  });

  test("starts at most `max` in a pass, and only the profiles it is limited to", async () => {
    t = testHome();
    t.script("sleep 300");
    t.script("sleep 300", {}, "writer");
    for (let i = 0; i < 3; i++) t.ready();
    t.ready({ assignee: "writer", priority: 9 });
    const d = dispatcher({ max: 1, assignees: ["coder"] });

    await pass(d);
    expect(d.tally.spawned.map(({ assignee }) => assignee)).toEqual(["coder"]);
    await pass(d);
    expect(d.tally.spawned.length).toBe(2);
  });

  test("starts nothing while the board is paused", async () => {
    t = testHome();
    t.script("sleep 300");
    const { id } = t.ready();
    const d = dispatcher();
    setPaused(t.board, true);

    await pass(d);
    expect(getTask(t.board, id).status).toBe("ready");
    setPaused(t.board, false);
    await pass(d);

    expect(getTask(t.board, id).status).toBe("running");
  });

  test("starts what `not_before` held back, when its time has come", async () => {
    t = testHome();
    t.script("sleep 300");
    const { id } = t.ready({ not_before: t.clock.ms + 60_000 });
    const d = dispatcher();

    await pass(d);
    expect(getTask(t.board, id).status).toBe("todo");
    expect(d.nextAt).toBe(t.clock.ms + 60_000);
    advance(60_000);
    await pass(d);

    expect(getTask(t.board, id).status).toBe("running");
    expect(d.tally.promoted).toBe(1);
  });

  test("uses the profile's workspace for tasks that name none", async () => {
    t = testHome();
    t.script("pwd", { workspace: `dir:${t.path("project")}`, complete_on_exit: true });
    const [own, named] = [t.ready(), t.ready({ workspace_kind: "dir", workspace_path: t.path("mine") })];
    const d = dispatcher();

    await pass(d);

    expect((await ended(d, own.id)).summary).toBe(t.path("project"));
    expect((await ended(d, named.id)).summary).toBe(t.path("mine"));
    expect(getTask(t.board, own.id)).toMatchObject({ workspace_kind: "dir", workspace_path: t.path("project") });
  });
});

describe("a worker's environment", () => {
  test("is the contract and the allow-list, and KANBAN_BIN is a program", async () => {
    t = testHome();
    t.script('env; test -x "$KANBAN_BIN" && echo executable; pwd; umask', {
      env: { GREETING: "hi" },
      complete_on_exit: true,
    });
    process.env["KANBAN_TEST_SECRET"] = "s3cret";
    const { id } = t.ready({ tenant: "ops" });
    const d = dispatcher();

    await pass(d);
    const { summary, id: runId } = await ended(d, id);
    delete process.env["KANBAN_TEST_SECRET"];

    const lines = summary!.split("\n");
    expect(lines).toContain("executable");
    expect(lines).toContain("0077");
    expect(lines).toContain(join(t.home.workspaces, id));
    expect(lines).toContain("GREETING=hi");
    for (const [name, value] of Object.entries({
      TASK: id,
      RUN: runId,
      PROFILE: "coder",
      TENANT: "ops",
      HOME: t.home.dir,
    })) {
      expect(lines).toContain(`KANBAN_${name}=${value}`);
    }
    expect(summary).not.toContain("s3cret");
  });
});

describe("dispatchOnce()", () => {
  const once = (options: Parameters<typeof dispatchOnce>[3] = {}) => dispatchOnce(t.board, t.home, t.config, options);

  test("makes one pass, tells what it did and leaves its workers running", async () => {
    t = testHome();
    t.script("sleep 300");
    const mine = t.ready();
    const [unassigned, foreign] = [t.ready({ assignee: null }), t.ready({ assignee: "ann" })];

    const result = await once();

    expect(result).toEqual({
      reclaimed: 0,
      crashed: 0,
      timed_out: 0,
      auto_blocked: 0,
      promoted: 0,
      spawned: [{ task_id: mine.id, assignee: "coder", workspace: join(t.home.workspaces, mine.id) }],
      skipped_unassigned: [unassigned.id],
      skipped_no_profile: [foreign.id],
    });
    expect(system.look(t.run(mine.id).pid!)).not.toBeNull();
  });

  test("looks after the workers of the pass before it", async () => {
    t = testHome();
    t.script("exit 3");
    const { id } = t.ready();
    await once();
    await t.untilGone(t.run(id).pid!);

    const { crashed, spawned } = await once();

    expect({ crashed, spawned }).toEqual({ crashed: 1, spawned: [] });
    expect(t.run(id)).toMatchObject({ outcome: "crashed", exit_code: 3 });
  });

  test("sees the end of a worker through that it told to end", async () => {
    t = testHome();
    t.script(UNTIL_TERM, { max_runtime: 1 });
    const { id } = t.ready();
    await once();
    await logged(id, "up");
    t.clock.ms += 2_000;

    const { timed_out } = await once();

    expect(timed_out).toBe(1);
    expect(t.run(id)).toMatchObject({ outcome: "timed_out", process_gone_at: t.clock.ms });
  });

  test("with dryRun tells what it would start and changes nothing at all", async () => {
    t = testHome();
    t.script("sleep 300");
    t.script("sleep 300", { max_running: 1 }, "writer");
    const [one, two] = [t.ready(), t.ready({ assignee: "writer" })];
    t.ready({ assignee: "writer" });
    const files = () => readdirSync(t.home.dir, { recursive: true }).sort();
    const before = { rows: dump(t.board), files: files() };

    const { spawned } = await once({ dryRun: true, maxWorkers: 3 });

    expect(spawned.map(({ task_id, workspace }) => [task_id, workspace])).toEqual([
      [one.id, join(t.home.workspaces, one.id)],
      [two.id, join(t.home.workspaces, two.id)],
    ]);
    expect({ rows: dump(t.board), files: files() }).toEqual(before);
  });
});

describe("what a worker prints and removes", () => {
  test("binary output and lines without end reach the log, and the reason is still text", async () => {
    t = testHome();
    t.script("head -c 300000 /dev/urandom; head -c 3000000 /dev/zero; exit 3");
    const d = dispatcher();
    const { id } = t.ready();

    await pass(d);
    const run = await ended(d, id);

    expect(run).toMatchObject({ outcome: "crashed", exit_code: 3 });
    expect(run.error!.length).toBeLessThan(300);
    expect(statSync(logPath(t.home, id)).size).toBe(3_300_000);
    t.script("echo second; exit 4");
    advance(300_000);
    await pass(d);
    await ended(d, id);
    expect(readFileSync(logPath(t.home, id), "utf8")).toBe("second\n");
    expect(statSync(`${logPath(t.home, id)}.1`).size).toBe(3_300_000);
  });

  test("a worker that removes its log and its workspace is judged all the same", async () => {
    t = testHome();
    t.script('rm "$KANBAN_HOME/logs/$KANBAN_TASK.log"; rm -r "$KANBAN_WORKSPACE"; echo gone; exit 3');
    const d = dispatcher();
    const { id } = t.ready();

    await pass(d);
    expect(await ended(d, id)).toMatchObject({ outcome: "crashed", exit_code: 3, error: "exit code 3" });
    t.script("pwd", { complete_on_exit: true });
    advance(300_000);
    await pass(d);

    expect((await ended(d, id)).summary).toBe(join(t.home.workspaces, id));
  });

  test("a worker inherits no file of ours", async () => {
    t = testHome();
    t.script("ls -l /proc/self/fd | sed 's/.* -> //'", { complete_on_exit: true });
    const d = dispatcher();
    const { id } = t.ready();

    await pass(d);

    expect((await ended(d, id)).summary).not.toContain(t.home.db);
    expect(readFileSync(logPath(t.home, id), "utf8")).not.toContain("sqlite");
  });
});

test("a title of any bytes arrives as one argument and nothing else", async () => {
  t = testHome();
  mkdirSync(t.path("work"));
  t.profile("coder", {
    command: ["printf", "[%s]", "{prompt}", "-p={prompt}"],
    prompt: "{title}",
    complete_on_exit: true,
  });
  const titles = [
    "--help",
    "$(touch x); `touch x`",
    "a\nb\t\"'\\",
    "\u{1f5c2}\u202e\u0001",
    "{task} {workspace}",
    "%s %d",
    "; exit 3 #",
  ];
  const d = dispatcher({ maxWorkers: 20 });
  const tasks = titles.map((title) => t.ready({ title, workspace_kind: "dir", workspace_path: t.path("work") }));

  await pass(d);
  for (const { id } of tasks) await ended(d, id);

  const summaries = tasks.map(({ id }) => t.run(id).summary);
  expect(summaries).toEqual(titles.map((title) => `[${title.startsWith("-") ? ` ${title}` : title}][-p=${title}]`));
  expect(readdirSync(t.path("work"))).toEqual([]);
  expect(unconfirmedRuns(t.board)).toEqual([]);
  writeFileSync(t.path("work/x"), ""); // The folder was writable: an injected command would have left this.
});
