import { afterEach, describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { getTask } from "../kernel/mod.ts";
import { daemonProcess, letGo, type TestHome, testHome, waits, workerUp } from "../testing/dispatcher.ts";
import { until } from "../testing/mod.ts";
import { systemProcesses } from "./processes/liveness.ts";
import { dispatcherStatus } from "./status.ts";

let t: TestHome;
afterEach(() => t?.close());

const system = systemProcesses();
const home = () => testHome({ now: Date.now });
const statusOf = (id: string) => getTask(t.board, id).status;
const up = (id: string) => workerUp(t, id);

describe("the end of a dispatcher", () => {
  test("SIGTERM ends it at once with 0; workers continue, lock and pid file are gone", async () => {
    t = home();
    t.script("echo up; sleep 300");
    const daemon = await daemonProcess(t.home, { options: { pidfile: t.path("pid") } });
    const { id } = t.ready();
    await up(id);
    const pidfile = readFileSync(t.path("pid"), "utf8");

    daemon.kill("SIGTERM");

    expect(await daemon.exited).toBe(0);
    expect(pidfile).toBe(`${daemon.pid}\n`);
    expect(existsSync(t.path("pid"))).toBe(false);
    expect(existsSync(t.home.dispatcherState)).toBe(false);
    expect(dispatcherStatus(t.home)).toEqual({ running: false });
    expect(statusOf(id)).toBe("running");
    expect(system.look(t.run(id).pid!)).not.toBeNull();
  });

  test("comes at once when the pid file cannot be written: nothing was started, no dispatcher is left", async () => {
    t = home();
    t.script("sleep 300");
    const { id } = t.ready();

    const daemon = await daemonProcess(t.home, { options: { pidfile: t.path("none/pid") }, wait: false });

    expect(await daemon.exited).toBe(1);
    expect(daemon.said()).toContain(`Cannot write the pid file "${t.path("none/pid")}": `);
    expect(t.kinds(id)).toEqual(["created"]);
    expect(dispatcherStatus(t.home)).toEqual({ running: false });
  });

  test("does not wait for a board that is locked", async () => {
    t = home();
    t.script("true");
    const daemon = await daemonProcess(t.home);
    t.ready();
    t.board.db.run("BEGIN IMMEDIATE"); // The dispatcher wants to claim, and cannot.

    daemon.kill("SIGTERM");
    const status = await daemon.exited;
    t.board.db.run("ROLLBACK");

    expect(status).toBe(0);
  });

  test("with drain it starts nothing more and ends with its last worker", async () => {
    t = home();
    t.script(waits(0), { complete_on_exit: true });
    const daemon = await daemonProcess(t.home, { options: { drain: true, maxWorkers: 1 } });
    const [first, second] = [t.ready(), t.ready()];
    await up(first.id);

    daemon.kill("SIGINT");
    await until(() => {
      const status = dispatcherStatus(t.home);
      return status.running && status.draining;
    });
    letGo(t);

    expect(await daemon.exited).toBe(0);
    expect(daemon.said()).toContain("no more tasks are started; it ends after its workers, ");
    expect(statusOf(first.id)).toBe("done");
    expect(statusOf(second.id)).toBe("ready");
  });

  test("a second signal ends a drain at once", async () => {
    t = home();
    t.script("echo up; sleep 300");
    const daemon = await daemonProcess(t.home, { options: { drain: true } });
    const { id } = t.ready();
    await up(id);
    daemon.kill("SIGTERM");
    await until(() => {
      const status = dispatcherStatus(t.home);
      return status.running && status.draining;
    });

    daemon.kill("SIGTERM");

    expect(await daemon.exited).toBe(0);
    expect(statusOf(id)).toBe("running");
  });
});
