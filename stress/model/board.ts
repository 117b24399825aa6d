/**
 * The model: what a board is, as plain rows in memory, and the words for refusing.
 *
 * It is written from the contract alone and shares no code with the kernel, only the types of its
 * rows. Whatever both sides agree on after a hundred random steps is hardly a coincidence. Nothing
 * here is fast or durable; everything here is obvious.
 *
 * @module
 */
import type { ErrorCode, EventKind, Json, Run, Status, Task } from "../../src/kernel/mod.ts";

/** A task's row. What the open run adds to it is put together by `view`. */
export interface ModelTask extends Omit<Task, "claimer" | "claim_expires_at" | "worker_pid" | "last_heartbeat_at"> {
  /** Order of creation. */
  n: number;
  /** Tasks it waits for, by `n`. */
  parents: Set<number>;
}

export interface ModelComment {
  id: number;
  task_id: string;
  author: string;
  via: string | null;
  body: string;
  created_at: number;
}

export interface ModelEvent {
  task_id: string;
  run_id: number | null;
  kind: EventKind;
  actor: string;
  payload: { [key: string]: Json };
  created_at: number;
}

/** A call that the contract refuses. `found` is how the message of a conflict ends, or the id that was not found. */
export class Refused extends Error {
  constructor(
    readonly code: ErrorCode,
    readonly found?: string,
  ) {
    super(`refused (${code})${found === undefined ? "" : `: ${found}`}`);
  }
}

export interface ModelBoard {
  now: number;
  actor: string;
  tasks: ModelTask[];
  /** Run `id` stands at `id - 1`. */
  runs: Run[];
  comments: ModelComment[];
  events: ModelEvent[];
  paused: { paused: boolean; paused_by: string | null; paused_at: number | null };
  /** Profiles that nothing is started for, and the task that found that out. */
  held: Map<string, string>;
  /** Who used each name last. */
  known: Map<string, "person" | "worker">;
  /** Whether archived tasks had been held. */
  parked: Map<string, boolean>;
  /** Events that gc removed, by their place in `events`. */
  collected: Set<number>;
}

/** An empty board at an instant. */
export function emptyBoard(now: number): ModelBoard {
  return {
    now,
    actor: "",
    tasks: [],
    runs: [],
    comments: [],
    events: [],
    paused: { paused: false, paused_by: null, paused_at: null },
    held: new Map(),
    known: new Map(),
    parked: new Map(),
    collected: new Set(),
  };
}

/** The task with this id, or a refusal. */
export function find(board: ModelBoard, id: string): ModelTask {
  const task = board.tasks.find((each) => each.id === id);
  if (task === undefined) throw new Refused("not_found", id);
  return task;
}

/** The run a task is under, or null. */
export function openRunOf(board: ModelBoard, task: ModelTask): Run | null {
  return task.current_run_id === null ? null : board.runs[task.current_run_id - 1]!;
}

/** Every run of a task, oldest first. */
export function runsOf(board: ModelBoard, task: ModelTask): Run[] {
  return board.runs.filter((run) => run.task_id === task.id);
}

/** The task as every surface prints it. */
export function view(board: ModelBoard, task: ModelTask): Task {
  const { n: _n, parents: _parents, ...row } = task;
  const run = openRunOf(board, task);
  return {
    ...row,
    claimer: run?.claimer ?? null,
    claim_expires_at: run?.claim_expires_at ?? null,
    worker_pid: run?.pid ?? null,
    last_heartbeat_at: run?.last_heartbeat_at ?? null,
  };
}

/** A task is finished when it is done, or was archived after being done. */
export function isFinished(task: ModelTask): boolean {
  return task.status === "done" || (task.status === "archived" && task.completed_at !== null);
}

export function parentsOf(board: ModelBoard, task: ModelTask): ModelTask[] {
  return [...task.parents].sort((a, b) => a - b).map((n) => board.tasks[n]!);
}

export function childrenOf(board: ModelBoard, task: ModelTask): ModelTask[] {
  return board.tasks.filter((each) => each.parents.has(task.n));
}

/** Whether an unfinished parent or a start that lies ahead keeps a task waiting. */
export function waits(board: ModelBoard, task: ModelTask): boolean {
  return isEarly(board, task) || parentsOf(board, task).some((parent) => !isFinished(parent));
}

export function isEarly(board: ModelBoard, task: ModelTask): boolean {
  return task.not_before !== null && task.not_before > board.now;
}

/** How a refusal names what it found. */
function foundOf(task: ModelTask): string {
  return task.current_run_id === null ? task.status : `running under run ${task.current_run_id}`;
}

/** Refuses unless the task's status is one of these and, with a fence, its open run is this one. */
export function requireState(task: ModelTask, from: readonly Status[], runId?: number): void {
  if (!from.includes(task.status)) throw new Refused("conflict", foundOf(task));
  if (runId !== undefined && task.current_run_id !== runId) throw new Refused("conflict", foundOf(task));
}

/** Sets the status and what follows from it alone. */
export function enter(board: ModelBoard, task: ModelTask, status: Status): void {
  if (status === "ready" && task.status !== "ready") task.ready_at = board.now;
  if (status === "done") task.completed_at = board.now;
  else if (status !== "archived") task.completed_at = null;
  task.status = status;
  task.held = false;
  task.retry_at = null;
  if (status !== "running") task.current_run_id = null;
}

export function emit(
  board: ModelBoard,
  kind: EventKind,
  task: ModelTask,
  runId: number | null,
  payload: ModelEvent["payload"],
): void {
  const { actor, now: created_at } = board;
  task.last_event_id = board.events.length + 1;
  board.events.push({ task_id: task.id, run_id: runId, kind, actor, payload, created_at });
}

export function comment(board: ModelBoard, task: ModelTask, author: string, body: string, via: string | null = null) {
  const written = { id: board.comments.length + 1, task_id: task.id, author, via, body, created_at: board.now };
  board.comments.push(written);
  return written;
}

/** The first line, at most 400 characters. The words that suites write are shorter and have no odd line ends. */
export function firstLine(text: string): string {
  return text.trim().split("\n")[0]!.trim();
}

/** Runs a change of several steps so that a refusal in the middle takes back the first ones. */
export function allOrNothing<T>(board: ModelBoard, change: () => T): T {
  const before = structuredClone(board);
  try {
    return change();
  } catch (error) {
    Object.assign(board, before);
    throw error;
  }
}
