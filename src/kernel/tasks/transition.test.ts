import { describe, expect, test } from "bun:test";
import { inStatus } from "../../testing/kernel.ts";
import { refusal, testBoard } from "../../testing/mod.ts";
import {
  approveTask,
  archiveTask,
  assignTask,
  blockTask,
  type Board,
  claimTask,
  completeTask,
  concernsNeighbours,
  createTask,
  editTask,
  type Failure,
  endUnavailable,
  failRun,
  getTask,
  heartbeat,
  KanbanError,
  legalMoves,
  moveTask,
  patchTask,
  rateLimitRun,
  reclaimTask,
  stopTask,
  TRANSITIONS,
  requestChanges,
  type Status,
  STATUSES,
  unblockTask,
} from "../mod.ts";
import { write } from "../store/db.ts";
import { stateOf } from "./task_rows.ts";
import { transition } from "./transition.ts";

/** What a refusal says it found, where that is not the bare status. */
const FOUND: Partial<Record<Status, string>> = {
  running: "running under run 1",
  review: "in review",
  triage: "in triage",
};
const UNARCHIVED: Status[] = ["triage", "todo", "ready", "running", "review", "blocked", "done"];
const all = (from: Status[], to: Status) => Object.fromEntries(from.map((status) => [status, to]));
const itself = (from: Status[]) => Object.fromEntries(from.map((status) => [status, status]));
const failing = (kind: Failure["kind"]) => (board: Board, id: string) =>
  failRun(
    board,
    { taskId: id, runId: getTask(board, id).current_run_id ?? 999 },
    {
      kind,
      error: "it broke",
      pid: 7,
      exit_code: 1,
      signal: null,
      log_tail: "",
      elapsed_seconds: 1,
      limit_seconds: 1,
      sigkill: false,
    } as Failure,
    { failureLimit: 5, backoffMs: () => 1_000 },
  );

/** The table of SPEC section 5, written out again: verb, what it does, from → to, and what a refusal asks for. */
const VERBS: [
  verb: string,
  act: (board: Board, id: string) => unknown,
  legal: Partial<Record<Status, Status>>,
  needed: string,
][] = [
  ["claim", (b, id) => claimTask(b, id, { claimer: "bob" }), { ready: "running" }, "ready"],
  [
    "complete",
    (b, id) => completeTask(b, id, { summary: "did it" }),
    all(["running", "ready", "blocked", "review"], "done"),
    "running, ready, blocked or in review",
  ],
  ["approve", (b, id) => approveTask(b, id), { review: "done" }, "in review"],
  ["request changes of", (b, id) => requestChanges(b, id, { reason: "shorter" }), { review: "ready" }, "review"],
  ["block", (b, id) => blockTask(b, id, { reason: "why?" }), all(["running", "ready"], "blocked"), "running or ready"],
  ["unblock", (b, id) => unblockTask(b, id, { comment: "this one" }), { blocked: "ready" }, "blocked"],
  ["archive", (b, id) => archiveTask(b, id), all(UNARCHIVED, "archived"), "unarchived"],
  ["move", (b, id) => moveTask(b, id, "triage"), all(UNARCHIVED, "triage"), "unarchived"],
  ["move", (b, id) => moveTask(b, id, "todo"), all(UNARCHIVED, "todo"), "unarchived"],
  ["move", (b, id) => moveTask(b, id, "ready"), all(UNARCHIVED, "ready"), "unarchived"],
  ["claim", (b, id) => moveTask(b, id, "running"), { ready: "running" }, "ready"],
  ["stop", (b, id) => stopTask(b, id), { running: "todo" }, "running"],
  ["reclaim", (b, id) => reclaimTask(b, id), { running: "ready" }, "running"],
  ["heartbeat", (b, id) => heartbeat(b, id), { running: "running" }, "running"],
  ["report a crash of", failing("crashed"), { running: "ready" }, "running"],
  ["report the silent end of", failing("abandoned"), { running: "ready" }, "running"],
  ["end the overdue run of", failing("timed_out"), { running: "ready" }, "running"],
  ["report the failed start of", failing("spawn_failed"), { running: "ready" }, "running"],
  [
    "report the rate limit of",
    (b, id) => rateLimitRun(b, { taskId: id, runId: getTask(b, id).current_run_id ?? 999 }, { retryMs: 300_000 }),
    { running: "ready" },
    "running",
  ],
  [
    "report what was unavailable to",
    (b, id) =>
      endUnavailable(
        b,
        { taskId: id, runId: getTask(b, id).current_run_id ?? 999 },
        {
          ...{ on: { kind: "account", key: "ann" }, reason: "401", permanent: true },
          ...{ proof: "call", profile: "coder", profiles: ["coder"] },
        },
      ),
    { running: "ready" },
    "running",
  ],
  [
    "assign",
    (b, id) => assignTask(b, id, "bob"),
    itself(["triage", "todo", "ready", "review", "blocked", "done"]),
    "neither running nor archived",
  ],
  ["edit", (b, id) => editTask(b, id, { title: "Another" }), itself(UNARCHIVED), "unarchived"],
];
// From triage a task is released: it becomes todo only if it waits for something.
VERBS.find(([, act]) => String(act).includes('"todo"'))![2].triage = "ready";

describe.each(VERBS)("%s %#", (verb, act, legal, needed) => {
  test.each(STATUSES)("of a task that is %s", (status) => {
    const t = testBoard();
    const { id } = inStatus(t, status);
    const before = t.dump();
    const to = legal[status];

    const error = to === undefined ? refusal(() => act(t.board, id)) : (act(t.board, id), null);

    expect(getTask(t.board, id).status).toBe(to ?? status);
    if (error === null) return;
    expect(error.code).toBe("conflict");
    expect(error.message).toStartWith(`Cannot ${verb} task "${id}": it must be `);
    expect(error.message).toContain(needed);
    expect(error.message).toEndWith(`it is ${FOUND[status] ?? status}`);
    expect(error.hint).toContain(`kanban show ${id}`);
    expect(t.dump()).toBe(before);
  });

  test("of an unknown task is refused by its name", () => {
    const { board, refused } = testBoard();

    refused(() => act(board, "t_00000000"), "not_found", `task "t_00000000": no such task`);
  });
});

describe("legalMoves()", () => {
  const pairs = STATUSES.flatMap((from) => STATUSES.map((to) => [from, to] as const));

  test.each(pairs)("says of %s → %s what a drop there does", (from, to) => {
    const t = testBoard();
    const { id } = inStatus(t, from);
    const verdict = legalMoves(from)[to];

    if (verdict === true) {
      patchTask(t.board, id, { status: to });
      const released = from === "triage" && to === "todo"; // It waits for nothing.
      expect(getTask(t.board, id).status).toBe(released ? "ready" : to);
    } else if (from === to) expect(verdict).toBe("it has this status already");
    else if (to === "running") expect(verdict).toBe("claimed by workers");
    else {
      expect(verdict.length).toBeGreaterThan(10);
      expect(refusal(() => patchTask(t.board, id, { status: to }))).toBeInstanceOf(KanbanError);
    }
  });

  test("names the statuses that a forbidden drop would need", () => {
    expect(legalMoves("todo").blocked).toBe("only from running or ready");
    expect(legalMoves("archived").todo).toBe("only from unarchived");
  });
});

describe("what follows from a status", () => {
  test("becoming ready stamps ready_at, staying ready does not", () => {
    const { board, clock, ready } = testBoard();
    const { id, ready_at } = ready();
    clock.ms += 5_000;

    moveTask(board, id, "ready");
    expect(getTask(board, id).ready_at).toBe(ready_at);

    claimTask(board, id, { claimer: "bob" });
    clock.ms += 5_000;
    expect(reclaimTask(board, id).ready_at).toBe(ready_at! + 10_000);
  });

  test.each(["running", "blocked", "done", "archived", "todo"] as const)(
    "leaving ready for %s keeps when it became ready",
    (to) => {
      const t = testBoard();
      const { id, ready_at } = t.ready();
      t.clock.ms += 5_000;

      patchTask(t.board, id, { status: to });
      if (to === "running") completeTask(t.board, id);

      expect(getTask(t.board, id).ready_at).toBe(ready_at);
    },
  );

  test("the last error stays for people to read until the work succeeds", () => {
    const t = testBoard();
    const { id } = inStatus(t, "running");
    failing("crashed")(t.board, id);

    expect(claimTask(t.board, id, { claimer: "bob" }).task.last_error).toBe("it broke");
    expect(blockTask(t.board, id).last_error).toBe("it broke");
    expect(unblockTask(t.board, id).last_error).toBe("it broke");
    expect(completeTask(t.board, id).last_error).toBeNull();
  });

  test("started_at is the first claim and never moves again", () => {
    const { board, clock, ready } = testBoard();
    const { id } = ready();
    clock.ms += 1_000;
    const first = claimTask(board, id, { claimer: "bob" }).task.started_at;
    reclaimTask(board, id);
    clock.ms += 1_000;

    expect(claimTask(board, id, { claimer: "bob" }).task.started_at).toBe(first);
    expect(first).toBe(clock.ms - 1_000);
  });

  test.each(["done", "review"] as const)(
    "leaving %s clears completed_at and result, the handoff stays on its run",
    (status) => {
      const t = testBoard();
      const { id } = t.ready({ review: status === "review" });
      const { run } = claimTask(t.board, id, { claimer: "worker" });
      completeTask(t.board, id, { runId: run.id, summary: "two tables", result: "schema.sql" });
      expect(getTask(t.board, id)).toMatchObject({ status, result: "schema.sql" });

      moveTask(t.board, id, "ready");

      expect(getTask(t.board, id)).toMatchObject({ status: "ready", completed_at: null, result: null });
      expect(t.board.db.query("SELECT summary FROM task_runs").get()).toEqual({ summary: "two tables" });
    },
  );

  test("approval keeps the result that the worker left", () => {
    const t = testBoard();
    const { id } = t.ready({ review: true });
    const { run } = claimTask(t.board, id, { claimer: "worker" });
    completeTask(t.board, id, { runId: run.id, result: "schema.sql" });

    expect(approveTask(t.board, id)).toMatchObject({ status: "done", result: "schema.sql", completed_at: t.clock.ms });
  });

  test("archiving keeps whether the task counts as finished", () => {
    const t = testBoard();
    const done = inStatus(t, "done");
    const open = t.ready();

    expect(archiveTask(t.board, done.id).completed_at).toBe(t.clock.ms);
    expect(archiveTask(t.board, open.id).completed_at).toBeNull();
  });

  test.each(["move", "archive", "complete", "claim", "block"] as const)("%s ends a back-off", (verb) => {
    const t = testBoard();
    const { id } = inStatus(t, "running");
    rateLimitRun(t.board, { taskId: id, runId: 1 }, { retryMs: 300_000 });
    expect(getTask(t.board, id).retry_at).toBe(t.clock.ms + 300_000);

    if (verb === "move") moveTask(t.board, id, "todo");
    if (verb === "archive") archiveTask(t.board, id);
    if (verb === "complete") completeTask(t.board, id);
    if (verb === "claim") claimTask(t.board, id, { claimer: "ann" });
    if (verb === "block") blockTask(t.board, id);

    expect(getTask(t.board, id).retry_at).toBeNull();
  });
});

describe("a row that was read before another change", () => {
  test("moves nothing, though the task has its status again", () => {
    const { board } = testBoard();
    const { id } = createTask(board, { title: "x", assignee: "ann" }).task;
    claimTask(board, id, { claimer: "first" });
    const stale = stateOf(board, id, "complete");
    reclaimTask(board, id);
    const { run } = claimTask(board, id, { claimer: "second" });

    const late = () =>
      write(board, () =>
        transition(board, "complete", stale, { to: "done", payload: { result_len: 0, summary: null } }),
      );

    expect(late).toThrow();
    expect(getTask(board, id)).toMatchObject({ status: "running", current_run_id: run.id });
  });
});

test("what finishes a task, or takes its end back, is felt by its parents and children", () => {
  const ends = (statuses: readonly Status[]) => statuses.filter((status) => status === "done" || status === "archived");
  // A move of a finished task is told as reopened.
  const felt = Object.values(TRANSITIONS).filter(
    ({ from, to, event }) => event !== "status" && (ends(to).length > 0 || ends(from).length > 0),
  );
  expect(felt.length).toBeGreaterThan(3);
  for (const { event } of felt) expect([event, concernsNeighbours(event)]).toEqual([event, true]);
});
