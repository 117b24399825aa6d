/**
 * How a task moves, and how its runs are opened and closed, as version 1 wrote it down.
 *
 * @module
 */
import type { Fleet, Tale } from "./fleet.ts";
import { newRun, type Row } from "./rows.ts";
import { PEOPLE, PROFILES } from "./words.ts";

/** What happens to a task in one step of its story. */
export type Act = (fleet: Fleet, tale: Tale) => void;

export const profileOf = ({ row }: Tale) => (row["assignee"] ?? null) as string | null;

/** Moves a task; what follows from a status follows here as it did there. */
export function move(fleet: Fleet, tale: Tale, to: string, along: Row = {}): void {
  const { row } = tale;
  const was = row["status"];
  const leaves = (was === "done" || was === "review") && to !== "done" && to !== "review" && to !== "archived";
  Object.assign(row, {
    status: to,
    current_run_id: null,
    held: 0,
    retry_at: null,
    ...(leaves ? { result: null } : {}),
    ...(to === "ready" ? { ready_at: fleet.at } : {}),
    ...(to === "done"
      ? { completed_at: row["completed_at"] ?? fleet.at }
      : to === "archived"
        ? {}
        : { completed_at: null }),
    ...along,
  });
  if (to === "done") fleet.release(tale);
}

export function open(kind: "process" | "starting" | "person"): Act {
  return (fleet, tale) => {
    const { random, at, now } = fleet;
    const isWorker = kind !== "person";
    const id = fleet.next("run");
    const stays = tale.fate === "running";
    // The lease of a run that stays open has run out on every second board.
    const ttl = isWorker ? (stays && random.percent(50) ? Math.ceil((now - at) / 1_000) + 900 : 900) : 86_400;
    const claimer = isWorker ? (profileOf(tale) ?? random.pick(PROFILES)) : random.pick(PEOPLE);
    const limit = tale.row["max_runtime_seconds"] ?? null;
    tale.run = newRun({
      id,
      task_key: tale.key,
      profile: isWorker ? claimer : profileOf(tale),
      step_key: tale.row["current_step_key"] ?? null,
      claimer: isWorker ? `${claimer}@host-1` : claimer,
      claim_expires_at: at + ttl * 1_000,
      ttl_seconds: ttl,
      max_runtime_seconds: limit,
      last_heartbeat_at: at,
      started_at: at,
      ...(isWorker ? { boot_id: "4c1d-größe", host: "host-1", pid_namespace: "pid:[4026531836]" } : {}),
      ...(random.percent(3) ? { may: '["create","approve"]' } : {}),
      pid: null,
    });
    tale.lastRunId = id;
    move(fleet, tale, "running", { current_run_id: id, started_at: tale.row["started_at"] ?? at });
    fleet.event(
      tale,
      "claimed",
      isWorker ? "dispatcher" : claimer,
      { claimer: tale.run["claimer"], expires_at: at + ttl * 1_000 },
      id,
    );
    if (kind !== "process") return;
    Object.assign(tale.run, { pid: 1_000 + random.below(4_000_000), pid_started: String(random.below(1e9)) });
    fleet.event(tale, "spawned", "dispatcher", { pid: tale.run["pid"] }, id);
    if (random.percent(50)) tale.run["tools_at"] = at + 400;
    if (tale.row["workspace_kind"] === "worktree") recordWorktree(fleet, tale);
  };
}

const made = new WeakSet<Tale>();
/** What git made for a task, once. */
function recordWorktree(fleet: Fleet, tale: Tale): void {
  if (made.has(tale)) return;
  made.add(tale);
  const repository = "/srv/größe/app/.git";
  const isPlanned = fleet.random.percent(3);
  const about = {
    git_dir: `${repository}/worktrees/${tale.id}`,
    branch: `kanban/${tale.id}`,
    base: "9fceb02d0ae598e95dc970b74767f19372d61af8",
    base_branch: "main",
    made_at: fleet.at,
  };
  fleet.sink.put("worktrees", { path: tale.row["workspace_path"]!, repository, ...(isPlanned ? {} : about) });
}

/** Ends the open run and hands its row over. */
export function close(fleet: Fleet, tale: Tale, outcome: string, along: Row = {}): number {
  const run = tale.run!;
  const { random, at } = fleet;
  const isProcess = run["pid"] !== null;
  const usage =
    isProcess && random.percent(60)
      ? {
          input_tokens: random.below(90_000),
          output_tokens: random.below(9_000),
          turns: random.below(40),
          cost_usd: random.below(640) / 64,
        }
      : null;
  if (usage !== null) fleet.count(usage);
  const ended = Math.max(at, run["started_at"] as number);
  fleet.sink.put("task_runs", {
    ...run,
    outcome,
    ended_at: ended,
    usage: usage === null ? null : JSON.stringify(usage),
    session_id: usage === null ? null : `session-${run["id"]}`,
    process_gone_at: run["boot_id"] == null || random.below(5_000) === 0 ? null : ended + random.below(900),
    ...along,
  });
  tale.run = null;
  return run["id"] as number;
}
