/**
 * What is left of a run when its process is gone: how it ended, what it said last, what it used.
 *
 * All of it is kept in one transaction, so that a reader who sees that the process is gone sees the rest too.
 *
 * @module
 */
import { type Board, run, write } from "../store/db.ts";
import { getRun, HAS_OPEN_RUN, recordUsage, requireUsage, updateRun } from "../tasks/runs.ts";
import type { JsonObject } from "../schema.ts";
import { recordGone } from "./worker_runs.ts";

/** Longest text that is kept of what a worker printed, in characters: the whole output is in the log. */
const KEPT_MAX = 4_096;

export interface RunReport {
  exit_code?: number | null;
  signal?: string | null;
  /** What the agent said last. */
  last_words?: string | null;
  /** The end of what it printed. A run that left a handoff keeps none. */
  log_tail?: string | null;
  usage?: JsonObject | null;
  session_id?: string | null;
}

/**
 * Keeps that a run's process group is empty, and what it left. From now on the task may be started again.
 *
 * @throws {KanbanError} `not_found`; `invalid` as `requireUsage`.
 */
export function recordReport(board: Board, runId: number, report: RunReport): void {
  const { usage = null, session_id = null } = report;
  write(board, () => {
    if (usage !== null || session_id !== null) recordUsage(board, runId, { usage, session_id });
    const outcome = getRun(board, runId)?.outcome;
    const leftHandoff = outcome === "completed" || outcome === "blocked";
    updateRun(
      board,
      runId,
      { set: "{last_words} = coalesce($lastWords, {last_words}), {log_tail} = coalesce($logTail, {log_tail})" },
      { lastWords: kept(report.last_words), logTail: leftHandoff ? null : kept(report.log_tail) },
    );
    recordGone(board, runId, report);
  });
}

/**
 * Checks what an agent reported, before anything is written.
 *
 * @throws {KanbanError} `invalid` when the board does not take it.
 */
export function checkReport({ usage, session_id }: Pick<RunReport, "usage" | "session_id">): void {
  requireUsage({ usage: usage ?? null, session_id: session_id ?? null });
}

/** Keeps when the agent of an open run first asked for our tools. */
export function recordToolUse(board: Board, runId: number): void {
  write(board, () =>
    run(
      board,
      `UPDATE tasks AS t SET run_tools_at = $now
       WHERE ${HAS_OPEN_RUN} AND current_run_id = $runId AND run_tools_at IS NULL`,
      { runId, now: board.now() },
    ),
  );
}

/** What a worker printed may be anything: its end, without NUL. */
export function readable(text: string): string {
  const end = text.length > KEPT_MAX ? `…${text.slice(1 - KEPT_MAX)}` : text;
  return end.toWellFormed().replaceAll("\0", "\ufffd");
}

function kept(text: string | null | undefined): string | null {
  return text == null || text.trim() === "" ? null : readable(text);
}
