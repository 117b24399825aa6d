import { afterEach, describe, expect, test } from "bun:test";
import { type TestHome, testHome } from "../../testing/dispatcher.ts";
import { until } from "../../testing/mod.ts";
import {
  findUnrecorded,
  isStopped,
  leaderOf,
  membersOf,
  parseStat,
  recognise,
  systemProcesses,
  viewOf,
  type VisibleRun,
  type Worker,
} from "./liveness.ts";
import { sendSignal } from "./signal.ts";
import { parseList, parseMachineId } from "./liveness_ps.ts";
import { bootOf } from "./process_place.ts";

const processes = systemProcesses();
let t: TestHome;
afterEach(() => t?.close());

/** A process group as a worker has one, in the environment of run `id`. */
function start(script: string, id = 1, more: Record<string, string> = {}) {
  const env = {
    PATH: process.env["PATH"]!,
    KANBAN_RUN: String(id),
    KANBAN_HOME: t.home.dir,
    KANBAN_DB: t.home.db,
    ...more,
  };
  const child = Bun.spawn(["/bin/sh", "-c", script], {
    env,
    detached: true,
    stdin: "ignore",
    stdout: "ignore",
    stderr: "ignore",
  });
  return { child, worker: worker({ id, pid: child.pid, pid_started: processes.startOf(child.pid) }) };
}

/** A run whose processes are among ours. */
function worker<F extends Pick<Worker, "id" | "pid" | "pid_started">>(fields: F): VisibleRun<F & Worker> {
  const { bootId: boot_id, host, namespace: pid_namespace } = processes;
  const view = viewOf(processes, { ...fields, boot_id, host, pid_namespace });
  if (view.kind !== "visible") throw new Error(`A run of this place is ${view.kind}`);
  return view.run;
}

const pids = (seen: readonly { pid: number }[]) => seen.map(({ pid }) => pid);

describe("parseStat()", () => {
  test("reads past a program's name that has spaces and parentheses", () => {
    const line = `42 (a ) b (c) S 1 42 40 0 -1 4194304 0 0 0 0 0 0 0 0 20 0 1 0 987654 0 0`;

    expect(parseStat(line)).toEqual({ pid: 42, group: 42, session: 40, state: "S", started: "987654", order: 987654 });
    expect(parseStat("")).toBeNull();
    expect(parseStat(null)).toBeNull();
  });
});

describe("leaderOf()", () => {
  test("is the living process whose pid and start time both match [T: pid reused, reboot]", () => {
    t = testHome();
    const { worker } = start("sleep 30");

    expect(leaderOf(processes, worker)?.pid).toBe(worker.pid);
    expect(leaderOf(processes, { ...worker, pid_started: "1" })).toBeNull();
    expect(leaderOf(processes, { ...worker, pid: null })).toBeNull();
  });

  test("counts a zombie as dead [T: zombie]", async () => {
    t = testHome();
    // Its parent, a sleep, never waits for it.
    const { child } = start("sh -c 'exit 0' & exec sleep 30");
    const zombie = await until(() => {
      const list = Bun.spawnSync(["ps", "-o", "pid=,ppid=,state=", "-A"]).stdout.toString().split("\n");
      const line = list
        .map((text) => text.trim().split(/\s+/))
        .find(([, parent, state]) => Number(parent) === child.pid && state === "Z");
      return line && Number(line[0]);
    });

    expect(processes.startOf(zombie)).not.toBeNull();
    expect(processes.look(zombie)).toBeNull();
    expect(pids(processes.all())).not.toContain(zombie);
  });
});

describe("membersOf()", () => {
  test("finds the group, and descendants that made a session of their own", async () => {
    t = testHome();
    const { worker } = start("setsid sleep 31 & sleep 32 & wait");
    // Three as soon as the second session exists: the wrapper and one sleep in each.
    const found = () => membersOf(processes, t.home, worker, { witnessed: false });

    await until(() => found().some(({ group }) => group !== worker.pid) && found().length === 3);
    const members = found();

    expect(members.filter(({ group }) => group === worker.pid).length).toBe(2);
    expect(members.filter(({ group }) => group !== worker.pid).length).toBe(1);
  });

  test("distinguishes runs, homes and boards", async () => {
    t = testHome();
    const { worker } = start("exec sleep 30", 7);
    const { worker: other } = start("exec sleep 30", 8);
    const elsewhere = { ...t.home, dir: "/elsewhere" };
    const board = { ...t.home, db: "/elsewhere.db" };
    const unled = { ...worker, pid: null, pid_started: null };

    expect(pids(membersOf(processes, t.home, unled, { witnessed: false }))).toEqual([worker.pid]);
    expect(membersOf(processes, elsewhere, unled, { witnessed: false })).toEqual([]);
    expect(membersOf(processes, board, unled, { witnessed: false })).toEqual([]);
    expect(pids(membersOf(processes, t.home, { ...unled, id: 8 }, { witnessed: false }))).toEqual([other.pid]);
  });

  test("leaves the group of a stranger alone that got the same pid", () => {
    t = testHome();
    const { worker } = start("env -i sleep 30", 9, { KANBAN_RUN: "1000" });

    expect(membersOf(processes, t.home, { ...worker, pid_started: "1" }, { witnessed: true })).toEqual([]);
  });

  test("counts members without an environment while their leader lives, and after it when it was seen alive", async () => {
    t = testHome();
    const { child, worker } = start("env -i sleep 30 & wait");
    const members = () => membersOf(processes, t.home, worker, { witnessed: false });
    const nameOf = ({ pid }: { pid: number }) =>
      Bun.spawnSync(["ps", "-o", "comm=", "-p", String(pid)])
        .stdout.toString()
        .trim();
    await until(() => members().some((member) => nameOf(member) === "sleep"));
    child.kill("SIGKILL");
    await child.exited;

    expect(membersOf(processes, t.home, worker, { witnessed: true }).length).toBe(1);
    expect(membersOf(processes, t.home, worker, { witnessed: false })).toEqual([]);
    sendSignal(-worker.pid, "SIGKILL");
  });
});

test("ageMs() is how long a process has lived", async () => {
  t = testHome();
  const { worker } = start("exec sleep 30");

  const age = systemProcesses().ageMs(worker.pid)!;

  expect(age).toBeGreaterThan(-50);
  expect(age).toBeLessThan(5_000);
  expect(processes.ageMs(process.pid)!).toBeGreaterThan(age);
  expect(processes.ageMs(2 ** 30)).toBeNull();
});

test("findUnrecorded() finds the leader of a run by its environment alone", async () => {
  t = testHome();
  const { worker } = start("sleep 30 & wait", 12);
  await until(() => membersOf(processes, t.home, worker, { witnessed: false }).length === 2);

  const unrecorded = { ...worker, pid: null, pid_started: null };
  expect(findUnrecorded(processes, t.home, unrecorded)?.pid).toBe(worker.pid);
  expect(findUnrecorded(processes, t.home, { ...unrecorded, id: 13 })).toBeNull();
});

test("findUnrecorded() takes the oldest that leads a session: what a worker started itself is younger", () => {
  t = testHome();
  const leads = (pid: number, order: number) => ({
    pid,
    group: pid,
    session: pid,
    state: "S",
    started: String(order),
    order,
  });
  const fake = { ...processes, all: () => [leads(100, 70), leads(40_000, 60)], bears: () => true };

  const run = worker({ id: 1, pid: null, pid_started: null });
  expect(findUnrecorded(fake, t.home, run)?.pid).toBe(40_000);
});

describe("viewOf()", () => {
  const here = { bootId: "boot 2", host: "build#0123abcd", namespace: "pid:[1]" };
  const run = (boot_id: string | null, host: string | null, pid_namespace: string | null) => ({
    ...{ id: 1, pid: 7, pid_started: "5" },
    ...{ boot_id, host, pid_namespace },
  });

  test.each<[string, ReturnType<typeof run>, string]>([
    ["a run of this boot and PID namespace", run("boot 2", "build#0123abcd", "pid:[1]"), "visible"],
    ["the same, before the host was renamed", run("boot 2", "old name#0123abcd", "pid:[1]"), "visible"],
    ["the same, before the machine got its id", run("boot 2", "build", "pid:[1]"), "visible"],
    ["another PID namespace of this boot", run("boot 2", "build#0123abcd", "pid:[2]"), "unseen"],
    ["a run that does not say in which namespace", run("boot 2", null, null), "unseen"],
    ["an earlier boot of this machine", run("boot 1", "build#0123abcd", "pid:[1]"), "gone"],
    ["an earlier boot, in any namespace", run("boot 1", "build#0123abcd", "pid:[2]"), "gone"],
    ["another machine", run("boot 1", "laptop#aaaaaaaa", "pid:[1]"), "unseen"],
    ["another machine of this name", run("boot 1", "build#aaaaaaaa", "pid:[1]"), "unseen"],
    ["a clone of this machine that was renamed", run("boot 1", "laptop#0123abcd", "pid:[1]"), "unseen"],
    ["a machine of this name without an id", run("boot 1", "build", "pid:[1]"), "unseen"],
    ["another boot of a run that does not say where", run("boot 1", null, null), "unseen"],
    ["a sandbox of this machine that hides the boot", run("unknown@build#0123abcd", "build#0123abcd", "x"), "unseen"],
    ["what an older program wrote in such a sandbox", run("unknown", null, null), "unseen"],
    ["a claim that no dispatcher made", run(null, null, null), "unseen"],
  ])("%s [B1] [T: pid reused, reboot]", (_what, seen, kind) => {
    expect(viewOf(here, seen).kind).toBe(kind as "gone");
  });

  test("without machine ids no other boot counts as an earlier one [B1]", () => {
    expect(viewOf({ ...here, host: "build" }, run("boot 1", "build", "pid:[1]")).kind).toBe("unseen");
  });

  test("a sandbox that names neither boot nor machine sees what it started itself, and no other [B1]", () => {
    const mine = bootOf(null, "sandbox");
    const sandbox = { bootId: mine, host: "sandbox", namespace: "pid:[1]" };

    expect(viewOf(sandbox, run(mine, "sandbox", "pid:[1]")).kind).toBe("visible");
    expect(viewOf(sandbox, run("unknown@4711", "sandbox", "pid:[1]")).kind).toBe("unseen");
    expect(viewOf({ ...sandbox, host: "build#0123abcd" }, run(mine, "build#0123abcd", "pid:[1]")).kind).toBe("visible");
  });
});

test("recognise() finds the leader of a run that does not say where it was started, by proof alone [B1]", async () => {
  t = testHome();
  const { worker } = start("sleep 30 & wait", 12);
  const old = { ...worker, host: null, pid_namespace: null };
  await until(() => membersOf(processes, t.home, worker, { witnessed: false }).length === 2);

  expect(recognise(processes, t.home, old)?.pid).toBe(worker.pid);
  expect(recognise(processes, t.home, { ...old, pid: null, pid_started: null })?.pid).toBe(worker.pid);
  expect(recognise(processes, t.home, { ...old, pid_started: "1" })).toBeNull();
  expect(recognise(processes, t.home, { ...old, id: 13 })).toBeNull();
  expect(recognise(processes, t.home, { ...old, boot_id: "another boot" })).toBeNull();
  expect(recognise(processes, t.home, worker)).toBeNull();
});

test("isStopped() ignores the wrapper, which only waits", () => {
  const seen = (pid: number, state: string) => ({ pid, group: 1, session: 1, state, started: "1", order: 1 });

  expect(isStopped([seen(5, "S"), seen(6, "T")], 5)).toBe(true);
  expect(isStopped([seen(5, "S"), seen(6, "T"), seen(7, "S")], 5)).toBe(false);
  expect(isStopped([seen(5, "T"), seen(6, "S")], 5)).toBe(true);
  expect(isStopped([seen(5, "S")], 5)).toBe(false);
});

test("sendSignal() refuses the pids that mean everybody", () => {
  for (const pid of [0, -0, 1, -1, Number.NaN, 1.5]) expect(() => sendSignal(pid, "SIGTERM")).toThrow(RangeError);
});

test("parseMachineId() reads what ioreg prints", () => {
  const text = `+-o J314sAP  <class IOPlatformExpertDevice, id 0x100000227, registered>
    {
      "IOPlatformSerialNumber" = "C02XXXXXXXXX"
      "IOPlatformUUID" = "0A1B2C3D-1111-2222-3333-444455556666"
    }`;

  expect(parseMachineId(text)).toBe("0A1B2C3D-1111-2222-3333-444455556666");
  expect(parseMachineId("")).toBeNull();
});

test("parseList() reads what ps prints", () => {
  const text = `
  101   101   101 Ss   Mon Nov 23 07:06:01 2026
  102   101     0 R+   Mon Nov 23 07:06:02 2026
`;

  expect(parseList(text)).toEqual([
    {
      pid: 101,
      group: 101,
      session: 101,
      state: "S",
      started: "Mon Nov 23 07:06:01 2026",
      order: Date.parse("Mon Nov 23 07:06:01 2026 UTC"),
    },
    {
      pid: 102,
      group: 101,
      session: 101,
      state: "R",
      started: "Mon Nov 23 07:06:02 2026",
      order: Date.parse("Mon Nov 23 07:06:02 2026 UTC"),
    },
  ]);
  const real = Bun.spawnSync(["ps", "-A", "-o", "pid=,pgid=,sess=,state=,lstart="], {
    env: { LC_ALL: "C", TZ: "UTC", PATH: process.env["PATH"]! },
  });
  expect(parseList(real.stdout.toString()).some(({ pid }) => pid === process.pid)).toBe(true);
});
