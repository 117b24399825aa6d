/** @jsxImportSource hono/jsx */
/**
 * The posts of the board: each parses its fields, makes one kernel call, and answers with what changed.
 *
 * @module
 */
import type { Hono } from "hono";
import { STATUS_LABEL, priorityLabel } from "../../../views/parts/icons.tsx";
import type { ToastView } from "../../../views/shell/toast.tsx";
import {
  addComment,
  approveTask,
  asOneAct,
  assignTask,
  type Board,
  editTask,
  firstLine,
  getTask,
  KanbanError,
  linkTasks,
  once,
  parsePriority,
  patchTask,
  reclaimTask,
  requestChanges,
  seeMentions,
  restoreFields,
  type Status,
  stopTask,
  type Task,
  unblockTask,
  unlinkTasks,
} from "../../kernel/mod.ts";
import { currentPage } from "../access/base_path.ts";
import { change, type Ctx, type Env, type Web } from "../context.ts";
import { badInput, failureOf } from "../failure.ts";
import {
  baseField,
  editFields,
  eventField,
  moveFields,
  readForm,
  requestKey,
  runField,
  statusField,
} from "./form_fields.ts";
import { mountUndo } from "./forms_undo.tsx";
import { mountBoardForms } from "./forms_board.tsx";
import { isHtmx, refusalReply, taskReply } from "./form_response.tsx";

type Act = (board: Board, id: string, form: URLSearchParams) => ToastView;
/** The form whose error line says a refusal; null: a toast does. */
type FormOf = (error: unknown, form: URLSearchParams, c: Ctx) => string | null;

/** Puts every post on the router. */
export function mountForms(app: Hono<Env>, web: Web): void {
  const post = (path: string, act: Act, options: { formOf?: FormOf; trigger?: string } = {}) =>
    app.post(`/t/:id/${path}`, (c) => taskPost(web, c, act, options));
  post("move", move, { formOf: (error, form, c) => handoffForm(error, form, currentPage(web, c)) });
  post("unblock", (board, id, form) => moved(unblockTask(board, id, { comment: form.get("comment") }), "Unblocked"));
  post("approve", (board, id) => moved(approveTask(board, id), "Approved"));
  post("request-changes", (board, id, form) =>
    moved(requestChanges(board, id, { reason: form.get("reason") ?? "" }), "Changes requested"),
  );
  post("stop", (board, id, form) => moved(stopTask(board, id, { runId: runField(form) }), "Stopped and parked"));
  post("reclaim", (board, id, form) =>
    moved(reclaimTask(board, id, { reason: form.get("reason"), runId: runField(form) }), "Stopped, to be tried again"),
  );
  post("assign", (board, id, form) => {
    // "" is unassigned; a form without the field must not change the assignee.
    if (!form.has("assignee")) throw badInput("assignee", "Cannot assign the task: the form must name an assignee");
    const { assignee } = assignTask(board, id, form.get("assignee"), { base: baseField(form) });
    return done(assignee === null ? "Unassigned" : `Assigned to ${assignee}`);
  });
  post("priority", (board, id, form) => {
    const { priority } = editTask(
      board,
      id,
      { priority: parsePriority(form.get("priority") ?? "") },
      { base: baseField(form) },
    );
    return done(`Priority: ${priorityLabel(priority)}`);
  });
  post("edit", edit, { formOf: editForm });
  post("restore", (board, id, form) => {
    const { title } = restoreFields(board, id, eventField(form), { base: baseField(form) });
    return done(`Put back: ${firstLine(title, 60)}`);
  });
  post(
    "comments",
    (board, id, form) => {
      addComment(board, id, { body: form.get("body") ?? "" });
      return done("Comment added");
    },
    { trigger: "kanban:commented" },
  );
  post(
    "seen",
    (board, id) => {
      seeMentions(board, board.actor, { taskId: getTask(board, id).id });
      return done("Mentions marked as read");
    },
    { trigger: "kanban:stale" },
  );
  post("link", (board, id, form) => relate(board, id, form, linkTasks), { formOf: () => "link" });
  post("unlink", (board, id, form) => relate(board, id, form, unlinkTasks));
  mountBoardForms(app, web);
  mountUndo(app, web);
}

async function taskPost(
  web: Web,
  c: Ctx,
  act: Act,
  { formOf = () => null, trigger }: { formOf?: FormOf; trigger?: string },
): Promise<Response> {
  const id = c.req.param("id")!;
  const form = await readForm(c.req.raw);
  try {
    const toast = await change(web, c, (board) => {
      let first = ALREADY_DONE;
      const acting = asOneAct(board);
      const { answer } = once(board, requestKey(c.req.path, form), () => {
        first = act(acting, id, form);
        return { undo: acting.act.first };
      });
      return { ...first, undo: answer.undo };
    });
    if (trigger !== undefined) c.header("hx-trigger", trigger);
    return await taskReply(web, c, id, toast);
  } catch (error) {
    if (!isHtmx(c)) throw error;
    const path = c.req.path.slice(`/t/${id}/`.length);
    const { conflicts } = failureOf(error, () => {}).error;
    // What is put back from the history replaces no text that was typed.
    const sides = conflicts && path !== "restore" ? { path, form, conflicts } : undefined;
    return refusalReply(web, c, error, { id, form: formOf(error, form, c), sides });
  }
}

/** The answer to a form that was sent again. */
const ALREADY_DONE: ToastView = { text: "Already done: only the answer to the first try was lost", tone: "ok" };

function move(board: Board, id: string, form: URLSearchParams): ToastView {
  const patch = moveFields(form);
  const before = getTask(board, id);
  if (form.has("from")) refuseStale(before, statusField(form, "from"));
  const after = patchTask(board, id, patch);
  if (before.status === after.status) return done(`Already in ${STATUS_LABEL[after.status]}`);
  if (before.status === "archived") return moved(after, `Restored to ${STATUS_LABEL[after.status]}`);
  return moved(after, patch.status === "running" ? "Claimed by you" : `Moved to ${STATUS_LABEL[after.status]}`);
}

/** The task has changed since the person saw it, so the decision may be outdated. */
function refuseStale(task: Task, seen: Status): void {
  if (task.status === seen) return;
  throw new KanbanError(
    "conflict",
    `Cannot move task "${task.id}": it must be ${seen}, as on your page, it is ${task.status}`,
    "It changed after this page was loaded; check it and try again",
  );
}

function edit(board: Board, id: string, form: URLSearchParams): ToastView {
  const fields = editFields(form);
  if (Object.keys(fields).length === 0) throw badInput("form", "Cannot edit the task: the form names no field");
  const before = getTask(board, id);
  const after = editTask(board, id, fields, { base: baseField(form) });
  return JSON.stringify(before) === JSON.stringify(after) ? done("Nothing changed") : done("Saved");
}

function relate(
  board: Board,
  id: string,
  form: URLSearchParams,
  relation: (board: Board, parent: string, child: string) => object,
): ToastView {
  const [parent, child] = [form.get("parent"), form.get("child")];
  if ((parent === null) === (child === null))
    throw badInput("parent", "Cannot change the dependency: the form must name a parent or a child");
  const other = parent ?? child!;
  relation(board, parent ?? id, child ?? id);
  return done(relation === linkTasks ? `Linked ${other}` : `Unlinked ${other}`);
}

function moved(after: Task, text: string): ToastView {
  return done(`${text}: ${firstLine(after.title, 60)}`);
}

function done(text: string): ToastView {
  return { text, tone: "ok" };
}

/** An error in an edit is shown under its field, or in the dialog of two changes where that sent it. */
function editForm(_: unknown, form: URLSearchParams): string {
  if (form.has("conflict")) return "conflict";
  return `edit-${[...form.keys()].find((name) => name !== "base" && name !== "request_key") ?? "title"}`;
}

/** An error in a handoff is shown under the form of the open drawer; a refused move is a toast. */
function handoffForm(error: unknown, form: URLSearchParams, page: string): string | null {
  const field = failureOf(error, () => {}).error.field;
  const inDrawer = page.startsWith("/t/");
  const isHandoff = field !== undefined && ["summary", "result", "metadata"].includes(field);
  return inDrawer && isHandoff && form.get("to") === "done" ? "complete" : null;
}
