import { afterEach, describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { acquireLock, type Lock } from "../kernel/mod.ts";
import { type TestHome, testHome } from "../testing/dispatcher.ts";
import { type DispatcherState, dispatcherStatus, removeState, writeState } from "./status.ts";

let t: TestHome;
let lock: Lock | null = null;
afterEach(() => {
  lock?.release();
  lock = null;
  t?.close();
});

const STATE: DispatcherState = {
  pid: process.pid,
  host: "here",
  started_at: 5,
  max_workers: 7,
  assignees: ["coder"],
  draining: true,
  warning: "slow",
  trouble: null,
  unseen: null,
  beat_ms: 15_000,
};
const ANSWERS = { running: true, answers: true, silent_since: null } as const;

function hold(started_at: number): void {
  lock = acquireLock(t.home.dispatcherLock, { pid: process.pid, host: "here", started_at }) as Lock;
}

describe("dispatcherStatus()", () => {
  test("believes the lock and not a stale file", () => {
    t = testHome();

    expect(dispatcherStatus(t.home)).toEqual({ running: false });
    writeState(t.home, STATE);
    expect(dispatcherStatus(t.home)).toEqual({ running: false });
    hold(6);
    expect(dispatcherStatus(t.home)).toMatchObject({ running: true, started_at: 6, max_workers: 0, warning: null });
  });

  test("returns what the running one says, privately", () => {
    t = testHome();
    hold(5);

    writeState(t.home, STATE);

    expect(dispatcherStatus(t.home)).toEqual({ ...ANSWERS, ...STATE });
    expect(statSync(t.home.dispatcherState).mode & 0o777).toBe(0o600);
    removeState(t.home, { ...STATE, started_at: 4 }); // Another one of the same pid.
    expect(dispatcherStatus(t.home)).toMatchObject(STATE);
    removeState(t.home, STATE);
    expect(dispatcherStatus(t.home)).toMatchObject({ running: true, max_workers: 0 });
  });

  test("returns it at any length, and after a longer one", () => {
    t = testHome();
    hold(5);
    const many = {
      ...STATE,
      assignees: Array.from({ length: 900 }, (_, i) => `profile-${i}`),
      warning: "ü".repeat(5_000),
    };

    writeState(t.home, many);
    const told = dispatcherStatus(t.home);
    writeState(t.home, STATE);

    expect(told).toEqual({ ...ANSWERS, ...many, warning: `${"ü".repeat(999)}…` });
    expect(dispatcherStatus(t.home)).toEqual({ ...ANSWERS, ...STATE });
  });

  test("knows that one runs when its file is damaged", () => {
    t = testHome();
    hold(5);
    writeFileSync(t.home.dispatcherState, "{");

    expect(dispatcherStatus(t.home)).toMatchObject({ running: true, pid: process.pid });
  });
});

describe("writeState()", () => {
  /** A folder in which the state file can be opened, and no other be made: a longer name does not fit into a path. */
  function narrow(): string {
    const room = 4_095 - "/dispatcher.json".length;
    let dir = t.home.run;
    while (Buffer.byteLength(dir) < room) {
      const left = room - Buffer.byteLength(dir) - 1;
      dir = join(dir, "n".repeat(left > 250 ? 200 : left));
    }
    mkdirSync(dir, { recursive: true });
    return dir;
  }

  test("overwrites its own file in place where no other can be made, as on a full disk [T: disk full]", () => {
    t = testHome();
    const home = { ...t.home, dispatcherState: join(narrow(), "dispatcher.json") };
    writeFileSync(home.dispatcherState, "an earlier one");
    const { ino } = statSync(home.dispatcherState);

    writeState(home, { ...STATE, trouble: "full" });

    expect(statSync(home.dispatcherState).ino).toBe(ino);
    expect(JSON.parse(readFileSync(home.dispatcherState, "utf8"))).toEqual({ ...STATE, trouble: "full" });
  });

  test("replaces a pipe, and leaves a folder; who asks waits for neither [A3]", () => {
    t = testHome();
    hold(5);
    Bun.spawnSync(["mkfifo", t.home.dispatcherState]);
    expect(dispatcherStatus(t.home)).toMatchObject({ running: true, max_workers: 0 });

    writeState(t.home, STATE);
    expect(dispatcherStatus(t.home)).toEqual({ ...ANSWERS, ...STATE });

    rmSync(t.home.dispatcherState);
    mkdirSync(t.home.dispatcherState);
    writeState(t.home, STATE);
    removeState(t.home, STATE);
    expect(dispatcherStatus(t.home)).toMatchObject({ running: true, max_workers: 0 });
    expect(readdirSync(t.home.dispatcherState)).toEqual([]);
  });
});
