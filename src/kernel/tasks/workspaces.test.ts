import { describe, expect, test } from "bun:test";
import { type TestBoard, testBoard } from "../../testing/mod.ts";
import {
  archiveTask,
  claimForWorker,
  claimNext,
  claimTask,
  completeTask,
  type CreateInput,
  editTask,
  getTask,
  peekNext,
  reclaimTask,
  recordGone,
  setWorkspacePath,
  workerCandidates,
} from "../mod.ts";

const OPTIONS = {
  claimer: "dispatcher",
  boot_id: "boot-1",
  profiles: new Map([["coder", { max_running: null, max_runtime_seconds: null }]]),
  maxWorkers: 100,
};
const TREE = { workspace_kind: "worktree", workspace_path: "/repo/.worktrees/x" } as const;
const next = ({ board }: TestBoard) => claimForWorker(board, OPTIONS)?.task.id ?? null;
const candidates = ({ board }: TestBoard) => workerCandidates(board, OPTIONS, 9).map(({ id }) => id);

describe("two tasks that pin one worktree", () => {
  function pinned(more: Partial<CreateInput> = {}) {
    const t = testBoard();
    const first = t.ready({ ...TREE, title: "first" });
    const second = t.ready({ ...TREE, title: "second", ...more });
    return { t, first, second };
  }

  test("are started one after the other, others past them [J9]", () => {
    const { t, first, second } = pinned();
    const other = t.ready({ title: "elsewhere", workspace_kind: "worktree", workspace_path: "/repo/.worktrees/y" });
    const none = t.ready({ title: "without a path", workspace_kind: "worktree" });

    const last = t.ready({ title: "without one either", workspace_kind: "worktree" });
    const scratch = t.ready({ title: "scratch" });

    expect(candidates(t)).toEqual([first.id, other.id, none.id, last.id, scratch.id]);
    expect([next(t), next(t), next(t), next(t), next(t), next(t)]).toEqual([
      ...[first.id, other.id, none.id, last.id, scratch.id],
      null,
    ]);
    completeTask(t.board, first.id);
    expect(next(t)).toBeNull(); // The process of the first may still be at work in it.
    recordGone(t.board, 1);
    expect(next(t)).toBe(second.id);
  });

  test("wait for the processes of an archived one too [J9]", () => {
    const { t, first, second } = pinned();
    next(t);
    archiveTask(t.board, first.id);

    expect(next(t)).toBeNull();
    recordGone(t.board, 1);
    expect(next(t)).toBe(second.id);
  });

  test("wait for a person who works in it [J9]", () => {
    const { t, first, second } = pinned();
    claimTask(t.board, first.id, { claimer: "ann" });

    expect(next(t)).toBeNull();
    completeTask(t.board, first.id);
    expect(next(t)).toBe(second.id);
  });

  test("are compared by their paths as they are stored, without what means nothing in a path [J9]", () => {
    const { t, second } = pinned({ workspace_path: "/repo//.worktrees/./x/" });

    expect(getTask(t.board, second.id).workspace_path).toBe(TREE.workspace_path);
    expect(editTask(t.board, second.id, { workspace_path: "//repo/.worktrees/x/." }).workspace_path).toBe(
      TREE.workspace_path,
    );
    expect([next(t), next(t)]).toEqual([expect.any(String), null]);
  });

  test("a claim by hand is refused and names the other [J9]", () => {
    const { t, first, second } = pinned();
    claimTask(t.board, first.id, { claimer: "ann" });

    const error = t.refused(
      () => claimTask(t.board, second.id, { claimer: "bob" }),
      "conflict",
      `Cannot claim task "${second.id}": its worktree "${TREE.workspace_path}" must be free, task "${first.id}" works in it under run 1`,
    );

    expect(error.hint).toContain(`kanban edit ${second.id} --workspace worktree:`);
    expect(peekNext(t.board)).toBeNull();
    expect(claimNext(t.board, { claimer: "bob" })).toBeNull();
    reclaimTask(t.board, first.id);
    expect(claimTask(t.board, second.id, { claimer: "bob" }).task.status).toBe("running");
  });

  test("a claim by hand is refused while a closed run may have a process there [J9]", () => {
    const { t, first, second } = pinned();
    next(t);
    completeTask(t.board, first.id);

    t.refused(
      () => claimTask(t.board, second.id, { claimer: "bob" }),
      "conflict",
      `task "${first.id}" works in it under run 1`,
    );
    recordGone(t.board, 1);
    expect(claimTask(t.board, second.id, { claimer: "bob" }).task.status).toBe("running");
  });

  test("a path that is known only at the start counts from then on [J9]", () => {
    const t = testBoard();
    const first = t.ready({ workspace_kind: "worktree" });
    const second = t.ready(TREE);
    next(t);
    setWorkspacePath(t.board, first.id, TREE.workspace_path);

    expect(next(t)).toBeNull();
    reclaimTask(t.board, first.id);
    recordGone(t.board, 1);
    claimTask(t.board, first.id, { claimer: "ann" }); // No other task uses its worktree.
    expect(getTask(t.board, second.id).status).toBe("ready");
  });

  test("folders of the user's may be shared, and scratch folders are never shared [J9]", () => {
    const t = testBoard();
    const shared = { workspace_kind: "dir", workspace_path: TREE.workspace_path } as const;
    const ids = [t.ready(shared), t.ready(shared), t.ready(TREE), t.ready(), t.ready()].map(({ id }) => id);

    expect(candidates(t)).toEqual(ids);
    expect(ids.map(() => next(t))).toEqual(ids);
  });
});
