/**
 * Who acts: a person, or a worker under its run.
 *
 * A worker says so by its environment. What it may then do is judged in the kernel (`fence.ts`); here is
 * what only a process can tell: whether its environment is whole, and whether it hides the worker that it
 * was started by. Only verbs that write ask; whatever reads is open to everybody.
 *
 * @module
 */
import type { Env, Home } from "../home.ts";
import { KanbanError } from "../kernel/errors.ts";
import { ACTS } from "../kernel/tasks/fence.ts";
import { getRun } from "../kernel/tasks/runs.ts";
import type { Act, Board, Run, UnderRun } from "../kernel/mod.ts";

/**
 * The run that this process works under, or null for a person.
 *
 * @param does What it is about to do, for the refusal: "approve work".
 * @throws {KanbanError} `invalid` for half the environment of a worker; `refused` where the environment names
 * another run than the processes above it, or none.
 */
export function claimOfProcess(env: Env, home: Home, does: string, open: () => Board): UnderRun | null {
  const claim = claimOf(env);
  refuseHiddenWorker(home, claim, does, open);
  if (claim !== null || !env["KANBAN_PROFILE"]) return claim;
  throw new KanbanError(
    "refused",
    `Cannot ${does}: KANBAN_PROFILE is set, as in the environment of a worker, but KANBAN_TASK and KANBAN_RUN are not`,
    "A worker keeps its variables as they were set; a person has no KANBAN_PROFILE",
  );
}

/** What the environment names; a script may set `KANBAN_RUN` alone. */
function claimOf({ KANBAN_RUN: run, KANBAN_TASK: task }: Env): UnderRun | null {
  if (!run && !task) return null;
  if (run && /^[1-9]\d{0,14}$/.test(run)) return { taskId: task || undefined, runId: Number(run) };
  const found = run ? `got ${JSON.stringify(run.slice(0, 80))}` : "and KANBAN_TASK is set without it";
  throw new KanbanError(
    "invalid",
    `Cannot use KANBAN_RUN: it must be the id of a run, ${found}`,
    `Set it to the id that kanban claim printed, or unset ${task ? "KANBAN_TASK" : "it"}`,
  );
}

/**
 * Refuses a process below the worker of a run that it does not name. Loaded here and not above: what only
 * reads never looks at the processes.
 */
function refuseHiddenWorker(home: Home, claim: UnderRun | null, does: string, open: () => Board): void {
  const { runsAbove } = require("./ancestors.ts") as typeof import("./ancestors.ts");
  const above = runsAbove(home).filter((runId) => runId !== claim?.runId);
  const hidden = above.find((runId) => isAlive(getRun(open(), runId)));
  if (hidden === undefined) return;
  const found = claim === null ? "its environment does not say so" : `its environment names run ${claim.runId}`;
  throw new KanbanError(
    "refused",
    `Cannot ${does}: this process was started by the worker of run ${hidden}, and ${found}`,
    "Keep KANBAN_TASK and KANBAN_RUN as they were set for that worker",
  );
}

/** A run whose worker may still be at work: it is open, or its processes are not confirmed gone. */
function isAlive(run: Run | null): boolean {
  if (run === null) return false;
  return run.ended_at === null || (run.boot_id !== null && run.process_gone_at === null);
}

/**
 * The run that complete, block, heartbeat and comment name: that of the process, else that of `--run`.
 *
 * @throws {KanbanError} `refused` when a worker names another run than its own.
 */
export function namedRun(claim: UnderRun | null, act: Act, named: number | undefined): number | undefined {
  if (claim === null) return named;
  if (named === undefined || named === claim.runId) return claim.runId;
  throw new KanbanError(
    "refused",
    `Cannot ${ACTS[act].says}: a worker acts under its own run, which is ${claim.runId}, got --run ${named}`,
    "Leave --run out",
  );
}

/**
 * The name that a write is signed with: what was given, else who acts.
 *
 * @throws {KanbanError} `refused` when a worker gives another name than its own.
 */
export function signature(claim: UnderRun | null, act: Act, who: string, given: string | undefined): string {
  if (claim === null || given === undefined || given === who) return given ?? who;
  throw new KanbanError(
    "refused",
    `Cannot ${ACTS[act].says}: a worker signs with its own name, "${who}", got "${given}"`,
  );
}
