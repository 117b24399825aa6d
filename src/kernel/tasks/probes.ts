/**
 * Probes: the runs that try whether a hold is over, and what they show.
 *
 * A probe shows it by having a process, by its first call to the board or by its end, as the hold says. An account
 * that no run has used yet is tried in the same way: a dead key then costs one run, and not as many as there are
 * workers.
 *
 * @module
 */
import { all, type Board, one, run } from "../store/db.ts";
import { endHold, type HoldKey, pauseOf, type StoredHold } from "./holds.ts";
import type { Outcome } from "../schema.ts";

/** A first run that shows nothing for so long does not block other tasks any more. */
export const TRIAL_MS = 5 * 60_000;
/**
 * Makes a run the probe of these holds; call it inside the `write` that claimed it. They were read in the same
 * transaction: no other run is.
 */
export function beginProbe(board: Board, holds: readonly HoldKey[], runId: number): void {
  for (const { kind, key } of holds) {
    run(
      board,
      `UPDATE holds SET probe_run_id = $runId
       WHERE kind = $kind AND key = $key AND ended_at IS NULL AND probe_run_id IS NULL`,
      { kind, key, runId },
    );
  }
}

/** Makes a run the first to use something: the others wait until it has shown that it works. Call it as `beginProbe`. */
export function beginTrial(board: Board, { kind, key }: HoldKey, first: Trial): void {
  run(
    board,
    `INSERT INTO holds (kind, key, reason, trial, since, met_at, until, proof, probe_run_id, task_key, profile, profiles)
     VALUES ($kind, $key, 'it was never used before', 1, $now, $now, $now, 'call', $runId, $taskKey, $profile, $profiles)`,
    { kind, key, now: board.now(), ...first, profiles: JSON.stringify([first.profile]) },
  );
}

/** Ends trials that took too long; call it inside `write`. Their runs may still meet a fault. */
export function endTrials(board: Board): void {
  run(
    board,
    `UPDATE holds SET ended_at = $now, ended_by = 'time', probe_run_id = NULL
     WHERE ended_at IS NULL AND trial = 1 AND since <= $now - $trialMs`,
    { now: board.now(), trialMs: TRIAL_MS },
  );
}

/** The run that uses something first. */
export interface Trial {
  readonly runId: number;
  readonly taskKey: number;
  readonly profile: string;
}

/** Whether no run has ever used a thing that is tried first. */
export function isUntried(board: Board, { kind, key }: HoldKey): boolean {
  return one(board, "SELECT 1 FROM holds WHERE kind = $kind AND key = $key", { kind, key }) === null;
}

/** Whether a run tries whether a hold is over. */
export function isProbe(board: Board, runId: number): boolean {
  return one(board, "SELECT 1 FROM holds WHERE probe_run_id = +$runId", { runId }) !== null;
}

/** Releases what a probe has shown to be over while it is still running; call it inside `write`. */
export function proveProbe(board: Board, runId: number, shown: "start" | "call"): void {
  for (const row of probedBy(board, runId)) {
    if (row.proof === "start" || row.proof === shown) endHold(board, row, "probe");
  }
}

/** Outcomes that show nothing about what was probed: the run met something else, or never began. */
const SHOWS_NOTHING: readonly Outcome[] = ["unavailable", "rate_limited", "spawn_failed", "reclaimed"];

/** Settles what an ended run was the probe of; call it inside `write`. `started`: it had a process. */
export function settleProbe(board: Board, runId: number, outcome: Outcome, { started }: { started: boolean }): void {
  for (const row of probedBy(board, runId)) {
    if (started && !SHOWS_NOTHING.includes(outcome)) endHold(board, row, "probe");
    else {
      run(
        board,
        `UPDATE holds SET probe_run_id = NULL, until = CASE WHEN until IS NULL THEN NULL ELSE $until END WHERE id = $id`,
        { id: row.id, until: board.now() + pauseOf(row.probes) },
      );
    }
  }
}

function probedBy(board: Board, runId: number): StoredHold[] {
  return all(
    board,
    `SELECT id, kind, key, task_key, since, met_at, probes, probe_run_id, proof, trial
     FROM holds WHERE probe_run_id = +$runId`,
    { runId },
  );
}
