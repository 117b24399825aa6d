import { afterEach, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import {
  archiveTask,
  asActor,
  claimForWorker,
  claimTask,
  completeTask,
  getTask,
  moveTask,
  requestChanges,
} from "../../kernel/mod.ts";
import { startedFor, STUBBORN, UNTIL_TERM, type TestHome, testHome } from "../../testing/dispatcher.ts";
import { until } from "../../testing/mod.ts";
import { systemProcesses } from "../processes/liveness.ts";
import { dispatchOnce, tick } from "../tick.ts";

let t: TestHome;
afterEach(() => t?.close());
const system = systemProcesses();

describe("leases", () => {
  test("a living worker keeps its lease without a heartbeat", async () => {
    t = testHome();
    t.script("sleep 300");
    const d = t.dispatcher();
    const { id } = t.ready();
    await t.pass(d);

    for (let minute = 0; minute < 60; minute += 5) {
      t.advance(300_000);
      await t.pass(d);
    }

    expect(getTask(t.board, id)).toMatchObject({ status: "running", claim_expires_at: expect.any(Number) });
    expect(getTask(t.board, id).claim_expires_at!).toBeGreaterThan(t.clock.ms);
    expect(t.kinds(id)).toEqual(["created", "claimed", "spawned"]);
  });

  test("a stopped worker loses it even with active helpers, is ended, and may not complete any more [T: worker stopped]", async () => {
    t = testHome();
    t.script("setsid sleep 301 & echo up; exec sleep 300");
    const d = t.dispatcher();
    const { id } = t.ready();
    await t.pass(d);
    await t.logged(id, "up");
    const late = t.run(id);
    process.kill(-late.pid!, "SIGSTOP");
    await until(() => system.look(late.pid!)?.state === "T");

    t.advance(899_999);
    await t.pass(d);
    expect(getTask(t.board, id).status).toBe("running");
    t.advance(1);
    const run = await t.ended(d, id);

    expect(run).toMatchObject({ outcome: "reclaimed", error: "lease ran out" });
    expect(() => completeTask(t.board, id, { runId: late.id, summary: "late" })).toThrow(
      `running under run ${late.id}`,
    );
    expect(startedFor(system, t.home).filter(({ pid }) => pid === late.pid)).toEqual([]);
  });

  test("a claim without a process lives by its lease alone", async () => {
    t = testHome();
    const d = t.dispatcher();
    const { id } = t.ready({ assignee: "remote" });
    claimTask(t.board, id, { claimer: "elsewhere", ttlSeconds: 60 });

    t.advance(59_999);
    await t.pass(d);
    expect(getTask(t.board, id).status).toBe("running");
    t.advance(1);
    await t.pass(d);

    expect(getTask(t.board, id).status).toBe("ready");
    expect(t.run(id)).toMatchObject({ outcome: "reclaimed", error: "lease ran out" });
    expect(d.pass.tally.reclaimed).toBe(1);
  });

  test("a single pass after the machine slept takes back at once what ran out [T: suspend and resume]", async () => {
    t = testHome();
    const { id } = t.ready({ assignee: "remote" });
    claimTask(t.board, id, { claimer: "elsewhere", ttlSeconds: 60 });
    t.clock.ms += 8 * 3_600_000;

    const result = await dispatchOnce(t.board, t.home, t.config);

    expect(result.reclaimed).toBe(1);
    expect(t.run(id)).toMatchObject({ outcome: "reclaimed", error: "lease ran out" });
  });

  test("after the machine slept, none runs out for the length of one lease [T: suspend and resume]", async () => {
    t = testHome();
    const d = t.dispatcher();
    const { id } = t.ready({ assignee: "remote" });
    claimTask(t.board, id, { claimer: "elsewhere", ttlSeconds: 60 });

    t.clock.ms += 8 * 3_600_000;
    d.clock.jumps += 8 * 3_600_000;
    d.clock.jumpedAt = t.clock.monotonic;
    await t.pass(d);
    expect(getTask(t.board, id).status).toBe("running");
    expect(d.wake.at).toBe(t.clock.ms + 60_000);
    t.advance(60_000);
    await t.pass(d);

    expect(getTask(t.board, id).status).toBe("ready");
  });

  test("sleep and a moved clock do not count for time limits [T: clock ±1 h]", async () => {
    t = testHome();
    t.script("sleep 300", { max_runtime: 60 });
    const d = t.dispatcher();
    const { id } = t.ready();
    await t.pass(d);

    t.clock.ms += 10 * 365 * 86_400_000;
    d.clock.jumps += 10 * 365 * 86_400_000;
    d.clock.jumpedAt = t.clock.monotonic;
    await t.pass(d);
    t.advance(59_000);
    await t.pass(d);

    expect(d.watched.get(t.run(id).id)!.ending).toBeNull();
    t.advance(1_000);
    await t.pass(d);
    expect(d.watched.get(t.run(id).id)!.ending).toMatchObject({ why: { kind: "timed_out", elapsed_seconds: 60 } });
  });
});

describe("identity", () => {
  test("a pid with another start time is not ours: never signalled, and the run counts as gone [T: pid reused, reboot]", async () => {
    t = testHome();
    t.script("sleep 300", { max_runtime: 1 });
    const { id } = t.ready();
    await t.pass(t.dispatcher());
    const { pid } = t.run(id);
    system.signal(-pid!, "SIGKILL");
    // All of the group: a member that is on its way out would rightly be signalled as the run's own.
    await until(() => startedFor(system, t.home).length === 0);
    // Its pid has been given out again.
    const stranger = Bun.spawn(["/bin/sleep", "300"], { detached: true, env: { KANBAN_HOME: t.home.dir } });
    t.board.db.run(`UPDATE tasks SET run_pid = ${stranger.pid}, run_pid_started = '1' WHERE status = 'running'`);
    const signals: number[] = [];
    const d = t.dispatcher({ processes: { ...system, signal: (target) => (signals.push(target), true) } });

    await tick(d);

    expect(signals).toEqual([]);
    expect(system.look(stranger.pid)).not.toBeNull();
    expect(t.run(id)).toMatchObject({ outcome: "crashed", error: "ended without an exit status, probably killed" });
  });

  test("after a reboot a worker is gone, even if another process has its pid [T: pid reused, reboot]", async () => {
    t = testHome();
    t.script("sleep 300");
    const { id } = t.ready();
    const machine = { ...system, host: "build#0123abcd" }; // Where a test runs there may be no machine id.
    await t.pass(t.dispatcher({ processes: machine }));
    const signals: number[] = [];
    const rebooted = { ...machine, bootId: "another boot", signal: (pid: number) => (signals.push(pid), true) };

    await tick(t.dispatcher({ processes: rebooted }));

    expect(signals).toEqual([]);
    expect(t.run(id)).toMatchObject({
      outcome: "crashed",
      error: "ended without an exit status: the machine was restarted",
    });
  });
});

describe("a claim whose worker was never started", () => {
  const claimAs = (pid: number) =>
    claimForWorker(t.board, {
      claimer: `dispatcher@here:${pid}`,
      boot_id: system.bootId,
      pid_namespace: system.namespace,
      profiles: new Map([["coder", { max_running: null, max_runtime_seconds: null }]]),
      maxWorkers: 4,
    });

  test("is left alone while the process that made it may be about to start one", async () => {
    t = testHome();
    const { id } = t.ready();
    claimAs(process.ppid);

    await tick(t.dispatcher(), { claims: false });
    expect(getTask(t.board, id).status).toBe("running");
    archiveTask(t.board, id);
    await tick(t.dispatcher(), { claims: false });

    expect(t.run(id).process_gone_at).toBeNull();
  });

  test("is given back when that pid belongs to a younger process", async () => {
    t = testHome();
    const { id } = t.ready();
    const younger = Bun.spawn(["/bin/sleep", "300"], { env: { KANBAN_HOME: t.home.dir } });
    claimAs(younger.pid);
    t.advance(60_000);

    await tick(t.dispatcher(), { claims: false });

    expect(t.run(id)).toMatchObject({ outcome: "reclaimed", process_gone_at: t.clock.ms });
    expect(getTask(t.board, id)).toMatchObject({ status: "ready", failures: 0 });
  });
});

describe("processes of closed runs", () => {
  test("a worker that completed its task has a minute to leave: what it used comes last [N3]", async () => {
    t = testHome();
    t.script(STUBBORN);
    const d = t.dispatcher();
    const { id } = t.ready();
    await t.pass(d);
    await t.logged(id, "up");
    completeTask(asActor(t.board, "coder"), id, { runId: t.run(id).id, summary: "done" });

    await t.pass(d);
    t.advance(59_999);
    await t.pass(d);
    expect(d.watched.get(t.run(id).id)!.ending).toBeNull();
    t.advance(1);
    await t.pass(d);
    expect(d.watched.get(t.run(id).id)!.ending).not.toBeNull();
    t.advance(5_000);
    await t.pass(d);

    expect(await t.ended(d, id)).toMatchObject({ outcome: "completed", signal: "SIGKILL" });
    expect(startedFor(system, t.home)).toEqual([]);
  });

  test("one that takes that long holds up no other task, and its last turn is kept [N3]", async () => {
    t = testHome();
    const last = t.path("last turn");
    const script = `echo up; until [ -e '${last}' ]; do sleep 0.01; done; echo used`;
    t.profile("coder", { agent: "late" });
    const d = t.dispatcher({
      maxWorkers: 1,
      agents: {
        names: () => ["late"],
        expand: () => ({ argv: ["/bin/sh", "-c", script] }),
        judge: ({ output }) => ({ usage: { lines: output.trim().split("\n").length } }),
      },
    });
    const [one, two] = [t.ready(), t.ready()];
    await t.pass(d);
    await t.logged(one.id, "up");
    completeTask(asActor(t.board, "coder"), one.id, { runId: t.run(one.id).id, summary: "done" });

    await t.pass(d);
    expect(getTask(t.board, two.id).status).toBe("ready");
    expect(d.wake.at).toBeLessThanOrEqual(t.clock.ms + 5_000);
    t.advance(5_000);
    await t.pass(d);
    expect(getTask(t.board, two.id).status).toBe("running");
    expect(t.run(one.id)).toMatchObject({ process_gone_at: null, usage: null });
    writeFileSync(last, "");

    expect(await t.ended(d, one.id)).toMatchObject({ outcome: "completed", usage: { lines: 2 }, exit_code: 0 });
  });

  test("one that is to be started again is ended after five seconds", async () => {
    t = testHome();
    t.script(STUBBORN);
    const d = t.dispatcher();
    const { id } = t.ready({ review: true });
    await t.pass(d);
    await t.logged(id, "up");
    const run = t.run(id);
    completeTask(asActor(t.board, "coder"), id, { runId: run.id, summary: "done" });
    await t.pass(d);
    requestChanges(t.board, id, { reason: "no tests" });

    t.advance(4_999);
    await t.pass(d);
    expect(d.watched.get(run.id)!.ending).toBeNull();
    t.advance(1);
    await t.pass(d);

    expect(d.watched.get(run.id)!.ending).not.toBeNull();
  });

  test("one that left processes behind is checked again soon, because their end is not reported", async () => {
    t = testHome();
    t.script("echo up; sleep 300");
    const d = t.dispatcher();
    const { id } = t.ready();
    await t.pass(d);
    await t.logged(id, "up");
    const { id: runId, pid } = t.run(id);
    completeTask(asActor(t.board, "coder"), id, { runId, summary: "done" });

    process.kill(pid!, "SIGKILL");
    await until(() => (system.look(pid!)?.state ?? "Z") === "Z");
    await t.pass(d);
    expect(d.wake.at).toBe(t.clock.ms + 10);
    t.advance(400);
    await t.pass(d);
    expect(d.wake.at).toBe(t.clock.ms + 400);
    t.advance(4_000);
    await t.pass(d);
    expect(d.wake.at).toBe(t.clock.ms + 600);
    expect(t.run(id).process_gone_at).toBeNull();
    expect(d.watched.get(runId)!.ending).toBeNull();
  });

  test.each([
    ["a person completes", (id: string) => completeTask(t.board, id)],
    ["a person archives", (id: string) => archiveTask(t.board, id)],
  ])("the worker of a task that %s is ended at once", async (_, act) => {
    t = testHome();
    t.script(UNTIL_TERM);
    const d = t.dispatcher();
    const { id } = t.ready();
    await t.pass(d);
    await t.logged(id, "up");
    act(id);

    await t.pass(d);

    expect(d.watched.get(t.run(id).id)!.ending).not.toBeNull();
    await t.ended(d, id);
    expect(startedFor(system, t.home)).toEqual([]);
  });

  test("a task is not started again before the processes of its last run are gone", async () => {
    t = testHome();
    t.script(STUBBORN);
    const d = t.dispatcher();
    const { id } = t.ready();
    await t.pass(d);
    await t.logged(id, "up");
    const first = t.run(id);
    moveTask(t.board, id, "ready");

    await t.pass(d);
    await t.pass(d);
    expect(getTask(t.board, id).status).toBe("ready");
    t.advance(5_000);
    await until(async () => (await t.pass(d), getTask(t.board, id).status === "running"));

    expect(t.run(id).id).toBe(2);
    expect(startedFor(system, t.home).filter(({ group }) => group === first.pid)).toEqual([]);
  });
});
