import { describe, expect, test } from "bun:test";
import { inStatus } from "../testing/kernel.ts";
import { testBoard } from "../testing/mod.ts";
import {
  abandonedWorkspaces,
  addComment,
  archiveTask,
  claimForWorker,
  collectEvents,
  completeTask,
  eventsAfter,
  finishedTasks,
  latestEventId,
  listComments,
  listRuns,
  recordGone,
  setWorkspacePath,
  STATUSES,
} from "./mod.ts";

const DAY = 86_400_000;

describe("collectEvents()", () => {
  test("deletes old events of done and archived tasks, and nothing else", () => {
    const t = testBoard();
    const tasks = STATUSES.map((status) => inStatus(t, status));
    for (const { id } of tasks) addComment(t.board, id, { body: "kept" });
    t.clock.ms += 31 * DAY;
    t.ready(); // The newest event of the board is of a living task.
    const runs = tasks.map(({ id }) => listRuns(t.board, id).length);
    const before = new Map(tasks.map(({ id }) => [id, t.kinds(id).length]));

    const deleted = collectEvents(t.board, { retentionMs: 30 * DAY });

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
    expect(collectEvents(t.board, { retentionMs: DAY })).toBe(0);
    t.clock.ms += 1;
    expect(collectEvents(t.board, { retentionMs: DAY })).toBe(3);
  });

  test("never deletes the newest event: its id would be given out again", () => {
    const t = testBoard();
    const { id } = t.done();
    const newest = latestEventId(t.board);
    t.clock.ms += DAY;

    collectEvents(t.board, { retentionMs: 0 });
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

    const would = collectEvents(t.board, { retentionMs: 0, dryRun: true });

    expect(t.dump()).toBe(before);
    expect(collectEvents(t.board, { retentionMs: 0 })).toBe(would);
    expect(would).toBe(6);
  });

  test("goes through a backlog larger than one transaction", () => {
    const t = testBoard();
    const { id } = t.ready();
    t.board.db.run(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12000)
       INSERT INTO task_events (task_key, kind, actor, payload, created_at)
       SELECT (SELECT key FROM tasks), 'heartbeat', 'x', '{"note":null}', 0 FROM n`,
    );
    completeTask(t.board, id);

    expect(collectEvents(t.board, { retentionMs: DAY })).toBe(12_000);
    expect(t.kinds(id)).toEqual(["created", "completed"]);
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
      { task_id: scratch, workspace_kind: "scratch", workspace_path: path("scratch") },
      { task_id: worktree, workspace_kind: "worktree", workspace_path: path("worktree") },
    ]);
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
