/**
 * What can happen to a task, as version 1 wrote it down: which acts its story has, and which rows each act makes.
 *
 * A story is a list of acts, chosen when the task is created from where it shall stand at the end. So every
 * board is one that the state machine of its time could have made.
 *
 * @module
 */
import type { Random } from "../random.ts";
import type { Fleet, Tale } from "./fleet.ts";
import { newRun, type Row } from "./rows.ts";
import { logTail, PEOPLE, PROFILES, sentence } from "./words.ts";

/** Where a task stands at the end. */
const FATES = [
  ["triage", 20],
  ["waiting", 40],
  ["held", 5],
  ["later", 5],
  ["ready", 100],
  ["running", 3],
  ["review", 20],
  ["blocked", 30],
  ["archived-unfinished", 50],
  ["archived-done", 100],
  ["done", 627],
] as const;
export type Fate = (typeof FATES)[number][0];

/** The first tasks of a board have every fate in turn, so that a small one has all of them. */
export function fateOf(random: Random, key: number): Fate {
  if (key <= 5 * FATES.length) return FATES[(key * 7) % FATES.length]![0];
  let roll = random.below(1_000);
  for (const [fate, weight] of FATES) if ((roll -= weight) < 0) return fate;
  return "done";
}

const ASIDES = ["comment", "comment", "edit", "reprioritize", "assign", "schedule", "strand", "link"];
const FAILURES = [
  "crash",
  "crash",
  "abandon",
  "time-out",
  "fail-to-start",
  "rate-limit",
  "find-unavailable",
  "reclaim",
];

/** The acts after a task was created. */
export function planOf(random: Random, fate: Fate, waited: boolean): string[] {
  const aside = random.percent(20) ? [random.pick(ASIDES)] : [];
  const tries = random.percent(85) ? 0 : 1 + random.below(4);
  const failures = Array.from({ length: tries }, () => attempt(random, random.pick(FAILURES))).flat();
  switch (fate) {
    case "triage":
      return random.percent(80) ? aside.filter((act) => act === "comment") : [];
    case "waiting":
      return waited ? [] : ["hold"];
    case "later":
      return [];
    case "held":
      return [...aside, ...failures, "hold"];
    case "ready":
      return random.percent(90) ? aside : [...failures, ...attempt(random, "crash")];
    case "running":
      return [
        ...failures,
        random.percent(70) ? "claim" : random.percent(50) ? "claim-starting" : "claim-person",
        "beat",
      ];
    case "review":
      return [...aside, ...failures, ...attempt(random, "submit")];
    case "blocked":
      return [...aside, ...blockage(random)];
    case "archived-unfinished":
      return [...aside, ...random.pick([[], ["claim"], blockage(random), attempt(random, "submit")]), "archive"];
    case "archived-done":
      return [...ending(random), "archive"];
    case "done":
      return [...aside, ...failures, ...ending(random)];
  }
}

function attempt(random: Random, end: string): string[] {
  const during = random.percent(30) ? ["beat"] : random.percent(15) ? ["say"] : random.percent(3) ? ["adopt"] : [];
  return [end === "fail-to-start" ? "claim-starting" : "claim", ...(end === "fail-to-start" ? [] : during), end];
}

function blockage(random: Random): string[] {
  const roll = random.below(10);
  if (roll < 5) return attempt(random, "block");
  if (roll < 8)
    return [...Array.from({ length: 4 }, () => attempt(random, "crash")).flat(), ...attempt(random, "give-up")];
  return [roll === 8 ? "block-instantly" : "block-silently"];
}

/** The ways to done. */
function ending(random: Random): string[] {
  const roll = random.below(100);
  if (roll < 62) return attempt(random, "complete");
  if (roll < 70) return ["complete-silently"];
  if (roll < 78) return ["complete-instantly"];
  if (roll < 86) return [...attempt(random, "submit"), "approve"];
  if (roll < 90) return [...attempt(random, "submit"), "request-changes", ...attempt(random, "complete")];
  if (roll < 96) return [...attempt(random, "block"), "unblock", ...attempt(random, "complete")];
  if (roll < 98) return [...attempt(random, "complete"), "reopen", ...attempt(random, "complete")];
  return [
    ...attempt(random, "block"),
    "unblock",
    ...attempt(random, "ask-again"),
    "set-free",
    ...attempt(random, "complete"),
  ];
}

type Act = (fleet: Fleet, tale: Tale) => void;

const profileOf = ({ row }: Tale) => (row["assignee"] ?? null) as string | null;

/** Moves a task; what follows from a status follows here as it did there. */
function move(fleet: Fleet, tale: Tale, to: string, along: Row = {}): void {
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

function open(kind: "process" | "starting" | "person"): Act {
  return (fleet, tale) => {
    const { random, at, now } = fleet;
    const isWorker = kind !== "person";
    const id = fleet.nextRunId();
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
function close(fleet: Fleet, tale: Tale, outcome: string, along: Row = {}): number {
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

/** An attempt that failed: the task is ready again, after a pause. */
function fail(outcome: string, payload: (fleet: Fleet, error: string) => object, told: Row = {}): Act {
  return (fleet, tale) => {
    const { random, at } = fleet;
    const error = `${outcome}: ${sentence(random)}`;
    const counts = !["rate_limited", "unavailable", "reclaimed"].includes(outcome);
    const profile = tale.run!["profile"] as string | null;
    const id = close(fleet, tale, outcome, {
      error,
      log_tail: counts ? logTail(random) : null,
      last_words: random.percent(40) ? sentence(random) : null,
      ...told,
    });
    const failures = (tale.row["failures"] as number) + (counts ? 1 : 0);
    const isLast = tale.fate === "ready" && tale.step === tale.plan.length;
    const pause = isLast && random.percent(50) ? fleet.now - at + 60_000 : 1_000 * 2 ** failures;
    move(fleet, tale, "ready", { failures, last_error: error, retry_at: outcome === "reclaimed" ? null : at + pause });
    fleet.event(tale, outcome, "dispatcher", payload(fleet, error), id);
    if (outcome === "unavailable") fleet.holdFor(tale, `api.example.org/${id}`, error, profile ?? "coder");
  };
}

function finish(to: "done" | "review"): Act {
  return (fleet, tale) => {
    const { random } = fleet;
    const summary = sentence(random);
    const metadata = random.percent(40)
      ? JSON.stringify({ files: ["src/größe.ts"], n: random.below(90), nested: { ok: true } })
      : null;
    const result = random.percent(15) ? `# ${summary}\n\n${summary}` : null;
    const author = tale.run!["claimer"] as string;
    const id = close(fleet, tale, "completed", { summary, metadata, exit_code: 0 });
    move(fleet, tale, to, { failures: 0, last_error: null, asked: 0, result });
    fleet.event(
      tale,
      to === "done" ? "completed" : "review_requested",
      author,
      { result_len: result?.length ?? 0, summary },
      id,
    );
  };
}

/** A handoff, or a question, on a task that was never claimed: a run of zero length. */
function instantRun(fleet: Fleet, tale: Tale, outcome: string, summary: string, person: string): number {
  const { at } = fleet;
  const id = fleet.nextRunId();
  tale.lastRunId = id;
  const given = {
    id,
    task_key: tale.key,
    profile: profileOf(tale),
    claimer: person,
    claim_expires_at: at,
    ttl_seconds: 0,
  };
  fleet.sink.put(
    "task_runs",
    newRun({ ...given, last_heartbeat_at: at, started_at: at, ended_at: at, outcome, summary }),
  );
  return id;
}

function block(how: "asked" | "instantly" | "silently" | "again"): Act {
  return (fleet, tale) => {
    const reason = how === "silently" ? null : `Which one? ${sentence(fleet.random)}`;
    const person = fleet.random.pick(PEOPLE);
    const actor = tale.run === null ? person : (tale.run["claimer"] as string);
    let id: number | null = null;
    if (tale.run !== null) id = close(fleet, tale, "blocked", { summary: reason });
    else if (reason !== null) id = instantRun(fleet, tale, "blocked", reason, person);
    move(fleet, tale, how === "again" ? "triage" : "blocked", { asked: how === "again" ? 3 : how === "asked" ? 1 : 0 });
    if (how === "again") fleet.event(tale, "asked_again", actor, { reason, times: 3 }, id);
    else fleet.event(tale, "blocked", actor, { reason }, id);
    if (reason !== null) fleet.comment(tale, actor, `BLOCKED: ${reason}`);
  };
}

function restatus(kind: string, from: readonly string[], to: string, payload: object = {}): Act {
  return (fleet, tale) => {
    if (!from.includes(tale.row["status"] as string)) return;
    const was = tale.row["status"];
    move(fleet, tale, to, to === "todo" ? { held: 1 } : {});
    const about = kind === "status" || kind === "reopened" ? { from: was, status: to } : payload;
    fleet.event(tale, kind, fleet.random.pick(PEOPLE), about);
  };
}

const crash = fail(
  "crashed",
  ({ random }, error) => ({ pid: 4, exit_code: null, signal: "SIGKILL", log_tail: logTail(random), error }),
  { signal: "SIGKILL" },
);
const findUnavailable = fail("unavailable", (_, error) => ({ kind: "provider", key: "api.example.org", error }));

/** Every act by name. */
export const ACTS: Readonly<Record<string, Act>> = {
  claim: open("process"),
  "claim-starting": open("starting"),
  "claim-person": open("person"),
  beat(fleet, tale) {
    const { run } = tale;
    if (run === null) return;
    run["last_heartbeat_at"] = fleet.at;
    run["claim_expires_at"] = fleet.at + (run["ttl_seconds"] as number) * 1_000;
    const note = fleet.random.percent(50) ? sentence(fleet.random) : null;
    fleet.event(tale, "heartbeat", run["claimer"] as string, { note }, run["id"] as number);
  },
  adopt: (fleet, tale) =>
    fleet.event(tale, "adopted", "dispatcher", { pid: tale.run!["pid"] }, tale.run!["id"] as number),
  say: (fleet, tale) => fleet.comment(tale, "the night watch", sentence(fleet.random), tale.run!["claimer"] as string),
  comment: (fleet, tale) => fleet.comment(tale, fleet.random.pick(PEOPLE), sentence(fleet.random)),
  edit: (fleet, tale) => fleet.event(tale, "edited", fleet.random.pick(PEOPLE), { fields: ["title", "body"] }),
  reprioritize(fleet, tale) {
    tale.row["priority"] = fleet.random.below(5);
    fleet.event(tale, "reprioritized", fleet.random.pick(PEOPLE), { priority: tale.row["priority"] });
  },
  assign(fleet, tale) {
    tale.row["assignee"] = fleet.random.pick(PROFILES);
    fleet.event(tale, "assigned", fleet.random.pick(PEOPLE), { assignee: tale.row["assignee"] });
  },
  schedule(fleet, tale) {
    tale.row["not_before"] = fleet.at - 1;
    fleet.event(tale, "scheduled", fleet.random.pick(PEOPLE), { not_before: fleet.at - 1 });
  },
  strand: (fleet, tale) =>
    fleet.event(tale, "stranded", "dispatcher", { assignee: profileOf(tale) ?? "codr", meant: "coder" }),
  link(fleet, tale) {
    const parent = tale.row["status"] === "ready" && tale.fate === "done" ? fleet.parentFor(tale.key, true) : undefined;
    if (parent === undefined || tale.parents.includes(parent.id)) return;
    fleet.event(tale, "linked", "ann", { parent: parent.id, child: tale.id });
    if (fleet.random.percent(30)) return fleet.event(tale, "unlinked", "ann", { parent: parent.id, child: tale.id });
    if (!fleet.link(parent, tale)) return;
    move(fleet, tale, "todo");
    fleet.event(tale, "status", "ann", { from: "ready", status: "todo" });
  },
  complete: finish("done"),
  submit: finish("review"),
  "complete-silently"(fleet, tale) {
    move(fleet, tale, "done", { failures: 0, last_error: null });
    fleet.event(tale, "completed", fleet.random.pick(PEOPLE), { result_len: 0, summary: null });
  },
  "complete-instantly"(fleet, tale) {
    const [person, summary] = [fleet.random.pick(PEOPLE), sentence(fleet.random)];
    const id = instantRun(fleet, tale, "completed", summary, person);
    move(fleet, tale, "done", { failures: 0, last_error: null });
    fleet.event(tale, "completed", person, { result_len: 0, summary }, id);
  },
  approve: restatus("approved", ["review"], "done"),
  "request-changes"(fleet, tale) {
    const reason = sentence(fleet.random);
    move(fleet, tale, "ready");
    fleet.event(tale, "changes_requested", "ann", { reason });
    fleet.comment(tale, "ann", reason);
  },
  block: block("asked"),
  "block-instantly": block("instantly"),
  "block-silently": block("silently"),
  "ask-again": block("again"),
  unblock: restatus("unblocked", ["blocked"], "ready", { status: "ready" }),
  "set-free": restatus("status", ["triage"], "ready"),
  hold: restatus("status", ["ready"], "todo"),
  reopen(fleet, tale) {
    restatus("reopened", ["done"], "ready")(fleet, tale);
  },
  archive(fleet, tale) {
    const from = tale.row["status"];
    const person = fleet.random.pick(PEOPLE);
    const id = tale.run === null ? null : close(fleet, tale, "reclaimed", { error: `archived by ${person}` });
    move(fleet, tale, "archived");
    fleet.event(tale, "archived", person, { from }, id);
  },
  crash,
  abandon: fail("abandoned", (fleet, error) => ({ pid: 4, exit_code: 0, log_tail: logTail(fleet.random), error }), {
    exit_code: 0,
  }),
  "time-out": fail(
    "timed_out",
    (_, error) => ({ pid: 4, elapsed_seconds: 601, limit_seconds: 600, sigkill: true, silent: true, error }),
    { silent_seconds: 601, signal: "SIGTERM" },
  ),
  "fail-to-start": fail("spawn_failed", (_, error) => ({ error, failures: 1 })),
  "rate-limit": fail("rate_limited", ({ at }) => ({ until: at + 300_000 }), { exit_code: 75 }),
  // The first five versions have no word for it.
  "find-unavailable": (fleet, tale) => (fleet.version < 6 ? crash : findUnavailable)(fleet, tale),
  reclaim: fail("reclaimed", (_, reason) => ({ reason, claimer: "coder@host-1" })),
  "give-up"(fleet, tale) {
    const error = `crashed: ${sentence(fleet.random)}`;
    const failures = (tale.row["failures"] as number) + 1;
    const id = close(fleet, tale, "gave_up", { error, exit_code: -1, log_tail: logTail(fleet.random) });
    move(fleet, tale, "blocked", { failures, last_error: error });
    fleet.event(tale, "gave_up", "dispatcher", { error, failures, last_words: "…" }, id);
  },
};
