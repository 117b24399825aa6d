import { afterEach, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { exitPath } from "../../home.ts";
import { archiveTask, asActor, completeTask, getTask, heartbeat, moveTask } from "../../kernel/mod.ts";
import { startedFor, type TestHome, testHome, UNTIL_TERM } from "../../testing/dispatcher.ts";
import { dump, until } from "../../testing/mod.ts";
import { type Processes, systemProcesses } from "../processes/liveness.ts";
import type { Agents } from "../start/plan.ts";
import { unseenInWords, unseenRuns } from "./unseen.ts";

let t: TestHome;
afterEach(() => t?.close());
const system = systemProcesses();

/** The processes here, seen by a dispatcher in another PID namespace: it must ask about none of them. */
function elsewhere(): { processes: Processes; asked: string[] } {
  const asked: string[] = [];
  const note =
    <A extends unknown[], R>(what: string, answer: R) =>
    (...words: A) => (asked.push(`${what} ${words.join(" ")}`), answer);
  const processes = {
    ...system,
    namespace: "pid:[4711]",
    look: note<[number], null>("look", null),
    bears: note<[number, readonly string[]], boolean>("bears", false),
    signal: note<[number, string], boolean>("signal", false),
    all: () => [],
  };
  return { processes, asked };
}

/** A task whose worker a dispatcher of this place has started, and another dispatcher that cannot see it. */
async function outOfSight(
  settings: Record<string, unknown> = {},
  { now, ...options }: { maxWorkers?: number; now?: () => number } = {},
) {
  t = testHome(now === undefined ? {} : { now });
  t.script(UNTIL_TERM, settings);
  const { id } = t.ready();
  await t.pass(t.dispatcher());
  await t.logged(id, "up");
  const { processes, asked } = elsewhere();
  const d = t.dispatcher({ processes, stays: true, ...options });
  return { id, d, asked, run: t.run(id) };
}

describe("an open run out of sight", () => {
  test("is not judged, ended or started again; its lease alone ends it, and says so [B1]", async () => {
    const { id, d, asked, run } = await outOfSight({ max_runtime: 1 });

    await t.pass(d);
    t.advance(600_000);
    await t.pass(d);
    expect(getTask(t.board, id)).toMatchObject({ status: "running", current_run_id: run.id });
    expect(t.kinds(id)).toEqual(["created", "claimed", "spawned"]);
    heartbeat(t.board, id, { runId: run.id }); // The worker's own sign of life.
    t.advance(899_999);
    await t.pass(d);
    expect(getTask(t.board, id).status).toBe("running");
    t.advance(1);
    await t.pass(d);

    expect(t.run(id).id).toBe(run.id + 1); // Started again in the same pass.
    expect(t.board.db.query("SELECT outcome, error FROM task_runs WHERE id = 1").get()).toEqual({
      outcome: "reclaimed",
      error: "lease ran out; its worker was started in another PID namespace of this machine, out of sight",
    });
    expect(d.pass.tally.reclaimed).toBe(1);
    expect(asked.filter((what) => what.includes(String(run.pid)))).toEqual([]);
    expect(system.look(run.pid!)).not.toBeNull();
  });

  test("leaves what its agent has printed by the end of its lease", async () => {
    t = testHome();
    t.profile("coder", { agent: "echoer" });
    const agents: Agents = {
      names: () => ["echoer"],
      expand: () => ({ argv: ["/bin/sh", "-c", UNTIL_TERM] }),
      judge: ({ output }) => ({ usage: { lines: output.trim().split("\n").length }, summary: "I read the task." }),
    };
    const { id } = t.ready();
    await t.pass(t.dispatcher({ agents }));
    await t.logged(id, "up");
    const d = t.dispatcher({ agents, processes: elsewhere().processes, stays: true, max: 0 });
    await t.pass(d);

    t.advance(900_000);
    await t.pass(d);

    expect(t.run(id)).toMatchObject({
      ...{ outcome: "reclaimed", usage: { lines: 1 }, last_words: "I read the task.", log_tail: "up" },
      process_gone_at: t.clock.ms,
    });
  });

  test("takes a slot, and is named once in the log [B1]", async () => {
    const { id, d, run } = await outOfSight({}, { maxWorkers: 1 });
    const other = t.ready();

    await t.pass(d);
    await t.pass(d);

    expect(getTask(t.board, other.id).status).toBe("ready");
    const said = t.warnings.filter((line) => line.includes("cannot see"));
    expect(said).toEqual([
      `cannot see the processes of 1 run, only the leases count: ${id} by coder in another PID namespace of this machine, lease until 2026-01-01 00:15 UTC`,
    ]);
    expect(unseenRuns(t.board, d.processes).map((found) => found.id)).toEqual([run.id]);
    expect(unseenRuns(t.board, system)).toEqual([]);
  });

  test("whose process was never recorded is left to its lease too [B1] [T: killed between starting]", async () => {
    const { id, d, asked } = await outOfSight();
    t.board.db.run("UPDATE tasks SET run_pid = NULL, run_pid_started = NULL");
    writeFileSync(exitPath(t.home, 1), "  0\n");
    const before = dump(t.board);

    await t.pass(d);

    expect(dump(t.board)).toBe(before);
    expect(asked).toEqual([]);
    expect(getTask(t.board, id).status).toBe("running");
  });
});

test("a draining dispatcher does not wait for a worker out of its sight [B1]", async () => {
  const { id, d } = await outOfSight({}, { now: Date.now });
  const daemon = t.start({ processes: d.processes });

  daemon.drain();

  expect(await daemon.done).toBe(0);
  expect(getTask(t.board, id).status).toBe("running");
});

describe("a closed run out of sight", () => {
  test.each([
    ["its worker completed", (id: string) => completeTask(asActor(t.board, "coder"), id, { runId: 1, summary: "x" })],
    ["a person archived", (id: string) => archiveTask(t.board, id)],
  ])("of a task that %s counts as gone when its lease runs out, and is never signalled [B1]", async (_, act) => {
    const { id, d, asked, run } = await outOfSight();
    act(id);

    t.advance(899_999);
    await t.pass(d);
    expect(t.run(id).process_gone_at).toBeNull();
    expect(d.wake.at).toBe(t.clock.ms + 1);
    t.advance(1);
    await t.pass(d);

    expect(t.run(id).process_gone_at).toBe(t.clock.ms);
    expect(asked).toEqual([]);
    expect(system.look(run.pid!)).not.toBeNull();
  });

  test("keeps its task from being started beside a worker that may live [B1]", async () => {
    const { id, d } = await outOfSight();
    moveTask(t.board, id, "ready");

    await t.pass(d);
    t.advance(899_999);
    await t.pass(d);
    expect(getTask(t.board, id).status).toBe("ready");
    t.advance(1);
    await t.pass(d);

    expect(getTask(t.board, id).status).toBe("running");
  });
});

describe("a run of a program that did not keep its place", () => {
  const forget = () => t.board.db.run("UPDATE tasks SET run_host = NULL, run_pid_namespace = NULL");

  test("is managed again where its process is recognised [B1] [T: dispatcher restarted while]", async () => {
    t = testHome();
    t.script(UNTIL_TERM);
    const { id } = t.ready();
    await t.pass(t.dispatcher());
    await t.logged(id, "up");
    forget();
    const d = t.dispatcher({ stays: true });

    await t.pass(d);

    expect(t.run(id)).toMatchObject({ host: system.host, pid_namespace: system.namespace, outcome: null });
    process.kill(-t.run(id).pid!, "SIGKILL");
    await until(() => startedFor(system, t.home).length === 0);
    expect(await t.ended(d, id)).toMatchObject({ outcome: "crashed", signal: "SIGKILL" });
  });

  test("is left to its lease where it is not [B1]", async () => {
    const { id, d } = await outOfSight();
    forget();
    t.board.db.run("UPDATE tasks SET run_boot_id = 'another boot' WHERE status = 'running'");

    await t.pass(d);
    expect(getTask(t.board, id).status).toBe("running");
    t.advance(900_000);
    await t.pass(t.dispatcher({ processes: d.processes, max: 0 }));

    expect(t.run(id)).toMatchObject({
      outcome: "reclaimed",
      error: "lease ran out; its worker was started on another machine, out of sight",
    });
  });
});

test("unseenInWords() names hosts, and counts what is more than five", () => {
  const run = { task_id: "t_1", profile: null, boot_id: "x", host: "laptop#0123abcd", claim_expires_at: 0 };
  const runs = Array.from({ length: 7 }, () => run) as unknown as Parameters<typeof unseenInWords>[0];

  const words = unseenInWords(runs, system);

  expect(words).toStartWith(
    "cannot see the processes of 7 runs, only the leases count: t_1 on laptop, lease until 1970-01-01 00:00 UTC; t_1",
  );
  expect(words).toEndWith("; 2 more");
});
