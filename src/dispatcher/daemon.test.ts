import { afterEach, describe, expect, test } from "bun:test";
import { existsSync, readFileSync, renameSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { exitPath, logPath } from "../home.ts";
import { archiveTask, claimForWorker, createTask, getTask, listRuns, setPaused } from "../kernel/mod.ts";
import { daemonProcess, letGo, startedFor, type TestHome, testHome, waits, workerUp } from "../testing/dispatcher.ts";
import { until } from "../testing/mod.ts";
import { removeRunFiles } from "./logs/run_files.ts";
import { systemProcesses } from "./processes/liveness.ts";
import { readStatus } from "./start/spawn.ts";
import { dispatcherStatus } from "./status.ts";
import { dispatchOnce } from "./tick.ts";

let t: TestHome;
afterEach(async () => {
  await t?.stopDaemons();
  t?.close();
});

const system = systemProcesses();
const home = () => testHome({ now: Date.now });

const statusOf = (id: string) => getTask(t.board, id).status;
const logOf = (id: string) => (existsSync(logPath(t.home, id)) ? readFileSync(logPath(t.home, id), "utf8") : "");

const up = (id: string) => workerUp(t, id);

describe("a killed dispatcher", () => {
  test("leaves its workers running: the next one adopts them and knows how they end [T: dispatcher restarted while]", async () => {
    t = home();
    t.script(waits(7));
    const first = await daemonProcess(t.home);
    const { id } = t.ready();
    await up(id);
    const { pid } = t.run(id);
    first.kill("SIGKILL");
    await first.exited;

    t.start();
    await until(() => t.kinds(id).includes("adopted"));
    expect(statusOf(id)).toBe("running");
    letGo(t);
    await until(() => statusOf(id) !== "running");

    expect(listRuns(t.board, id)).toMatchObject([{ id: 1, pid, outcome: "crashed", exit_code: 7 }]);
    expect(t.kinds(id)).toEqual(["created", "claimed", "spawned", "adopted", "crashed"]);
    expect(logOf(id)).toBe("up\n");
  });

  test("records how they ended while it was not running [T: dispatcher restarted while]", async () => {
    t = home();
    t.script(waits(5));
    const first = await daemonProcess(t.home);
    const { id } = t.ready();
    await up(id);
    first.kill("SIGKILL");
    await first.exited;
    letGo(t);
    await until(() => readStatus(exitPath(t.home, 1)) === 5);
    await t.untilGone(t.run(id).pid!);

    t.start();
    await until(() => statusOf(id) !== "running");

    expect(listRuns(t.board, id)[0]).toMatchObject({ outcome: "crashed", exit_code: 5, error: "exit code 5: up" });
    expect(t.kinds(id)).not.toContain("adopted");
  });

  test("between starting a worker and recording it loses nothing and starts nothing twice [T: killed between starting]", async () => {
    t = home();
    t.script(waits(0), { complete_on_exit: true });
    const { id } = t.ready();
    const first = await daemonProcess(t.home, { env: { KANBAN_FAILPOINT: "after_spawn" }, wait: false });
    await first.exited;
    await until(() => logOf(id) === "up\n");
    expect(t.run(id)).toMatchObject({ pid: null, outcome: null });

    t.start();
    await until(() => t.run(id).pid !== null);
    letGo(t);
    await until(() => statusOf(id) === "done");

    expect(t.kinds(id)).toEqual(["created", "claimed", "adopted", "completed"]);
    expect(listRuns(t.board, id).length).toBe(1);
    expect(logOf(id)).toBe("up\n");
  });

  test("and its worker's end leave a run that is judged by its exit file", async () => {
    t = home();
    t.script("exit 6");
    const { id } = t.ready();
    const first = await daemonProcess(t.home, { env: { KANBAN_FAILPOINT: "after_spawn" }, wait: false });
    await first.exited;
    await until(() => readStatus(exitPath(t.home, 1)) === 6);
    await until(() => startedFor(system, t.home).length === 0);

    t.start();
    await until(() => statusOf(id) !== "running");

    expect(listRuns(t.board, id)[0]).toMatchObject({ outcome: "crashed", exit_code: 6 });
  });

  test("before it started anything leaves a claim that the next one gives back at once", async () => {
    t = home();
    t.script("echo up; sleep 300");
    const { id } = t.ready();
    const dead = Bun.spawn(["/bin/true"]);
    await dead.exited;
    claimForWorker(t.board, {
      claimer: `dispatcher@here:${dead.pid}`,
      boot_id: system.bootId,
      pid_namespace: system.namespace,
      profiles: new Map([["coder", { max_running: null, max_runtime_seconds: null }]]),
      maxWorkers: 4,
    });

    t.start();
    await up(id);

    expect(listRuns(t.board, id)).toMatchObject([
      { outcome: "reclaimed", error: "its dispatcher ended before it started a worker" },
      { outcome: null },
    ]);
    expect(getTask(t.board, id).failures).toBe(0);
  });
});

describe("waking up", () => {
  test("starts what another process commits at once, and what an ended worker makes room for", async () => {
    t = home();
    t.script("true", { complete_on_exit: true });
    t.start({ maxWorkers: 1, intervalSeconds: 60 });
    await until(() => dispatcherStatus(t.home).running);
    const waits: number[] = [];

    for (let i = 0; i < 10; i++) {
      const at = performance.now();
      const { id } = createTask(t.board, { title: "quick", assignee: "coder" }).task;
      await until(() => t.kinds(id).includes("spawned"));
      waits.push(performance.now() - at);
      await until(() => statusOf(id) === "done");
    }
    const batch = Array.from({ length: 10 }, () => t.ready().id);
    await until(() => batch.every((id) => statusOf(id) === "done"));

    expect(waits.sort((a, b) => a - b)[5]!).toBeLessThan(200);
  });

  test("starts what a person resumes, and what a new profile makes possible", async () => {
    t = home();
    t.script("true", { complete_on_exit: true });
    t.start();
    setPaused(t.board, true);
    const { id } = t.ready();
    const other = t.ready({ assignee: "newcomer" });
    setPaused(t.board, false);
    await until(() => statusOf(id) === "done");

    t.script("true", { complete_on_exit: true }, "newcomer");

    await until(() => statusOf(other.id) === "done");
    expect(statusOf(id)).toBe("done");
  });

  test("starts what waited for its time", async () => {
    t = home();
    t.script("true", { complete_on_exit: true });
    t.start();
    const at = Date.now() + 300;
    const { id } = t.ready({ not_before: at });

    await until(() => statusOf(id) === "done");

    expect(t.run(id).started_at).toBeGreaterThanOrEqual(at);
    expect(t.run(id).started_at - at).toBeLessThan(1_000);
  });

  test("ends the worker of a task that is archived", async () => {
    t = home();
    t.script("echo up; sleep 300");
    t.start();
    const { id } = t.ready();
    await up(id);

    archiveTask(t.board, id);

    await until(() => t.run(id).process_gone_at !== null);
    expect(startedFor(system, t.home)).toEqual([]);
  });
});

describe("a board that was replaced", () => {
  test("is not written to any more: the dispatcher ends with 70", async () => {
    t = home();
    t.script("true");
    const daemon = t.start();
    await until(() => existsSync(t.home.dispatcherState));

    renameSync(t.home.db, `${t.home.db}.away`);
    writeFileSync(t.home.db, "");

    expect(await daemon.done).toBe(70);
    expect(t.warnings.at(-1)).toContain("was moved, removed or replaced while it was open");
    expect(statSync(t.home.db).size).toBe(0);
  });
});

describe("a board that is damaged", () => {
  const damaged = () => {
    throw Object.assign(new Error("it must be intact"), { cause: { code: "SQLITE_CORRUPT" } });
  };

  test("ends the dispatcher with 70, said once", async () => {
    t = home();
    t.script("echo up; sleep 300");
    const { id } = t.ready();
    await dispatchOnce(t.board, t.home, t.config);
    await up(id);

    const daemon = t.start({ processes: { ...system, look: damaged } });

    expect(await daemon.done).toBe(70);
    expect(t.warnings).toEqual(["the board is damaged: it must be intact"]);
  });
});

describe("a pass that fails", () => {
  test("is repeated at every commit, and logged once", async () => {
    t = home();
    t.script(waits(0));
    let looks = 0;
    const blind = {
      ...system,
      all: (): never => {
        looks++;
        throw new Error("nobody can be seen");
      },
    };
    t.start({ processes: blind });
    const { id } = t.ready();
    await up(id);
    letGo(t);
    await until(() => looks > 0);

    for (let n = 0; n < 5; n++) {
      const before = looks;
      t.ready({ assignee: "nobody" });
      await until(() => looks > before);
    }

    expect(t.warnings.filter((line) => line.includes("a pass failed"))).toHaveLength(1);
    expect(t.warnings[0]).toContain("nobody can be seen");
  });
});

describe("files of runs", () => {
  test("that a killed dispatcher left behind are removed when they are old, and never those of a living run", async () => {
    t = home();
    t.script("echo up; sleep 300");
    const first = await daemonProcess(t.home);
    const { id } = t.ready();
    await up(id);
    first.kill("SIGKILL");
    await first.exited;
    const living = `${t.home.runs}/${t.run(id).id}`;
    writeFileSync(exitPath(t.home, 998), "0\n");
    writeFileSync(exitPath(t.home, 999), "0\n");
    const old = new Date(Date.now() - 3_600_000);
    for (const path of [exitPath(t.home, 998), living]) utimesSync(path, old, old);

    t.start();
    await until(() => t.kinds(id).includes("adopted"));

    expect(existsSync(exitPath(t.home, 998))).toBe(false);
    expect(existsSync(exitPath(t.home, 999))).toBe(true);
    expect(existsSync(living)).toBe(true);
    removeRunFiles(t.home, 999);
  });
});
