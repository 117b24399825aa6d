/**
 * What a dispatcher does to both boards: claims for workers, and reports of what became of them.
 *
 * @module
 */
import {
  type Board,
  claimForWorker,
  endUnavailable,
  expiredRuns,
  failRun,
  promoteDue,
  rateLimitRun,
  reclaimRun,
  recordAdopted,
  recordGone,
  recordSpawned,
  releaseHolds,
  renewLeases,
  type Task,
} from "../../src/kernel/mod.ts";
import type { ModelBoard, ModelTask } from "../model/board.ts";
import * as runs from "../model/runs.ts";
import type { Act } from "./apply.ts";
import { failureOf } from "./failure.ts";
import type { Op } from "./ops.ts";
import { idOf, runOf } from "./targets.ts";

type ReportOp =
  | ("fail" | "rate_limit" | "unavailable" | "spawned" | "adopted" | "gone")
  | ("renew" | "expire" | "promote_due" | "release");

/** What a dispatcher reports about runs and processes. */
export function reportAct(
  op: Extract<Op, { op: ReportOp }>,
  board: Board,
  model: ModelBoard,
  shown: (task: ModelTask) => Task,
): Act {
  const open = model.runs.filter((run) => run.ended_at === null);
  switch (op.op) {
    case "renew": {
      const ids = open.map((run) => run.id);
      return { actual: () => (renewLeases(board, ids), null), expected: () => (runs.renewLeases(model, ids), null) };
    }
    case "expire": {
      const over = open.filter((run) => run.claim_expires_at <= model.now);
      const reason = "lease ran out";
      return {
        actual: () =>
          expiredRuns(board).map((run) => reclaimRun(board, { taskId: run.task_id, runId: run.id }, { reason })),
        expected: () => over.map((run) => shown(runs.reclaim(model, run.task_id, reason, run.id))),
      };
    }
    case "promote_due":
      return { actual: () => promoteDue(board), expected: () => runs.promoteDue(model) };
    case "release":
      return {
        actual: () => releaseHolds(board, "tester").length,
        expected: () => runs.release(model, "tester"),
      };
  }
  const taskId = idOf(model, op.task, op.op);
  const runId = runOf(model, taskId, op.run)!;
  switch (op.op) {
    case "fail": {
      const { real, expected } = failureOf(op.kind);
      const wait = 2_000;
      return {
        actual: () => failRun(board, { taskId, runId }, real, { failureLimit: op.limit, backoffMs: () => wait }),
        expected: () => {
          const { gaveUp, task } = runs.fail(model, taskId, runId, expected, op.limit, wait);
          return { gaveUp, task: shown(task) };
        },
      };
    }
    case "unavailable": {
      const on = { kind: "profile", key: "tester" } as const;
      const fault = { on, reason: "no such program", permanent: true, proof: "start" } as const;
      return {
        actual: () => endUnavailable(board, { taskId, runId }, { ...fault, profile: on.key, profiles: [on.key] }),
        expected: () => shown(runs.findUnavailable(model, taskId, runId, on.key, fault.reason)),
      };
    }
    case "rate_limit": {
      const error = "throttled";
      return {
        actual: () => rateLimitRun(board, { taskId, runId }, { retryMs: 300_000, error }),
        expected: () => shown(runs.rateLimit(model, taskId, runId, 300_000, error)),
      };
    }
    case "spawned":
    case "adopted": {
      const it = { pid: op.pid, pid_started: op.op === "spawned" ? "77" : null, boot_id: "boot" };
      const record = op.op === "spawned" ? recordSpawned : recordAdopted;
      return {
        actual: () => (record(board, { taskId, runId, ...it }), null),
        expected: () => (runs.recordProcess(model, op.op, taskId, runId, it), null),
        traces: true,
      };
    }
    case "gone":
      return {
        actual: () => (recordGone(board, runId, { exit_code: op.exit }), null),
        expected: () => (runs.recordGone(model, runId, op.exit, null), null),
      };
  }
}

/** A claim by a dispatcher with two profiles. */
export function workerAct(
  op: Extract<Op, { op: "claim_for_worker" }>,
  board: Board,
  model: ModelBoard,
  claimed: (task: ModelTask | null) => unknown,
): Act {
  const limits = { max_running: op.max_running, max_runtime_seconds: op.limit };
  const dispatch = {
    profiles: new Map([
      ["coder", limits],
      ["tester", limits],
    ]),
    maxWorkers: op.max_workers,
  };
  return {
    actual: () => claimForWorker(board, { claimer: op.by, boot_id: "boot", ...dispatch }),
    expected() {
      const next = runs.candidates(model, dispatch)[0] ?? null;
      if (next !== null) {
        const max_runtime_seconds = (next.max_runtime_seconds ?? op.limit) || null;
        runs.claim(model, next, { claimer: op.by, boot_id: "boot", max_runtime_seconds });
      }
      return claimed(next);
    },
  };
}
