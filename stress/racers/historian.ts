/**
 * A contestant that writes down what it asked, what it was told, and when.
 *
 * @module
 */
import {
  approveTask,
  archiveTask,
  assignTask,
  blockTask,
  type Board,
  claimTask,
  closeBoard,
  completeTask,
  getTask,
  heartbeat,
  KanbanError,
  moveTask,
  openBoard,
  reclaimTask,
  requestChanges,
  restoreTask,
  type Task,
  unblockTask,
} from "../../src/kernel/mod.ts";
import { contest } from "../harness.ts";
import type { Asked, Entry } from "../history/entry.ts";
import { Random } from "../random.ts";

export interface HistorianInput {
  path: string;
  name: string;
  seed: number;
  ids: string[];
  calls: number;
}

export interface HistorianResult {
  entries: Entry[];
  errors: string[];
}

function work({ path, name, seed, ids, calls }: HistorianInput): () => Promise<HistorianResult> {
  const board = openBoard(path, { actor: name });
  const random = new Random(seed);
  /** The newest run this contestant won on each task; it may be over by now. */
  const runs = new Map<string, number>();
  const entries: Entry[] = [];
  const errors: string[] = [];
  return async () => {
    for (let i = 0; i < calls && errors.length === 0; i++) {
      const task = random.pick(ids);
      const asked = choose(random, runs.get(task));
      const called = instant();
      let told: Entry["told"] | null = null;
      try {
        told = brief(ask(board, task, asked, name));
        if (asked.verb === "claim" && told.run !== null) runs.set(task, told.run);
      } catch (error) {
        if (error instanceof KanbanError && error.code === "conflict") told = { refused: "conflict" };
        else errors.push(`${asked.verb} ${task}: ${String(error)}`);
      }
      const returned = instant();
      if (told !== null) entries.push({ by: name, task, asked, told, called, returned });
      if (random.percent(30)) await Bun.sleep(0);
    }
    closeBoard(board);
    return { entries, errors };
  };
}

/** Processes that start together agree on this far better than `SKEW_MS`; Bun's other clocks begin with the process. */
function instant(): number {
  return performance.timeOrigin + performance.now();
}

/** People leave no handoff here: a run of zero length would have an id that was returned to no caller. */
function choose(random: Random, run: number | undefined): Asked {
  const fence = run === undefined ? null : run;
  const verb = random.pick([
    "claim",
    "claim",
    "claim",
    "complete",
    "complete",
    "complete",
    "heartbeat",
    "block",
    "unblock",
    "unblock",
    "approve",
    "request_changes",
    "reclaim",
    "archive",
    "restore",
    "restore",
    "move",
    "move",
    "assign",
    "read",
    "read",
  ] as const);
  if (verb === "archive") return { verb: random.percent(40) ? "archive" : "read", run: null };
  if (verb === "move") return { verb, run: null, to: random.pick(["triage", "todo", "ready", "ready"] as const) };
  if (verb === "assign") return { verb, run: null, to: random.pick(["ann", "bob"]) };
  const fenced = verb === "complete" || verb === "heartbeat" || verb === "block";
  return { verb, run: fenced && random.percent(80) ? fence : null };
}

function ask(board: Board, id: string, { verb, run, to }: Asked, name: string): Task {
  const fence = run === null ? {} : { runId: run };
  switch (verb) {
    case "claim":
      return claimTask(board, id, { claimer: name }).task;
    case "complete":
      return completeTask(board, id, fence);
    case "heartbeat":
      return heartbeat(board, id, fence);
    case "block":
      return blockTask(board, id, fence);
    case "unblock":
      return unblockTask(board, id);
    case "approve":
      return approveTask(board, id);
    case "request_changes":
      return requestChanges(board, id, { reason: "again" });
    case "reclaim":
      return reclaimTask(board, id);
    case "archive":
      return archiveTask(board, id);
    case "restore":
      return restoreTask(board, id);
    case "move":
      return moveTask(board, id, to as Task["status"]);
    case "assign":
      return assignTask(board, id, to!);
    case "read":
      return getTask(board, id);
  }
}

function brief({ status, current_run_id, assignee, held }: Task) {
  return { status, run: current_run_id, assignee, held };
}

contest(work);
