/**
 * The API's route that takes an act back, and the way in which the forms do the same.
 *
 * @module
 */
import {
  asOneAct,
  getAct,
  KanbanError,
  newestAct,
  type UndoableAct,
  undoTask,
  type UndoneTask,
} from "../../kernel/mod.ts";
import { changeEach } from "./api_tasks.ts";
import { type Ctx, snapshot, type Web } from "../context.ts";
import { endpoint } from "./endpoint.ts";
import * as f from "./fields.ts";
import { UndoneAct } from "./responses.ts";

/** What was undone, task by task, and the undo as an act of its own. */
export interface UndoneEach {
  tasks: UndoneTask[];
  refused: { id: string; error: string }[];
  act: number | null;
}

/**
 * The act that an event belongs to; without one the newest act of who asks.
 *
 * @throws {KanbanError} as `getAct`; `refused` when who asks has done nothing that can be undone.
 */
export function actToUndo(web: Web, c: Ctx, eventId: number | null): Promise<UndoableAct> {
  return snapshot(web, (board) => {
    const act = eventId === null ? newestAct(board, { by: c.get("caller").name }) : getAct(board, eventId);
    if (act !== null) return act;
    throw new KanbanError("refused", "Cannot undo: something must have been done in the last ten minutes, nothing was");
  });
}

/** Takes an act back on each of its tasks, in a transaction of its own; what was changed since is left alone. */
export async function undoEach(web: Web, c: Ctx, act: UndoableAct): Promise<UndoneEach> {
  const { act: mark } = asOneAct(web.board);
  const tasks: UndoneTask[] = [];
  const results = await changeEach(web, c, act.task_ids, (board, id) => {
    tasks.push(undoTask(asOneAct(board, mark), act.id, id));
  });
  const refused = results.flatMap(({ id, error }) => (error === undefined ? [] : [{ id, error }]));
  return { tasks, refused, act: mark.first };
}

const undo = endpoint({
  method: "post",
  path: "/api/undo",
  summary: "Takes an act back: a change, or all of a bulk action",
  notes:
    "Without `act` the newest act of who asks. An act can be undone for ten minutes, by a person what a person did. Tasks of which the same thing was changed since are left alone and named; when that is the only one it is 409. The undo is an act, too: undoing it does the first one again.",
  body: f.shape({
    act: f.eventId("act", "The id of an event of the act; the `last_event_id` of a changed task").optional(),
  }),
  answer: UndoneAct,
  run: async (web, { body, c }) => {
    const act = await actToUndo(web, c, body.act ?? null);
    const undone = await undoEach(web, c, act);
    if (undone.tasks.length > 0 || undone.refused.length !== 1) return undone;
    throw new KanbanError("conflict", undone.refused[0]!.error);
  },
});

export const UNDO_ENDPOINTS = [undo];
