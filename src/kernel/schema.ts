/**
 * The rows as callers see them, and the closed lists of words in them.
 *
 * Their fields have the names of the columns, in JSON too. What a column may hold is said once, in
 * `store/tables.ts`, and in `fields.ts` for what people and agents set. Integer keys never leave this layer.
 *
 * @module
 */

/** Statuses in the order of the board's columns; `archived` is hidden. */
export const STATUSES = ["triage", "todo", "ready", "running", "review", "blocked", "done", "archived"] as const;
export type Status = (typeof STATUSES)[number];

/** How a run can end. */
export const OUTCOMES = [
  "completed",
  "blocked",
  "crashed",
  "abandoned",
  "rate_limited",
  "unavailable",
  "timed_out",
  "spawn_failed",
  "gave_up",
  "reclaimed",
] as const;
export type Outcome = (typeof OUTCOMES)[number];

export const WORKSPACE_KINDS = ["scratch", "dir", "worktree"] as const;
export type WorkspaceKind = (typeof WORKSPACE_KINDS)[number];

/** The things that tasks share and that a hold can be on. */
export const HOLD_KINDS = ["repository", "profile", "account", "provider"] as const;
export type HoldKind = (typeof HOLD_KINDS)[number];

/** The texts of a task that are kept when they are replaced. */
export const TEXT_FIELDS = ["title", "body", "result"] as const;
export type TextField = (typeof TEXT_FIELDS)[number];

/** Anything that survives a trip through JSON. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** A task as every surface prints it. Instants are epoch milliseconds; null means "never" or "none". */
export interface Task {
  id: string;
  title: string;
  body: string | null;
  /** A profile's name, or a person's. */
  assignee: string | null;
  status: Status;
  /** Higher first. */
  priority: number;
  tenant: string | null;
  created_by: string;
  created_at: number;
  /** When it last became ready. */
  ready_at: number | null;
  /** When it was first claimed. */
  started_at: number | null;
  /** Set exactly while the task counts as finished for its children. */
  completed_at: number | null;
  workspace_kind: WorkspaceKind;
  workspace_path: string | null;
  result: string | null;
  idempotency_key: string | null;
  max_runtime_seconds: number | null;
  skills: string[];
  /** A person must approve a worker's completion. */
  review: boolean;
  /** A person parked it in todo. */
  held: boolean;
  /** The user's: not before this instant. */
  not_before: number | null;
  /** The dispatcher's: back-off after a failed attempt. */
  retry_at: number | null;
  /** Consecutive failed attempts. */
  failures: number;
  last_error: string | null;
  current_run_id: number | null;
  /** How many workers stand between this task and the person who started the chain. */
  depth: number;
  /** The task whose worker created it; null when a person did. */
  from_task: string | null;
  /** How often in a row its workers asked the same question without a person between. */
  asked: number;
  /** The model that its agent should use; a profile's command may name it as `{model}`. */
  model: string | null;
  workflow_template_id: string | null;
  current_step_key: string | null;
  /** From the open run; null when idle. */
  claimer: string | null;
  claim_expires_at: number | null;
  worker_pid: number | null;
  last_heartbeat_at: number | null;
  /** Its newest event: what an edit names as its base. 0 where an import brought none. */
  last_event_id: number;
}

/** A task as lists show it: without the texts that may be a megabyte each. */
export type BriefTask = Omit<Task, "body" | "result">;

/** One attempt at a task. */
export interface Run {
  id: number;
  task_id: string;
  profile: string | null;
  step_key: string | null;
  claimer: string;
  claim_expires_at: number;
  ttl_seconds: number;
  /** Leads the worker's process group; null for a claim without a local process, or not started yet. */
  pid: number | null;
  /** The process's start time as the operating system reports it, opaque. */
  pid_started: string | null;
  /** Set when a dispatcher made the claim: the boot of the machine its process belongs to. */
  boot_id: string | null;
  /** With it: the machine, as its dispatcher names it. Null for runs of a program that did not keep it. */
  host: string | null;
  /** With it: the PID namespace that `pid` is a number of. Null as above. */
  pid_namespace: string | null;
  max_runtime_seconds: number | null;
  last_heartbeat_at: number;
  started_at: number;
  ended_at: number | null;
  /** When the worker's process group was confirmed empty. */
  process_gone_at: number | null;
  outcome: Outcome | null;
  exit_code: number | null;
  signal: string | null;
  summary: string | null;
  metadata: JsonObject | null;
  error: string | null;
  /** Tokens, cost and turns, as far as the agent reports them. */
  usage: JsonObject | null;
  session_id: string | null;
  /** The acts that its profile allowed when the dispatcher claimed, beyond what every worker may. */
  may: string[];
  /** How long it had been silent when it was ended for that; null when it ended in any other way. */
  silent_seconds: number | null;
  /** What its agent said last, as far as that is known: the end of it, up to 4,096 characters. */
  last_words: string | null;
  /** The end of what its worker printed; null for a run that left a handoff. */
  log_tail: string | null;
  /** When its agent first asked for our tools. */
  tools_at: number | null;
}

export interface Comment {
  id: number;
  task_id: string;
  author: string;
  /** Who really wrote it, when an agent signs with another name. */
  via: string | null;
  body: string;
  created_at: number;
}
