import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inStatus } from "../../testing/kernel.ts";
import { EPOCH, testBoard } from "../../testing/mod.ts";
import {
  abandonedWorkspaces,
  addComment,
  boardSize,
  closeBoard,
  compactBoard,
  createTask,
  getTask,
  openBoard,
  archiveTask,
  claimForWorker,
  drain,
  eventSweep,
  completeTask,
  eventsAfter,
  finishedTasks,
  latestEventId,
  listComments,
  listRuns,
  recordGone,
  setWorkspacePath,
  showTask,
  STATUSES,
  write,
} from "../mod.ts";

const DAY = 86_400_000;

describe("eventSweep()", () => {
  test("deletes old events of done and archived tasks, and nothing else", () => {
    const t = testBoard();
    const tasks = STATUSES.map((status) => inStatus(t, status));
    for (const { id } of tasks) addComment(t.board, id, { body: "kept" });
    t.clock.ms += 31 * DAY;
    t.ready(); // The newest event of the board is of a living task.
    const runs = tasks.map(({ id }) => listRuns(t.board, id).length);
    const before = new Map(tasks.map(({ id }) => [id, t.kinds(id).length]));

    const deleted = drain(eventSweep(t.board, { retentionMs: 30 * DAY }));

    const left = tasks.map(({ id, status }) => [status, t.kinds(id).length === 0]);
    expect(left).toEqual(STATUSES.map((status) => [status, status === "done" || status === "archived"]));
    expect(deleted).toBe(
      tasks
        .filter(({ status }) => status === "done" || status === "archived")
        .reduce((n, { id }) => n + before.get(id)!, 0),
    );
    expect(tasks.map(({ id }) => listRuns(t.board, id).length)).toEqual(runs);
    for (const { id } of tasks) expect(listComments(t.board, id).at(-1)!.body).toBe("kept");
  });

  test("keeps what is within the retention, to the millisecond", () => {
    const t = testBoard();
    t.done();
    t.ready();

    t.clock.ms += DAY;
    expect(drain(eventSweep(t.board, { retentionMs: DAY }))).toBe(0);
    t.clock.ms += 1;
    expect(drain(eventSweep(t.board, { retentionMs: DAY }))).toBe(3);
  });

  test("never deletes the newest event: its id would be given out again", () => {
    const t = testBoard();
    const { id } = t.done();
    const newest = latestEventId(t.board);
    t.clock.ms += DAY;

    drain(eventSweep(t.board, { retentionMs: 0 }));
    addComment(t.board, id, { body: "later" });

    expect(eventsAfter(t.board, 0).map((event) => event.id)).toEqual([newest, newest + 1]);
  });

  test("a dry run says how many, and changes nothing", () => {
    const t = testBoard();
    t.done();
    t.done();
    const living = t.ready();
    for (let i = 0; i < 5; i++) addComment(t.board, living.id, { body: "x" });
    t.clock.ms += DAY;
    t.done();
    const before = t.dump();

    const would = drain(eventSweep(t.board, { retentionMs: 0, dryRun: true }));

    expect(t.dump()).toBe(before);
    expect(drain(eventSweep(t.board, { retentionMs: 0 }))).toBe(would);
    expect(would).toBe(6);
  });

  test("goes through a backlog larger than one transaction", () => {
    const t = testBoard();
    const { id } = t.ready();
    t.board.db.run(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12000)
       INSERT INTO task_events (task_key, kind, actor, payload, created_at, run_seq)
       SELECT (SELECT key FROM tasks), 'heartbeat', 'x', '{"note":null}', 0, (SELECT max(run_seq) FROM task_events) FROM n`,
    );
    t.board.db.run("UPDATE tasks SET events = events + 12000");
    t.clock.ms += 2 * DAY;
    completeTask(t.board, id);

    expect(drain(eventSweep(t.board, { retentionMs: DAY }))).toBe(12_001);
    expect(t.kinds(id)).toEqual(["completed"]);
    expect(showTask(t.board, id).totals.events).toBe(1);
  });

  test("leaves the rest of a task a chain: after the clock stepped back, and when it is finished meanwhile", () => {
    const t = testBoard();
    const [back, meanwhile] = [t.ready(), t.ready()];
    t.clock.ms += 2 * DAY;
    addComment(t.board, back.id, { body: "by a clock that is ahead" });
    t.clock.ms -= 2 * DAY;
    addComment(t.board, back.id, { body: "by one that is right" });
    completeTask(t.board, back.id);
    t.clock.ms += DAY + 1;

    const transact = (batch: () => number) => {
      completeTask(t.board, meanwhile.id);
      return write(t.board, batch);
    };
    const deleted = drain(eventSweep(t.board, { retentionMs: DAY, transact }));

    expect(deleted).toBe(1);
    expect(t.kinds(back.id)).toEqual(["commented", "commented", "completed"]);
    expect(t.kinds(meanwhile.id)).toEqual(["created", "completed"]);
    expect(showTask(t.board, back.id).totals.events).toBe(3);
  });

  test("takes the lock for short batches alone, each a transaction of its own", () => {
    const t = testBoard();
    for (let i = 0; i < 400; i++) t.done();
    t.ready();
    t.clock.ms += DAY;
    let [batches, open] = [0, 0];
    const transact = (batch: () => number) => {
      batches++;
      if (t.board.db.inTransaction) open++;
      return write(t.board, batch);
    };

    for (const _ of eventSweep(t.board, { retentionMs: 0, transact })) if (t.board.db.inTransaction) open++;

    expect(open).toBe(0);
    expect(batches).toBeGreaterThan(1);
    expect(latestEventId(t.board)).toBe(1_201);
  });

  test("what is too young or of a task at work takes no lock at all", () => {
    const t = testBoard();
    t.ready();
    t.clock.ms += DAY;
    t.done();
    const transact = () => {
      throw new Error("a transaction without need");
    };

    expect(drain(eventSweep(t.board, { retentionMs: 1, transact }))).toBe(0);
  });
});

describe("compactBoard()", () => {
  const dir = mkdtempSync(join(tmpdir(), "kanban-gc-"));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  /** A board of which most was deleted. */
  const emptied = (name: string) => {
    const board = openBoard(join(dir, name));
    const { task } = createTask(board, { title: "kept" });
    board.db.run(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
       INSERT INTO task_comments (task_key, author, body, created_at) SELECT 1, 'ann', printf('%0500d', i), 1 FROM n`,
    );
    board.db.run("DELETE FROM task_comments");
    return { board, id: task.id };
  };

  test("gives the disk back what was deleted, and keeps the rest", () => {
    const { board, id } = emptied("alone.db");
    const { bytes, free_bytes } = boardSize(board);

    compactBoard(board);

    const after = boardSize(board);
    expect(after.free_bytes).toBe(0);
    // Rows that lie anew may take a page more or less than before.
    expect(Math.abs(after.bytes - (bytes - free_bytes))).toBeLessThan(bytes / 50);
    expect(getTask(board, id).title).toBe("kept");
    closeBoard(board);
    expect(statSync(board.path).size).toBe(after.bytes);
  });

  test("is refused at once while another connection is there, and nothing has changed", () => {
    const { board } = emptied("shared.db");
    const before = boardSize(board);
    const other = openBoard(board.path);

    expect(() => compactBoard(board)).toThrow("nothing else may have it open, another program does");

    expect(boardSize(other)).toEqual(before);
    createTask(other, { title: "the other goes on" });
    closeBoard(board);
    closeBoard(other);
  });
});

describe("abandonedWorkspaces()", () => {
  test("are the scratch and worktree ones of archived tasks, never a folder of the user", () => {
    const t = testBoard();
    const path = (name: string) => `/home/me/${name}`;
    const archived = (name: string, kind: "scratch" | "dir" | "worktree") => {
      const { id } = t.ready({ workspace_kind: kind, ...(kind === "scratch" ? {} : { workspace_path: path(name) }) });
      if (kind === "scratch") setWorkspacePath(t.board, id, path(name));
      archiveTask(t.board, id);
      return id;
    };
    const scratch = archived("scratch", "scratch");
    archived("dir", "dir");
    const worktree = archived("worktree", "worktree");
    archiveTask(t.board, t.ready().id); // Never had a workspace.
    setWorkspacePath(t.board, t.done().id, path("done"));

    expect(abandonedWorkspaces(t.board)).toEqual([
      { task_id: scratch, workspace_kind: "scratch", workspace_path: path("scratch"), quiet_since: EPOCH },
      { task_id: worktree, workspace_kind: "worktree", workspace_path: path("worktree"), quiet_since: EPOCH },
    ]);
  });

  test("are quiet since the newest event of the task, or the next one that gc has left", () => {
    const t = testBoard();
    const { id } = t.ready();
    setWorkspacePath(t.board, id, "/home/me/scratch");
    t.clock.ms += DAY;
    archiveTask(t.board, id);
    t.clock.ms += DAY;
    t.ready();
    t.clock.ms += DAY;
    t.ready();
    const since = () => abandonedWorkspaces(t.board)[0]!.quiet_since - EPOCH;

    expect(since()).toBe(DAY);
    drain(eventSweep(t.board, { retentionMs: 0 }));
    expect([t.kinds(id), since()]).toEqual([[], 2 * DAY]);
  });

  test("come only when no process of the task is left", () => {
    const t = testBoard();
    const { id } = t.ready();
    setWorkspacePath(t.board, id, "/home/me/scratch");
    const { run } = claimForWorker(t.board, {
      claimer: "d",
      boot_id: "b",
      profiles: new Map([["coder", { max_running: null, max_runtime_seconds: null }]]),
      maxWorkers: 1,
    })!;
    archiveTask(t.board, id);

    expect(abandonedWorkspaces(t.board)).toEqual([]);
    recordGone(t.board, run.id);
    expect(abandonedWorkspaces(t.board).length).toBe(1);
  });
});

test("finishedTasks() keeps the done, the archived and the unknown", () => {
  const t = testBoard();
  const ids = new Map(STATUSES.map((status) => [status, inStatus(t, status).id]));

  expect(finishedTasks(t.board, [...ids.values(), "t_00000000"])).toEqual([
    ids.get("done")!,
    ids.get("archived")!,
    "t_00000000",
  ]);
  expect(finishedTasks(t.board, [])).toEqual([]);
});
