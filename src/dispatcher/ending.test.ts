import { afterEach, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { type TestHome, testHome } from "../testing/dispatcher.ts";
import { until } from "../testing/mod.ts";
import { stopProcesses } from "./ending.ts";
import { systemProcesses } from "./liveness.ts";

const system = systemProcesses();
let t: TestHome;
afterEach(() => t?.close());

/** A process group as a worker of run 1 has one; the script writes `up` when its traps are set. */
async function start(script: string) {
  const env = { PATH: process.env["PATH"]!, KANBAN_RUN: "1", KANBAN_HOME: t.home.dir, KANBAN_DB: t.home.db };
  const child = Bun.spawn(["/bin/sh", "-c", script], {
    cwd: t.home.dir,
    env,
    detached: true,
    stdin: "ignore",
    stderr: "ignore",
  });
  const worker = { id: 1, pid: child.pid, pid_started: system.startOf(child.pid), boot_id: system.bootId };
  await until(() => existsSync(t.path("up")));
  return worker;
}

describe("stopProcesses()", () => {
  test("ends a group and the sessions it made, with a SIGTERM where that is enough", async () => {
    t = testHome();
    const worker = await start(
      "setsid sleep 300 & trap 'touch asked; exit 0' TERM; touch up; while :; do sleep 0.01; done",
    );

    expect(await stopProcesses(system, t.home, worker)).toBe("gone");
    expect(existsSync(t.path("asked"))).toBe(true);
    expect(system.look(worker.pid)).toBeNull();
    expect(await stopProcesses(system, t.home, worker)).toBe("gone");
  });

  test("wakes a stopped process so that it can end", async () => {
    t = testHome();
    const worker = await start("touch up; exec sleep 300");
    process.kill(-worker.pid, "SIGSTOP");

    expect(await stopProcesses(system, t.home, worker)).toBe("gone");
  });

  test("leaves a process alone that only has the same pid", async () => {
    t = testHome();
    const worker = await start("touch up; exec env -i sleep 300");
    await until(() => !system.bears(worker.pid, ["KANBAN_RUN=1"]));

    expect(await stopProcesses(system, t.home, { ...worker, pid_started: "1" })).toBe("not_ours");
    expect(system.look(worker.pid)).not.toBeNull();
    process.kill(worker.pid, "SIGKILL");
  });
});
