import { afterEach, describe, expect, test } from "bun:test";
import { rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { readSmall } from "../files.ts";
import { addComment, acquireLock, type Lock, setPaused } from "../kernel/mod.ts";
import { type DaemonProcess, daemonProcess, type TestHome, testHome } from "../testing/dispatcher.ts";
import { EPOCH, until } from "../testing/mod.ts";
import { silentSince, type Signs } from "./answering.ts";
import { type DispatcherState, dispatcherStatus, Publication, writeState } from "./status.ts";

let t: TestHome;
let lock: Lock | null = null;
let daemon: DaemonProcess | null = null;
afterEach(async () => {
  daemon?.kill("SIGKILL");
  await daemon?.exited;
  daemon = null;
  lock?.release();
  lock = null;
  t?.close();
});

const NOW = EPOCH + 3_600_000;
const STATE: DispatcherState = {
  ...{ pid: process.pid, host: "here", started_at: EPOCH, max_workers: 1, assignees: null },
  ...{ draining: false, warning: null, trouble: null, unseen: null, beat_ms: null },
};

describe("silentSince()", () => {
  const signs = (given: Partial<Signs>) => ({
    now: NOW,
    beat_ms: 15_000,
    beat_at: NOW,
    startableSince: () => null,
    ...given,
  });

  test.each<[string, Partial<Signs>, number | null]>([
    ["a beat of this moment", {}, null],
    ["a beat of two intervals ago", { beat_at: NOW - 30_000 }, null],
    ["a beat of longer ago", { beat_at: NOW - 30_001 }, NOW - 30_001],
    ["a beat of tomorrow, because the clock was set back", { beat_at: NOW + 86_400_000 }, null],
    ["a beat, whatever waits", { startableSince: () => 0 }, null],
    ["a state that is not there", { beat_at: null }, null],
    ["an old program with nothing to do", { beat_ms: null, beat_at: 0 }, null],
    ["an old program, work for 30 s", { beat_ms: null, startableSince: () => NOW - 30_000 }, null],
    ["an old program, work for longer", { beat_ms: null, startableSince: () => NOW - 30_001 }, NOW - 30_001],
    ["no state, work for longer", { beat_at: null, startableSince: () => NOW - 30_001 }, NOW - 30_001],
  ])("%s [K2]", (_what, given, since) => {
    expect(silentSince(signs(given))).toBe(since);
  });
});

describe("dispatcherStatus() of one that does not touch its state", () => {
  /** A ready task that its dispatcher does not start. */
  function waiting(told: Partial<DispatcherState> = {}) {
    t = testHome();
    t.script("true");
    lock = acquireLock(t.home.dispatcherLock, { pid: process.pid, host: "here", started_at: EPOCH }) as Lock;
    t.ready();
    writeState(t.home, { ...STATE, ...told });
  }
  const silent = () => {
    const status = dispatcherStatus(t.home, { now: t.clock.ms, board: t.board });
    return status.running && !status.answers ? status.silent_since : null;
  };

  test("doubts it when a task that it should start waits for 30 s and nothing happens [K2]", () => {
    waiting();

    t.advance(30_000);
    expect(silent()).toBeNull();
    t.advance(1);
    expect(silent()).toBe(EPOCH);
    expect(dispatcherStatus(t.home, { now: t.clock.ms })).toMatchObject({ answers: true }); // Without a board to read.
    addComment(t.board, t.ready().id, { body: "something happens" });
    expect(silent()).toBeNull();
  });

  test("does so without its state too [K2]", () => {
    waiting();
    writeFileSync(t.home.dispatcherState, "{");
    t.advance(30_001);

    expect(silent()).toBe(EPOCH);
  });

  test.each<[string, Partial<DispatcherState>]>([
    ["starts nothing more", { draining: true }],
    ["says what is wrong", { warning: "tasks are ready and none is started" }],
    ["is in trouble", { trouble: "the disk is full" }],
    ["leaves that profile to others", { assignees: ["writer"] }],
    ["was just started", { started_at: EPOCH }],
  ])("believes one that %s [K2]", (what, told) => {
    waiting(told);
    if (what === "was just started") {
      lock!.release();
      t.advance(20_000);
      const started_at = t.clock.ms;
      lock = acquireLock(t.home.dispatcherLock, { pid: process.pid, host: "here", started_at }) as Lock;
      t.advance(20_000);
    } else t.advance(60_000);

    expect(silent()).toBeNull();
  });

  test("expects nothing while the board is paused, or all its slots are taken [K2]", async () => {
    waiting();
    setPaused(t.board, true);
    t.advance(60_000);
    expect(silent()).toBeNull();
    setPaused(t.board, false);
    t.advance(60_000);
    expect(silent()).not.toBeNull();
    t.script("sleep 300");
    await t.pass(t.dispatcher());
    t.ready({ title: "the next" });
    t.advance(60_000);

    expect(silent()).toBeNull();
  });
});

test("a stopped dispatcher does not answer, and answers when it continues [K2]", async () => {
  t = testHome({ now: Date.now });
  daemon = await daemonProcess(t.home, { options: { beatSeconds: 0.3, intervalSeconds: 0.1 } });
  const answers = () => {
    const status = dispatcherStatus(t.home);
    return status.running && status.answers;
  };
  await until(answers, { what: "an answer" });

  daemon.kill("SIGSTOP");
  const stopped = await until(() => !answers() && dispatcherStatus(t.home), { what: "silence" });
  const silentFor = Date.now() - (stopped as { silent_since: number }).silent_since;
  daemon.kill("SIGCONT");
  await until(answers, { what: "an answer again" });

  expect(stopped).toMatchObject({ running: true, pid: daemon.pid });
  expect(silentFor).toBeGreaterThan(600);
});

describe("Publication", () => {
  test("touches the file when that is due or the clock was moved, and writes it again when it is gone or a pipe [A3] [K2]", () => {
    t = testHome();
    const { clock, home } = t;
    const state = { ...STATE, beat_ms: 15_000 };
    const published = new Publication(
      home,
      () => state,
      () => clock.monotonic,
    );
    const writtenAt = () => statSync(home.dispatcherState).mtimeMs;
    const age = () => utimesSync(home.dispatcherState, 1, 1);
    published.update();
    const { ino } = statSync(home.dispatcherState);

    age();
    clock.monotonic += 14_999;
    published.update();
    expect(writtenAt()).toBe(1_000);
    clock.monotonic += 1;
    published.update();
    expect(writtenAt()).toBeGreaterThan(Date.now() - 60_000);
    age();
    published.touchNext();
    published.update();
    expect(writtenAt()).toBeGreaterThan(Date.now() - 60_000);
    expect(statSync(home.dispatcherState).ino).toBe(ino); // Never written for it.
    state.draining = true;
    published.update();
    expect(statSync(home.dispatcherState).ino).not.toBe(ino);
    for (const put of [() => {}, () => void Bun.spawnSync(["mkfifo", home.dispatcherState])]) {
      rmSync(home.dispatcherState);
      put();
      clock.monotonic += 15_000;
      published.update();
      expect(JSON.parse(readSmall(home.dispatcherState, 10_000))).toMatchObject({ max_workers: STATE.max_workers });
    }
  });
});
