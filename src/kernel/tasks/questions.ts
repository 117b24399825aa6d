/**
 * Questions that come again: a worker that asks the same thing after every answer.
 *
 * A task counts how often in a row its workers asked the same question. Any action of a person resets the count; what
 * agents do, under a run or for a person, does not. The third time it goes to triage, which no agent's answer can
 * release, and a person is notified.
 *
 * @module
 */
import { type Board, one, run } from "../store/db.ts";
import { eventChain } from "./events.ts";
import { runChain } from "./runs.ts";
import type { KeyedRow } from "./task_rows.ts";

/** The same question that often in a row is one that its answers do not answer. */
export const ASKED_MAX = 3;

/** How often in a row the task's workers have asked this, with the present time. Call it before its run is closed. */
export function timesAsked(board: Board, task: Pick<KeyedRow, "key" | "asked">, question: string): number {
  const last = one<{ summary: string | null }>(
    board,
    `SELECT summary FROM tasks t JOIN task_runs r ON r.id = (${runChain("t")} WHERE o.outcome = 'blocked' LIMIT 1)
     WHERE t.key = $key`,
    { key: task.key },
  );
  return last?.summary != null && core(last.summary) === core(question) ? task.asked + 1 : 1;
}

/** A person has written about the task. Call it inside `write`. */
export function answeredByPerson(board: Board, taskKey: number): void {
  run(board, "UPDATE tasks SET asked = 0 WHERE key = $taskKey AND asked > 0", { taskKey });
}

/** The question without what a model writes differently each time: case, blanks and punctuation. */
function core(question: string): string {
  return question
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[\s\p{P}]+/gu, " ")
    .trim();
}

/** Why a task of that alias is blocked, as JSON: from its newest event that says so; null when it is not. */
export function questionOf(alias: string): string {
  return `CASE WHEN ${alias}.status = 'blocked' THEN (
    SELECT json_object('kind', e.kind, 'text', coalesce(e.payload ->> 'reason', e.payload ->> 'error'))
    FROM task_events e WHERE e.id = (
      ${eventChain(alias)} WHERE kind = 'blocked' OR kind = 'gave_up' LIMIT 1)) END`;
}
