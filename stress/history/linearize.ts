/**
 * Decides whether a history could have happened one call after the other.
 *
 * Calls of different processes overlap. A history is linearizable if every call can be given one
 * instant between its begin and its end, so that the model, asked in the order of these instants,
 * answers exactly what everybody was told. Tasks without links do not touch each other, so each is
 * decided alone: a search over what may come next, which never visits a state twice (Wing and Gong,
 * with Lowe's memory).
 *
 * @module
 */
import { emptyBoard, find, type ModelBoard, Refused, view } from "../model/board.ts";
import * as runs from "../model/runs.ts";
import * as tasks from "../model/tasks.ts";
import * as verbs from "../model/verbs.ts";
import { type Asked, type Entry, type Seen, SKEW_MS } from "./entry.ts";

interface Call extends Entry {
  from: number;
  until: number;
}

/**
 * Judges one task's history.
 *
 * @param fresh How the task began: whether it asks for review.
 * @returns null when it is linearizable, else the longest order that works and what cannot follow it.
 */
export function linearize(history: readonly Entry[], fresh: { review: boolean }): string | null {
  const calls = history
    .map((entry): Call => ({ ...entry, from: entry.called - SKEW_MS, until: entry.returned + SKEW_MS }))
    .sort((a, b) => a.from - b.from);
  const names = nameRuns(calls);
  const seen = new Set<string>();
  let best: Call[] = [];
  const search = (board: ModelBoard, left: readonly Call[], order: Call[]): boolean => {
    if (left.length === 0) return true;
    if (order.length > best.length) best = order;
    const key = `${left.map((call) => calls.indexOf(call)).join()}|${fingerprint(board)}`;
    if (seen.has(key)) return false;
    seen.add(key);
    // Whatever comes next must have been called before every call that is left had returned.
    const first = left.reduce((least, call) => (call.until < least ? call.until : least), left[0]!.until);
    return left
      .filter((call) => call.from <= first)
      .some((call) => {
        const after = structuredClone(board);
        if (!agrees(after, call, names)) return false;
        return search(
          after,
          left.filter((other) => other !== call),
          [...order, call],
        );
      });
  };
  if (search(start(fresh), calls, [])) return null;
  const stuck = calls.filter((call) => !best.includes(call)).slice(0, 4);
  return [
    `${calls[0]!.task}: no order of its ${calls.length} calls explains the answers`,
    ...best.slice(-6).map((call) => `      then ${say(call)}`),
    ...stuck.map((call) => `      stuck: ${say(call)}`),
  ].join("\n");
}

const ID = "t_00000000";

function start({ review }: { review: boolean }): ModelBoard {
  const board = emptyBoard(0);
  tasks.create(board, { title: "task", review }, ID);
  return board;
}

/** Runs of this task in the order of their ids: the model counts its own from one. */
function nameRuns(calls: readonly Call[]): Map<number, number> {
  const ids = new Set(calls.flatMap(({ told, asked }) => ["run" in told ? told.run : null, asked.run]));
  const sorted = [...ids].filter((id) => id !== null).sort((a, b) => a - b);
  return new Map(sorted.map((id, at) => [id, at + 1]));
}

/** Whether the model, asked now, answers what this caller was told. It changes `board`. */
function agrees(board: ModelBoard, { asked, told }: Call, names: ReadonlyMap<number, number>): boolean {
  try {
    act(board, asked, asked.run === null ? undefined : names.get(asked.run));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return "refused" in told && told.refused === error.code;
  }
  if ("refused" in told) return false;
  const { status, current_run_id, assignee, held } = view(board, find(board, ID));
  const run = told.run === null ? null : names.get(told.run);
  return status === told.status && current_run_id === run && assignee === told.assignee && held === told.held;
}

function act(board: ModelBoard, { verb, to }: Asked, runId: number | undefined): void {
  const fence = runId === undefined ? {} : { runId };
  switch (verb) {
    case "claim":
      return void runs.claim(board, find(board, ID), { claimer: "somebody" });
    case "complete":
      return void verbs.complete(board, ID, fence);
    case "heartbeat":
      return void verbs.heartbeat(board, ID, null, runId);
    case "block":
      return void verbs.block(board, ID, null, runId);
    case "unblock":
      return void verbs.unblock(board, ID, null, null);
    case "approve":
      return void verbs.approve(board, ID);
    case "request_changes":
      return void verbs.requestChanges(board, ID, "again", null);
    case "reclaim":
      return void runs.reclaim(board, ID, null);
    case "archive":
      return void verbs.archive(board, ID);
    case "restore":
      return void verbs.restore(board, ID);
    case "move":
      return void verbs.move(board, ID, to as Seen["status"]);
    case "assign":
      return void tasks.assign(board, ID, to!);
    case "read":
      return;
  }
}

/** What of a board decides about later answers: its past does not, but for what an archived task comes back to. */
function fingerprint(board: ModelBoard): string {
  const { status, current_run_id, assignee, held } = board.tasks[0]!;
  const back = status === "archived" ? verbs.archivedFrom(board, board.tasks[0]!) : null;
  return `${status} ${current_run_id} ${assignee} ${held} ${board.runs.length} ${back?.from} ${back?.held}`;
}

function say({ by, asked, told }: Call): string {
  const fence = asked.run === null ? "" : ` under run ${asked.run}`;
  return `${by} ${asked.verb}${asked.to === undefined ? "" : ` ${asked.to}`}${fence} → ${JSON.stringify(told)}`;
}
