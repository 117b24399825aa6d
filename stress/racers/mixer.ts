/**
 * A contestant that does everything a worker, a person and a careless script may do.
 *
 * It remembers what it was told, so that the suite can hold the board to it.
 *
 * @module
 */
import {
  addComment,
  archiveTask,
  assignTask,
  blockTask,
  claimNext,
  type Claimed,
  closeBoard,
  completeTask,
  createTask,
  editTask,
  heartbeat,
  linkTasks,
  moveTask,
  openBoard,
  unblockTask,
  unlinkTasks,
} from "../../src/kernel/mod.ts";
import { contest, instant } from "../harness.ts";
import { Random } from "../random.ts";
import { type FastClock, fast } from "./clock.ts";
import { attempt, emptyTally, type Tally } from "./outcome.ts";

export interface MixerInput {
  path: string;
  name: string;
  seed: number;
  clock: FastClock;
  /** How long it runs, in milliseconds. */
  ms: number;
  ids: string[];
  /** Longest pause between two calls, in milliseconds; default 4. */
  pauseMs?: number;
}

export interface MixerResult extends Tally {
  role: "mixer";
  /** What was acknowledged: runs completed and blocked with their words, comments, new tasks. */
  completed: { run: number; summary: string }[];
  blocked: { run: number; reason: string }[];
  comments: { id: number; task: string; body: string }[];
  created: string[];
  /** How many of its calls made each of these changes, and so left one event each. */
  changes: Record<Change, number>;
  calls: number;
}

export const CHANGES = ["linked", "unlinked", "archived", "unblocked"] as const;
export type Change = (typeof CHANGES)[number];

function work({ path, name, seed, clock, ms, ids, pauseMs = 4 }: MixerInput): (start: number) => Promise<MixerResult> {
  const board = openBoard(path, { actor: name, now: fast(clock) });
  const random = new Random(seed);
  /** What it has linked, to be unlinked: two tasks picked by chance hardly ever are. */
  const links: [string, string][] = [];
  const told: MixerResult = {
    ...emptyTally(),
    role: "mixer",
    completed: [],
    blocked: [],
    comments: [],
    created: [],
    changes: { linked: 0, unlinked: 0, archived: 0, unblocked: 0 },
    calls: 0,
  };
  const call = <T>(what: string, fn: () => T) => {
    told.calls++;
    return attempt(told, what, fn);
  };
  /** A call that says false changed nothing: the link was there already. */
  const changed = (what: Change, fn: () => unknown) => {
    const answer = call(what, fn);
    if (answer !== null && answer !== false) told.changes[what]++;
  };
  return async (start) => {
    while (instant() < start + ms && told.errors.length === 0) {
      const next = random.percent(60)
        ? call("next", () => claimNext(board, { claimer: name, ttlSeconds: 1 + random.below(3) }))
        : null;
      if (next !== null) await doWork(next);
      else meddle();
      await Bun.sleep(random.below(pauseMs));
    }
    closeBoard(board);
    return told;
  };

  /** What a worker does with what it claimed: 70 % complete, 15 % block, the others die or give it up. */
  async function doWork({ task, run }: Claimed): Promise<void> {
    const { id } = task;
    const runId = run.id;
    await Bun.sleep(random.below(50));
    if (random.percent(30)) call("heartbeat", () => heartbeat(board, id, { runId, note: `still at it, ${name}` }));
    const words = `run ${runId} by ${name} ${random.below(1e9)}`;
    const luck = random.below(100);
    if (luck < 70) {
      const metadata = { by: name, luck };
      if (call("complete", () => completeTask(board, id, { runId, summary: words, metadata })) !== null) {
        told.completed.push({ run: runId, summary: words });
      }
    } else if (luck < 85) {
      if (call("block", () => blockTask(board, id, { runId, reason: words })) !== null) {
        told.blocked.push({ run: runId, reason: words });
      }
    }
  }

  /** What everybody else does meanwhile, to any task in any state. */
  function meddle(): void {
    const id = random.pick(ids);
    const other = random.pick(ids);
    const body = `comment ${random.below(1e9)} by ${name}`;
    const acts: (() => void)[] = [
      () => changed("unblocked", () => unblockTask(board, id, { comment: "go on" })),
      () => changed("unblocked", () => unblockTask(board, id)),
      () => random.percent(15) && changed("archived", () => archiveTask(board, id)),
      () => call("move", () => moveTask(board, id, random.pick(["triage", "todo", "ready", "ready"] as const))),
      () => call("assign", () => assignTask(board, id, random.pick(["ann", "bob", null]))),
      () => call("edit", () => editTask(board, id, { priority: random.below(5), body })),
      () => {
        links.push([id, other]);
        changed("linked", () => linkTasks(board, id, other).linked);
      },
      () => {
        const [parent, child] = links.length > 0 ? random.pick(links) : [id, other];
        changed("unlinked", () => unlinkTasks(board, parent, child).unlinked);
      },
      () => {
        const written = call("comment", () => addComment(board, id, { body }));
        if (written !== null) told.comments.push({ id: written.id, task: id, body });
      },
      () => {
        const input = { title: body, parents: random.percent(50) ? [id] : [] };
        const made = random.percent(20) ? call("create", () => createTask(board, input)) : null;
        if (made !== null) told.created.push(made.task.id);
      },
    ];
    random.pick(acts)();
  }
}

contest(work);
