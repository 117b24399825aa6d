import { Database } from "bun:sqlite";
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, basename } from "node:path";
import { makeV1Board, V1_LATEST } from "../../../stress/v1/board.ts";
import { boardFile, spawnScript } from "../../testing/kernel.ts";
import { refusal } from "../../testing/mod.ts";
import {
  checkBoard,
  claimTask,
  closeBoard,
  completeTask,
  createTask,
  getRun,
  KanbanError,
  listRuns,
  openBoard,
  showTask,
  taskEvents,
} from "../mod.ts";
import { schemaVersion } from "./migrations.ts";
import { underUpgrade } from "./upgrade.ts";

setDefaultTimeout(60_000);

const NOW = 1_800_000_000_000;

function v1Board(options: { tasks: number; version?: number }): string {
  const path = `${boardFile()}.v1.db`;
  makeV1Board(path, { ...options, now: NOW, retentionDays: 90 });
  return path;
}

const versionOf = (path: string) => {
  const db = new Database(path, { readonly: true });
  const { user_version } = db.query<{ user_version: number }, []>("PRAGMA user_version").get()!;
  db.close();
  return user_version;
};

const besides = (path: string) => readdirSync(dirname(path)).filter((name) => name.startsWith(`${basename(path)}.`));

/** The statements that made the tables, without the names' quotes that a rename leaves. */
const schemaOf = (db: Database) =>
  db
    .query<{ sql: string }, []>("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type, name")
    .all()
    .map(({ sql }) => sql);

/** What both designs can be asked: rows that one has and the other lacks. */
const SAME: Readonly<Record<string, [before: string, after: string]>> = {
  tasks: [
    "SELECT key, id, title, body, assignee, status, priority, tenant, created_at, ready_at, completed_at, result, skills, held, not_before, retry_at, failures, last_error, current_run_id, depth FROM old.tasks",
    `SELECT key, id, title, (SELECT body FROM task_bodies WHERE task_key = key), assignee, status, priority, tenant,
       created_at, ready_at, completed_at, (SELECT result FROM task_results WHERE task_key = key), skills, held,
       not_before, retry_at, failures, last_error, current_run_id, depth FROM tasks`,
  ],
  runs: [
    "SELECT id, task_key, profile, claimer, claim_expires_at, ttl_seconds, pid, pid_started, boot_id, last_heartbeat_at, started_at, process_gone_at, exit_code, signal, usage, session_id, ended_at, outcome, summary, metadata, error FROM old.task_runs",
    "SELECT id, task_key, profile, claimer, claim_expires_at, ttl_seconds, pid, pid_started, boot_id, last_heartbeat_at, started_at, process_gone_at, exit_code, signal, usage, session_id, ended_at, outcome, summary, metadata, error FROM main.runs",
  ],
  events: [
    "SELECT id, task_key, run_id, kind, actor, payload, created_at FROM old.task_events",
    "SELECT id, task_key, run_id, kind, actor, payload, created_at FROM main.task_events",
  ],
  counts: [
    "SELECT assignee, tenant, status, n FROM old.board_counts WHERE n > 0",
    "SELECT assignee, tenant, status, n FROM main.board_counts WHERE n > 0",
  ],
  ...Object.fromEntries(
    ["usage_totals", "task_links", "task_comments", "notify_subs", "notify_deliveries", "board_state"].map((table) => [
      table,
      [`SELECT * FROM old.${table}`, `SELECT * FROM main.${table}`] as [string, string],
    ]),
  ),
};

describe("a board of the first design", () => {
  test.each(Array.from({ length: V1_LATEST }, (_, n) => n + 1))("of version %i keeps every row", (version) => {
    const path = v1Board({ tasks: 300, version });
    const copies: string[] = [];

    const board = openBoard(path, { upgraded: (copy) => copies.push(copy) });

    expect(copies).toEqual([`${path}.v1.bak`]);
    expect(versionOf(path)).toBe(schemaVersion);
    expect(checkBoard(board)).toEqual([]);
    board.db.run("ATTACH ? AS old", [copies[0]!]);
    for (const [what, [before, after]] of Object.entries(SAME)) {
      expect([what, board.db.query(`${before} EXCEPT ${after}`).all()]).toEqual([what, []]);
      expect([what, board.db.query(`${after} EXCEPT ${before}`).all()]).toEqual([what, []]);
    }
    closeBoard(board);
  });

  test.each([0, 1_000])("with %i tasks has the tables of a new one", (tasks) => {
    const board = openBoard(v1Board({ tasks }));
    const fresh = openBoard(":memory:");

    expect(schemaOf(board.db)).toEqual(schemaOf(fresh.db));
    closeBoard(board);
  });

  test("has its stories in order, and goes on with the next numbers", () => {
    const board = openBoard(v1Board({ tasks: 300 }));
    const ids = board.db.query<{ id: string }, []>("SELECT id FROM tasks").all();
    const max = (sql: string) => board.db.query<{ id: number }, []>(sql).get()!.id;
    const [events, runs] = [max("SELECT max(id) AS id FROM task_events"), max("SELECT max(id) AS id FROM main.runs")];

    for (const { id } of ids) {
      const of = (table: string) =>
        board.db
          .query<{ id: number }, [string]>(
            `SELECT x.id FROM ${table} x JOIN tasks t ON t.key = x.task_key WHERE t.id = ? ORDER BY x.id`,
          )
          .all(id)
          .map((row) => row.id);
      expect(taskEvents(board, id, { limit: 1_000 }).map((event) => event.id)).toEqual(of("task_events"));
      expect(listRuns(board, id).map((run) => run.id)).toEqual(of("main.runs"));
      expect(showTask(board, id).totals).toMatchObject({
        events: of("task_events").length,
        runs: of("main.runs").length,
      });
    }
    const { task } = createTask(board, { title: "the first of the new ones" });
    const claimed = claimTask(board, task.id, { claimer: "ann" });
    expect(claimed.run.id).toBe(runs + 1);
    expect(taskEvents(board, task.id).map((event) => event.id)).toEqual([events + 1, events + 2]);
    completeTask(board, task.id, { runId: claimed.run.id, summary: "done" });
    expect(getRun(board, runs + 1)).toMatchObject({ outcome: "completed", summary: "done" });
    expect(checkBoard(board)).toEqual([]);
    closeBoard(board);
  });

  test("is rewritten once by twenty processes, which all see the same board", async () => {
    const path = v1Board({ tasks: 300 });
    const script = `
      let copies = 0;
      const board = kernel.openBoard(args[0], { upgraded: () => copies++ });
      print({ copies, tasks: kernel.boardStats(board).by_status.done, wrong: kernel.checkBoard(board) });`;

    const processes = Array.from({ length: 20 }, () => spawnScript(script, path));
    const answers = await Promise.all(
      processes.map(async (child) => JSON.parse(await new Response(child.stdout).text()) as { copies: number }),
    );

    expect(
      answers
        .map(({ copies }) => copies)
        .sort()
        .at(-1),
    ).toBe(1);
    expect(answers.filter(({ copies }) => copies === 1)).toHaveLength(1);
    expect(new Set(answers.map((answer) => JSON.stringify({ ...answer, copies: 0 }))).size).toBe(1);
    expect(besides(path).filter((name) => name.includes(".bak"))).toEqual([`${basename(path)}.v1.bak`]);
  });

  test("that was put back is rewritten again, and the older copy stays", () => {
    const path = v1Board({ tasks: 5 });
    writeFileSync(`${path}.v1.bak`, "an older copy");
    for (const end of ["", "-journal"]) writeFileSync(`${path}.v1.bak.part${end}`, "of a process that died");
    const copies: string[] = [];

    closeBoard(openBoard(path, { upgraded: (copy) => copies.push(copy) }));

    expect(copies).toEqual([`${path}.v1.bak.2`]);
    expect(versionOf(copies[0]!)).toBe(V1_LATEST);
    expect(besides(path).filter((name) => name.includes(".part"))).toEqual([]);
  });

  test("whose rows do not fit is left as it is, with no copy more at each try", () => {
    const path = v1Board({ tasks: 5 });
    const db = new Database(path);
    db.run("PRAGMA ignore_check_constraints = ON");
    db.run("UPDATE tasks SET title = '' WHERE key = 1");
    db.close();

    for (const _ of [1, 2]) {
      expect(() => openBoard(path)).toThrow(/CHECK constraint failed/);
      expect(versionOf(path)).toBe(V1_LATEST);
      expect(besides(path).filter((name) => name.includes(".bak"))).toEqual([]);
    }
  });

  test("that another process is upgrading is busy, and says with what", () => {
    const path = v1Board({ tasks: 5 });
    const busy = new KanbanError("busy", "Cannot write to the board: it must be free");
    expect(underUpgrade(busy, path)).toBe(busy);
    writeFileSync(`${path}.v1.bak.part`, "half of it");

    expect(underUpgrade(busy, path)).toMatchObject({
      code: "busy",
      message: expect.stringMatching(/another process is upgrading/) as unknown,
    });
  });

  test("cannot be written to by an older program that had it open", () => {
    const path = v1Board({ tasks: 5 });
    const older = new Database(path);
    // Each of its changes comes with an event: without one it changes nothing.
    const emit = older.prepare(
      `INSERT INTO task_events (task_key, run_id, kind, actor, payload, created_at)
       SELECT min(key), NULL, 'commented', 'x', '{}', 0 FROM tasks`,
    );
    closeBoard(openBoard(path));

    expect(() => emit.run()).toThrow(/NOT NULL constraint failed: task_events.run_seq/);
    older.close();
  });

  test("hides its copy from whom it is hidden", () => {
    const path = v1Board({ tasks: 5 });
    chmodSync(path, 0o600);

    closeBoard(openBoard(path));

    expect(statSync(`${path}.v1.bak`).mode & 0o777).toBe(0o600);
  });

  test("is left as it is when no copy can be kept", () => {
    const path = v1Board({ tasks: 5 });
    const db = new Database(path);
    const { page } = db
      .query<{ page: number }, []>("SELECT rootpage AS page FROM sqlite_schema WHERE name = 'task_comments'")
      .get()!;
    db.close();
    const bytes = readFileSync(path);
    bytes.fill(0x5a, (page - 1) * 4_096, page * 4_096);
    writeFileSync(path, bytes);

    const error = refusal(() => openBoard(path));

    expect(error.code).toBe("refused");
    expect(versionOf(path)).toBe(V1_LATEST);
    expect(besides(path).filter((name) => name.includes(".bak"))).toEqual([]);
  });
});
