/**
 * The post of an Undo: with the act of a notice, or without one the newest act of the person.
 *
 * @module
 */
import type { Hono } from "hono";
import type { ToastView } from "../../../views/shell/toast.tsx";
import { asOneAct, firstLine, once, type UndoableAct, undoTask, type UndoneTask } from "../../kernel/mod.ts";
import { actToUndo, undoEach } from "../api/api_undo.ts";
import { change, type Ctx, type Env, type Web } from "../context.ts";
import { actField, readForm, requestKey } from "./form_fields.ts";
import { bulkReply, isHtmx, refusalReply, taskReply } from "./form_response.tsx";

/** Puts it on the router. */
export function mountUndo(app: Hono<Env>, web: Web): void {
  app.post("/undo", async (c) => {
    let act: UndoableAct | undefined;
    try {
      const form = await readForm(c.req.raw);
      // Sent again, it means the act that it meant first, and not the one before.
      const named = actField(form) ?? (await meantFirst(web, c, form));
      act = await actToUndo(web, c, named);
      return await reply(web, c, act);
    } catch (error) {
      if (!isHtmx(c)) throw error;
      // With the card as it is now: who moved it since is seen at once.
      return refusalReply(web, c, error, act?.task_ids.length === 1 ? { id: act.task_ids[0]! } : {});
    }
  });
}

/** The newest act when a form without one arrived first; null for a form without a key, which is not sent again. */
async function meantFirst(web: Web, c: Ctx, form: URLSearchParams): Promise<number | null> {
  const request = requestKey(c.req.path, form);
  if (request === null) return null;
  const { id } = await actToUndo(web, c, null);
  return change(web, c, (board) => once(board, request, () => ({ id })).answer.id);
}

async function reply(web: Web, c: Ctx, act: UndoableAct): Promise<Response> {
  if (act.task_ids.length > 1) {
    const { tasks, refused, act: redo } = await undoEach(web, c, act);
    return bulkReply(c, { done: tasks.length, what: "undone", failed: refused, refusedAs: "changed since", redo });
  }
  const id = act.task_ids[0]!;
  const { task, redo } = await change(web, c, (board) => {
    const acting = asOneAct(board);
    return { task: undoTask(acting, act.id, id), redo: acting.act.first };
  });
  return taskReply(web, c, id, undone(task, redo));
}

function undone({ what, title, run_over }: UndoneTask, redo: number | null): ToastView {
  const hint = run_over ? "Its run is over: it is ready, and not running" : null;
  return { text: `Undid ${what}: ${firstLine(title, 60)}`, tone: "ok", hint, redo };
}
