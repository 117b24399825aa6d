import { afterEach, describe, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { logPath } from "../home.ts";
import { archiveTask, completeTask, restoreTask, setWorkspacePath, type Task } from "../kernel/mod.ts";
import { type TestHome, testHome } from "../testing/dispatcher.ts";
import { dump } from "../testing/mod.ts";
import { collectWorkspaces } from "./collect.ts";
import { markerPath, resolveWorkspace } from "./worktrees/workspace.ts";

let t: TestHome;
afterEach(() => t?.close());
const DAY_MS = 86_400_000;

/** An archived task whose scratch workspace holds a file. */
async function archived(): Promise<{ task: Task; path: string }> {
  const task = t.ready();
  const path = await resolveWorkspace(t.board, t.home, task);
  writeFileSync(join(path, "work"), "x");
  setWorkspacePath(t.board, task.id, path);
  return { task: archiveTask(t.board, task.id), path };
}

const collect = (dryRun = false) => collectWorkspaces(t.board, t.home, { logRetentionMs: 30 * DAY_MS, dryRun });

describe("collectWorkspaces()", () => {
  test("removes the scratch workspaces of archived tasks, read-only folders included, and no others", async () => {
    t = testHome();
    const gone = await archived();
    mkdirSync(join(gone.path, "cache", "deep"), { recursive: true });
    writeFileSync(join(gone.path, "cache", "deep", "file"), "x");
    chmodSync(join(gone.path, "cache", "deep"), 0o500);
    const living = t.ready();
    const kept = await resolveWorkspace(t.board, t.home, living);
    setWorkspacePath(t.board, living.id, kept);

    const collected = await collect();

    expect(collected).toEqual({
      workspaces: [{ task_id: gone.task.id, path: gone.path }],
      worktrees: [],
      logs: [],
      waiting: [],
      kept: [],
    });
    expect(readdirSync(t.home.workspaces).sort()).toEqual([".made", ".trash", living.id]);
    expect(readdirSync(join(t.home.workspaces, ".trash"))).toEqual([]);
    expect(existsSync(markerPath(t.home, gone.task.id))).toBe(false);
    expect((await collect()).workspaces).toEqual([]);
  });

  test("keeps a workspace for the retention after its task was archived, unless work in it is lost anyway", async () => {
    t = testHome();
    const { task, path } = await archived();
    const week = () =>
      collectWorkspaces(t.board, t.home, { logRetentionMs: DAY_MS, workspaceRetentionMs: 7 * DAY_MS, dryRun: false });
    const archivedAt = t.clock.ms;
    t.clock.ms += 7 * DAY_MS - 1;
    t.ready();

    expect(await week()).toMatchObject({
      workspaces: [],
      waiting: [{ task_id: task.id, path, until: archivedAt + 7 * DAY_MS }],
    });
    expect(readdirSync(path)).toEqual(["work"]);
    t.clock.ms += 1;
    expect(await week()).toMatchObject({ workspaces: [{ task_id: task.id, path }], waiting: [] });
    expect(existsSync(path)).toBe(false);
  });

  test("a task that was restored keeps its workspace", async () => {
    t = testHome();
    const { task, path } = await archived();
    restoreTask(t.board, task.id);
    expect((await collect()).workspaces).toEqual([]);
    expect(readdirSync(path)).toEqual(["work"]);
  });

  test("with dryRun returns the same and changes nothing", async () => {
    t = testHome();
    const { task, path } = await archived();
    const before = dump(t.board);

    const collected = await collect(true);

    expect(collected.workspaces).toEqual([{ task_id: task.id, path }]);
    expect(readdirSync(path)).toEqual(["work"]);
    expect(readdirSync(t.home.workspaces).sort()).toEqual([".made", task.id]);
    expect(dump(t.board)).toBe(before);
  });

  test("leaves a link that was put in the place of a workspace, and what it leads to", async () => {
    t = testHome();
    const { path } = await archived();
    mkdirSync(t.path("precious"));
    writeFileSync(t.path("precious/file"), "x");
    renameSync(path, `${path}.away`);
    symlinkSync(t.path("precious"), path);

    const { kept } = await collect();

    expect(kept).toEqual([{ path, reason: "it is a link or a file, not a folder of kanban" }]);
    expect(readdirSync(t.path("precious"))).toEqual(["file"]);
  });

  test("leaves a folder that we did not make", async () => {
    t = testHome();
    const { path } = await archived();
    renameSync(path, t.path("away"));
    mkdirSync(path);
    writeFileSync(join(path, "precious"), "x");

    const { kept } = await collect();

    expect(kept).toEqual([{ path, reason: "it was not made by this board" }]);
    expect(readdirSync(path)).toEqual(["precious"]);
  });

  test("never follows links inside a workspace", async () => {
    t = testHome();
    const { path } = await archived();
    mkdirSync(t.path("precious"));
    writeFileSync(t.path("precious/file"), "x");
    symlinkSync(t.path("precious"), join(path, "link"));

    await collect();

    expect(existsSync(path)).toBe(false);
    expect(readdirSync(t.path("precious"))).toEqual(["file"]);
  });

  test("never touches a folder of the user's", async () => {
    t = testHome();
    const task = t.ready({ workspace_kind: "dir", workspace_path: t.path("project") });
    await resolveWorkspace(t.board, t.home, task);
    archiveTask(t.board, task.id);

    await collect();

    expect(existsSync(t.path("project"))).toBe(true);
  });

  test.each(["workspaces", "logs"] as const)(
    "removes nothing while %s is a link [A8] [S: gc deleting too much]",
    async (root) => {
      t = testHome();
      const { task } = await archived();
      completeTask(t.board, t.ready().id);
      renameSync(t.home[root], t.path("away"));
      mkdirSync(t.path("precious"));
      for (const name of [task.id, ".trash", "work"]) mkdirSync(t.path(`precious/${name}`));
      writeFileSync(t.path(`precious/${task.id}.log`), "x");
      utimesSync(t.path(`precious/${task.id}.log`), new Date(0), new Date(0));
      symlinkSync(t.path("precious"), t.home[root]);
      const before = [readdirSync(t.path("precious")), readdirSync(t.path("away"))];

      await expect(collect()).rejects.toThrow(`Cannot use "${t.home[root]}": it must be a folder, it is a link`);

      expect([readdirSync(t.path("precious")), readdirSync(t.path("away"))]).toEqual(before);
    },
  );

  test("removes nothing while its trash is a link [A8]", async () => {
    t = testHome();
    const { path } = await archived();
    mkdirSync(t.path("precious/deep"), { recursive: true });
    symlinkSync(t.path("precious"), join(t.home.workspaces, ".trash"));

    await expect(collect()).rejects.toThrow("it must be a folder, it is a link");

    expect(readdirSync(path)).toEqual(["work"]);
    expect(readdirSync(t.path("precious"))).toEqual(["deep"]);
  });

  test("finishes what an earlier collection left in the trash", async () => {
    t = testHome();
    mkdirSync(join(t.home.workspaces, ".trash", "t_00000001-x", "deep"), { recursive: true });

    await collect();

    expect(readdirSync(join(t.home.workspaces, ".trash"))).toEqual([]);
  });

  test("removes old logs of finished tasks alone", async () => {
    t = testHome();
    const [old, open, fresh] = [t.ready(), t.ready(), t.ready()];
    completeTask(t.board, old.id);
    completeTask(t.board, fresh.id);
    for (const { id } of [old, open, fresh]) writeFileSync(logPath(t.home, id), "x");
    writeFileSync(`${logPath(t.home, old.id)}.1`, "x");
    writeFileSync(join(t.home.logs, "notes.txt"), "x");
    const at = new Date(t.clock.ms - 31 * DAY_MS);
    const path = (name: string) => join(t.home.logs, name);
    for (const name of [`${old.id}.log`, `${old.id}.log.1`, `${open.id}.log`, "notes.txt"])
      utimesSync(path(name), at, at);

    const dry = await collect(true);
    const { logs } = await collect();

    expect(dry.logs).toEqual(logs);
    expect(logs).toEqual([path(`${old.id}.log`), path(`${old.id}.log.1`)]);
    expect(readdirSync(t.home.logs).sort()).toEqual([`${fresh.id}.log`, "notes.txt", `${open.id}.log`].sort());
  });
});
