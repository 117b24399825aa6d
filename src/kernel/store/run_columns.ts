/**
 * The columns of a run that it has while it is open.
 *
 * An open run is part of its task's row, where each of them has the prefix `run_`; an ended one is a row of
 * `task_runs`. This list is the one place that says which they are: the tables and the select lists derive from it.
 *
 * @module
 */

export const RUN_COLUMNS_SHARED = [
  "profile",
  "step_key",
  "claimer",
  "claim_expires_at",
  "ttl_seconds",
  "pid",
  "pid_started",
  "boot_id",
  "host",
  "pid_namespace",
  "max_runtime_seconds",
  "last_heartbeat_at",
  "started_at",
  "process_gone_at",
  "exit_code",
  "signal",
  "usage",
  "session_id",
  "may",
  "last_words",
  "log_tail",
  "tools_at",
] as const;
