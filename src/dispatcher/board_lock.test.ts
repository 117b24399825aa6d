import { afterEach, describe, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { dirname } from "node:path";
import { acquireLock, getTask, lockHolder } from "../kernel/mod.ts";
import { daemonProcess, letGo, type TestHome, testHome, waits } from "../testing/dispatcher.ts";
import { refusal, until } from "../testing/mod.ts";
import { startDaemon } from "./daemon.ts";
import { dispatcherStatus } from "./status.ts";
import { dispatchOnce } from "./tick.ts";

let t: TestHome;
afterEach(async () => {
  await t?.stopDaemons();
  t?.close();
});

const home = () => testHome({ now: Date.now });
const statusOf = (id: string) => getTask(t.board, id).status;

describe("one dispatcher per board", () => {
  test("the second one ends with 1 and names the first [T: two dispatchers]", async () => {
    t = home();
    t.start();

    const second = await daemonProcess(t.home, { wait: false });

    expect(await second.exited).toBe(1);
    expect(second.said()).toContain(
      `Cannot start the dispatcher of "${t.home.db}": the board has one already: pid ${process.pid} on `,
    );
    expect(refusal(() => startDaemon(t.home, t.config)).message).toContain(`pid ${process.pid}`);
    expect(dispatcherStatus(t.home)).toMatchObject({ running: true, pid: process.pid, max_workers: 4 });
  });

  test("of twenty that start at once on a fresh home one wins and every other names it [T: two dispatchers]", async () => {
    t = home();
    const all = await Promise.all(Array.from({ length: 20 }, () => daemonProcess(t.home, { wait: false })));
    const losers: { pid: number; status: number; said: string }[] = [];
    for (const { pid, exited, said } of all) void exited.then((status) => losers.push({ pid, status, said: said() }));

    await until(() => losers.length === 19, { ms: 20_000, what: "nineteen to give up" });
    const winner = all.find(({ pid }) => pid === lockHolder(t.home.dispatcherLock)?.pid)!;
    winner.kill("SIGTERM");

    expect(await winner.exited).toBe(0);
    for (const { pid, status, said } of losers.slice(0, 19)) {
      expect(pid).not.toBe(winner.pid);
      expect(status).toBe(1);
      expect(said).toContain(`already: pid ${winner.pid} on `);
    }
  }, 30_000);

  test("takes its lock again after its folder was deleted, and is still the only one", async () => {
    t = home();
    const daemon = t.start();
    rmSync(dirname(t.home.dispatcherLock), { recursive: true });

    await until(() => lockHolder(t.home.dispatcherLock)?.pid === process.pid);
    const second = await daemonProcess(t.home, { wait: false });

    expect(await second.exited).toBe(1);
    await until(() => dispatcherStatus(t.home).running);
    expect(dispatcherStatus(t.home)).toMatchObject({ pid: process.pid, max_workers: daemon.status().max_workers });
    expect(t.warnings).toEqual([`the lock "${t.home.dispatcherLock}" was removed, and is acquired again`]);
  });

  test("ends when another one took the board meanwhile", async () => {
    t = home();
    const daemon = t.start();
    rmSync(t.home.dispatcherLock);
    const other = acquireLock(t.home.dispatcherLock, { pid: 4711, host: "elsewhere", started_at: 1 });

    expect(await daemon.done).toBe(1);

    expect(t.warnings).toEqual([
      `the lock "${t.home.dispatcherLock}" was removed, and pid 4711 on elsewhere dispatches the board now; this one ends`,
    ]);
    expect(lockHolder(t.home.dispatcherLock)).toMatchObject({ pid: 4711 });
    if ("release" in other) other.release();
  });

  test("a single pass beside it starts work and leaves the workers to it", async () => {
    t = home();
    t.script("exit 3");
    t.script(waits(4), {}, "waiter");
    const daemon = t.start({ assignees: ["nobody"] });
    const { id } = t.ready({ assignee: "waiter" });

    const { spawned } = await dispatchOnce(t.board, t.home, t.config);
    expect(spawned.map(({ task_id }) => task_id)).toEqual([id]);
    letGo(t);
    await until(() => statusOf(id) !== "running");

    expect(t.run(id)).toMatchObject({ outcome: "crashed", exit_code: 4 });
    expect(daemon.status().assignees).toEqual(["nobody"]);
  });
});
