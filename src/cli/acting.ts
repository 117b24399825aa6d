/**
 * The board of one command, and who acts on it: a person, or a worker under its run.
 *
 * It is opened when it is first used. A worker's board signs with the profile that its run was claimed for,
 * whatever its environment says, and throws on a write that did not go through the fence.
 *
 * @module
 */
import { lstatSync } from "node:fs";
import { environment, type Home, prepareHome, type WorkerEnv, whoami } from "../home.ts";
import { namedPeople } from "../people.ts";
import { asWorker, closeBoard } from "../kernel/store/db.ts";
import { openBoard, upgradeNote } from "../kernel/store/open.ts";
import { KanbanError } from "../kernel/errors.ts";
import { ACTS, checkAct } from "../kernel/tasks/fence.ts";
import { getRun } from "../kernel/tasks/runs.ts";
import type { Act, Board, Run, UnderRun } from "../kernel/mod.ts";
import { shellWord } from "../text.ts";

export interface ActingBoard {
  /** The run that this process works under, once `admit` was asked for a write; null for a person. */
  readonly claim: UnderRun | null;
  /** Opens the board at the first call. */
  readonly open: () => Board;
  /**
   * Judges whether this process may do these acts at all; what only reads has none.
   *
   * @param options.tools It calls tools: a worker has to be the one it says it is.
   * @throws {KanbanError} as `claimOfProcess` and `underRun`.
   */
  admit(acts: readonly Act[], options: { tools: boolean }): void;
  /** The run that this process works under. @throws {KanbanError} as `claimOfProcess`. */
  claimFor(act: Act): UnderRun | null;
  close(): void;
}

/**
 * The board of this home for this process; nothing is opened yet.
 *
 * @param options.note Tells what opening it did besides.
 * @param options.mustExist A board that is not there is not made: its path was given, and may be mistyped.
 */
export function actingBoard(
  home: Home,
  worker: WorkerEnv | null,
  { note, mustExist }: { note: (text: string) => void; mustExist: boolean },
): ActingBoard {
  let claim: UnderRun | null = null;
  let plain: Board | undefined;
  let board: Board | undefined;
  const openPlain = () => (plain ??= openFor(home, { note, mustExist }));
  const claimTo = (does: string) => {
    const { claimOfProcess } = require("./guard.ts") as typeof import("./guard.ts"); // What only reads needs none.
    return claimOfProcess(environment(), home, does, openPlain);
  };
  const open = () => (board ??= boardOf(home, openPlain(), worker, claim));
  return {
    get claim() {
      return claim;
    },
    open,
    claimFor: (act) => claimTo(ACTS[act].says),
    admit(acts, { tools }) {
      if (tools && worker !== null) claim = claimTo("use the tools of a worker");
      if (acts.length === 0) return;
      claim = claimTo(ACTS[acts[0]!].says);
      if (claim !== null) for (const act of acts) checkAct(open(), claim, act);
    },
    close() {
      if (plain !== undefined) closeBoard(plain);
    },
  };
}

function openFor(home: Home, { note, mustExist }: { note: (text: string) => void; mustExist: boolean }): Board {
  if (mustExist && isAbsent(home.db)) {
    throw new KanbanError(
      "not_found",
      `Cannot open the board "${home.db}": there is no such file`,
      `A new board is made there with: kanban --board ${shellWord(home.db)} init`,
    );
  }
  prepareHome(home);
  return openBoard(home.db, {
    actor: whoami(),
    people: () => namedPeople(home),
    upgraded: (copy) => note(upgradeNote(copy)),
  });
}

/** Whether nothing is at a path. A file in the place of a folder above it is another error. */
function isAbsent(path: string): boolean {
  try {
    lstatSync(path);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT";
  }
}

function boardOf(home: Home, board: Board, worker: WorkerEnv | null, claim: UnderRun | null): Board {
  const runId = claim?.runId ?? worker?.run;
  if (runId === undefined) return board;
  const run = getRun(board, runId);
  if (worker !== null && run !== null) adoptIfUnrecorded(board, home, worker, run);
  return asWorker(board, nameOf(run));
}

/** A dispatcher's claim says who works under it; a person who claims has a name of their own. */
function nameOf(run: Run | null): string {
  return (run?.boot_id == null ? null : run.profile) ?? whoami();
}

/**
 * Records the process of a worker whose dispatcher died between starting and recording it: without a
 * pid the run could only end by its lease. Every other call of a worker costs one read here.
 */
function adoptIfUnrecorded(board: Board, home: Home, worker: WorkerEnv, run: Run): void {
  if (run.pid !== null || run.ended_at !== null || run.boot_id === null || run.task_id !== worker.task) return;
  (require("./adopt.ts") as typeof import("./adopt.ts")).adopt(board, home, run);
}
