/**
 * The fence: what a process may write that works under a run, and on what.
 *
 * A worker names its task and its run with every write. The check is in the transaction of the write: the
 * run is the open one of that task, the act is one that every worker may do or that its profile allowed
 * when the dispatcher claimed, and the act reaches only what it may reach. A worker that is late, or that
 * tries more than that, changes nothing. The CLI and the tools both go through `underRun`.
 *
 * ```ts
 * const board = openBoard(":memory:");
 * const { task } = createTask(board, { title: "Translate README", assignee: "linguist" });
 * const { task: other } = createTask(board, { title: "Draw a logo" });
 * const { run } = claimTask(board, task.id, { claimer: "linguist" });
 * const me = { taskId: task.id, runId: run.id };
 * underRun(board, me, "comment", [other.id], () => addComment(board, other.id, { body: "the name changed" }));
 * assertThrows(() => underRun(board, me, "complete", [other.id], () => completeTask(board, other.id)), "refused");
 * ```
 *
 * @module
 */
import { type Board, one, write } from "../store/db.ts";
import { KanbanError } from "../errors.ts";
import { proveProbe } from "./probes.ts";
import { getRun } from "./runs.ts";
import type { Run } from "../schema.ts";
import { getTask } from "./task_rows.ts";

interface ActRule {
  /** What fails, in a message: "Cannot … : ". */
  readonly says: string;
  /**
   * Every worker may do it, to: its `own` task; `near`: tasks of which at least one is its own or was created
   * by a worker of it; `any`. Without it no worker may, unless its profile grants the act.
   */
  readonly reach?: "own" | "near" | "any";
  /** A profile may grant it, to any task. */
  readonly grant?: true;
  /** A grant never covers the worker's own task. */
  readonly othersOnly?: true;
}

/** Every kind of write. A verb of the CLI declares which one it is; a new kind is one entry here. */
export const ACTS = {
  create: { says: "create a task", reach: "any" },
  comment: { says: "comment", reach: "any" },
  heartbeat: { says: "send a heartbeat", reach: "own" },
  complete: { says: "complete a task", reach: "own" },
  block: { says: "block a task", reach: "own" },
  link: { says: "link tasks", reach: "near", grant: true },
  unlink: { says: "unlink tasks", grant: true },
  edit: { says: "edit tasks", grant: true },
  assign: { says: "assign tasks", grant: true },
  unblock: { says: "unblock tasks", grant: true },
  approve: { says: "approve work", grant: true, othersOnly: true },
  "request-changes": { says: "request changes", grant: true, othersOnly: true },
  move: { says: "move tasks", grant: true },
  reclaim: { says: "reclaim tasks", grant: true },
  archive: { says: "archive tasks", grant: true },
  restore: { says: "restore tasks", grant: true },
  notify: { says: "change who is notified", grant: true },
  pause: { says: "pause the board", grant: true },
  resume: { says: "resume the board", grant: true },
  gc: { says: "remove old events, logs and workspaces", grant: true },
  // A worker has one task, the one it was started for: it could not finish a second one under its run.
  claim: { says: "claim tasks" },
  // What a person did is for a person to take back.
  undo: { says: "undo what was done" },
  plan: { says: "plan tasks" },
  mentions: { says: "read what mentions a person" },
  release: { says: "release what is held" },
  dispatch: { says: "start workers" },
  serve: { says: "serve the board" },
  profile: { says: "change or try profiles" },
  views: { says: "change saved views" },
  setup: { says: "change the configuration of agents" },
  import: { says: "import a board" },
} as const satisfies Record<string, ActRule>;
export type Act = keyof typeof ACTS;

/** An act that a profile may grant its workers with `may:`. */
export type Grant = { [A in Act]: (typeof ACTS)[A] extends { grant: true } ? A : never }[Act];
export const GRANTS = (Object.keys(ACTS) as Act[]).filter((act): act is Grant => "grant" in ACTS[act]);

/** The run that a process names as its own. */
export interface UnderRun {
  /** Left out: the task that the run belongs to. */
  readonly taskId?: string | undefined;
  readonly runId: number;
}

/**
 * Runs `fn` in one transaction with the check that this run may do `act` to these tasks.
 *
 * @param claim Null for a person, who is not checked.
 * @param targets The tasks that are acted on, by their full ids; for `link` both ends.
 * @throws {KanbanError} `not_found` for a run that never was; `conflict` when it is not the open run of its
 * task; `refused` for an act or a task that is not its worker's; then nothing was changed.
 */
export function underRun<T>(
  board: Board,
  claim: UnderRun | null,
  act: Act,
  targets: readonly string[],
  fn: (run: Run | null) => T,
): T {
  if (claim === null) return write(board, () => fn(null));
  return inside(board, () =>
    write(board, () => {
      const run = checkAct(board, claim, act);
      checkTargets(board, run, act, targets);
      proveProbe(board, run.id, "call");
      return fn(run);
    }),
  );
}

/**
 * The first half of that check, for what happens before or without a write: the run is open and may do `act`
 * to some task. Returns the run.
 *
 * @throws {KanbanError} as `underRun`.
 */
export function checkAct(board: Board, claim: UnderRun, act: Act): Run {
  const rule: ActRule = ACTS[act];
  if (rule.reach === undefined && rule.grant === undefined) {
    throw new KanbanError(
      "refused",
      `Cannot ${rule.says}: only a person may do it, and this is the environment of a worker (run ${claim.runId})`,
      HINT_COMMENT,
    );
  }
  const run = openRunOf(board, claim, act);
  if (rule.reach !== undefined || run.may.includes(act)) return run;
  const found = run.may.length === 0 ? "nothing" : `may: [${run.may.join(", ")}]`;
  throw new KanbanError(
    "refused",
    `Cannot ${rule.says}: the profile of run ${run.id} must have allowed it with may: [${act}], it allowed ${found}`,
    HINT_COMMENT,
  );
}

const HINT_COMMENT = "Leave what should be done as a comment";
const HINT_STOP = "Another attempt may be running. Stop now: do nothing more and end this session";

function openRunOf(board: Board, { taskId, runId }: UnderRun, act: Act): Run {
  const cannot = `Cannot ${ACTS[act].says}:`;
  const run = getRun(board, runId, taskId);
  if (run === null) throw new KanbanError("not_found", `${cannot} no such run, ${runId}`, HINT_STOP);
  if (run.task_id !== (taskId ?? run.task_id)) {
    const found = `there is no run ${runId} of task "${taskId}"`;
    throw new KanbanError("conflict", `${cannot} your run ${runId} must be open, ${found}`, HINT_STOP);
  }
  if (run.outcome === null) return run;
  const why = run.error === null ? "" : ` (${run.error})`;
  const { status } = getTask(board, run.task_id);
  throw new KanbanError(
    "conflict",
    `${cannot} your run ${run.id} must be open, run ${run.id} ended as ${run.outcome}${why}, the task is ${status}`,
    HINT_STOP,
  );
}

function checkTargets(board: Board, run: Run, act: Act, targets: readonly string[]): void {
  const rule: ActRule = ACTS[act];
  const own = run.task_id;
  if (rule.grant && run.may.includes(act)) {
    if (!rule.othersOnly || !targets.includes(own)) return;
    throw new KanbanError(
      "refused",
      `Cannot ${rule.says}: it must be the work of another task than your own, "${own}"`,
      HINT_COMMENT,
    );
  }
  if (rule.reach === "any") return;
  const foreign = targets.find((id) => id !== own);
  if (foreign === undefined) return;
  if (rule.reach === "own") {
    throw new KanbanError(
      "refused",
      `Cannot ${act} task "${foreign}": a worker may ${act} only its own task, which is "${own}"`,
      "To leave a note for another task, comment on it",
    );
  }
  if (targets.some((id) => id === own || wasCreatedUnder(board, own, id))) return;
  throw new KanbanError(
    "refused",
    `Cannot ${rule.says}: one end must be your own task, "${own}", or one that was created under it, got ${targets.map((id) => `"${id}"`).join(" and ")}`,
    HINT_COMMENT,
  );
}

function wasCreatedUnder(board: Board, own: string, id: string): boolean {
  return one(board, "SELECT 1 FROM tasks WHERE id = $id AND from_task = $own", { id, own }) !== null;
}

/** A worker's board can be written to while `fn` runs. */
function inside<T>({ fence }: Board, fn: () => T): T {
  if (fence === null) return fn();
  const before = fence.inside;
  fence.inside = true;
  try {
    return fn();
  } finally {
    fence.inside = before;
  }
}
