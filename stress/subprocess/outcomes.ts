/**
 * How runs end: one real worker for every ending there is, and what the board says of it afterwards.
 *
 * @module
 */
import { expect } from "bun:test";
import { statSync } from "node:fs";
import { logPath, prepareHome } from "../../src/home.ts";
import {
  activeHolds,
  archiveTask,
  type Board,
  closeBoard,
  createTask,
  eventsAfter,
  getTask,
  listComments,
  listRuns,
  openBoard,
  reclaimTask,
  type Run,
  type Task,
} from "../../src/kernel/mod.ts";
import { until } from "../harness.ts";
import { violationsIn } from "../invariants.ts";
import { cli, type Place, placeAt, type Program, startProgram, stop } from "../program.ts";
import { isAlive, processesOf, zombiesOf } from "./processes.ts";
import { readLedger, type Worker, writeWorkers } from "./workers.ts";

/** One ending. The board, the home and the ledger are shared; the daemon has failure limit 2. */
interface Ending {
  name: string;
  worker: Worker;
  /** When the ending has come. */
  over(task: Task, runs: readonly Run[]): boolean;
  judge(seen: Seen): void | Promise<void>;
}

interface Seen {
  board: Board;
  place: Place;
  task: Task;
  runs: Run[];
}

const blocked = ({ status }: Task) => status === "blocked";
const done = ({ status }: Task) => status === "done";

const ENDINGS: readonly Ending[] = [
  {
    name: "a worker that reports through the CLI",
    worker: "shell",
    over: done,
    async judge({ task, runs, place }) {
      expect(runs).toMatchObject([
        { outcome: "completed", summary: `run ${runs[0]!.id}`, metadata: { run: runs[0]!.id } },
      ]);
      const { stdout, code } = await cli(place, ["log", task.id]);
      expect([code, stdout]).toEqual([0, expect.stringContaining(`worker of ${task.id} under run ${runs[0]!.id}`)]);
      expect(stdout).toContain("and a line on stderr");
      expect(statSync(logPath(place.home, task.id)).mode & 0o777).toBe(0o600);
    },
  },
  {
    name: "a worker that reports through the tools",
    worker: "tools",
    over: done,
    judge: ({ runs }) => expect(runs).toMatchObject([{ outcome: "completed", metadata: { run: runs[0]!.id } }]),
  },
  {
    name: "exit 3: crashed with its code and log, given up at the limit",
    worker: "crasher",
    over: blocked,
    judge({ task, runs, board }) {
      expect(runs).toMatchObject([
        { outcome: "crashed", exit_code: 3 },
        { outcome: "gave_up", exit_code: 3 },
      ]);
      expect(task).toMatchObject({ failures: 2, last_error: expect.stringContaining("3") });
      const crashed = eventsAfter(board, 0, { task_id: task.id, kinds: ["crashed"] })[0];
      expect(crashed?.payload).toMatchObject({ exit_code: 3, log_tail: expect.stringContaining("about to fail") });
      expect(runs[1]!.started_at - runs[0]!.ended_at!).toBeGreaterThan(400); // It waited before it tried again.
    },
  },
  {
    name: "exit 0 in silence: abandoned",
    worker: "silent",
    over: blocked,
    judge: ({ runs }) => expect(runs).toMatchObject([{ outcome: "abandoned", exit_code: 0 }, { outcome: "gave_up" }]),
  },
  {
    name: "exit 75: rate limited, no failure, later",
    worker: "throttled",
    over: (_, runs) => runs[0]?.ended_at != null,
    judge({ task, runs, board }) {
      expect(runs).toMatchObject([{ outcome: "rate_limited" }]);
      expect(task).toMatchObject({ status: "ready", failures: 0 });
      const [hold] = activeHolds(board);
      expect(hold!.until! - runs[0]!.ended_at!).toBeGreaterThan(250_000);
    },
  },
  {
    name: "a time limit, and a worker that ignores SIGTERM",
    worker: "stubborn",
    over: (_, runs) => runs[0]?.ended_at != null,
    judge({ task, runs, board }) {
      expect(runs[0]).toMatchObject({ outcome: "timed_out" });
      const timedOut = eventsAfter(board, 0, { task_id: task.id, kinds: ["timed_out"] })[0];
      expect(timedOut?.payload).toMatchObject({ limit_seconds: 1, sigkill: true });
      expect(isAlive(runs[0]!.pid!)).toBe(false);
    },
  },
  {
    name: "a child that left the process group is ended before the task is released",
    worker: "parent",
    over: (_, runs) => runs[0]?.process_gone_at != null,
    judge({ task, place, runs }) {
      expect(task.status).toBe("done");
      const left = processesOf(place.home.dir).filter(({ command }) => command === "sleep 60");
      expect(left).toEqual([]);
      expect(isAlive(runs[0]!.pid!)).toBe(false);
    },
  },
  {
    name: "a worker that asks a person",
    worker: "asker",
    over: blocked,
    judge({ task, runs, board }) {
      expect(runs).toMatchObject([{ outcome: "blocked", summary: "which one?" }]);
      expect(listComments(board, task.id).map(({ body }) => body)).toEqual(["BLOCKED: which one?"]);
      expect(task.failures).toBe(0);
    },
  },
];

interface Options {
  dir: string;
  say(progress: string): void;
}

/** Plays every ending under one daemon, then those that need a daemon to die. */
export async function outcomes({ dir, say }: Options): Promise<{ violations: string[]; checks: number }> {
  const place = placeAt(`${dir}/home`);
  prepareHome(place.home);
  await Bun.write(place.home.config, JSON.stringify({ dispatcher: { max_workers: 12, failure_limit: 2 } }));
  const ledger = writeWorkers(place, dir);
  const board = openBoard(place.home.db, { actor: "outcomes" });
  const daemon = startProgram(place, ["daemon"]);
  const violations: string[] = [];
  const check = async (name: string, act: () => void | Promise<void>) => {
    try {
      await act();
    } catch (error) {
      violations.push(`${name}: ${(error as Error).message}`);
    }
  };
  const make = (worker: Worker) => createTask(board, { title: worker, assignee: worker }).task.id;
  await Promise.all([
    ...ENDINGS.map((ending) => check(ending.name, () => play(ending, make(ending.worker), { board, place }))),
    check("an archived task's worker is ended", () => archived(board, make("sleeper"))),
    check("a reclaimed task is not started beside its dying worker", () => reclaimed(board, make("deaf"))),
    check("a second daemon names the first", () => second(place, daemon)),
  ]);
  say("every ending was played, now without a dispatcher");
  await check("no zombies", () => expect(zombiesOf(daemon.pid)).toEqual([]));
  let next = daemon;
  await check("a dispatcher's death fails no run", async () => {
    next = await orphaned(board, place, daemon, make);
  });
  await check("SIGTERM ends the daemon at once, with status 0", async () => expect(await stop(next)).toBe(0));
  for (const { what, task, run } of readLedger(ledger)) {
    if (what === "overlap") violations.push(`${task}: run ${run} started while an earlier worker was alive`);
  }
  closeBoard(board);
  violations.push(...violationsIn(place.home.db));
  return { violations, checks: ENDINGS.length + 6 };
}

async function play(ending: Ending, id: string, on: Pick<Seen, "board" | "place">): Promise<void> {
  const { board } = on;
  await until(() => ending.over(getTask(board, id), listRuns(board, id)), "this ending", 40_000);
  await ending.judge({ ...on, task: getTask(board, id), runs: listRuns(board, id) });
}

async function archived(board: Board, id: string): Promise<void> {
  await until(() => listRuns(board, id)[0]?.pid != null, "the sleeper to start");
  const { pid } = listRuns(board, id)[0]!;
  expect(isAlive(pid!)).toBe(true);
  archiveTask(board, id);
  await until(() => listRuns(board, id)[0]!.process_gone_at !== null, "the sleeper to be ended", 15_000);

  expect(isAlive(pid!)).toBe(false);
  expect(listRuns(board, id)).toMatchObject([{ outcome: "reclaimed", error: "archived by outcomes" }]);
}

async function reclaimed(board: Board, id: string): Promise<void> {
  await until(() => listRuns(board, id)[0]?.pid != null, "the deaf worker to start");
  reclaimTask(board, id, { reason: "by hand" });
  await until(() => listRuns(board, id).length === 2, "the second run", 20_000);
  const [first, next] = listRuns(board, id) as [Run, Run];

  expect(first).toMatchObject({ outcome: "reclaimed", error: "by hand" });
  expect(first.process_gone_at).not.toBeNull();
  expect(next.started_at).toBeGreaterThanOrEqual(first.process_gone_at!);
  archiveTask(board, id);
  await until(() => listRuns(board, id)[1]!.process_gone_at !== null, "the second one to be ended", 15_000);
}

async function second(place: Place, daemon: Program): Promise<void> {
  await until(() => existsLock(place), "the first daemon to run");
  const { code, stderr } = await cli(place, ["daemon"]);

  expect([code, stderr]).toEqual([1, expect.stringContaining(String(daemon.pid))]);
}

function existsLock({ home }: Place): boolean {
  try {
    return statSync(home.dispatcherState).size > 0;
  } catch {
    return false;
  }
}

/** Kills the dispatcher while one worker works and another is about to fail; both are known to the next one. */
async function orphaned(board: Board, place: Place, daemon: Program, make: (worker: Worker) => string) {
  const [slow, late] = [make("slow"), make("latecrash")];
  await until(() => [slow, late].every((id) => listRuns(board, id)[0]?.pid != null), "both workers to start");
  daemon.kill("SIGKILL");
  await daemon.exited;
  await Bun.sleep(1_400); // The late one fails meanwhile, unseen.
  const next = startProgram(place, ["daemon"]);
  await until(() => getTask(board, slow).status === "done", "the slow worker to complete", 20_000);
  await until(() => listRuns(board, late)[0]!.ended_at !== null, "the late crash to be seen", 20_000);

  expect(listRuns(board, slow)).toMatchObject([{ outcome: "completed", summary: expect.stringContaining("run ") }]);
  expect(getTask(board, slow).failures).toBe(0);
  expect(listRuns(board, late)[0]).toMatchObject({ outcome: "crashed", exit_code: 7 });
  return next;
}
