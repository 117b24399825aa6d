import { describe, expect, test } from "bun:test";
import { blockTask, claimTask, completeTask, createTask, linkTasks, type Task } from "../src/kernel/mod.ts";
import { testBoard } from "../src/testing/mod.ts";
import { storableLies, violations } from "./invariants.ts";
import { RULES } from "./rules.ts";

/** A board with a task in every state that the damages below need. */
function setup() {
  const { board } = testBoard();
  const make = (title: string) => createTask(board, { title, assignee: "coder" }).task;
  const [running, done, ready, blocked] = [make("running"), make("done"), make("ready"), make("blocked")];
  const open = claimTask(board, running.id, { claimer: "w" }).run;
  const over = claimTask(board, done.id, { claimer: "w" }).run;
  completeTask(board, done.id, { runId: over.id, summary: "did it" });
  blockTask(board, blocked.id, { reason: "which?" });
  const child = createTask(board, { title: "child", parents: [running.id] }).task;
  board.db.run("PRAGMA foreign_keys = OFF");
  board.db.run("PRAGMA ignore_check_constraints = ON");
  board.db.run("DROP INDEX tasks_idempotency");
  return { board, running, done, ready, blocked, child, open, over };
}

type Setup = ReturnType<typeof setup>;
const set = (what: string, task: Task) => `UPDATE tasks SET ${what} WHERE id = '${task.id}'`;

/** For each rule a damage that this rule must find. */
const DAMAGES: [rule: string, damage: (on: Setup) => string][] = [
  ["a task is running exactly while it has an open run", ({ ready }) => set("current_run_id = 99", ready)],
  ["an open run is not over", ({ running, over }) => set(`current_run_id = ${over.id}`, running)],
  ["an open run belongs to one task", ({ open, ready }) => set(`current_run_id = ${open.id}`, ready)],
  ["a task without an open run has nothing of one", ({ ready }) => set("run_pid = 7", ready)],
  ["every status is a legal one", ({ ready }) => set("status = 'paused'", ready)],
  ["only a running task has a lease, and it has one", ({ running }) => set("run_ttl_seconds = 0", running)],
  ["a run never ends before it starts", ({ over }) => `UPDATE task_runs SET ended_at = 5 WHERE id = ${over.id}`],
  [
    "the ended runs of a task are one chain, numbered from 1, and its newest is the task's last",
    ({ over }) => `UPDATE task_runs SET attempt = 2 WHERE id = ${over.id}`,
  ],
  ["the events of a task are one chain, and its newest is the task's last", ({ ready }) => set("events = 7", ready)],
  [
    "the newest event knows the highest run, so that no id is given out twice",
    () => "UPDATE task_events SET run_seq = 0",
  ],
  [
    "every task is in the lane of its status, assignee and tenant",
    ({ ready, blocked }) => set(`lane = (SELECT lane FROM tasks WHERE id = '${blocked.id}')`, ready),
  ],
  [
    "a reclaimed run says who or what ended it",
    ({ over }) => `UPDATE task_runs SET outcome = 'reclaimed' WHERE id = ${over.id}`,
  ],
  ["a failed run says what went wrong", ({ over }) => `UPDATE task_runs SET outcome = 'crashed' WHERE id = ${over.id}`],
  [
    "events name tasks and runs that exist and belong together",
    ({ open }) => `UPDATE task_events SET run_id = ${open.id} WHERE kind = 'completed'`,
  ],
  [
    "event kinds are the closed list, payloads are objects",
    () => "UPDATE task_events SET kind = 'finished' WHERE kind = 'completed'",
  ],
  ["every run that was claimed has its claimed event, once", () => "DELETE FROM task_events WHERE kind = 'claimed'"],
  ["every run that ended has the event that ended it, once", () => "DELETE FROM task_events WHERE kind = 'completed'"],
  [
    "the newest event about a task's status agrees with its status",
    () => "DELETE FROM task_events WHERE kind = 'blocked'",
  ],
  [
    "no child waits when nothing is left to wait for",
    ({ done, running }) =>
      `UPDATE task_links SET parent_key = (SELECT key FROM tasks WHERE id = '${done.id}')
       WHERE parent_key = (SELECT key FROM tasks WHERE id = '${running.id}')`,
  ],
  ["links join two tasks that exist, and nothing waits for itself", () => "UPDATE task_links SET parent_key = 99"],
  ["only what is finished carries the instant of its completion", ({ ready }) => set("completed_at = 7", ready)],
  ["only todo is held, only ready backs off, ready knows since when", ({ blocked }) => set("retry_at = 7", blocked)],
  ["counters equal a recount", () => "UPDATE lanes SET n = n + 1 WHERE status = 'ready'"],
  [
    "idempotency keys are unique among tasks that are not archived",
    () => "UPDATE tasks SET idempotency_key = 'k' WHERE status <> 'archived'",
  ],
  ["public ids have their form and are unique", ({ ready }) => set("id = 't_XYZ'", ready)],
  ["a task's failures are counted only while it fails", ({ done }) => set("failures = 2", done)],
];

describe("violations()", () => {
  test("finds none on a sound board", () => {
    const { board, child } = setup();

    expect(violations(board.db)).toEqual([]);
    expect(child.status).toBe("todo");
  });

  test("finds none with a deep look", () => {
    const { board, ready } = testBoard();
    ready();

    expect(violations(board.db, { deep: true })).toEqual([]);
  });

  test("has a damage below for every rule", () => {
    expect(DAMAGES.map(([rule]) => rule)).toEqual(RULES.map(({ name }) => name));
  });

  test.each(DAMAGES)("finds a breach of: %s", (rule, damage) => {
    const on = setup();
    on.board.db.run("DROP TRIGGER tasks_change_lane");

    const changes = on.board.db.run(damage(on)).changes;

    expect(changes).toBeGreaterThan(0);
    expect(violations(on.board.db).some((found) => found.startsWith(`${rule}: `))).toBe(true);
  });

  test("finds a story that cannot be, with a deep look", () => {
    const { board, running, child } = setup();
    completeTask(board, running.id);
    claimTask(board, child.id, { claimer: "w" });

    board.db.run("UPDATE task_events SET kind = 'edited' WHERE kind = 'promoted'");

    expect(violations(board.db)).toEqual([]);
    expect(violations(board.db, { deep: true }).join("\n")).toContain(
      `events tell a possible story: ${child.id}: claimed`,
    );
  });

  test("finds a cycle with a deep look", () => {
    const { board, running, child, ready } = setup();
    linkTasks(board, child.id, ready.id);

    board.db.run(
      `INSERT INTO task_links SELECT r.key, p.key FROM tasks r, tasks p
       WHERE r.id = '${ready.id}' AND p.id = '${running.id}'`,
    );

    expect(violations(board.db, { deep: true }).join("\n")).toContain("nothing waits for itself");
  });
});

describe("storableLies()", () => {
  test("finds none in our schema, and changes nothing", () => {
    const { board, ready, dump } = testBoard();
    ready();
    const before = dump();

    expect(storableLies(board.db)).toEqual([]);
    expect(dump()).toBe(before);
  });

  test("finds a schema that lost an index", () => {
    const { board } = testBoard();
    board.db.run("DROP TRIGGER tasks_change_lane");
    board.db.run("DROP INDEX tasks_idempotency");

    expect(storableLies(board.db)).toEqual([
      "the schema refuses bad states: it would store a change of status without an event",
      "the schema refuses bad states: it would store one idempotency key twice",
    ]);
  });
});
