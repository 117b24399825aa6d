import { afterEach, describe, expect, test } from "bun:test";
import { exitPath } from "../../home.ts";
import { completeTask, getTask, taskEvents, unconfirmedRuns } from "../../kernel/mod.ts";
import { startedFor, STUBBORN, UNTIL_TERM, type TestHome, testHome } from "../../testing/dispatcher.ts";
import { until } from "../../testing/mod.ts";
import { beginEnding } from "./ending.ts";
import { systemProcesses } from "../processes/liveness.ts";
import { readStatus } from "../start/spawn.ts";
import { tick } from "../tick.ts";
import { inView } from "./unseen.ts";

let t: TestHome;
afterEach(() => t?.close());
const system = systemProcesses();

describe("ending a worker", () => {
  test("past its time limit it gets a SIGTERM, and the task its next try", async () => {
    t = testHome();
    t.script(UNTIL_TERM, { max_runtime: 60 });
    const d = t.dispatcher();
    const { id } = t.ready();
    await t.pass(d);
    await t.logged(id, "up");

    t.advance(59_999);
    await t.pass(d);
    expect(d.watched.get(t.run(id).id)!.ending).toBeNull();
    t.advance(2_001);
    await t.pass(d);
    const run = await t.ended(d, id);

    expect(run).toMatchObject({ outcome: "timed_out", error: "ran for 62 s, its time limit is 60 s", exit_code: 0 });
    expect(taskEvents(t.board, id).at(-1)).toMatchObject({
      kind: "timed_out",
      payload: { elapsed_seconds: 62, limit_seconds: 60, sigkill: false },
    });
    expect(getTask(t.board, id)).toMatchObject({ status: "ready", failures: 1 });
    expect(d.pass.tally).toMatchObject({ timed_out: 1, crashed: 0 });
  });

  test("the task's own limit wins over the profile's, and 0 means none", async () => {
    t = testHome();
    t.script("sleep 30", { max_runtime: 60 });
    const d = t.dispatcher();
    const [own, none] = [t.ready({ max_runtime_seconds: 5 }), t.ready({ max_runtime_seconds: 0 })];
    await t.pass(d);

    t.advance(10_000);
    await t.pass(d);

    expect(d.watched.get(t.run(own.id).id)!.ending).not.toBeNull();
    expect(t.run(none.id).max_runtime_seconds).toBeNull();
    t.advance(100_000);
    await t.pass(d);
    expect(getTask(t.board, none.id).status).toBe("running");
  });

  test("one that ignores SIGTERM is killed after five seconds, and other tasks continue meanwhile [T: SIGTERM ignored]", async () => {
    t = testHome();
    t.script(STUBBORN, { max_runtime: 1 });
    t.script("echo quick", { complete_on_exit: true }, "quick");
    const d = t.dispatcher();
    const { id } = t.ready();
    await t.pass(d);
    await t.logged(id, "up");
    t.advance(1_000);
    await t.pass(d);

    const other = t.ready({ assignee: "quick" });
    await t.pass(d);
    expect((await t.ended(d, other.id)).outcome).toBe("completed");
    t.advance(4_999);
    await t.pass(d);
    expect(getTask(t.board, id).status).toBe("running");
    t.advance(1);
    await t.pass(d);
    const run = await t.ended(d, id);

    expect(run).toMatchObject({ outcome: "timed_out" });
    expect(taskEvents(t.board, id).at(-1)!.payload).toMatchObject({ sigkill: true });
    expect(startedFor(system, t.home)).toEqual([]);
  });

  test("arms its own timer: a worker that ignores SIGTERM is checked until its grace is over [B2]", async () => {
    t = testHome();
    t.script(STUBBORN, { max_runtime: 2 });
    const d = t.dispatcher();
    const { id } = t.ready();
    await t.pass(d);
    await t.logged(id, "up");

    const begun = t.clock.ms;
    while (t.clock.ms < begun + 20_000) {
      await t.pass(d);
      expect(d.wake.at).not.toBeNull();
      if (d.watched.get(t.run(id).id)!.ending?.killedAt) break;
      // Nothing but the timers of the dispatcher wakes it.
      t.advance(Math.max(1, d.wake.at! - t.clock.ms));
    }

    expect(t.clock.ms - begun).toBe(7_000);
    expect((await t.ended(d, id)).outcome).toBe("timed_out");
  });

  test("wakes the waiter for the next pass when it is begun between two of them [B2]", async () => {
    t = testHome();
    t.script(UNTIL_TERM);
    const d = t.dispatcher();
    const { id } = t.ready();
    await t.pass(d);
    await t.logged(id, "up");
    await t.pass(d);
    let woken = 0;
    d.wake.onEarlier = () => void woken++;

    beginEnding(d, inView(d.processes, unconfirmedRuns(t.board))[0]!, { kind: "closed" });

    expect(woken).toBe(1);
    expect(d.wake.at).toBe(t.clock.ms + 10);
  });

  test("one that cannot be killed keeps its claim, is reported, and gets no second worker [T: process that cannot]", async () => {
    t = testHome();
    t.script(STUBBORN, { max_runtime: 1 });
    const d = t.dispatcher({ processes: { ...system, signal: () => true } });
    const { id } = t.ready();
    await t.pass(d);
    await t.logged(id, "up");

    for (let second = 0; second < 30; second++) {
      t.advance(1_000);
      await t.pass(d);
    }

    expect(getTask(t.board, id).status).toBe("running");
    expect(t.warnings.length).toBe(1);
    expect(t.warnings[0]).toMatch(/cannot end process [\d, ]+ of task t_\w+ \(run 1\): it survives SIGKILL/);
    system.signal(-t.run(id).pid!, "SIGKILL");
    expect((await t.ended(d, id)).outcome).toBe("timed_out");
  });

  test("a worker that finishes in its grace keeps its handoff", async () => {
    t = testHome();
    t.script(STUBBORN, { max_runtime: 1 });
    const d = t.dispatcher();
    const { id } = t.ready();
    await t.pass(d);
    await t.logged(id, "up");
    t.advance(1_000);
    await t.pass(d);

    completeTask(t.board, id, { runId: t.run(id).id, summary: "just in time" });
    t.advance(5_000);
    await t.pass(d);

    expect(await t.ended(d, id)).toMatchObject({ outcome: "completed", summary: "just in time" });
    expect(getTask(t.board, id)).toMatchObject({ status: "done", failures: 0 });
  });
});

describe("members left behind", () => {
  test("children in the group, and in sessions of their own, are ended before the run is closed [T: SIGTERM ignored]", async () => {
    t = testHome();
    t.script("sleep 300 & setsid sleep 301 & exit 4");
    const d = t.dispatcher();
    const { id } = t.ready();
    await t.pass(d);
    await until(() => readStatus(exitPath(t.home, t.run(id).id)) === 4);
    await until(() => system.look(t.run(id).pid!) === null);

    await tick(d);
    const during = getTask(t.board, id).status;
    const run = await t.ended(d, id);

    expect(during).toBe("running");
    expect(run).toMatchObject({ outcome: "crashed", exit_code: 4 });
    expect(startedFor(system, t.home)).toEqual([]);
  });

  test("a worker continues when only its wrapper was killed, and is ended: its status would be unknown", async () => {
    t = testHome();
    t.script("echo up; exec sleep 300");
    const d = t.dispatcher();
    const { id } = t.ready();
    await t.pass(d);
    await t.logged(id, "up");

    process.kill(t.run(id).pid!, "SIGKILL");
    await t.untilGone(t.run(id).pid!);
    const run = await t.ended(d, id);

    expect(run).toMatchObject({ outcome: "crashed", exit_code: null });
    expect(startedFor(system, t.home)).toEqual([]);
  });
});
