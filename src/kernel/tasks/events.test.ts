import { expect, test } from "bun:test";
import { history, inStatus } from "../../testing/kernel.ts";
import { EPOCH, type TestBoard, testBoard } from "../../testing/mod.ts";
import {
  addComment,
  approveTask,
  archiveTask,
  assignTask,
  blockTask,
  claimTask,
  completeTask,
  createTask,
  editTask,
  type EventKind,
  EVENT_KINDS,
  type EventPayloads,
  endUnavailable,
  failRun,
  heartbeat,
  linkTasks,
  moveTask,
  promoteDue,
  rateLimitRun,
  reclaimTask,
  stopTask,
  recordAdopted,
  recordSpawned,
  releaseHolds,
  requestChanges,
  type SharedFault,
  reportStranded,
  restoreTask,
  unblockTask,
  undoAct,
  unlinkTasks,
} from "../mod.ts";

type Story<K extends EventKind> = (t: TestBoard) => { id: string; run: number | null; payload: EventPayloads[K] };
const breaker = { failureLimit: 2, backoffMs: () => 0 };
const FAULT: SharedFault = {
  ...{ on: { kind: "account", key: "ann" }, reason: "401", permanent: true, proof: "call" },
  ...{ profile: "coder", profiles: ["coder"] },
};
const PROCESS = { pid: 7, pid_started: "1", boot_id: "b" };

/** For each kind, what brings it about; the compiler asks for a new kind's story. */
const STORIES: { [K in EventKind]: Story<K> } = {
  created: (t) => {
    const { id } = createTask(t.board, { title: "x", assignee: "coder", tenant: "ops", skills: ["git"] }).task;
    return {
      id,
      run: null,
      payload: { assignee: "coder", status: "ready", parents: [], tenant: "ops", skills: ["git"] },
    };
  },
  promoted: (t) => {
    const { id } = t.ready({ not_before: EPOCH + 1 });
    t.clock.ms += 1;
    promoteDue(t.board);
    return { id, run: null, payload: {} };
  },
  claimed: (t) => {
    const { id } = t.ready();
    const { run } = claimTask(t.board, id, { claimer: "w", ttlSeconds: 5 });
    return { id, run: run.id, payload: { claimer: "w", expires_at: EPOCH + 5_000 } };
  },
  completed: (t) => {
    const { id } = inStatus(t, "running");
    completeTask(t.board, id, { runId: 1, summary: "first\nsecond", result: "four" });
    return { id, run: 1, payload: { result_len: 4, summary: "first" } };
  },
  review_requested: (t) => {
    const { id } = inStatus(t, "running", { review: true });
    completeTask(t.board, id, { runId: 1, summary: "look" });
    return { id, run: 1, payload: { result_len: 0, summary: "look" } };
  },
  changes_requested: (t) => {
    const { id } = inStatus(t, "review");
    requestChanges(t.board, id, { reason: "shorter" });
    return { id, run: null, payload: { reason: "shorter" } };
  },
  approved: (t) => {
    const { id } = inStatus(t, "review");
    approveTask(t.board, id);
    return { id, run: null, payload: {} };
  },
  blocked: (t) => {
    const { id } = inStatus(t, "running");
    blockTask(t.board, id, { runId: 1, reason: "A or B?" });
    return { id, run: 1, payload: { reason: "A or B?" } };
  },
  asked_again: (t) => {
    const { id } = inStatus(t, "running");
    for (let i = 0; i < 2; i++) {
      blockTask(t.board, id, { runId: i + 1, reason: "A or B?" });
      unblockTask(t.board, id, { via: "agent" });
      claimTask(t.board, id, { claimer: "worker" });
    }
    blockTask(t.board, id, { runId: 3, reason: "A or B?" });
    return { id, run: 3, payload: { reason: "A or B?", times: 3 } };
  },
  stranded: (t) => {
    const { id } = t.ready({ assignee: "revewer" });
    t.clock.ms += 600_000;
    reportStranded(t.board, { names: new Set(["reviewer"]), people: new Set() });
    return { id, run: null, payload: { assignee: "revewer", meant: "reviewer" } };
  },
  unblocked: (t) => {
    const { id } = inStatus(t, "blocked");
    unblockTask(t.board, id, { comment: "B" });
    return { id, run: null, payload: { status: "ready" } };
  },
  archived: (t) => {
    const { id } = inStatus(t, "running");
    archiveTask(t.board, id);
    return { id, run: 1, payload: { from: "running" } };
  },
  restored: (t) => {
    const { id } = inStatus(t, "archived");
    restoreTask(t.board, id);
    return { id, run: null, payload: { status: "ready" } };
  },
  undone: (t) => {
    const { id, last_event_id } = inStatus(t, "archived");
    undoAct(t.board, last_event_id);
    return { id, run: null, payload: { from: "archived", status: "ready" } };
  },
  reopened: (t) => {
    const { id } = inStatus(t, "done");
    moveTask(t.board, id, "todo");
    return { id, run: null, payload: { from: "done", status: "todo" } };
  },
  assigned: (t) => {
    const { id } = t.ready();
    assignTask(t.board, id, null);
    return { id, run: null, payload: { assignee: null } };
  },
  edited: (t) => {
    const { id } = t.ready();
    editTask(t.board, id, { title: "y", workspace_kind: "dir", workspace_path: "/x" });
    return { id, run: null, payload: { fields: ["title", "workspace_kind", "workspace_path"] } };
  },
  reprioritized: (t) => {
    const { id } = t.ready();
    editTask(t.board, id, { priority: -2 });
    return { id, run: null, payload: { priority: -2 } };
  },
  status: (t) => {
    const { id } = inStatus(t, "running");
    moveTask(t.board, id, "triage");
    return { id, run: 1, payload: { from: "running", status: "triage" } };
  },
  linked: (t) => {
    const [parent, child] = [t.done().id, t.ready().id];
    linkTasks(t.board, parent, child);
    return { id: child, run: null, payload: { parent, child } };
  },
  unlinked: (t) => {
    const parent = t.done().id;
    const child = t.ready({ parents: [parent] }).id;
    unlinkTasks(t.board, parent, child);
    return { id: child, run: null, payload: { parent, child } };
  },
  commented: (t) => {
    const { id } = t.ready();
    addComment(t.board, id, { body: "hello", author: "bob" });
    return { id, run: null, payload: { author: "bob", len: 5 } };
  },
  mentioned: (t) => {
    const { id } = t.ready({ created_by: "bob" });
    addComment(t.board, id, { body: "hello\n\n@bob, is it true?", author: "cleo" });
    return { id, run: null, payload: { person: "bob", author: "cleo", text: "@bob, is it true?" } };
  },
  scheduled: (t) => {
    const { id } = t.ready();
    editTask(t.board, id, { not_before: EPOCH - 1 });
    return { id, run: null, payload: { not_before: EPOCH - 1 } };
  },
  spawned: (t) => {
    const { id } = inStatus(t, "running");
    recordSpawned(t.board, { taskId: id, runId: 1, ...PROCESS });
    return { id, run: 1, payload: { pid: 7 } };
  },
  adopted: (t) => {
    const { id } = inStatus(t, "running");
    recordAdopted(t.board, { taskId: id, runId: 1, ...PROCESS });
    return { id, run: 1, payload: { pid: 7 } };
  },
  heartbeat: (t) => {
    const { id } = inStatus(t, "running");
    heartbeat(t.board, id, { runId: 1 });
    return { id, run: 1, payload: { note: null } };
  },
  stopped: (t) => {
    const { id } = inStatus(t, "running");
    stopTask(t.board, id, { reason: "wrong branch" });
    return { id, run: 1, payload: { reason: "wrong branch", claimer: "worker" } };
  },
  reclaimed: (t) => {
    const { id } = inStatus(t, "running");
    reclaimTask(t.board, id, { reason: "its lease ran out" });
    return { id, run: 1, payload: { reason: "its lease ran out", claimer: "worker" } };
  },
  crashed: (t) => {
    const { id } = inStatus(t, "running");
    const failure = { pid: 7, exit_code: 2, signal: null, log_tail: "boom", error: "exit code 2" };
    failRun(t.board, { taskId: id, runId: 1 }, { kind: "crashed", ...failure }, breaker);
    return { id, run: 1, payload: failure };
  },
  abandoned: (t) => {
    const { id } = inStatus(t, "running");
    failRun(
      t.board,
      { taskId: id, runId: 1 },
      { kind: "abandoned", pid: 7, log_tail: "bye", error: "silent" },
      breaker,
    );
    return { id, run: 1, payload: { pid: 7, exit_code: 0, log_tail: "bye", error: "silent" } };
  },
  rate_limited: (t) => {
    const { id } = inStatus(t, "running");
    rateLimitRun(t.board, { taskId: id, runId: 1 }, { retryMs: 300_000 });
    return { id, run: 1, payload: { until: EPOCH + 300_000 } };
  },
  timed_out: (t) => {
    const { id } = inStatus(t, "running");
    const failure = { pid: 7, elapsed_seconds: 61, limit_seconds: 60, sigkill: false };
    failRun(t.board, { taskId: id, runId: 1 }, { kind: "timed_out", ...failure, error: "too long" }, breaker);
    return { id, run: 1, payload: { ...failure, error: "too long" } };
  },
  unavailable: (t) => {
    const { id } = inStatus(t, "running");
    endUnavailable(t.board, { taskId: id, runId: 1 }, FAULT);
    return { id, run: 1, payload: { kind: "account", key: "ann", error: "401" } };
  },
  held: (t) => {
    const { id } = inStatus(t, "running");
    endUnavailable(t.board, { taskId: id, runId: 1 }, FAULT);
    return { id, run: 1, payload: { kind: "account", key: "ann", reason: "401", until: null } };
  },
  released: (t) => {
    const { id } = inStatus(t, "running");
    endUnavailable(t.board, { taskId: id, runId: 1 }, FAULT);
    releaseHolds(t.board, "ann");
    return { id, run: null, payload: { kind: "account", key: "ann", by: t.board.actor } };
  },
  spawn_failed: (t) => {
    const { id } = inStatus(t, "running");
    failRun(t.board, { taskId: id, runId: 1 }, { kind: "spawn_failed", error: "no such program" }, breaker);
    return { id, run: 1, payload: { error: "no such program", failures: 1 } };
  },
  gave_up: (t) => {
    const { id } = inStatus(t, "running");
    failRun(
      t.board,
      { taskId: id, runId: 1 },
      { kind: "spawn_failed", error: "no such program" },
      { ...breaker, failureLimit: 1 },
    );
    return { id, run: 1, payload: { error: "no such program", failures: 1 } };
  },
};

test.each(Object.keys(STORIES) as EventKind[])("%s carries its payload, and its run if it is about one", (kind) => {
  const t = testBoard();

  const { id, run, payload } = STORIES[kind](t);

  const found = history(t.board, id).filter(([written]) => written === kind);
  expect(found).toEqual([[kind, run, payload]]);
});

test("the closed list: clusters, and what a subscription covers", () => {
  const kinds = Object.keys(EVENT_KINDS) as EventKind[];
  const inCluster = (cluster: string): string[] => kinds.filter((kind) => EVENT_KINDS[kind].cluster === cluster);

  expect(inCluster("lifecycle").toSorted()).toEqual(
    [
      "created",
      "promoted",
      "claimed",
      "completed",
      "review_requested",
      "changes_requested",
      "approved",
      "blocked",
      "asked_again",
      "unblocked",
      "archived",
      "restored",
      "undone",
      "reopened",
      "stopped",
    ].toSorted(),
  );
  expect(inCluster("edits").toSorted()).toEqual(
    [
      "assigned",
      "edited",
      "reprioritized",
      "status",
      "linked",
      "unlinked",
      "commented",
      "mentioned",
      "scheduled",
    ].toSorted(),
  );
  expect(inCluster("worker").toSorted()).toEqual(
    [
      "spawned",
      "heartbeat",
      "reclaimed",
      "crashed",
      "abandoned",
      "rate_limited",
      "unavailable",
      "held",
      "released",
      "timed_out",
      "spawn_failed",
      "gave_up",
      "stranded",
      "adopted",
    ].toSorted(),
  );
  const terminal: string[] = kinds.filter((kind) => EVENT_KINDS[kind].terminal);
  expect(terminal.toSorted()).toEqual(
    [
      "mentioned",
      "completed",
      "blocked",
      "asked_again",
      "stranded",
      "review_requested",
      "gave_up",
      "crashed",
      "timed_out",
      "abandoned",
      "held",
    ].toSorted(),
  );
});
