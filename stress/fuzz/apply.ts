/**
 * One operation, done twice: on the real board and on the model.
 *
 * @module
 */
import {
  addComment,
  approveTask,
  archiveTask,
  assignTask,
  blockTask,
  type Board,
  claimNext,
  claimTask,
  drain,
  eventSweep,
  completeAndClaimNext,
  completeTask,
  createTask,
  editTask,
  heartbeat,
  linkTasks,
  moveTask,
  patchTask,
  reclaimTask,
  requestChanges,
  restoreTask,
  setPaused,
  type Status,
  stopTask,
  type Task,
  unblockTask,
  unlinkTasks,
} from "../../src/kernel/mod.ts";
import * as links from "../model/links.ts";
import { find, type ModelBoard, type ModelTask, view } from "../model/board.ts";
import * as queries from "../model/queries.ts";
import * as runs from "../model/runs.ts";
import * as tasks from "../model/tasks.ts";
import * as verbs from "../model/verbs.ts";
import { look } from "./look.ts";
import { createInputOf, inputOf, patchOf } from "./inputs.ts";
import type { Op, TaskRef } from "./ops.ts";
import { reportAct, workerAct } from "./reports.ts";
import { idOf, NO_TASK, runOf } from "./targets.ts";

/** The same act on both sides. `expected` may name what the real board made up: the id of a new task. */
export interface Act {
  actual(): unknown;
  expected(answer: unknown): unknown;
  /** A refusal may leave a trace: a process is recorded even when its run is over. */
  traces?: boolean;
}

type FieldKind = "create" | "edit" | "assign" | "comment" | "link" | "unlink" | "patch";
type ClaimKind = "claim" | "claim_next" | "claim_for_worker" | "complete_and_next";
type MoveKind =
  | "heartbeat"
  | "complete"
  | "block"
  | "unblock"
  | "approve"
  | "archive"
  | "restore"
  | "request_changes"
  | "move"
  | "stop"
  | "reclaim";
type Without<Kind> = Exclude<Op, { op: Kind }>;

/** Both boards, and what every act needs to know of its operation. */
interface Sides {
  board: Board;
  model: ModelBoard;
  /** The task that it names. */
  target: string;
  id(ref: TaskRef): string;
  runId: number | undefined;
  fence: { runId?: number };
  shown(task: ModelTask): Task;
  claimed(task: ModelTask | null): unknown;
  /** For verbs that answer with the task. */
  verb(actual: () => Task, expected: () => ModelTask): Act;
}

/** What `op` does to both boards. */
export function actOf(op: Op, board: Board, model: ModelBoard): Act {
  const id = (ref: TaskRef) => idOf(model, ref, op.op);
  const target = "task" in op ? id(op.task) : NO_TASK;
  const runId = "run" in op ? runOf(model, target, op.run) : undefined;
  const shown = (task: ModelTask) => view(model, task);
  return fieldAct(op, {
    board,
    model,
    target,
    id,
    runId,
    fence: runId === undefined ? {} : { runId },
    shown,
    claimed: (task) => task && { task: shown(task), run: model.runs[task.current_run_id! - 1]! },
    verb: (actual, expected) => ({ actual, expected: () => shown(expected()) }),
  });
}

/** What a task is, and what it waits for. */
function fieldAct(op: Op, sides: Sides): Act {
  const { board, model, target, id, verb } = sides;
  switch (op.op) {
    case "create":
      return createAct(op, board, model);
    case "edit": {
      const input = inputOf(op.fields, model.now);
      return verb(
        () => editTask(board, target, input),
        () => tasks.edit(model, target, input),
      );
    }
    case "assign":
      return verb(
        () => assignTask(board, target, op.assignee),
        () => tasks.assign(model, target, op.assignee),
      );
    case "comment":
      return {
        actual: () => addComment(board, target, { body: op.body, author: op.author }),
        expected: () => tasks.addComment(model, target, op.body, op.author),
      };
    case "link":
      return {
        actual: () => linkTasks(board, id(op.parent), id(op.child)).linked,
        expected: () => links.link(model, id(op.parent), id(op.child)),
      };
    case "unlink":
      return {
        actual: () => unlinkTasks(board, id(op.parent), id(op.child)).unlinked,
        expected: () => links.unlink(model, id(op.parent), id(op.child)),
      };
    case "patch": {
      const patch = patchOf(op, model.now);
      return verb(
        () => patchTask(board, target, patch),
        () => tasks.patch(model, target, patch),
      );
    }
    default:
      return claimAct(op, sides);
  }
}

/** Who takes it. */
function claimAct(op: Without<FieldKind>, sides: Sides): Act {
  const { board, model, target, fence, shown, claimed } = sides;
  switch (op.op) {
    case "claim": {
      const options = {
        claimer: op.by,
        ...(op.ttl === null ? {} : { ttlSeconds: op.ttl }),
        ...(op.profile === null ? {} : { profile: op.profile }),
      };
      return {
        actual: () => claimTask(board, target, options),
        expected: () => {
          const task = find(model, target);
          runs.claim(model, task, options);
          return claimed(task);
        },
      };
    }
    case "claim_next": {
      const options = { claimer: op.by, ttlSeconds: op.ttl };
      const assignee = op.assignee ?? undefined;
      return {
        actual: () => claimNext(board, { ...options, assignee }),
        expected: () => claimed(verbs.claimNext(model, assignee, options)),
      };
    }
    case "claim_for_worker":
      return workerAct(op, board, model, claimed);
    case "complete_and_next": {
      const handoff = { ...fence, summary: op.summary };
      return {
        actual: () => completeAndClaimNext(board, target, handoff, { claimer: op.by }),
        expected: () => {
          const done = verbs.completeAndClaimNext(model, target, handoff, { claimer: op.by });
          return { completed: shown(done.completed), next: claimed(done.next) };
        },
      };
    }
    default:
      return moveAct(op, sides);
  }
}

/** Where it goes. */
function moveAct(op: Without<FieldKind | ClaimKind>, sides: Sides): Act {
  const { board, model, target, runId, fence, verb } = sides;
  switch (op.op) {
    case "heartbeat":
      return verb(
        () => heartbeat(board, target, { ...fence, note: op.note }),
        () => verbs.heartbeat(model, target, op.note, runId),
      );
    case "complete": {
      const { summary, result } = op;
      const handoff = { ...fence, summary, result, metadata: op.metadata ? { files: ["a.ts"] } : null };
      return verb(
        () => completeTask(board, target, handoff),
        () => verbs.complete(model, target, handoff),
      );
    }
    case "block":
      return verb(
        () => blockTask(board, target, { ...fence, reason: op.reason }),
        () => verbs.block(model, target, op.reason, runId),
      );
    case "unblock":
      return verb(
        () => unblockTask(board, target, { comment: op.answer }),
        () => verbs.unblock(model, target, op.answer, null),
      );
    case "approve":
      return verb(
        () => approveTask(board, target),
        () => verbs.approve(model, target),
      );
    case "restore":
      return verb(
        () => restoreTask(board, target),
        () => verbs.restore(model, target),
      );
    case "archive":
      return verb(
        () => archiveTask(board, target),
        () => verbs.archive(model, target),
      );
    case "request_changes":
      return verb(
        () => requestChanges(board, target, { reason: op.reason }),
        () => verbs.requestChanges(model, target, op.reason, null),
      );
    case "move":
      return verb(
        () => moveTask(board, target, op.to as Status),
        () => verbs.move(model, target, op.to as Status),
      );
    case "stop":
      return verb(
        () => stopTask(board, target, { ...fence, reason: op.reason }),
        () => runs.stop(model, target, op.reason, runId),
      );
    case "reclaim":
      return verb(
        () => reclaimTask(board, target, { ...fence, reason: op.reason }),
        () => runs.reclaim(model, target, op.reason, runId),
      );
    default:
      return boardAct(op, sides);
  }
}

/** What is about the whole board, or comes from a dispatcher. */
function boardAct(op: Without<FieldKind | ClaimKind | MoveKind>, sides: Sides): Act {
  const { board, model, target, shown } = sides;
  switch (op.op) {
    case "pause":
      return {
        actual: () => setPaused(board, op.paused),
        expected: () => {
          verbs.setPaused(model, op.paused);
          return { ...model.paused };
        },
      };
    case "collect":
      return {
        actual: () => drain(eventSweep(board, { retentionMs: op.retention })),
        expected: () => queries.collect(model, model.now - op.retention),
      };
    case "look":
      return look(op.at, board, model, target);
    case "clock":
      return { actual: () => null, expected: () => null };
    default:
      return reportAct(op, board, model, shown);
  }
}

function createAct(op: Extract<Op, { op: "create" }>, board: Board, model: ModelBoard): Act {
  const input = createInputOf(op, model);
  return {
    actual: () => createTask(board, input),
    expected(answer) {
      const { task } = (answer ?? {}) as { task?: Task };
      const made = tasks.create(model, input, task?.id ?? "t_00000000");
      return { task: view(model, made.task), created: made.created };
    },
  };
}
