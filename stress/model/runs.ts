/**
 * Runs in the model: opening, closing, and what a dispatcher reports about their processes.
 *
 * @module
 */
import type { JsonObject, Outcome, Run, Status } from "../../src/kernel/mod.ts";
import { emit, enter, find, type ModelBoard, type ModelTask, openRunOf, Refused, requireState } from "./board.ts";
import { isEarly } from "./board.ts";
import { promoteIfFree } from "./links.ts";

export interface Handoff {
  summary?: string | null;
  metadata?: JsonObject | null;
  error?: string | null;
  exit_code?: number | null;
  signal?: string | null;
}

export interface Claim {
  claimer: string;
  ttlSeconds?: number;
  profile?: string | null;
  boot_id?: string;
  max_runtime_seconds?: number | null;
}

/** Appends a run; `length` zero makes it one that kept a handoff without a claim. */
function newRun(board: ModelBoard, task: ModelTask, fields: Partial<Run> & { claimer: string }): Run {
  const run: Run = {
    id: board.runs.length + 1,
    task_id: task.id,
    profile: task.assignee,
    step_key: task.current_step_key,
    claim_expires_at: board.now,
    ttl_seconds: 0,
    pid: null,
    pid_started: null,
    boot_id: null,
    host: null,
    pid_namespace: null,
    max_runtime_seconds: null,
    last_heartbeat_at: board.now,
    started_at: board.now,
    ended_at: null,
    process_gone_at: null,
    outcome: null,
    exit_code: null,
    signal: null,
    summary: null,
    metadata: null,
    error: null,
    usage: null,
    session_id: null,
    may: [],
    silent_seconds: null,
    last_words: null,
    log_tail: null,
    tools_at: null,
    ...fields,
  };
  board.runs.push(run);
  return run;
}

/** Opens a run on a ready task. */
export function claim(board: ModelBoard, task: ModelTask, options: Claim): Run {
  if (board.paused.paused) throw new Refused("refused");
  requireState(task, ["ready"]);
  const ttl = options.ttlSeconds ?? 900;
  const run = newRun(board, task, {
    claimer: options.claimer,
    ttl_seconds: ttl,
    claim_expires_at: board.now + ttl * 1_000,
    max_runtime_seconds:
      options.max_runtime_seconds === undefined ? task.max_runtime_seconds || null : options.max_runtime_seconds,
    boot_id: options.boot_id ?? null,
    ...(options.profile === undefined ? {} : { profile: options.profile }),
  });
  enter(board, task, "running");
  task.current_run_id = run.id;
  task.started_at ??= board.now;
  if (run.boot_id === null) board.known.set(board.actor, "person");
  else if (task.assignee !== null) board.known.set(task.assignee, "worker");
  emit(board, "claimed", task, run.id, { claimer: options.claimer, expires_at: run.claim_expires_at });
  return run;
}

/** Closes the open run, if there is one, and returns its id. */
export function close(board: ModelBoard, task: ModelTask, outcome: Outcome, handoff: Handoff = {}): number | null {
  const run = openRunOf(board, task);
  if (run === null) return null;
  end(board, run, outcome, handoff);
  return run.id;
}

/** Closes the open run with the handoff; without one, keeps a handoff on a run of zero length. */
export function closeOrKeep(board: ModelBoard, task: ModelTask, outcome: Outcome, handoff: Handoff): number | null {
  const closed = close(board, task, outcome, handoff);
  if (closed !== null || (handoff.summary == null && handoff.metadata == null)) return closed;
  const run = newRun(board, task, { claimer: board.actor });
  end(board, run, outcome, handoff);
  return run.id;
}

function end(board: ModelBoard, run: Run, outcome: Outcome, handoff: Handoff): void {
  run.ended_at = Math.max(board.now, run.started_at);
  run.outcome = outcome;
  run.summary = handoff.summary ?? null;
  run.metadata = handoff.metadata ?? null;
  run.error = handoff.error ?? null;
  run.exit_code = handoff.exit_code ?? run.exit_code;
  run.signal = handoff.signal ?? run.signal;
}

export function reclaim(board: ModelBoard, id: string, reason: string | null, runId?: number) {
  const task = find(board, id);
  requireState(task, ["running"], runId);
  const why = reason ?? `reclaimed by ${board.actor}`;
  const claimer = openRunOf(board, task)!.claimer;
  const closed = close(board, task, "reclaimed", { error: why });
  enter(board, task, "ready");
  emit(board, "reclaimed", task, closed, { reason: why, claimer });
  return task;
}

export function stop(board: ModelBoard, id: string, reason: string | null, runId?: number) {
  const task = find(board, id);
  requireState(task, ["running"], runId);
  const claimer = openRunOf(board, task)!.claimer;
  const closed = close(board, task, "reclaimed", {
    error: `stopped by ${board.actor}${reason === null ? "" : `: ${reason}`}`,
  });
  enter(board, task, "todo");
  task.held = true;
  emit(board, "stopped", task, closed, { reason, claimer });
  return task;
}

export interface Fail {
  kind: "crashed" | "abandoned" | "timed_out" | "spawn_failed";
  error: string;
  /** What the event says beside the error. */
  detail: JsonObject;
  exit_code: number | null;
  signal: string | null;
}

/** A failed attempt: back to ready after a back-off, or blocked when it was one too many. */
export function fail(board: ModelBoard, id: string, runId: number, failure: Fail, limit: number, backoffMs: number) {
  const task = find(board, id);
  requireState(task, ["running"], runId);
  const failures = task.failures + 1;
  const gaveUp = failures >= limit;
  const { error, exit_code, signal } = failure;
  const run = openRunOf(board, task)!;
  close(board, task, gaveUp ? "gave_up" : failure.kind, { error, exit_code, signal });
  if (failure.kind === "spawn_failed") run.process_gone_at ??= board.now;
  enter(board, task, gaveUp ? "blocked" : "ready");
  task.failures = failures;
  task.last_error = error;
  if (!gaveUp) task.retry_at = board.now + backoffMs;
  if (gaveUp) emit(board, "gave_up", task, runId, { error, failures });
  else emit(board, failure.kind, task, runId, failure.kind === "spawn_failed" ? { error, failures } : failure.detail);
  return { gaveUp, task };
}

export function rateLimit(board: ModelBoard, id: string, runId: number, retryMs: number, error: string) {
  const task = find(board, id);
  requireState(task, ["running"], runId);
  close(board, task, "rate_limited", { error });
  enter(board, task, "ready");
  task.retry_at = board.now + retryMs;
  emit(board, "rate_limited", task, runId, { until: task.retry_at });
  return task;
}

/** A run that could not use its profile: nothing is started for that any more, and its task is as it was. */
export function findUnavailable(board: ModelBoard, id: string, runId: number, profile: string, error: string) {
  const task = find(board, id);
  requireState(task, ["running"], runId);
  close(board, task, "unavailable", { error });
  enter(board, task, "ready");
  const on = { kind: "profile", key: profile };
  if (!board.held.has(profile)) {
    board.held.set(profile, id);
    emit(board, "held", task, runId, { ...on, reason: error, until: null });
  }
  emit(board, "unavailable", task, runId, { ...on, error });
  return task;
}

/** A person lets it go on. Returns how many holds there were. */
export function release(board: ModelBoard, profile: string): number {
  const met = board.held.get(profile);
  if (met === undefined) return 0;
  board.held.delete(profile);
  emit(board, "released", find(board, met), null, { kind: "profile", key: profile, by: board.actor });
  return 1;
}

export interface Process {
  pid: number;
  pid_started: string | null;
  boot_id: string | null;
}

/** Keeps which process works on a run, also when that run is over. */
export function recordProcess(board: ModelBoard, kind: "spawned" | "adopted", id: string, runId: number, it: Process) {
  const run = board.runs[runId - 1];
  if (run === undefined || run.task_id !== id) throw new Refused("not_found");
  if (run.process_gone_at === null) {
    run.pid = it.pid;
    run.pid_started = it.pid_started ?? run.pid_started;
    run.boot_id = it.boot_id ?? run.boot_id;
  }
  const task = find(board, id);
  if (run.ended_at === null) emit(board, kind, task, runId, { pid: it.pid });
  else if (kind === "spawned") requireState(task, [], runId);
}

export function recordGone(board: ModelBoard, runId: number, exit_code: number | null, signal: string | null): void {
  const run = board.runs[runId - 1];
  if (run === undefined || run.process_gone_at !== null) return;
  run.process_gone_at = board.now;
  run.exit_code ??= exit_code;
  run.signal ??= signal;
}

export function renewLeases(board: ModelBoard, runIds: readonly number[]): void {
  for (const run of board.runs) {
    if (runIds.includes(run.id) && run.ended_at === null) run.claim_expires_at = board.now + run.ttl_seconds * 1_000;
  }
}

/** Promotes what waited only for its start, in the order of the starts. */
export function promoteDue(board: ModelBoard): string[] {
  const due = board.tasks
    .filter((task) => task.status === "todo" && task.not_before !== null && !isEarly(board, task))
    .sort((a, b) => a.not_before! - b.not_before! || a.n - b.n);
  return due.filter((task) => promoteIfFree(board, task)).map((task) => task.id);
}

/** Runs whose process may still be alive, whatever became of them. */
export function unconfirmed(board: ModelBoard): Run[] {
  return board.runs.filter((run) => run.boot_id !== null && run.process_gone_at === null);
}

/** From five seconds after its handoff a process that takes long to exit holds no slot, for 70 seconds. */
function isLeaving({ now }: ModelBoard, { outcome, ended_at }: Run): boolean {
  if (outcome !== "completed" && outcome !== "blocked") return false;
  return now - ended_at! >= 5_000 && now - ended_at! < 75_000;
}

export interface Dispatch {
  profiles: ReadonlyMap<string, { max_running: number | null; max_runtime_seconds: number | null }>;
  maxWorkers: number;
}

/** What a dispatcher would start one after the other, were each of them still alive. */
export function candidates(board: ModelBoard, { profiles, maxWorkers }: Dispatch): ModelTask[] {
  if (board.paused.paused) return [];
  const alive = unconfirmed(board);
  const room = new Map([...profiles].map(([name, { max_running }]) => [name, max_running ?? Infinity]));
  const busy = alive.filter((run) => !isLeaving(board, run));
  for (const { profile } of busy) if (profile !== null) room.set(profile, (room.get(profile) ?? 0) - 1);
  const chosen: ModelTask[] = [];
  for (const task of queue(board)) {
    if (chosen.length >= maxWorkers - busy.length) break;
    if (task.assignee === null || !profiles.has(task.assignee) || board.held.has(task.assignee)) continue;
    if (alive.some((run) => run.task_id === task.id)) continue;
    const left = room.get(task.assignee)!;
    if (left <= 0) continue;
    room.set(task.assignee, left - 1);
    chosen.push(task);
  }
  return chosen;
}

/** Ready tasks past their back-off: by priority, then by how long they have been ready. */
export function queue(board: ModelBoard, assignee?: string): ModelTask[] {
  return board.tasks
    .filter((task) => task.status === ("ready" satisfies Status) && (task.retry_at ?? 0) <= board.now)
    .filter((task) => assignee === undefined || task.assignee === assignee)
    .sort((a, b) => b.priority - a.priority || a.ready_at! - b.ready_at! || a.n - b.n);
}
