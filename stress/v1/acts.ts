/**
 * Every act of a story, and the rows that version 1 made of it.
 *
 * They keep to the state machine of their time, so every board is one that it could have made.
 *
 * @module
 */
import { type Act, close, move, open, profileOf } from "./attempts.ts";
import { holdFor } from "./aside.ts";
import type { Fleet, Tale } from "./fleet.ts";
import { newRun, type Row } from "./rows.ts";
import { logTail, PEOPLE, PROFILES, sentence } from "./words.ts";

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
    if (outcome === "unavailable") holdFor(fleet, tale, `api.example.org/${id}`, error, profile ?? "coder");
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
  const id = fleet.next("run");
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
