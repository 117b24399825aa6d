import { afterEach, describe, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { KanbanError } from "../../kernel/mod.ts";
import { type TestHome, testHome } from "../../testing/dispatcher.ts";
import { markersDir } from "../../home_roots.ts";
import { isMarked, markerPath, resolveWorkspace, scratchPath } from "./workspace.ts";

let t: TestHome;
afterEach(() => t?.close());
const id = "t_00000001";

/** The message of the error that a promise is rejected with. */
async function refused(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(KanbanError);
  return (error as KanbanError).message;
}

describe("resolveWorkspace()", () => {
  test("makes a private scratch folder under our root, empty, marked as ours, and keeps it on retry", async () => {
    t = testHome();
    const task = { id, workspace_kind: "scratch", workspace_path: null } as const;

    const path = await resolveWorkspace(t.board, t.home, task);
    writeFileSync(join(path, "work"), "x");

    expect(path).toBe(join(t.home.workspaces, id));
    expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(isMarked(t.home, id, path)).toBe(true);
    expect(await resolveWorkspace(t.board, t.home, { ...task, workspace_path: path })).toBe(path);
    expect(readdirSync(path)).toEqual(["work"]);
  });

  test("refuses a link in the place of a scratch folder [S: path traversal]", async () => {
    t = testHome();
    mkdirSync(t.path("elsewhere"));
    symlinkSync(t.path("elsewhere"), scratchPath(t.home, id));

    const message = await refused(
      resolveWorkspace(t.board, t.home, { id, workspace_kind: "scratch", workspace_path: null }),
    );

    expect(message).toContain("it must be a folder of kanban, it is a link or a file");
    expect(isMarked(t.home, id, scratchPath(t.home, id))).toBe(false);
  });

  test("writes its marker over a pipe, a link and a folder in its place [A3]", async () => {
    t = testHome();
    writeFileSync(t.path("precious"), "kept");
    mkdirSync(markersDir(t.home));
    const put: ((path: string) => unknown)[] = [
      (path) => Bun.spawnSync(["mkfifo", path]),
      (path) => symlinkSync(t.path("precious"), path),
      (path) => mkdirSync(`${path}/deep`, { recursive: true }),
    ];
    for (const [n, act] of put.entries()) {
      const taskId = `t_0000000${n}`;
      act(markerPath(t.home, taskId));
      expect(isMarked(t.home, taskId, t.home.workspaces)).toBe(false);

      const path = await resolveWorkspace(t.board, t.home, {
        id: taskId,
        workspace_kind: "scratch",
        workspace_path: null,
      });

      expect(isMarked(t.home, taskId, path)).toBe(true);
    }
    expect(readFileSync(t.path("precious"), "utf8")).toBe("kept");
  });

  test("makes no scratch folder through a link in the place of their root [A8]", async () => {
    t = testHome();
    mkdirSync(t.path("elsewhere"));
    rmSync(t.home.workspaces, { recursive: true });
    symlinkSync(t.path("elsewhere"), t.home.workspaces);

    const message = await refused(
      resolveWorkspace(t.board, t.home, { id, workspace_kind: "scratch", workspace_path: null }),
    );

    expect(message).toBe(`Cannot use "${t.home.workspaces}": it must be a folder, it is a link`);
    expect(readdirSync(t.path("elsewhere"))).toEqual([]);
  });

  test("makes a missing folder of the user's and keeps one that is there", async () => {
    t = testHome();
    const path = t.path("deep/project");

    expect(await resolveWorkspace(t.board, t.home, { id, workspace_kind: "dir", workspace_path: path })).toBe(path);
    writeFileSync(join(path, "a"), "");
    expect(await resolveWorkspace(t.board, t.home, { id, workspace_kind: "dir", workspace_path: path })).toBe(path);
    expect(readdirSync(path)).toEqual(["a"]);
  });

  test.each(["dir", "worktree"] as const)("refuses a relative path for %s", async (workspace_kind) => {
    t = testHome();

    const message = await refused(resolveWorkspace(t.board, t.home, { id, workspace_kind, workspace_path: "../app" }));

    expect(message).toBe(`Cannot use the workspace of task "${id}", "../app": it must be an absolute path`);
    expect(existsSync("../app")).toBe(false);
  });

  test("refuses a file where a folder is needed", async () => {
    t = testHome();
    writeFileSync(t.path("file"), "");

    expect(
      await refused(resolveWorkspace(t.board, t.home, { id, workspace_kind: "dir", workspace_path: t.path("file") })),
    ).toContain("it must be a folder, it is a file");
    expect(
      await refused(
        resolveWorkspace(t.board, t.home, { id, workspace_kind: "dir", workspace_path: t.path("file/inside") }),
      ),
    ).toContain("it cannot be created: ");
    symlinkSync(t.path("nowhere"), t.path("link"));
    expect(
      await refused(resolveWorkspace(t.board, t.home, { id, workspace_kind: "dir", workspace_path: t.path("link") })),
    ).toContain(`, "${t.path("link")}": it must be a folder, it is a link to nothing`);
    expect(existsSync(t.path("nowhere"))).toBe(false);
  });

  test("refuses a worktree of no repository", async () => {
    t = testHome();

    expect(
      await refused(resolveWorkspace(t.board, t.home, { id, workspace_kind: "worktree", workspace_path: null })),
    ).toContain("it must name a path, or its profile a repo");
    expect(
      await refused(
        resolveWorkspace(t.board, t.home, { id, workspace_kind: "worktree", workspace_path: t.path("x/y") }),
      ),
    ).toContain("it must be in a git repository");
    expect(existsSync(t.path("x"))).toBe(false);
  });

  test("builds no scratch path from anything but a task id [S: path traversal]", () => {
    t = testHome();

    for (const bad of ["..", "t_1", "../t_00000001", "t_0000000/", ""]) {
      expect(() => scratchPath(t.home, bad)).toThrow(TypeError);
    }
  });
});
