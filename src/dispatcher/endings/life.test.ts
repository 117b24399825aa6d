import { afterEach, describe, expect, test } from "bun:test";
import { appendFileSync } from "node:fs";
import { logPath } from "../../home.ts";
import { asActor, completeTask, getTask, heartbeat, taskEvents } from "../../kernel/mod.ts";
import { type TestHome, testHome } from "../../testing/dispatcher.ts";
import { until } from "../../testing/mod.ts";
import { cpuMsOf, systemProcesses } from "../processes/liveness.ts";
import { parseTimes } from "../processes/liveness_ps.ts";
import { readStartRecord } from "../logs/run_files.ts";
import type { Dispatcher } from "../state.ts";
import { tick } from "../tick.ts";

let t: TestHome;
let cpuMs = 0;
afterEach(() => {
  t?.close();
  cpuMs = 0;
});
const system = systemProcesses();
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const IDLE = "exec sleep 300";

/** A dispatcher that is awake for so long, each pass as late as its own timers allow. */
async function awake(d: Dispatcher, ms: number, eachMinute?: () => void): Promise<void> {
  const end = t.clock.ms + ms;
  let minute = eachMinute === undefined ? Infinity : t.clock.ms + MINUTE;
  while (t.clock.ms < end) {
    await tick(d, { claims: false });
    t.advance(Math.min(end, minute, Math.max(t.clock.ms + 1, d.wake.at ?? Infinity)) - t.clock.ms);
    if (t.clock.ms < minute) continue;
    minute += MINUTE;
    eachMinute!();
  }
  await tick(d, { claims: false });
}

async function started(settings: Record<string, unknown> = { stale_after: "1h" }) {
  t = testHome();
  t.script(IDLE, settings);
  const d = t.dispatcher({ processes: { ...system, cpuMs: () => cpuMs } });
  const { id } = t.ready();
  await t.pass(d);
  /** Whether it is being ended for its silence, or was. */
  const isFoundSilent = () =>
    t.run(id).silent_seconds !== null || d.watched.get(t.run(id).id)?.ending?.why.kind === "silent";
  return { d, id, isFoundSilent };
}

describe("a silent worker", () => {
  test("is ended an hour after its last sign of life, four hours into the run at the earliest [K1]", async () => {
    const { d, id, isFoundSilent } = await started();

    await awake(d, 4 * HOUR - 1);
    expect(isFoundSilent()).toBe(false);
    await awake(d, 1);

    expect(isFoundSilent()).toBe(true);
    expect(await t.ended(d, id)).toMatchObject({
      outcome: "reclaimed",
      error: "no sign of life for 60 min",
      silent_seconds: 3_600,
    });
    expect(getTask(t.board, id)).toMatchObject({ status: "ready", failures: 0 });
    expect(d.pass.tally).toMatchObject({ reclaimed: 1, timed_out: 0 });
    expect(t.warnings).toEqual([
      `the worker of task ${id} (run 1) showed no sign of life for 60 min: it is reclaimed and tried again. Its log: kanban log ${id}`,
    ]);
  });

  test("counts as a failure the second time in a row, and is notified [K1]", async () => {
    const { d, id } = await started();
    for (let run = 1; run <= 2; run++) {
      await awake(d, 4 * HOUR);
      await t.ended(d, id);
      if (run === 1) await t.pass(d);
    }

    expect(t.run(id)).toMatchObject({
      id: 2,
      outcome: "timed_out",
      error: "no sign of life for 60 min, as the run before",
      silent_seconds: 3_600,
    });
    expect(getTask(t.board, id)).toMatchObject({ status: "ready", failures: 1 });
    expect(taskEvents(t.board, id).at(-1)).toMatchObject({
      kind: "timed_out",
      payload: { elapsed_seconds: 3_600, limit_seconds: 3_600, sigkill: false, silent: true },
    });
    expect(t.warnings.at(-1)).toContain("(run 2) showed no sign of life for 60 min: the second run in a row");
    expect(d.pass.tally).toMatchObject({ reclaimed: 1, timed_out: 1 });
  });

  test.each<[string, (id: string, minute: number) => void]>([
    ["prints", (id, minute) => appendFileSync(logPath(t.home, id), `minute ${minute}\n`)],
    ["computes", () => void (cpuMs += 1_000)],
    ["sends heartbeats", (id) => void heartbeat(asActor(t.board, "coder"), id, { runId: t.run(id).id })],
  ])("is not one that %s [K1]", async (_, sign) => {
    const { d, id, isFoundSilent } = await started({ stale_after: "10m" });
    await awake(d, 4 * HOUR - 10 * MINUTE);

    let minute = 0;
    await awake(d, 22 * MINUTE, () => sign(id, ++minute));
    expect(isFoundSilent()).toBe(false);
    await awake(d, 12 * MINUTE);

    expect(isFoundSilent()).toBe(true);
  });

  test("is one that computes no more than an idle program does", async () => {
    const { d, isFoundSilent } = await started({ stale_after: "10m" });

    await awake(d, 4 * HOUR - 20 * MINUTE);
    await awake(d, 20 * MINUTE, () => void (cpuMs += 100));

    expect(isFoundSilent()).toBe(true);
  });

  test("is never ended when it is a command without tools, or its limit is none [K1]", async () => {
    for (const settings of [
      {},
      { stale_after: "none" },
      { command: ["sleep", "300", "{mcp_config}"], stale_after: 0 },
    ]) {
      t?.close();
      const { d, id, isFoundSilent } = await started(settings);
      expect(readStartRecord(t.home, t.run(id).id)).toMatchObject({ stale_after_seconds: 0 });

      await awake(d, 6 * HOUR);

      expect(isFoundSilent()).toBe(false);
    }
  });

  test("is ended by the dispatcher's own limit when it has tools, and its profile says nothing else", async () => {
    const { d, id, isFoundSilent } = await started({ command: ["sh", "-c", IDLE, "{mcp_config}"] });
    expect(readStartRecord(t.home, t.run(id).id)).toMatchObject({ stale_after_seconds: null });

    await awake(d, 4 * HOUR);

    expect(isFoundSilent()).toBe(true);
  });

  test("does not count the time that the machine slept [T: suspend and resume]", async () => {
    const { d, isFoundSilent } = await started();
    await awake(d, 4 * HOUR - 10 * MINUTE);

    t.clock.ms += 8 * HOUR;
    d.clock.jumps += 8 * HOUR;
    d.clock.jumpedAt = t.clock.monotonic;
    await tick(d, { claims: false });
    expect(isFoundSilent()).toBe(false);
    await awake(d, 15 * MINUTE);

    expect(isFoundSilent()).toBe(true);
  });
});

describe("silence in a row", () => {
  test("is over when the run between the two ended in another way", async () => {
    const { d, id } = await started();
    await awake(d, 4 * HOUR);
    await t.ended(d, id);
    await t.pass(d);
    process.kill(-t.run(id).pid!, "SIGKILL");
    await t.ended(d, id);
    t.advance(5 * MINUTE);
    await t.pass(d);
    expect(t.run(id).id).toBe(3);

    await awake(d, 4 * HOUR);

    expect(await t.ended(d, id)).toMatchObject({ outcome: "reclaimed", silent_seconds: 3_600 });
    expect(getTask(t.board, id).failures).toBe(1);
  });

  test("leaves the handoff of a worker that finished in its grace", async () => {
    const { d, id, isFoundSilent } = await started();
    await awake(d, 4 * HOUR);
    expect(isFoundSilent()).toBe(true);
    completeTask(asActor(t.board, "coder"), id, { runId: 1, summary: "just in time" });

    expect(await t.ended(d, id)).toMatchObject({ outcome: "completed", silent_seconds: null });
  });
});

describe("cpuMs()", () => {
  test("grows for a process that computes, and adds what its children used", async () => {
    const child = Bun.spawn(["sh", "-c", "n=0; while test $n -lt 300000; do n=$((n+1)); done; exec sleep 300"]);
    await until(() => system.cpuMs([child.pid]) > 50, { ms: 30_000 });
    child.kill();
    await child.exited;

    expect(system.cpuMs([])).toBe(0);
    expect(cpuMsOf(`42 (a ) b) S 1 42 40 0 -1 4194304 0 0 0 0 5 6 7 8 20 0 1 0 987654 0 0`)).toBe(260);
    expect(cpuMsOf(null)).toBe(0);
  });

  test("reads what ps prints", () => {
    expect(parseTimes("  0:01.50\n")).toBe(1_500);
    expect(parseTimes("00:00:02\n  1-02:03:04\n")).toBe(2_000 + ((26 * 60 + 3) * 60 + 4) * 1_000);
    expect(parseTimes("")).toBe(0);
  });
});
