import { afterEach, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { asActor, claimForWorker, claimTask, completeTask, moveTask, rateLimitRun, type Run } from "../kernel/mod.ts";
import { type TestHome, testHome } from "../testing/dispatcher.ts";
import { systemProcesses } from "./processes/liveness.ts";
import { forgetChild } from "./start/spawn.ts";
import { noteTrouble } from "./start/start.ts";
import { beginStart, untilAborted } from "./start/starts.ts";
import type { Dispatcher } from "./state.ts";
import { tick } from "./tick.ts";

let t: TestHome;
afterEach(() => t?.close());
const system = systemProcesses();

/** Something that is unfinished, and by when at the latest the dispatcher has to come back to it. */
type Unfinished = (d: Dispatcher) => Promise<() => number>;

/** Every worker ignores every signal, and the claimer of each run has been there for long. */
const STUBBORN = { ...system, signal: () => true, ageMs: () => 1e9 };
const GRACE_MS = 5_000;
const LOOK_MS = 2_000;

async function worker(d: Dispatcher, limit?: number): Promise<Run> {
  const { id } = t.ready({ max_runtime_seconds: limit ?? null });
  await t.pass(d);
  return t.run(id);
}

/** When a worker that ignores every signal has to be checked: at its limit, then until it is gone. */
function untilLimit({ started_at }: Run, seconds: number): () => number {
  return () => Math.max(started_at + seconds * 1_000, t.clock.ms + GRACE_MS);
}

const KINDS: Record<string, Unfinished> = {
  "a worker with a time limit": async (d) => untilLimit(await worker(d, 30), 30),
  "a worker that keeps its lease": async (d) => {
    const { id } = await worker(d);
    return () =>
      t.board.db.query<{ at: number }, [number]>("SELECT claim_expires_at AS at FROM runs WHERE id = ?").get(id)!.at;
  },
  "an adopted worker, whose end nobody reports": async (d) => {
    forgetChild((await worker(d)).pid!);
    return () => t.clock.ms + LOOK_MS;
  },
  "a worker that is being ended": async (d) => {
    const run = await worker(d);
    moveTask(t.board, run.task_id, "todo");
    return () => t.clock.ms + GRACE_MS;
  },
  "a worker that finished its task and is still there": async (d) => {
    const run = await worker(d);
    completeTask(asActor(t.board, "coder"), run.task_id, { runId: run.id, summary: "done" });
    return () => t.clock.ms + LOOK_MS;
  },
  "a start": async (d) => {
    const { task, run } = claimTask(t.board, t.ready({ assignee: "slow" }).id, {
      claimer: "here",
      boot_id: "elsewhere",
    });
    beginStart(d, run, async ({ abort }) => {
      await untilAborted(new Promise<never>(() => {}), abort).catch(() => moveTask(t.board, task.id, "todo"));
    });
    return () => run.started_at + 120_000;
  },
  "a start by another dispatcher": async () => {
    t.ready({ assignee: "slow", priority: 9 });
    claimForWorker(t.board, {
      claimer: `dispatcher@here:${process.ppid}`,
      boot_id: system.bootId,
      host: system.host,
      pid_namespace: system.namespace,
      profiles: new Map([["slow", { max_running: null, max_runtime_seconds: null }]]),
      maxWorkers: 1_000,
    });
    return () => t.clock.ms + LOOK_MS;
  },
  "a closed run out of sight, whose lease still counts": async () => {
    const { task, run } = claimTask(t.board, t.ready({ assignee: "ann" }).id, {
      ...{ claimer: "dispatcher@there:1", boot_id: "another boot", host: "another host", pid_namespace: "1" },
      ttlSeconds: 45,
    });
    completeTask(t.board, task.id, { runId: run.id, summary: "done" });
    return () => run.claim_expires_at;
  },
  "a lease of a person": async () => {
    const { run } = claimTask(t.board, t.ready({ assignee: "ann" }).id, { claimer: "ann", ttlSeconds: 40 });
    return () => run.claim_expires_at;
  },
  "a task that waits for its time": async () => {
    const at = t.clock.ms + 25_000;
    t.ready({ assignee: "ann", not_before: at });
    return () => at;
  },
  "a back-off": async () => {
    const { task, run } = claimTask(t.board, t.ready({ assignee: "ann" }).id, { claimer: "ann" });
    rateLimitRun(t.board, { taskId: task.id, runId: run.id }, { retryMs: 35_000 });
    return () => run.started_at + 35_000;
  },
  "trouble of the machine": async (d) => {
    noteTrouble(d, "no space left on device");
    const at = t.clock.ms + d.trouble.current!.retryAt - d.clock.monotonic();
    return () => at;
  },
};

/** Workers first: what comes after them would hold up a pass that starts one. */
const NAMES = Object.keys(KINDS);

describe("after any pass", () => {
  test("with something unfinished the next wake-up is set, and not too late [B2]", async () => {
    const kinds = fc.uniqueArray(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 4 });
    const steps = fc.array(fc.integer({ min: 1, max: 40_000 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(kinds, steps, async (chosen, gaps) => {
        t?.close();
        t = testHome();
        t.script("trap '' TERM; sleep 300");
        const d = t.dispatcher({ maxWorkers: 100, processes: STUBBORN });
        const due: { kind: string; at: () => number }[] = [];
        for (const kind of NAMES.filter((name) => chosen.includes(name))) due.push({ kind, at: await KINDS[kind]!(d) });

        for (const ms of gaps) {
          await tick(d);
          // An instant that has passed was dealt with by this pass.
          for (const { kind, at } of due) {
            const latest = at();
            if (latest > t.clock.ms)
              expect({ kind, late: (d.wake.at ?? Infinity) > latest }).toEqual({ kind, late: false });
          }
          t.advance(ms);
        }
      }),
      { numRuns: 40 },
    );
  }, 60_000);

  test("and with nothing unfinished none is set", async () => {
    t = testHome();
    t.ready({ assignee: "ann" });
    const d = t.dispatcher();

    await tick(d);

    expect(d.wake.at).toBeNull();
  });
});
