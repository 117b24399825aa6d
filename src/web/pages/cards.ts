/**
 * Cards as the views want them: with what the row of a task does not say, its last log line, what it
 * waits for, how long it has been where it is.
 *
 * @module
 */
import { ansiPlain } from "../../../views/parts/ansi.ts";
import type { CardView } from "../../../views/card/card.tsx";
import { type LogTail, recentOutput, tailLog } from "../../dispatcher/mod.ts";
import { logPath } from "../../home.ts";
import { type Board, type Card, KanbanError, staleness, waitingFor, waitingSince } from "../../kernel/mod.ts";
import { retryingOf } from "../../agents/mod.ts";
import type { Web } from "../context.ts";
import { queueOf } from "./queue.ts";

/** How much of a log's end is searched for its last line. */
const TAIL_BYTES = 2_048;
const TAIL_MAX = 200;

/** Views of cards, in their order. */
export function cardViews(web: Web, board: Board, cards: readonly Card[]): CardView[] {
  const waiting = cards.filter(({ status }) => status === "blocked" || status === "review").map(({ id }) => id);
  const since = waiting.length === 0 ? new Map<string, number>() : waitingSince(board, waiting);
  // Of the others a card says what they wait for in a way of its own.
  const queued = cards.filter(({ status }) => status === "todo" || status === "ready");
  const waits = waitingFor(board, queued, () => queueOf(web, board));
  const read = cards.map((card) => ({ card, since: since.get(card.id) ?? null, waits: waits.get(card.id) ?? null }));
  return refreshed(web, read, board.now());
}

/** The same cards at another time: how stale they are, and what their workers print. */
export function refreshed(
  web: Web,
  views: readonly Pick<CardView, "card" | "since" | "waits">[],
  now: number,
): CardView[] {
  return views.map(({ card, since, waits }) => ({
    card,
    now,
    since,
    stale: staleness(card, since ?? standsSince(card), now),
    waits,
    tail: card.worker_pid === null ? null : workerLine(web, card.id, card.current_run_id!),
  }));
}

/** When a task came to its status, as far as its row shows. */
export function standsSince(
  task: Pick<Card, "status" | "ready_at" | "created_at"> & { run_started_at?: number | null },
): number | null {
  if (task.status === "running") return task.run_started_at ?? null;
  return task.status === "ready" ? task.ready_at : task.created_at;
}

/** What a worker is at, in a line: the request that it makes again, or else the last line that it printed. */
export function workerLine(web: Web, taskId: string, runId: number): string | null {
  const recent = recentOutput(web.home, { id: runId, task_id: taskId });
  const retrying = recent === null ? null : retryingOf(recent.agent, recent.output);
  return retrying === null ? lastLine(web, taskId) : `retrying: ${ansiPlain(retrying)}`;
}

/** The last line of a task's log that says something, without control characters. */
function lastLine(web: Web, taskId: string): string | null {
  const { content } = readLog(web, taskId, TAIL_BYTES);
  const lines = ansiPlain(content)
    .split("\n")
    .map((line) => line.trim());
  const last = lines.findLast((line) => line !== "");
  return last === undefined ? null : [...last].slice(0, TAIL_MAX).join("");
}

/** The end of a log; if it cannot be read, the reason replaces it. A page has more to show than a log. */
export function readLog(web: Web, taskId: string, bytes: number): LogTail {
  try {
    return tailLog(web.home, taskId, bytes);
  } catch (error) {
    if (!(error instanceof KanbanError) || error.code !== "refused") throw error;
    const content = `${error.message}\n`;
    return { task_id: taskId, path: logPath(web.home, taskId), exists: true, size_bytes: 0, content, truncated: false };
  }
}
