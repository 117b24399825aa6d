/**
 * What stands beside the tasks: holds on shared things, and chats that follow a task.
 *
 * @module
 */
import type { Fleet, Tale } from "./fleet.ts";
import type { Row } from "./rows.ts";

/** Told sentences of holds that are active at the end. */
const HOLDS: readonly Row[] = [
  { kind: "account", key: "work@example.org", reason: "its limit is reached", proof: "call", until: 1, probes: 3 },
  { kind: "repository", key: "/srv/größe/app/.git", reason: "no space left on device", proof: "start", until: null },
  { kind: "profile", key: "painter-2", reason: "it was never used before", proof: "call", trial: 1, until: 1 },
];

/** A fault of a shared thing that came and went. */
export function holdFor(fleet: Fleet, tale: Tale, key: string, reason: string, profile: string): void {
  if (fleet.version < 6) return;
  const until = fleet.at + 1_000;
  fleet.event(tale, "held", "dispatcher", { kind: "provider", key, reason, until }, tale.lastRunId);
  const by = fleet.random.pick(["probe", "change", "ann"]);
  fleet.event(tale, "released", by === "ann" ? "ann" : "dispatcher", { kind: "provider", key, by });
  fleet.sink.put(
    "holds",
    holdOf(fleet, tale, {
      kind: "provider",
      key,
      reason,
      profile,
      until,
      proof: "end",
      ended_at: fleet.at,
      ended_by: by,
    }),
  );
}

/** What is unusable when the board is put away; one of the holds has its probe under way. */
export function leaveHolds(fleet: Fleet, running: readonly Tale[]): void {
  const tales = running.filter(({ run }) => run!["pid"] !== null);
  for (const [at, given] of HOLDS.entries()) {
    const tale = tales[at % tales.length];
    if (tale === undefined || fleet.version < 6) return;
    const probe = at === 1 || at >= tales.length ? null : (tale.run!["id"] as number);
    const profile = tale.run!["profile"] as string;
    const until = given["until"] === null ? null : fleet.at + 60_000;
    fleet.sink.put(
      "holds",
      holdOf(fleet, tale, { ...given, profile, until, probe_run_id: probe, fingerprint: "c0ffee" }),
    );
    if (given["trial"] === undefined) {
      fleet.event(
        tale,
        "held",
        "dispatcher",
        { kind: given["kind"], key: given["key"], reason: given["reason"], until },
        tale.run!["id"] as number,
      );
    }
  }
}

/** A chat that follows a task: of a finished one only what could not be delivered is kept. */
export function subscribe(fleet: Fleet, tale: Tale): void {
  const isFinished = tale.fate === "done" || tale.fate.startsWith("archived");
  const id = fleet.next("sub");
  const at = tale.row["created_at"] as number;
  const last = tale.terminal.at(-1)!;
  fleet.sink.put("notify_subs", {
    id,
    task_key: tale.key,
    platform: fleet.random.pick(["telegram", "webhook", "carrier-pigeon"]),
    chat_id: `-100${tale.key}`,
    thread_id: fleet.random.percent(20) ? "7" : "",
    user_id: fleet.random.percent(20) ? "@ann" : null,
    created_at: at,
    last_event_id: last,
    failures: isFinished ? 5 : 0,
    ended_at: isFinished ? fleet.at : null,
  });
  for (const event_id of tale.terminal) {
    const state =
      event_id < last
        ? { delivered_at: at }
        : isFinished
          ? { failed_at: at, error: "410 Gone" }
          : { retry_at: fleet.now + 5_000, error: "503" };
    fleet.sink.put("notify_deliveries", { sub_id: id, event_id, attempts: 1, ...state });
  }
}

function holdOf(fleet: Fleet, tale: Tale, given: Row): Row {
  const profiles = JSON.stringify([given["profile"]]);
  return {
    id: fleet.next("hold"),
    since: fleet.at,
    met_at: fleet.at,
    probes: 0,
    trial: 0,
    task_key: tale.key,
    profiles,
    ...given,
  };
}
