import { expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import { refusal, type TestBoard, testBoard } from "../../testing/mod.ts";
import {
  addComment,
  approveTask,
  archiveTask,
  assignTask,
  blockTask,
  claimForWorker,
  claimNext,
  claimTask,
  completeAndClaimNext,
  completeTask,
  createTask,
  editTask,
  endUnavailable,
  type Failure,
  failRun,
  getRun,
  getTask,
  heartbeat,
  KanbanError,
  linkTasks,
  moveTask,
  newestAct,
  patchTask,
  promoteDue,
  rateLimitRun,
  reclaimTask,
  stopTask,
  recordAdopted,
  recordGone,
  recordUsage,
  releaseHolds,
  renewLeases,
  type Run,
  requestChanges,
  restoreTask,
  setPaused,
  type Status,
  STATUSES,
  type Task,
  unblockTask,
  undoAct,
  unlinkTasks,
} from "../mod.ts";

setDefaultTimeout(60_000);

/** A board with what was made on it so far. `pick` chooses a task, `run` any run that ever was, open or over. */
interface World extends TestBoard {
  ids: string[];
  pick(n: number): string;
  run(n: number): number;
}

interface Step {
  act: string;
  a: number;
  b: number;
  ms: number;
}

const failure = (kind: Failure["kind"]): Failure =>
  ({
    kind,
    error: "it broke",
    pid: 1,
    exit_code: 1,
    signal: null,
    log_tail: "",
    elapsed_seconds: 2,
    limit_seconds: 1,
    sigkill: false,
  }) as Failure;

/** Reports a failure of a run for the task it belongs to. */
function fails(kind: Failure["kind"]): Act {
  return (w, { a }) => {
    const runId = w.run(a);
    failRun(w.board, { taskId: getRun(w.board, runId)?.task_id ?? w.pick(a), runId }, failure(kind), {
      failureLimit: 3,
      backoffMs: (n) => n * 500,
    });
  };
}

type Act = (w: World, step: Step) => unknown;
const ON = { kind: "account", key: "ann" } as const;
const PROFILES = new Map([["coder", { max_running: 2, max_runtime_seconds: 60, needs: [ON] }]]);

/** Every verb. Those in `FENCED` name a run, which is as often over as it is open. */
const ACTS: Record<string, Act> = {
  create: (w, { a, b }) =>
    w.ids.push(
      createTask(w.board, {
        title: "x",
        assignee: a % 4 === 0 ? null : "coder",
        priority: a % 3,
        review: b % 3 === 0,
        tenant: ["x", "y", null][b % 3]!,
      }).task.id,
    ),
  "create below": (w, { a, b }) =>
    w.ids.push(createTask(w.board, { title: "x", assignee: "coder", parents: [w.pick(a), w.pick(b)] }).task.id),
  "create idea": (w, { a }) =>
    w.ids.push(createTask(w.board, { title: "x", triage: true, parents: [w.pick(a)] }).task.id),
  "create later": (w, { a }) =>
    w.ids.push(createTask(w.board, { title: "x", not_before: w.clock.ms + a * 1_000 }).task.id),
  "create once": (w, { a }) => {
    const { task, created } = createTask(w.board, { title: "x", idempotency_key: `key ${a % 2}` });
    if (created) w.ids.push(task.id);
  },
  claim: (w, { a }) => claimTask(w.board, w.pick(a), { claimer: "ann" }),
  "claim next": (w) => claimNext(w.board, { claimer: "ann" }),
  dispatch: (w) => claimForWorker(w.board, { claimer: "d", boot_id: "b", profiles: PROFILES, maxWorkers: 3 }),
  complete: (w, { a }) => completeTask(w.board, w.pick(a)),
  "complete with a handoff": (w, { a }) => completeTask(w.board, w.pick(a), { summary: "did it", result: "r" }),
  "complete a run": (w, { a, b }) => completeTask(w.board, taskOf(w, a, b), { runId: w.run(a), summary: "s" }),
  "complete and claim": (w, { a, b }) =>
    completeAndClaimNext(w.board, taskOf(w, a, b), { runId: w.run(a) }, { claimer: "w" }),
  block: (w, { a, b }) => blockTask(w.board, w.pick(a), b % 2 === 0 ? {} : { reason: "why?" }),
  "block a run": (w, { a, b }) => blockTask(w.board, taskOf(w, a, b), { runId: w.run(a), reason: "why?" }),
  heartbeat: (w, { a }) => heartbeat(w.board, w.pick(a)),
  "heartbeat of a run": (w, { a, b }) => heartbeat(w.board, taskOf(w, a, b), { runId: w.run(a) }),
  stop: (w, { a }) => stopTask(w.board, w.pick(a)),
  reclaim: (w, { a }) => reclaimTask(w.board, w.pick(a)),
  "reclaim a run": (w, { a, b }) => reclaimTask(w.board, taskOf(w, a, b), { runId: w.run(a) }),
  crash: fails("crashed"),
  abandon: fails("abandoned"),
  "time out": fails("timed_out"),
  "fail to start": fails("spawn_failed"),
  "rate limit": (w, { a }) =>
    rateLimitRun(
      w.board,
      { taskId: getRun(w.board, w.run(a))?.task_id ?? w.pick(a), runId: w.run(a) },
      { retryMs: 1_000 },
    ),
  "find unavailable": (w, { a, b }) =>
    endUnavailable(
      w.board,
      { taskId: getRun(w.board, w.run(a))?.task_id ?? w.pick(a), runId: w.run(a) },
      { on: ON, reason: "401", permanent: b % 2 === 0, proof: "call", profile: "coder", profiles: ["coder"] },
    ),
  release: (w) => releaseHolds(w.board, ON.key),
  unblock: (w, { a }) => unblockTask(w.board, w.pick(a), { comment: "so" }),
  approve: (w, { a }) => approveTask(w.board, w.pick(a)),
  "request changes": (w, { a }) => requestChanges(w.board, w.pick(a), { reason: "shorter" }),
  archive: (w, { a, b }) => b % 3 === 0 && archiveTask(w.board, w.pick(a)),
  restore: (w, { a }) => restoreTask(w.board, w.pick(a)),
  undo: (w) => {
    const act = newestAct(w.board, {});
    return act !== null && undoAct(w.board, act.id);
  },
  "move to triage": (w, { a }) => moveTask(w.board, w.pick(a), "triage"),
  "move to todo": (w, { a }) => moveTask(w.board, w.pick(a), "todo"),
  "move to ready": (w, { a }) => moveTask(w.board, w.pick(a), "ready"),
  "move to running": (w, { a }) => moveTask(w.board, w.pick(a), "running"),
  link: (w, { a, b }) => linkTasks(w.board, w.pick(a), w.pick(b)),
  unlink: (w, { a, b }) => unlinkTasks(w.board, w.pick(a), w.pick(b)),
  assign: (w, { a, b }) => assignTask(w.board, w.pick(a), ["coder", "bob", null][b % 3]!),
  reprioritize: (w, { a, b }) => editTask(w.board, w.pick(a), { priority: b, tenant: b % 2 === 0 ? "x" : null }),
  schedule: (w, { a, b }) =>
    editTask(w.board, w.pick(a), { not_before: b === 0 ? null : w.clock.ms + (b - 3) * 1_000 }),
  patch: (w, { a, b }) =>
    patchTask(w.board, w.pick(a), {
      status: (["ready", "done", "todo", "blocked"] as const)[b % 4]!,
      assignee: "coder",
      priority: b,
    }),
  comment: (w, { a }) => addComment(w.board, w.pick(a), { body: "hi" }),
  "promote due": (w) => promoteDue(w.board),
  adopt: (w, { a }) =>
    recordAdopted(w.board, {
      taskId: getRun(w.board, w.run(a))?.task_id ?? w.pick(a),
      runId: w.run(a),
      pid: a,
      pid_started: "1",
      boot_id: "b",
    }),
  "find gone": (w, { a }) => recordGone(w.board, w.run(a)),
  "renew leases": (w, { a }) => renewLeases(w.board, [w.run(a)]),
  "report usage": (w, { a, b }) =>
    getRun(w.board, w.run(a)) && recordUsage(w.board, w.run(a), { usage: { tokens: b } }),
  pause: (w, { b }) => setPaused(w.board, b === 0),
};
const FENCED = [
  "complete a run",
  "complete and claim",
  "block a run",
  "heartbeat of a run",
  "reclaim a run",
  "crash",
  "abandon",
  "time out",
  "fail to start",
  "rate limit",
  "find unavailable",
];

/** Most often the task of the run, sometimes another one. */
function taskOf(w: World, a: number, b: number): string {
  return (b % 4 !== 0 && getRun(w.board, w.run(a))?.task_id) || w.pick(b);
}

/** What must never be found on a board, after any history: each query's rows break the invariant that it is named for. */
const NEVER: Record<string, string> = {
  "a pointer to a run that is over or of another task": `SELECT t.id FROM tasks t JOIN runs r ON r.id = t.current_run_id
     WHERE r.task_key <> t.key OR r.ended_at IS NOT NULL`,
  "an open run that its task does not point to": `SELECT r.id FROM runs r JOIN tasks t ON t.key = r.task_key
     WHERE r.ended_at IS NULL AND t.current_run_id IS NOT r.id`,
  "a counter that a recount denies": `SELECT * FROM
       (SELECT assignee, tenant, status, n FROM board_counts WHERE n > 0
        EXCEPT SELECT coalesce(assignee, ''), coalesce(tenant, ''), status, count(*) FROM tasks GROUP BY 1, 2, 3)
     UNION ALL SELECT * FROM
       (SELECT coalesce(assignee, ''), coalesce(tenant, ''), status, count(*) FROM tasks GROUP BY 1, 2, 3
        EXCEPT SELECT assignee, tenant, status, n FROM board_counts)`,
  "a child that waits for nothing": `SELECT t.id FROM tasks t
     WHERE t.status = 'todo' AND t.held = 0 AND t.not_before IS NULL
       AND NOT EXISTS (SELECT 1 FROM task_links l JOIN tasks p ON p.key = l.parent_key
                       WHERE l.child_key = t.key AND p.completed_at IS NULL)`,
  "a cycle": `WITH RECURSIVE below (start, key) AS (
       SELECT parent_key, child_key FROM task_links
       UNION SELECT below.start, l.child_key FROM below JOIN task_links l ON l.parent_key = below.key)
     SELECT start FROM below WHERE start = key`,
  "a run taken back by nobody": "SELECT id FROM runs WHERE outcome = 'reclaimed' AND coalesce(error, '') = ''",
  "a claim without its one event": `SELECT r.id FROM runs r WHERE r.ttl_seconds > 0
     AND (SELECT count(*) FROM task_events WHERE run_id = r.id AND kind = 'claimed') <> 1`,
  "a run whose end has not one event, or whose openness has any": `SELECT r.id FROM runs r
     WHERE (SELECT count(*) FROM task_events WHERE run_id = r.id AND kind IN ('completed', 'review_requested', 'blocked',
       'status', 'archived', 'stopped', 'reclaimed', 'crashed', 'abandoned', 'timed_out', 'spawn_failed', 'rate_limited', 'unavailable', 'gave_up'))
       <> (r.ended_at IS NOT NULL)`,
  "an event of a run of another task": `SELECT e.id FROM task_events e JOIN runs r ON r.id = e.run_id
     WHERE r.task_key <> e.task_key`,
  "a probe that is over": `SELECT h.id FROM holds h JOIN runs r ON r.id = h.probe_run_id
     WHERE r.ended_at IS NOT NULL`,
  "a back-off of a task that is not ready": "SELECT id FROM tasks WHERE retry_at IS NOT NULL AND status <> 'ready'",
  "sums of usage that a recount denies": `SELECT name FROM usage_totals WHERE total <> CASE name
     WHEN '' THEN (SELECT count(*) FROM runs WHERE usage IS NOT NULL)
     ELSE (SELECT coalesce(sum(usage ->> '$.tokens'), 0) FROM runs) END`,
};
const DUE_AND_WAITING = `SELECT t.id FROM tasks t WHERE t.status = 'todo' AND t.held = 0 AND t.not_before <= ?
   AND NOT EXISTS (SELECT 1 FROM task_links l JOIN tasks p ON p.key = l.parent_key
                   WHERE l.child_key = t.key AND p.completed_at IS NULL)`;

/** From where to where a status may change, read off the table of verbs by hand. */
const LEGAL: Record<Status, Status[]> = {
  triage: ["todo", "ready", "archived"],
  todo: ["triage", "ready", "archived"],
  ready: ["triage", "todo", "running", "blocked", "done", "archived"],
  running: ["triage", "todo", "ready", "review", "blocked", "done", "archived"],
  review: ["triage", "todo", "ready", "done", "archived"],
  blocked: ["triage", "todo", "ready", "done", "archived"],
  done: ["triage", "todo", "ready", "archived"],
  archived: ["triage", "todo", "ready", "review", "blocked", "done"],
};
/** An undo leads back to where a task was, and never into a run. */
const IDLE = STATUSES.filter((status) => status !== "running");

function world(): World {
  const t = testBoard();
  const w: World = {
    ...t,
    ids: [],
    pick: (n) => w.ids[n % w.ids.length]!,
    // One more than there are: a run that never was.
    run: (n) => 1 + (n % (t.board.db.query<{ n: number }, []>("SELECT count(*) AS n FROM runs").get()!.n + 1)),
  };
  for (let i = 0; i < 3; i++) w.ids.push(t.ready().id);
  linkTasks(t.board, w.ids[0]!, w.ids[1]!);
  return w;
}

const statuses = ({ board }: World) =>
  new Map(
    board.db
      .query<{ id: string; status: Status }, []>("SELECT id, status FROM tasks")
      .all()
      .map(({ id, status }) => [id, status]),
  );
const lastEvent = ({ board }: World) =>
  board.db.query<{ id: number }, []>("SELECT coalesce(max(id), 0) AS id FROM task_events").get()!.id;

/** What a verb returns is what reading it again gives. */
function expectStored(w: World, answer: unknown): void {
  if (typeof answer !== "object" || answer === null) return;
  const { task, completed, next, run } = answer as { task?: Task; completed?: Task; next?: unknown; run?: Run };
  for (const each of [task, completed, "held" in answer ? (answer as Task) : undefined]) {
    if (each !== undefined) expect(each).toEqual(getTask(w.board, each.id));
  }
  if (run !== undefined) expect(run).toEqual(getRun(w.board, run.id)!);
  expectStored(w, next);
}

function check(w: World, step: Step): void {
  const [before, dumped, last] = [statuses(w), w.dump(), lastEvent(w)];
  const fenced = FENCED.includes(step.act) && getRun(w.board, w.run(step.a))?.ended_at !== null;

  let refused: KanbanError | null = null;
  try {
    expectStored(w, ACTS[step.act]!(w, step));
  } catch (error) {
    refused = refusal(() => {
      throw error;
    });
  }

  if (fenced) expect(refused).not.toBeNull(); // A run that is over, or never was, has no say.
  if (refused !== null) expect(w.dump()).toBe(dumped);
  for (const [id, status] of statuses(w)) {
    const from = before.get(id);
    if (from === undefined || from === status) continue;
    // Completing and claiming the next are two changes: the child that the first released may be that next.
    const more = step.act === "undo" ? IDLE : step.act === "complete and claim" ? (["running"] as const) : [];
    expect([...LEGAL[from], ...more]).toContain(status);
    const events = w.board.db
      .query("SELECT e.id FROM task_events e JOIN tasks t ON t.key = e.task_key WHERE t.id = ? AND e.id > ?")
      .all(id, last);
    expect(events.length).toBeGreaterThan(0);
  }
  for (const [what, sql] of Object.entries(NEVER)) expect([what, w.board.db.query(sql).all()]).toEqual([what, []]);
  if (step.act === "promote due") expect(w.board.db.query(DUE_AND_WAITING).all(w.clock.ms)).toEqual([]);
}

test("in any order of verbs: one open run exactly while running, counters right, no task waits without a reason, each change one event, refusals without a trace", () => {
  const step = fc.record({
    act: fc.constantFrom(...Object.keys(ACTS)),
    a: fc.nat(9),
    b: fc.nat(9),
    ms: fc.integer({ min: -2_000, max: 4_000 }), // The clock may step back.
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 10, maxLength: 60, size: "max" }), (steps) => {
      const w = world();
      for (const each of steps) {
        w.clock.ms += each.ms;
        check(w, each);
      }
      w.board.db.close();
    }),
    { numRuns: 40 },
  );
});
