/**
 * Undo: takes an act back, from what its events kept.
 *
 * It is refused when somebody changed the same thing since, and it is itself an act: undoing it does the first one
 * again. Runs that ended stay ended, so a task that an act took out of Running becomes ready, and comments stay.
 *
 * ```ts
 * const board = openBoard(":memory:", { actor: "ann" });
 * const { task } = createTask(board, { title: "Translate README" });
 * archiveTask(board, task.id);
 * const undone = undoAct(board, newestAct(board, {})!.id);
 * if (undone.tasks[0]!.status !== "ready") throw new Error("it is where it was");
 * undoAct(board, undone.act!); // And archived again.
 * ```
 *
 * @module
 */
import { asOneAct, type Board, write } from "../../store/db.ts";
import { KanbanError } from "../../errors.ts";
import { actIdOf, ago, deedOf, getAct, keptOf, refuseOthers } from "./acts.ts";
import { eventsSince, fieldsOf, statusAfter, valueBefore } from "./edit_base.ts";
import type { Event } from "../events.ts";
import { demoteChildren, linkTasks, promoteChildren, promoteIfFree, unlinkTasks } from "../links.ts";
import { type Revision, revisionsOf } from "../../store/revisions.ts";
import { requireFreeKey } from "./restore.ts";
import type { Status, Task } from "../../schema.ts";
import { type KeyedRow, stateOf } from "../task_rows.ts";
import type { EditInput } from "../task_fields.ts";
import { assignTask, editTask } from "../tasks.ts";
import { transition } from "../transition.ts";

/** A task on which an act was taken back. */
export interface UndoneTask {
  id: string;
  title: string;
  status: Status;
  /** What was taken back: "the move". */
  what: string;
  /** The act had ended a run, which stays ended: the task is ready instead of running. */
  run_over: boolean;
}

export interface Undone {
  /** The undo as an act: undoing that does the first one again. Null when nothing was undone. */
  act: number | null;
  tasks: UndoneTask[];
  /** Tasks of the act that were changed since, and why they were left alone. */
  refused: { id: string; error: string }[];
}

/**
 * Takes back an act on all its tasks, each in a transaction of its own. Of several tasks those that were changed since
 * are left alone and named; an act on one task is refused.
 *
 * @param actId The id of an event of it.
 * @throws {KanbanError} as `getAct`; `conflict` when the one task was changed since, and who did it.
 */
export function undoAct(outer: Board, actId: number): Undone {
  const act = getAct(outer, actId);
  const board = asOneAct(outer);
  const undone: Undone = { act: null, tasks: [], refused: [] };
  for (const id of act.task_ids) {
    try {
      undone.tasks.push(undoTask(board, act.id, id));
    } catch (error) {
      if (!(error instanceof KanbanError) || error.code === "busy" || act.task_ids.length === 1) throw error;
      undone.refused.push({ id, error: error.message });
    }
  }
  return { ...undone, act: board.act.first };
}

/**
 * Takes an act back on one of its tasks.
 *
 * @throws {KanbanError} `not_found`; `refused` as `getAct`; `conflict` when it was changed since, and who did it.
 */
export function undoTask(outer: Board, actId: number, id: string): UndoneTask {
  const board = asOneAct(outer);
  return write(board, () => {
    const task = stateOf(board, id, "undo a change of");
    const { events } = eventsSince(board, task, actId - 1);
    const mine = events.filter((event) => actIdOf(event) === actId);
    const [first] = mine;
    if (first === undefined) {
      throw new KanbanError(
        "not_found",
        `Cannot undo act ${actId} on task "${id}": it must have changed the task, it did not`,
      );
    }
    refuseOthers(board, first);
    refuseChanged(board, task, mine, events);
    for (const event of mine.toReversed()) {
      board.act.undoes = event.id;
      takeBack(board, id, event, events);
    }
    board.act.undoes = undefined;
    const { title, status } = stateOf(board, id, "find");
    return {
      id,
      title,
      status,
      what: deedOf(first),
      run_over: mine.some((event) => keptOf(event).was?.status === "running"),
    };
  });
}

function takeBack(board: Board, id: string, event: Event, events: readonly Event[]): void {
  const consequence = events.find((next) => isConsequence(next) && follows(next, [event]));
  if (event.kind === "linked") {
    const makesReady = consequence?.kind === "status";
    unlinkTasks(board, event.payload.parent, event.payload.child, { makesReady });
  } else if (event.kind === "unlinked") {
    const keepsReady = consequence?.kind !== "promoted";
    linkTasks(board, event.payload.parent, event.payload.child, { keepsReady });
  } else if (event.kind === "assigned") assignTask(board, id, event.payload.was!.assignee!);
  else if (keptOf(event).was?.status !== undefined) moveBack(board, stateOf(board, id, "undo a move of"), event);
  else editTask(board, id, fieldsBefore(board, stateOf(board, id, "find"), event));
}

/** What an edit gives the fields that an event replaced. */
function fieldsBefore(board: Board, task: KeyedRow, event: Event): EditInput {
  const texts = revisionsOf(board, task.key, event.id);
  const fields: EditInput = Object.fromEntries(fieldsOf(event).map((name) => [name, valueBefore(event, name, texts)]));
  if (fields.workspace_kind === "scratch") delete fields.workspace_path; // It gets its place by itself.
  return fields;
}

function moveBack(board: Board, task: KeyedRow, event: Event): void {
  const was = keptOf(event).was!;
  const to = was.status === "running" ? "ready" : was.status!;
  if (task.status === "archived") requireFreeKey(board, task, "undo the archiving of");
  const moved = transition(board, "undo", task, {
    to,
    undoable: true,
    payload: { from: task.status, status: to },
    restores: columnsBefore(board, task, was, revisionsOf(board, task.key, event.id), to),
  }).task;
  if (task.completed_at !== null && moved.completed_at === null) demoteChildren(board, task.key, task.completed_at);
  if (task.completed_at === null && moved.completed_at !== null) promoteChildren(board, task.key);
  promoteIfFree(board, moved);
}

/** The columns that follow from a status, as they were. */
function columnsBefore(
  board: Board,
  task: KeyedRow,
  was: Partial<Task>,
  texts: readonly Revision[],
  to: Status,
): Partial<KeyedRow> {
  const result = texts.find(({ field }) => field === "result");
  return {
    held: (was.held ?? task.held === 1) && to === "todo" ? 1 : 0,
    failures: was.failures ?? task.failures,
    asked: was.asked ?? task.asked,
    retry_at: was.retry_at === undefined ? task.retry_at : was.retry_at,
    last_error: was.last_error === undefined ? task.last_error : was.last_error,
    ...(to === "ready" ? { ready_at: task.ready_at ?? board.now() } : {}),
    ...(was.completed_at === undefined ? {} : { completed_at: was.completed_at }),
    ...(result === undefined ? {} : { result: result.text }),
    ...(was.result === undefined ? {} : { result: was.result }),
  };
}

/**
 * Refuses when an event that is not of the act replaced the same thing after it. What was itself undone does not count,
 * and neither does a task that came to wait, or to wait no more, if it is again where the act left it.
 */
function refuseChanged(board: Board, task: KeyedRow, mine: readonly Event[], events: readonly Event[]): void {
  // What the act brought about at once is what it left, too: an edit after its move may make a task wait, or free it.
  const whole = events.filter((event) => mine.includes(event) || (isConsequence(event) && follows(event, mine)));
  const others = standing(events.filter((event) => !whole.includes(event)));
  const left = whole.findLast((event) => fieldsOf(event).includes("status"));
  const asLeft = left !== undefined && task.status === statusAfter(left);
  for (const event of mine) {
    const things = thingsOf(event);
    const since = others.filter(
      (other) => other.id > event.id && thingsOf(other).some((thing) => things.includes(thing)),
    );
    const other = since.findLast((each) => !isConsequence(each)) ?? (asLeft ? undefined : since.at(-1));
    if (other === undefined) continue;
    const [thing] = thingsOf(other)
      .find((each) => things.includes(each))!
      .split(" ");
    throw new KanbanError(
      "conflict",
      `Cannot undo ${deedOf(event)} of task "${task.id}": its ${thing} must be as that left it, ${other.actor} ${deed(other, task)} ${ago(board.now() - other.created_at)}`,
      `See what changed with: kanban history ${task.id}`,
    );
  }
}

/** Nobody decided it: something that the task waits for was finished, or is not any more. */
function isConsequence(event: Event): boolean {
  return event.kind === "promoted" || (event.kind === "status" && keptOf(event).was === undefined);
}

function follows({ id }: Event, events: readonly Event[]): boolean {
  return events.some((event) => event.id === id - 1);
}

/** Of these events, those that are not taken back by another one of them. */
function standing(events: readonly Event[]): Event[] {
  const gone = new Set<number>();
  for (const event of events.toReversed()) {
    const { undoes } = keptOf(event);
    if (undoes === undefined || gone.has(event.id) || !events.some(({ id }) => id === undoes)) continue;
    gone.add(undoes).add(event.id);
  }
  return events.filter(({ id }) => !gone.has(id));
}

/** What an event changed: fields, or one dependency. */
function thingsOf(event: Event): readonly string[] {
  if (event.kind !== "linked" && event.kind !== "unlinked") return fieldsOf(event);
  return [`dependency ${event.payload.parent} ${event.payload.child}`];
}

/** What somebody did, after their name. */
function deed(event: Event, { status }: KeyedRow): string {
  if (keptOf(event).undoes !== undefined) return "undid it";
  return VERBS[event.kind] ?? (fieldsOf(event).includes("status") ? `moved it to ${status}` : "changed it");
}

const VERBS: Partial<Record<Event["kind"], string>> = {
  claimed: "claimed it",
  completed: "completed it",
  approved: "approved it",
  archived: "archived it",
  restored: "restored it",
  stopped: "stopped it",
  blocked: "blocked it",
  unblocked: "unblocked it",
  assigned: "assigned it",
  edited: "edited it",
  linked: "linked it",
  unlinked: "unlinked it",
};
