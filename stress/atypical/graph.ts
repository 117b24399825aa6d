/**
 * Odd graphs: cycles, fans, chains, and parents in every state.
 *
 * @module
 */
import { expect } from "bun:test";
import {
  approveTask,
  archiveTask,
  assignTask,
  blockTask,
  type Board,
  buildContext,
  claimTask,
  completeAndClaimNext,
  completeTask,
  createTask,
  editTask,
  getCard,
  getTask,
  heartbeat,
  linkTasks,
  moveTask,
  neverReleased,
  patchTask,
  reclaimTask,
  requestChanges,
  restoreTask,
  showTask,
  type Status,
  STATUSES,
  unblockTask,
  unlinkTasks,
  write,
} from "../../src/kernel/mod.ts";
import { time } from "../measure.ts";
import type { Scenario } from "./scenario.ts";

/** Brings a fresh task to a status. */
function make(board: Board, status: Status): string {
  const id = createTask(board, { title: status, review: status === "review", triage: status === "triage" }).task.id;
  switch (status) {
    case "todo":
      moveTask(board, id, "todo");
      break;
    case "running":
      claimTask(board, id, { claimer: "w" });
      break;
    case "review":
      completeTask(board, id, { runId: claimTask(board, id, { claimer: "w" }).run.id });
      break;
    case "blocked":
      blockTask(board, id);
      break;
    case "done":
      completeTask(board, id);
      break;
    case "archived":
      archiveTask(board, id);
      break;
    case "triage":
    case "ready":
      break;
  }
  expect(getTask(board, id).status).toBe(status);
  return id;
}

const chainOf = (board: Board, length: number) =>
  write(board, () => {
    const ids: string[] = [];
    for (let i = 0; i < length; i++) {
      ids.push(createTask(board, { title: `link ${i}`, parents: ids.slice(-1) }).task.id);
    }
    return ids;
  });

export const graphScenarios: readonly Scenario[] = [
  {
    name: "cycles of 1, 2, 3 and 300 tasks are refused and change nothing",
    run(stage) {
      const { board, refused } = stage.board();
      for (const length of [1, 2, 3, 300]) {
        const chain = chainOf(board, length);
        refused(() => linkTasks(board, chain.at(-1)!, chain[0]!), "refused", length === 1 ? "itself" : "cycle");
      }
    },
  },
  {
    name: "a diamond promotes its last task once",
    run(stage) {
      const { board, ready, kinds } = stage.board();
      const top = ready().id;
      const sides = [ready({ parents: [top] }).id, ready({ parents: [top] }).id];
      const bottom = ready({ parents: [...sides, ...sides, top] }).id;
      completeTask(board, top);
      completeTask(board, sides[0]!);
      expect(getTask(board, bottom).status).toBe("todo");
      completeTask(board, sides[1]!);

      expect(getTask(board, bottom).status).toBe("ready");
      expect(kinds(bottom)).toEqual(["created", "promoted"]);
      expect(showTask(board, bottom).parents.length).toBe(3);
    },
  },
  {
    name: "500 children are released by one completion",
    run(stage) {
      const { board, ready } = stage.board();
      const top = ready().id;
      const children = write(board, () => Array.from({ length: 500 }, () => ready({ parents: [top] }).id));
      const took = time(() => void completeTask(board, top));

      expect(children.every((id) => getTask(board, id).status === "ready")).toBe(true);
      expect(getCard(board, top)!.progress).toEqual({ done: 0, total: 500 });
      expect(took / 1_000).toBeLessThan(2_000);
    },
  },
  {
    name: "a task waits for all of 500 parents, and its context stays small",
    run(stage) {
      const { board, done, ready } = stage.board();
      const parents = write(board, () => Array.from({ length: 500 }, () => ready().id));
      const child = ready({ parents }).id;
      for (const id of parents.slice(1)) {
        const { run } = claimTask(board, id, { claimer: "w" });
        completeTask(board, id, {
          runId: run.id,
          summary: "long ".repeat(2_000),
          metadata: { text: "y".repeat(9_000) },
        });
      }
      expect(getTask(board, child).status).toBe("todo");
      expect(getCard(board, child)!.unfinished_parents).toBe(1);
      completeTask(board, parents[0]!);

      expect(getTask(board, child).status).toBe("ready");
      expect(Buffer.byteLength(buildContext(board, child))).toBeLessThan(400 * 1024);
      done();
    },
  },
  {
    name: "a chain of 1,000 tasks is worked off one by one",
    run(stage) {
      const { board } = stage.board();
      const chain = chainOf(board, 1_000);
      for (const [i, id] of chain.entries()) {
        expect(getTask(board, id).status).toBe("ready");
        if (i + 1 < chain.length) expect(getTask(board, chain[i + 1]!).status).toBe("todo");
        completeTask(board, id);
      }
    },
  },
  {
    name: "2,000 parents in one create, some named twice, one unknown",
    run(stage) {
      const { board, ready, refused } = stage.board();
      const parents = write(board, () => Array.from({ length: 2_000 }, () => ready().id));
      refused(() => ready({ parents: [...parents, "t_00000000"] }), "not_found", "t_00000000");
      const { task } = createTask(board, { title: "child", parents: [...parents, ...parents] });

      expect(getCard(board, task.id)!.link_counts.parents).toBe(2_000);
    },
  },
  {
    name: "a child of a parent in every state: only a done one does not keep it waiting",
    run(stage) {
      const { board, ready } = stage.board();
      for (const status of STATUSES) {
        const parent = make(board, status);
        const child = ready({ parents: [parent] }).id;
        expect([status, getTask(board, child).status]).toEqual([status, status === "done" ? "ready" : "todo"]);
        expect(neverReleased(board, child)).toEqual(status === "archived" ? [parent] : []);
      }
    },
  },
  {
    name: "a parent archived unfinished never releases its child, unlinking does",
    run(stage) {
      const { board, ready } = stage.board();
      const [lost, finished] = [ready().id, ready().id];
      const child = ready({ parents: [lost, finished] }).id;
      completeTask(board, finished);
      archiveTask(board, finished);
      archiveTask(board, lost);
      expect(getTask(board, child).status).toBe("todo");
      expect(neverReleased(board, child)).toEqual([lost]);
      unlinkTasks(board, lost, child);

      expect(getTask(board, child).status).toBe("ready");
    },
  },
  {
    name: "a done task is taken back: its ready children wait again, its running ones go on",
    run(stage) {
      const { board, ready, done } = stage.board();
      const parent = done().id;
      const [waiting, running] = [ready({ parents: [parent] }).id, ready({ parents: [parent] }).id];
      claimTask(board, running, { claimer: "w" });
      moveTask(board, parent, "ready");
      expect([waiting, running].map((id) => getTask(board, id).status)).toEqual(["todo", "running"]);
      expect(getTask(board, parent)).toMatchObject({ completed_at: null, result: null });
      completeTask(board, parent);

      expect(getTask(board, waiting).status).toBe("ready");
    },
  },
  {
    name: "a done task is refused by every verb but those that take it back or away",
    run(stage) {
      const { board, done, refused } = stage.board();
      const { id } = done();
      for (const act of [
        () => claimTask(board, id, { claimer: "w" }),
        () => completeTask(board, id, { summary: "once more" }),
        () => blockTask(board, id, { reason: "why" }),
        () => unblockTask(board, id),
        () => approveTask(board, id),
        () => requestChanges(board, id, { reason: "again" }),
        () => reclaimTask(board, id),
        () => heartbeat(board, id),
        () => moveTask(board, id, "running"),
        () => patchTask(board, id, { status: "blocked", title: "again" }),
      ]) {
        refused(act, "conflict", "done");
      }
    },
  },
  {
    name: "an archived task is refused by every verb but restore, and by a patch to any status but ready",
    run(stage) {
      const { board, refused } = stage.board();
      const id = make(board, "archived");
      for (const act of [
        () => claimTask(board, id, { claimer: "w" }),
        () => completeTask(board, id),
        () => blockTask(board, id),
        () => unblockTask(board, id),
        () => approveTask(board, id),
        () => archiveTask(board, id),
        () => reclaimTask(board, id),
        () => heartbeat(board, id),
        () => requestChanges(board, id, { reason: "again" }),
        () => patchTask(board, id, { title: "again" }),
        () => completeAndClaimNext(board, id, {}, { claimer: "w" }),
        () => editTask(board, id, { title: "again" }),
        () => assignTask(board, id, "ann"),
        ...(["triage", "todo", "ready", "running"] as const).map((to) => () => moveTask(board, id, to)),
        ...(["triage", "todo", "running", "blocked", "done", "archived"] as const).map(
          (status) => () => patchTask(board, id, { status, title: "again" }),
        ),
      ]) {
        refused(act, "conflict", "archived");
      }

      expect(restoreTask(board, id)).toMatchObject({ status: "ready", title: "archived" });
      archiveTask(board, id);
      expect(patchTask(board, id, { status: "ready", title: "again" })).toMatchObject({
        status: "ready",
        title: "again",
      });
    },
  },
];
