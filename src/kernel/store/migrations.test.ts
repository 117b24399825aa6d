import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { boardFile, inStatus } from "../../testing/kernel.ts";
import { type TestBoard, testBoard } from "../../testing/mod.ts";
import {
  addComment,
  archiveTask,
  type Board,
  closeBoard,
  type Comment,
  createTask,
  editTask,
  getRun,
  HOLD_KINDS,
  linkTasks,
  listComments,
  openBoard,
  OUTCOMES,
  type Run,
  STATUSES,
  subscribe,
  type Task,
  taskHistory,
} from "../mod.ts";
import { TEXT_FIELDS } from "../schema.ts";
import { APPLICATION_ID, FIRST_VERSION, MIGRATIONS } from "./migrations.ts";
import { TABLES_OF_TASKS } from "./tables.ts";
import { TABLES_AROUND } from "./tables_around.ts";

const columnsOf = ({ board }: TestBoard, table: string) =>
  board.db
    .query<{ name: string; hidden: number }, []>(`PRAGMA table_xinfo(${table})`)
    .all()
    .filter(({ hidden }) => hidden === 0) // Without what is computed.
    .map(({ name }) => name);

describe("a row type and its table have the same columns", () => {
  // The compiler refuses these when a field is missing or too many.
  const task: Record<keyof Task, true> = {
    id: true,
    title: true,
    body: true,
    assignee: true,
    status: true,
    priority: true,
    tenant: true,
    created_by: true,
    created_at: true,
    ready_at: true,
    started_at: true,
    completed_at: true,
    workspace_kind: true,
    workspace_path: true,
    result: true,
    idempotency_key: true,
    max_runtime_seconds: true,
    skills: true,
    review: true,
    held: true,
    not_before: true,
    retry_at: true,
    failures: true,
    last_error: true,
    current_run_id: true,
    depth: true,
    from_task: true,
    asked: true,
    model: true,
    workflow_template_id: true,
    current_step_key: true,
    claimer: true,
    claim_expires_at: true,
    worker_pid: true,
    last_heartbeat_at: true,
    last_event_id: true,
  };
  const run: Record<keyof Run, true> = {
    id: true,
    task_id: true,
    profile: true,
    step_key: true,
    claimer: true,
    claim_expires_at: true,
    ttl_seconds: true,
    pid: true,
    pid_started: true,
    boot_id: true,
    host: true,
    pid_namespace: true,
    max_runtime_seconds: true,
    last_heartbeat_at: true,
    started_at: true,
    ended_at: true,
    process_gone_at: true,
    outcome: true,
    exit_code: true,
    signal: true,
    summary: true,
    metadata: true,
    error: true,
    usage: true,
    session_id: true,
    may: true,
    silent_seconds: true,
    last_words: true,
    log_tail: true,
    tools_at: true,
  };
  const comment: Record<keyof Comment, true> = {
    id: true,
    task_id: true,
    author: true,
    via: true,
    body: true,
    created_at: true,
  };
  const OF_THE_RUN = ["claimer", "claim_expires_at", "worker_pid", "last_heartbeat_at"];
  /** In tables of their own. */
  const LONG_TEXTS = ["body", "result"];
  /** The chains of a task and its open run; the place of a run in its chain. */
  const INSIDE = /^(key|lane|events|runs|last_run_id|run_.*|prev_id|attempt)$/;
  const outside = (columns: string[]) => columns.map((name) => (name === "task_key" ? "task_id" : name)).toSorted();

  test("tasks", () => {
    const t = testBoard();

    expect(Object.keys(t.ready()).toSorted()).toEqual(Object.keys(task).toSorted());
    const columns = columnsOf(t, "tasks").filter((name) => !INSIDE.test(name));
    expect([...columns, ...OF_THE_RUN, ...LONG_TEXTS].toSorted()).toEqual(Object.keys(task).toSorted());
  });

  test("task_runs", () => {
    const t = testBoard();
    inStatus(t, "running");

    expect(Object.keys(getRun(t.board, 1)!).toSorted()).toEqual(Object.keys(run).toSorted());
    expect(outside(columnsOf(t, "task_runs").filter((name) => !INSIDE.test(name)))).toEqual(
      Object.keys(run).toSorted(),
    );
  });

  test("task_comments", () => {
    const t = testBoard();
    const { id } = t.ready();
    addComment(t.board, id, { body: "x" });

    expect(Object.keys(listComments(t.board, id)[0]!).toSorted()).toEqual(Object.keys(comment).toSorted());
    expect(outside(columnsOf(t, "task_comments"))).toEqual(Object.keys(comment).toSorted());
  });
});

/** A board with a ready and a running task, a link, a comment and a subscription. */
function populated(): TestBoard {
  const t = testBoard();
  const parent = t.done({ title: "first" });
  const running = inStatus(t, "running", { idempotency_key: "k" });
  linkTasks(t.board, parent.id, t.ready({ title: "third" }).id);
  addComment(t.board, running.id, { body: "hi" });
  subscribe(t.board, running.id, { platform: "slack", chat_id: "C1" });
  t.ready({ title: "fourth", assignee: "zoe" });
  return t;
}

describe("what cannot be stored", () => {
  test.each<[what: string, sql: string, violated: RegExp]>([
    ["an id of another form", "UPDATE tasks SET id = 't_12345G78' WHERE key = 1", /CHECK/],
    ["an id twice", "UPDATE tasks SET id = (SELECT id FROM tasks WHERE key = 2) WHERE key = 1", /UNIQUE/],
    ["an empty title", "UPDATE tasks SET title = '' WHERE key = 1", /CHECK/],
    ["no title", "UPDATE tasks SET title = NULL WHERE key = 1", /NOT NULL/],
    ["an empty assignee", "UPDATE tasks SET assignee = '' WHERE key = 1", /CHECK/],
    ["an empty tenant", "UPDATE tasks SET tenant = '' WHERE key = 1", /CHECK/],
    ["an unknown status", "UPDATE tasks SET status = 'waiting' WHERE key = 3", /CHECK/],
    ["running without a run", "UPDATE tasks SET status = 'running' WHERE key = 3", /CHECK/],
    ["a run without running", "UPDATE tasks SET status = 'todo' WHERE key = 2", /CHECK/],
    ["a part of an open run without one", "UPDATE tasks SET run_pid = 1 WHERE key = 3", /CHECK/],
    ["fewer than no runs", "UPDATE tasks SET runs = -1 WHERE key = 3", /CHECK/],
    ["fewer than no events", "UPDATE tasks SET events = -1 WHERE key = 3", /CHECK/],
    ["another status in the lane of the first", "UPDATE tasks SET status = 'triage' WHERE key = 3", /needs the lane/],
    ["another assignee in the lane of the first", "UPDATE tasks SET assignee = 'zoe' WHERE key = 3", /needs the lane/],
    ["another project in the lane of the first", "UPDATE tasks SET tenant = 'docs' WHERE key = 3", /needs the lane/],
    [
      "the lane of another status",
      "UPDATE tasks SET lane = (SELECT lane FROM tasks WHERE key = 1) WHERE key = 3",
      /needs the lane/,
    ],
    [
      "another lane without an event",
      `UPDATE tasks SET (assignee, lane) = (SELECT nullif(owner, ''), key FROM lanes
         WHERE status = 'ready' AND key <> tasks.lane) WHERE key = 3`,
      /needs an event/,
    ],
    ["a lane twice", "INSERT INTO lanes (status, owner, project) SELECT status, owner, project FROM lanes", /UNIQUE/],
    ["a body of nothing", "INSERT INTO task_bodies VALUES (99, 'x')", /FOREIGN KEY/],
    ["a second body", "INSERT INTO task_bodies VALUES (1, 'x'), (1, 'y')", /UNIQUE/],
    ["a result of nothing", "INSERT INTO task_results VALUES (99, 'x')", /FOREIGN KEY/],
    ["done without an end", "UPDATE tasks SET completed_at = NULL WHERE key = 1", /CHECK|NOT NULL/],
    ["an end without done", "UPDATE tasks SET completed_at = 1 WHERE key = 3", /CHECK/],
    ["held elsewhere than in todo", "UPDATE tasks SET held = 1 WHERE key = 3", /CHECK/],
    ["held as something else", "UPDATE tasks SET status = 'todo', held = 2 WHERE key = 3", /CHECK/],
    ["ready since never", "UPDATE tasks SET ready_at = NULL WHERE key = 3", /CHECK|NOT NULL/],
    ["skills that are no list", "UPDATE tasks SET skills = '{}' WHERE key = 3", /CHECK/],
    ["skills that are no JSON", "UPDATE tasks SET skills = 'git' WHERE key = 3", /malformed JSON|CHECK/],
    ["failures below zero", "UPDATE tasks SET failures = -1 WHERE key = 3", /CHECK/],
    ["a depth below zero", "UPDATE tasks SET depth = -1 WHERE key = 3", /CHECK/],
    ["a question asked less than never", "UPDATE tasks SET asked = -1 WHERE key = 3", /CHECK/],
    ["a task that its own worker created", "UPDATE tasks SET from_task = id WHERE key = 3", /CHECK/],
    ["a review that is no boolean", "UPDATE tasks SET review = 2 WHERE key = 3", /CHECK/],
    ["an unknown workspace", "UPDATE tasks SET workspace_kind = 'cloud' WHERE key = 3", /CHECK/],
    ["a text as priority", "UPDATE tasks SET priority = 'high' WHERE key = 3", /cannot store TEXT/],
    ["an idempotency key twice", "UPDATE tasks SET idempotency_key = 'k' WHERE key = 3", /UNIQUE/],
    ["an empty idempotency key", "UPDATE tasks SET idempotency_key = '' WHERE key = 3", /CHECK/],
    ["an end without an outcome", "UPDATE task_runs SET outcome = NULL WHERE id = 1", /NOT NULL/],
    ["an outcome without an end", "UPDATE task_runs SET ended_at = NULL WHERE id = 1", /NOT NULL/],
    ["a run that comes before itself", "UPDATE task_runs SET prev_id = id WHERE id = 1", /CHECK/],
    ["an attempt before the first", "UPDATE task_runs SET attempt = 0 WHERE id = 1", /CHECK/],
    ["an unknown outcome", "UPDATE task_runs SET outcome = 'lost' WHERE id = 1", /CHECK/],
    ["an end before its start", "UPDATE task_runs SET ended_at = started_at - 1 WHERE id = 1", /CHECK/],
    ["metadata that is a list", "UPDATE task_runs SET metadata = '[]' WHERE id = 1", /CHECK/],
    ["usage that is a text", `UPDATE task_runs SET usage = '"x"' WHERE id = 1`, /CHECK/],
    ["grants that are no list", "UPDATE task_runs SET may = '{}' WHERE id = 1", /CHECK/],
    ["a run of no task", "UPDATE task_runs SET task_key = 99 WHERE id = 1", /FOREIGN KEY/],
    ["a lease below zero", "UPDATE task_runs SET ttl_seconds = -1 WHERE id = 1", /CHECK/],
    ["a link to itself", "INSERT INTO task_links VALUES (1, 1)", /CHECK/],
    ["a link twice", "INSERT INTO task_links VALUES (1, 3)", /UNIQUE/],
    ["a link to nothing", "INSERT INTO task_links VALUES (1, 99)", /FOREIGN KEY/],
    ["an empty comment", "UPDATE task_comments SET body = ''", /CHECK/],
    ["a comment on nothing", "UPDATE task_comments SET task_key = 99", /FOREIGN KEY/],
    ["an event of no task", "UPDATE task_events SET task_key = 99 WHERE id = 1", /FOREIGN KEY/],
    ["an event that comes before itself", "UPDATE task_events SET prev_id = id WHERE id = 1", /CHECK/],
    ["a payload that is no object", "UPDATE task_events SET payload = '[]' WHERE id = 1", /CHECK/],
    ["a task taken from its history", "DELETE FROM tasks WHERE key = 1", /FOREIGN KEY/],
    [
      "a subscription twice",
      "INSERT INTO notify_subs (task_key, platform, chat_id, created_at, last_event_id) VALUES (2, 'slack', 'C1', 0, 0)",
      /UNIQUE/,
    ],
    [
      "a delivery for nobody",
      "INSERT INTO notify_deliveries (sub_id, event_id, retry_at) VALUES (99, 1, 0)",
      /FOREIGN KEY/,
    ],
    [
      "a delivery twice",
      "INSERT INTO notify_deliveries (sub_id, event_id, retry_at) VALUES (1, 1, 0), (1, 1, 0)",
      /UNIQUE/,
    ],
    [
      "a delivery that is both sent and waiting",
      "INSERT INTO notify_deliveries (sub_id, event_id, retry_at, delivered_at) VALUES (1, 1, 0, 0)",
      /CHECK/,
    ],
    ["a second board state", "INSERT INTO board_state (one) VALUES (2)", /CHECK/],
    ["a second place up to which events are counted", "INSERT INTO folded (one) VALUES (2)", /CHECK/],
  ])("%s", (_what, sql, violated) => {
    const t = populated();
    const before = t.dump();

    expect(() => t.board.db.run(sql)).toThrow(violated);

    expect(t.dump()).toBe(before);
  });

  test("an idempotency key may be used again once its task is archived", () => {
    const t = populated();
    archiveTask(t.board, t.board.db.query<{ id: string }, []>("SELECT id FROM tasks WHERE key = 2").get()!.id);

    expect(() => t.board.db.run("UPDATE tasks SET idempotency_key = 'k' WHERE key = 3")).not.toThrow();
  });
});

test("the words of the tables are the words of the code", () => {
  const { board } = testBoard();
  const sql = board.db.query<{ sql: string }, []>("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL").all();

  for (const word of [...STATUSES, ...OUTCOMES, ...HOLD_KINDS, ...TEXT_FIELDS]) {
    expect(sql.map((each) => each.sql).join("\n")).toContain(`= '${word}'`);
  }
});

test("every table is strict", () => {
  const { board } = testBoard();
  const tables = board.db.query<{ name: string; type: string; strict: number }, []>("PRAGMA table_list").all();

  const lax = tables.filter(
    ({ name, type, strict }) => type === "table" && strict === 0 && !name.startsWith("sqlite_"),
  );
  expect(lax.map(({ name }) => name)).toEqual([]);
});

test("a board says what it is: application id, schema version, foreign keys", () => {
  const { board } = testBoard();
  const pragma = (name: string) =>
    Object.values(board.db.query<Record<string, unknown>, []>(`PRAGMA ${name}`).get()!)[0];

  expect([pragma("application_id"), pragma("user_version"), pragma("foreign_keys")]).toEqual([
    APPLICATION_ID,
    FIRST_VERSION + MIGRATIONS.length,
    1,
  ]);
});

describe("a board of an earlier version of these tables", () => {
  test.each(MIGRATIONS.map((_, n) => n))("opens, and has the tables of a new one: %i changes", (n) => {
    const path = boardFile();
    const db = new Database(path);
    db.run(`${TABLES_OF_TASKS}${TABLES_AROUND}`);
    for (const sql of MIGRATIONS.slice(0, n)) db.run(sql);
    db.run(`PRAGMA application_id = ${APPLICATION_ID}`);
    db.run(`PRAGMA user_version = ${FIRST_VERSION + n}`);
    db.close();

    const board = openBoard(path);

    const schemaOf = ({ db }: Board) => db.query("SELECT type, name, sql FROM sqlite_schema ORDER BY type, name").all();
    expect(schemaOf(board)).toEqual(schemaOf(testBoard().board));
    const { task } = createTask(board, { title: "One" });
    editTask(board, task.id, { title: "Two" });
    expect(taskHistory(board, task.id).changes).toMatchObject([{ fields: [{ was: "One", now: "Two" }] }]);
    closeBoard(board);
  });
});

test("no table refers to itself: each insert would walk it", () => {
  const { board } = testBoard();
  const tables = board.db.query<{ name: string }, []>("SELECT name FROM sqlite_schema WHERE type = 'table'").all();

  for (const { name } of tables) {
    const refersTo = board.db.query<{ table: string }, []>(`PRAGMA foreign_key_list(${name})`).all();
    expect([name, refersTo.filter(({ table }) => table === name)]).toEqual([name, []]);
  }
});

test("a new board has small pages", () => {
  const board = openBoard(boardFile());

  expect(board.db.query("PRAGMA page_size").get()).toEqual({ page_size: 2_048 });
  closeBoard(board);
});
