/**
 * The victim: changes a board and says so, one line per acknowledged call, until it is killed.
 *
 * The line is written when the call has returned and not before, with a plain system call: whatever
 * stands in it was acknowledged. Started as `bun writer.ts PATH SEED CALLS`.
 *
 * @module
 */
import { writeSync } from "node:fs";
import {
  addComment,
  archiveTask,
  blockTask,
  type Claimed,
  claimNext,
  completeTask,
  createTask,
  heartbeat,
  moveTask,
  openBoard,
  unblockTask,
} from "../../src/kernel/mod.ts";
import { Random } from "../random.ts";

/** One acknowledged call: what was promised to be on the board from then on. */
export type Ack =
  | { kind: "created"; task: string; title: string }
  | { kind: "claimed" | "heartbeat"; task: string; run: number }
  | { kind: "completed" | "blocked"; task: string; run: number; words: string }
  | { kind: "commented"; task: string; id: number; body: string }
  | { kind: "moved"; task: string }
  | { kind: "opened" };

const say = (ack: Ack) => writeSync(1, `${JSON.stringify(ack)}\n`);

function work(path: string, seed: number, calls: number): void {
  const random = new Random(seed);
  const board = openBoard(path, { actor: "victim" });
  say({ kind: "opened" });
  // A small log is checkpointed often: the sweep has to meet writes to the database itself as well.
  board.db.run("PRAGMA wal_autocheckpoint = 60");
  const ids: string[] = [];
  const blocked: string[] = [];
  let claimed: Claimed | null = null;
  for (let i = 0; i < calls; i++) {
    const words = `words ${seed} ${i}`;
    if (claimed === null && random.percent(45)) {
      claimed = claimNext(board, { claimer: "victim" });
      if (claimed !== null) say({ kind: "claimed", task: claimed.task.id, run: claimed.run.id });
    } else if (claimed !== null) {
      const { task, run } = claimed;
      if (random.percent(30)) {
        heartbeat(board, task.id, { runId: run.id });
        say({ kind: "heartbeat", task: task.id, run: run.id });
      } else if (random.percent(70)) {
        completeTask(board, task.id, { runId: run.id, summary: words });
        say({ kind: "completed", task: task.id, run: run.id, words });
        claimed = null;
      } else {
        blockTask(board, task.id, { runId: run.id, reason: words });
        say({ kind: "blocked", task: task.id, run: run.id, words });
        blocked.push(task.id);
        claimed = null;
      }
    } else if (random.percent(60) || ids.length === 0) {
      const parents = random.percent(40) && ids.length > 0 ? [random.pick(ids)] : [];
      const { task } = createTask(board, { title: words, parents });
      say({ kind: "created", task: task.id, title: words });
      ids.push(task.id);
    } else if (random.percent(50)) {
      const task = random.pick(ids);
      const { id } = addComment(board, task, { body: words });
      say({ kind: "commented", task, id, body: words });
    } else if (blocked.length > 0) {
      const task = blocked.pop()!;
      unblockTask(board, task, { comment: words });
      say({ kind: "moved", task });
    } else {
      const task = random.pick(ids);
      if (random.percent(20)) archiveTask(board, moveOut(task));
      else moveTask(board, moveOut(task), "triage");
      say({ kind: "moved", task });
    }
  }

  /** An archived task takes no further move: it is forgotten here. */
  function moveOut(task: string): string {
    ids.splice(ids.indexOf(task), 1);
    return task;
  }
}

if (import.meta.main) {
  const [path, seed, calls] = process.argv.slice(2);
  work(path!, Number(seed), Number(calls));
  process.exit(0);
}
