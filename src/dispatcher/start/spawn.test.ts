import { afterEach, describe, expect, test } from "bun:test";
import { closeSync, existsSync, openSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { type TestHome, testHome } from "../../testing/dispatcher.ts";
import { refusal, until } from "../../testing/mod.ts";
import { systemProcesses } from "../processes/liveness.ts";
import { awaitsReport, onChildExit, readExit, readStatus, spawnWorker } from "./spawn.ts";

const processes = systemProcesses();
let t: TestHome;
afterEach(() => t?.close());

function start(argv: string[], more: { stdin?: string; cwd?: string; env?: Record<string, string> } = {}) {
  const log = openSync(t.path("log"), "a");
  const { stdin = null, cwd = t.home.dir, env = {} } = more;
  try {
    const all = { PATH: "/usr/bin:/bin", KANBAN_HOME: t.home.dir, ...env };
    return spawnWorker(processes, { argv, cwd, env: all, exitFile: t.path("exit"), log, stdin });
  } finally {
    closeSync(log);
  }
}

const ended = () => until(() => readStatus(t.path("exit")) !== null, { what: "an exit file" });
const output = () => readFileSync(t.path("log"), "utf8");

describe("spawnWorker()", () => {
  test("hands every argument over as it is: no shell reads it", async () => {
    t = testHome();
    const odd = ["$(touch x)", "; touch x", "`touch x`", "a\nb", "", "--help", "*", "'\"\\", "ü\u{1f5c2}", "$HOME"];

    start(["/usr/bin/printf", "[%s]", ...odd]);
    await ended();

    expect(output()).toBe(odd.map((text) => `[${text}]`).join(""));
    expect(existsSync(t.path("x"))).toBe(false);
  });

  test("leads a session and a group of its own, with nothing to read and both outputs in the log", async () => {
    t = testHome();

    const { pid } = start(["/bin/sh", "-c", "echo out; echo err >&2; cat; ps -o pgid=,sess= -p $$"]);
    await ended();

    expect(output().trim().split(/\s+/)).toEqual(["out", "err", String(pid), String(pid)]);
  });

  test("leaves the environment as it is", async () => {
    t = testHome();
    const env = { PATH: "/usr/bin:/bin", KANBAN_HOME: t.home.dir, f: "x", s: "y" };

    start(["/usr/bin/env", "-0"], { env });
    await ended();

    const seen = Object.fromEntries(
      output()
        .split("\0")
        .slice(0, -1)
        .map((line) => line.split(/=(.*)/s, 2)),
    );
    delete seen["PWD"]; // The shell's own; it is right.
    expect(seen).toEqual(env);
  });

  test("reads a file as stdin where it has one", async () => {
    t = testHome();
    writeFileSync(t.path("in"), "from stdin");

    start(["/bin/cat"], { stdin: t.path("in") });
    await ended();

    expect(output()).toBe("from stdin");
  });

  test.each([
    ["exit 0", { exit_code: 0, signal: null }],
    ["exit 3", { exit_code: 3, signal: null }],
    ["exit 75", { exit_code: 75, signal: null }],
    ["kill -9 $$", { exit_code: null, signal: "SIGKILL" }],
    ["kill -SEGV $$", { exit_code: null, signal: "SIGSEGV" }],
  ])("writes how %j ended", async (script, exit) => {
    t = testHome();

    const child = start(["/bin/sh", "-c", script]);
    await ended();

    expect(readExit(t.path("exit"), child)).toEqual(exit);
  });

  test("keeps the status of a worker that ends on a signal to its group", async () => {
    t = testHome();
    const { pid } = start(["/bin/sh", "-c", "trap 'exit 9' TERM; echo up; while :; do sleep 0.01; done"]);
    await until(() => output() === "up\n");

    processes.signal(-pid, "SIGTERM");
    await ended();

    expect(readStatus(t.path("exit"))).toBe(9);
  });

  test("reports the end of its children, and how the wrapper ended when there is no exit file", async () => {
    t = testHome();
    const gone: number[] = [];
    const stop = onChildExit((pid) => gone.push(pid));

    const child = start(["/bin/sleep", "30"]);
    const before = awaitsReport(child);
    processes.signal(-child.pid, "SIGKILL");
    await until(() => gone.includes(child.pid));
    stop();

    expect([before, awaitsReport(child)]).toEqual([true, false]);
    expect(readExit(t.path("exit"), child)).toEqual({ exit_code: null, signal: "SIGKILL" });
    expect(readExit(t.path("exit"), { ...child, pid_started: "1" })).toEqual({ exit_code: null, signal: null });
    expect(readExit(t.path("exit"), { pid: null, pid_started: null })).toEqual({ exit_code: null, signal: null });
  });

  test("knows the status of its child when the exit file cannot be written", async () => {
    t = testHome();
    const gone: number[] = [];
    const stop = onChildExit((pid) => gone.push(pid));

    const child = start(["/bin/sh", "-c", 'rm "$1"; mkdir "$1"; exit 5', "sh", t.path("exit")]);
    await until(() => gone.includes(child.pid));
    stop();

    expect(readStatus(t.path("exit"))).toBeNull();
    expect(readExit(t.path("exit"), child)).toEqual({ exit_code: 5, signal: null });
  });

  test("writes the status into room that was taken before: on a full disk there is no other", async () => {
    t = testHome();
    start(["/bin/sh", "-c", "echo up; until test -e go; do sleep 0.01; done; exit 75"]);
    await until(() => output() === "up\n");
    const { ino, size } = statSync(t.path("exit"));
    const reserved = readStatus(t.path("exit"));

    writeFileSync(t.path("go"), "");
    await ended();

    expect(reserved).toBeNull();
    expect(readStatus(t.path("exit"))).toBe(75);
    expect(statSync(t.path("exit"))).toMatchObject({ ino, size });
  });

  test("forgets the exit file of an earlier run with the same id", async () => {
    t = testHome();
    writeFileSync(t.path("exit"), "3\n");

    start(["/bin/sleep", "30"]);

    expect(readStatus(t.path("exit"))).toBeNull();
  });

  test("blames the folder and not the program when the folder is missing", () => {
    t = testHome();

    expect(refusal(() => start(["/bin/true"], { cwd: t.path("gone") })).message).toBe(
      `Cannot start in "${t.path("gone")}": no such folder`,
    );
  });

  test("says that an argument is too long for the system", () => {
    t = testHome();

    expect(refusal(() => start(["/bin/true", "x".repeat(3_000_000)])).message).toBe(
      'Cannot start "/bin/true": its arguments and environment exceed the limit of this system',
    );
  });
});

test.each(["", "3", "x\n", "-1\n", "1234\n", "3\n4\n"])(
  "readStatus() takes %j for a file that is not ready",
  (text) => {
    t = testHome();
    writeFileSync(t.path("exit"), text);

    expect(readStatus(t.path("exit"))).toBeNull();
  },
);
