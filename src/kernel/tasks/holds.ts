/**
 * Holds: a fault of something that tasks share is booked on that thing, and never on a task.
 *
 * A profile's program, its repository, the account of its agent and the provider behind it serve many tasks. When a
 * run finds one of them unusable, nothing more is claimed for it: a hold is the row that says so. When its pause is
 * over, one run at a time is the probe; the others wait for what that shows. The pause doubles from probe to probe,
 * as long as the same fault is met. A permanent hold has no pause: it waits until the configuration or the program
 * changes, or a person releases it. What a probe shows is kept by `probes.ts`.
 *
 * @module
 */
import { all, type Board, one, run, write } from "../store/db.ts";
import { emit } from "./events.ts";
import type { HoldKind } from "../schema.ts";

/** What a hold is on. */
export interface HoldKey {
  readonly kind: HoldKind;
  readonly key: string;
}

/** What of a probe shows that the fault is over: that it has a process, its first call to the board, or its end. */
export type Proof = "start" | "call" | "end";

/** A fault of a shared thing, as a run met it. */
export interface SharedFault {
  readonly on: HoldKey;
  /** The sentence a person will read. */
  readonly reason: string;
  /** It lasts until something changes or a person releases it. */
  readonly permanent: boolean;
  /** When it ends, as far as that is known. */
  readonly until?: number | null;
  /** The first pause, in milliseconds; default one second. */
  readonly pauseMs?: number;
  readonly proof: Proof;
  /** Of the configuration and the program that it may depend on. */
  readonly fingerprint?: string | null;
  /** The profile of the run that met it. */
  readonly profile: string;
  /** All profiles that depend on the thing. */
  readonly profiles: readonly string[];
}

/** A hold that is active. */
export interface Hold extends HoldKey {
  readonly id: number;
  readonly reason: string;
  /** No fault was met: the first run that ever uses it tries whether it works. */
  readonly trial: boolean;
  readonly since: number;
  /** When a run met it last. */
  readonly met_at: number;
  /** When one run may try again; null: until something changes or a person releases it. */
  readonly until: number | null;
  /** How often a probe met it again. */
  readonly probes: number;
  /** The run that is trying. */
  readonly probe_run_id: number | null;
  readonly proof: Proof;
  /** The task that met it. */
  readonly task_id: string;
  readonly profile: string;
  /** Whose work waits for it. */
  readonly profiles: string[];
  readonly fingerprint: string | null;
}

const PAUSE_MS = 1_000;
export const HOLD_PAUSE_MS_MAX = 15 * 60_000;
/** A hold that lasts so long is reported a second time. */
const LASTING_MS = 24 * 3_600_000;

/** The pause after so many probes that met the fault again. */
export function pauseOf(probes: number, firstMs = PAUSE_MS): number {
  return Math.max(firstMs, Math.min(HOLD_PAUSE_MS_MAX, firstMs * 2 ** Math.min(30, probes)));
}

/** Every active hold, oldest first. */
export function activeHolds(board: Board): Hold[] {
  const rows = all<HoldRow>(board, `${SELECT_HOLD} WHERE h.ended_at IS NULL`);
  return rows.map(asHold).sort((a, b) => a.id - b.id);
}

/** The active hold that keeps the tasks of this assignee waiting, the oldest if there are several, or null. */
export function holdOf(board: Board, assignee: string | null): Hold | null {
  if (assignee === null) return null;
  return activeHolds(board).find(({ profiles }) => profiles.includes(assignee)) ?? null;
}

/** Whether one run may be claimed to try whether a hold is over. */
export function isDue({ until, probe_run_id }: Pick<Hold, "until" | "probe_run_id">, now: number): boolean {
  return probe_run_id === null && until !== null && until <= now;
}

/**
 * Books a fault that a run met; call it inside `write`. A new hold is reported once. A probe that meets it again
 * doubles its pause; a run that was started before it adds only what it knows better.
 */
export function meetFault(board: Board, fault: SharedFault, met: { taskKey: number; runId: number }): void {
  const { on } = fault;
  if (fault.profiles.length === 0) return; // Its configuration changed while the run was under way.
  const known = one<StoredHold>(board, `${SELECT_ROW} WHERE kind = $kind AND key = $key AND ended_at IS NULL`, {
    ...on,
  });
  if (known !== null && known.probe_run_id !== met.runId) return addTo(board, known, fault);
  const row = known ?? lastOf(board, on);
  const now = board.now();
  const isNew = row === null || row.trial === 1;
  const probes = isNew ? 0 : row.probes + 1;
  const until = fault.permanent ? null : Math.max(now + pauseOf(probes, fault.pauseMs), fault.until ?? 0);
  const values = {
    reason: fault.reason,
    until,
    now,
    proof: fault.proof,
    profile: fault.profile,
    profiles: JSON.stringify(fault.profiles),
    fingerprint: fault.fingerprint ?? null,
    taskKey: met.taskKey,
  };
  if (row === null) {
    run(
      board,
      `INSERT INTO holds (kind, key, reason, since, met_at, until, proof, task_key, profile, profiles, fingerprint)
       VALUES ($kind, $key, $reason, $now, $now, $until, $proof, $taskKey, $profile, $profiles, $fingerprint)`,
      { ...values, ...on },
    );
  } else {
    run(
      board,
      `UPDATE holds SET reason = $reason, met_at = max(since, $now), until = $until, probes = $probes, proof = $proof,
         task_key = $taskKey, profile = $profile, profiles = $profiles, fingerprint = $fingerprint,
         since = CASE WHEN trial THEN $now ELSE since END, trial = 0, probe_run_id = NULL, ended_at = NULL, ended_by = NULL
       WHERE id = $id`,
      { ...values, probes, id: row.id },
    );
  }
  const lasts = !isNew && row.met_at < row.since + LASTING_MS && row.since + LASTING_MS <= now;
  if (isNew || lasts) {
    emit(board, "held", met.taskKey, met.runId, { ...on, reason: fault.reason, until });
  }
}

/** A hold that ended by a probe a moment ago was not over: the fault comes and goes, and its pause keeps growing. */
function lastOf(board: Board, { kind, key }: HoldKey): StoredHold | null {
  return one<StoredHold>(
    board,
    `${SELECT_ROW} WHERE kind = $kind AND key = $key AND ended_at > $since AND ended_by = 'probe'
     ORDER BY ended_at DESC LIMIT 1`,
    { kind, key, since: board.now() - HOLD_PAUSE_MS_MAX },
  );
}

/** What a run adds that was under way when the hold began. */
function addTo(board: Board, { id }: StoredHold, { permanent, until }: SharedFault): void {
  run(
    board,
    `UPDATE holds SET met_at = max(since, $now),
       until = CASE WHEN $permanent OR until IS NULL THEN NULL ELSE max(until, $until) END
     WHERE id = $id`,
    { id, now: board.now(), permanent: permanent ? 1 : 0, until: until ?? 0 },
  );
}

/**
 * Releases every active hold of that name: a key, or `KIND:KEY`.
 *
 * @returns What was released; empty if no hold has that name.
 */
export function releaseHolds(board: Board, name: string): Hold[] {
  return write(board, () => {
    const found = activeHolds(board).filter(({ kind, key }) => key === name || `${kind}:${key}` === name);
    for (const { id } of found) endById(board, id, board.actor);
    return found;
  });
}

/** What a dispatcher found out about an active hold since it began. */
export interface HoldReview {
  readonly id: number;
  /** The profiles that depend on it now. */
  readonly profiles: readonly string[];
  /** Null when it cannot be known; else the fingerprint of what the hold may depend on. */
  readonly fingerprint: string | null;
}

/**
 * Keeps what a dispatcher found out about active holds. One that no profile depends on any more is over; one whose
 * configuration or program changed may be probed at once.
 */
export function reviewHolds(board: Board, reviews: readonly HoldReview[]): void {
  if (reviews.length === 0) return;
  write(board, () => {
    for (const { id, profiles, fingerprint } of reviews) {
      if (profiles.length === 0) {
        endById(board, id, "change");
        continue;
      }
      run(
        board,
        `UPDATE holds SET profiles = $profiles,
           until = CASE WHEN $fingerprint IS NOT NULL AND fingerprint IS NOT $fingerprint THEN $now ELSE until END,
           fingerprint = coalesce($fingerprint, fingerprint)
         WHERE id = $id AND ended_at IS NULL`,
        { id, profiles: JSON.stringify(profiles), fingerprint, now: board.now() },
      );
    }
  });
}

/** An active hold as it is stored, as far as its end needs it. */
export interface StoredHold extends HoldKey {
  id: number;
  task_key: number;
  since: number;
  met_at: number;
  probes: number;
  probe_run_id: number | null;
  proof: Proof;
  trial: number;
}

const SELECT_ROW = "SELECT id, kind, key, task_key, since, met_at, probes, probe_run_id, proof, trial FROM holds";

function endById(board: Board, id: number, by: string): void {
  const row = one<StoredHold>(board, `${SELECT_ROW} WHERE id = +$id AND ended_at IS NULL`, { id });
  if (row !== null) endHold(board, row, by);
}

/** Ends a hold and records the event; call it inside `write`. */
export function endHold(board: Board, { id, kind, key, task_key, trial }: StoredHold, by: string): void {
  run(board, "UPDATE holds SET ended_at = $now, ended_by = $by, probe_run_id = NULL WHERE id = $id", {
    id,
    by,
    now: board.now(),
  });
  if (trial === 0) emit(board, "released", task_key, null, { kind, key, by }); // Else nothing was held.
}

const SELECT_HOLD = `SELECT h.id, h.kind, h.key, h.reason, h.trial, h.since, h.met_at, h.until, h.probes, h.probe_run_id, h.proof,
  t.id AS task_id, h.profile, h.profiles, h.fingerprint FROM holds h INDEXED BY holds_active JOIN tasks t ON t.key = h.task_key`;

type HoldRow = Omit<Hold, "profiles" | "trial"> & { profiles: string; trial: number };

function asHold(row: HoldRow): Hold {
  return { ...row, profiles: JSON.parse(row.profiles) as string[], trial: row.trial === 1 };
}
