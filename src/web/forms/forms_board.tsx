/** @jsxImportSource hono/jsx */
/**
 * The posts that are not about one existing task: create, bulk, dispatch, pause and resume.
 *
 * @module
 */
import type { Hono } from "hono";
import { CreatePage } from "../../../views/pages/create_page.tsx";
import { document } from "../../../views/shell/document.tsx";
import { STATUS_LABEL, priorityLabel } from "../../../views/parts/icons.tsx";
import type { ToastView } from "../../../views/shell/toast.tsx";
import type { PassResult } from "../../dispatcher/mod.ts";
import {
  asOneAct,
  assignTask,
  type Board,
  createTask,
  editTask,
  getTask,
  KanbanError,
  once,
  parsePriority,
  patchTask,
  releaseHolds,
  setPaused,
  tenantNames,
} from "../../kernel/mod.ts";
import { changeEach } from "../api/api_tasks.ts";
import { change, type Ctx, type Env, snapshot, type Web } from "../context.ts";
import { dispatchPass } from "../pages/daemon.ts";
import { excerpt } from "../../text.ts";
import { badInput, type Failure, failureOf } from "../failure.ts";
import { bulkIds, bulkSize } from "./bulk_size.ts";
import { createFields, moveFields, readForm, requestKey } from "./form_fields.ts";
import { boardReply, bulkReply, currentView, isHtmx, refusalReply, taskReply } from "./form_response.tsx";
import { menusOf, readShell } from "../pages/page_shell.ts";

/** Puts them on the router. */
export function mountBoardForms(app: Hono<Env>, web: Web): void {
  app.post("/tasks", (c) => create(web, c));
  app.post("/bulk", (c) => bulk(web, c));
  app.post("/bulk/count", async (c) => {
    const form = await readForm(c.req.raw);
    return c.json(await snapshot(web, (board) => bulkSize(web, board, form)));
  });
  app.post("/dispatch", (c) => boardPost(web, c, async () => dispatched(await dispatchPass(web))));
  app.post("/pause", (c) =>
    boardPost(web, c, async () => {
      await change(web, c, (board) => setPaused(board, true));
      return { text: "Paused: no task starts, running work continues", tone: "ok" };
    }),
  );
  app.post("/release", (c) => boardPost(web, c, () => release(web, c)));
  app.post("/resume", (c) =>
    boardPost(web, c, async () => {
      await change(web, c, (board) => setPaused(board, false));
      return { text: "Resumed", tone: "ok" };
    }),
  );
}

/** Ends a hold, as `kanban release` does. */
async function release(web: Web, c: Ctx): Promise<ToastView> {
  const name = (await readForm(c.req.raw)).get("name") ?? "";
  const released = await change(web, c, (board) => releaseHolds(board, name));
  if (released.length > 0)
    return { text: `Released: work of ${released[0]!.profiles.join(", ")} starts again`, tone: "ok" };
  const text = `Cannot release ${excerpt(name)}: it must be held, it is not held any more`;
  throw new KanbanError("not_found", text, "It may have ended by itself; load the page again");
}

async function boardPost(web: Web, c: Ctx, act: () => Promise<ToastView>): Promise<Response> {
  try {
    const toast = await act();
    web.feed.poke();
    return await boardReply(web, c, toast);
  } catch (error) {
    if (!isHtmx(c)) throw error;
    return refusalReply(web, c, error);
  }
}

async function create(web: Web, c: Ctx): Promise<Response> {
  const form = await readForm(c.req.raw);
  const column = form.get("column");
  try {
    const task = await change(web, c, (board) => {
      const { answer } = once(board, requestKey(c.req.path, form), () => {
        const { id } = createTask(board, createFields(form)).task;
        return { id };
      });
      return getTask(board, answer.id);
    });
    c.header("hx-trigger", "kanban:created");
    if (onCreatePage(web, c)) {
      c.header("hx-redirect", `/t/${task.id}`);
      return c.body(null, 200);
    }
    const toast: ToastView = { text: `Created in ${STATUS_LABEL[task.status]}`, tone: "ok", open: task.id };
    return await taskReply(web, c, task.id, toast);
  } catch (error) {
    if (isHtmx(c)) {
      const where = onCreatePage(web, c) ? "new" : "create";
      return refusalReply(web, c, error, { form: form.get("quick") === "1" ? `quick-${column}` : where });
    }
    return createAgain(web, c, form, failureOf(error, web.warn));
  }
}

/** The form is the page: a task that is made from it is opened instead. */
const onCreatePage = (web: Web, c: Ctx): boolean => isHtmx(c) && currentView(web, c).page === "new";

/** Without scripts: the form once more, with what was typed and what is wrong with it. */
async function createAgain(web: Web, c: Ctx, form: URLSearchParams, { status, error }: Failure): Promise<Response> {
  const html = await snapshot(web, (board) => {
    const { profiles, assignees } = menusOf(web, board);
    const view = {
      column: null,
      parents: [],
      tenants: tenantNames(board),
      profiles,
      assignees,
      values: Object.fromEntries(form),
      error: { field: error.field ?? "title", message: error.message },
    };
    return document(<CreatePage shell={readShell(web, board, c)} create={view} />);
  });
  return c.html(html, status);
}

async function bulk(web: Web, c: Ctx): Promise<Response> {
  const form = await readForm(c.req.raw);
  try {
    const { what, act } = bulkAct(form);
    const ids = await snapshot(web, (board) => bulkIds(web, board, form));
    const { act: mark } = asOneAct(web.board);
    const results = await changeEach(web, c, ids, (board, id) => act(asOneAct(board, mark), id));
    const failed = results.flatMap(({ id, error }) => (error === undefined ? [] : [{ id, error }]));
    return bulkReply(c, { done: results.length - failed.length, what, failed, undo: mark.first });
  } catch (error) {
    if (!isHtmx(c)) throw error;
    return refusalReply(web, c, error);
  }
}

function bulkAct(form: URLSearchParams): { what: string; act: (board: Board, id: string) => void } {
  const given = ["to", "assignee", "priority"].filter((name) => form.has(name));
  if (given.length !== 1)
    throw badInput("to", "Cannot change the tasks: the form must name one of to, assignee and priority");
  if (given[0] === "to") {
    const patch = moveFields(form);
    return { what: `moved to ${STATUS_LABEL[patch.status]}`, act: (board, id) => patchTask(board, id, patch) };
  }
  if (given[0] === "assignee") {
    const assignee = form.get("assignee");
    return {
      what: assignee ? `assigned to ${assignee}` : "unassigned",
      act: (board, id) => assignTask(board, id, assignee),
    };
  }
  const priority = parsePriority(form.get("priority")!);
  return { what: `set to ${priorityLabel(priority)}`, act: (board, id) => editTask(board, id, { priority }) };
}

function dispatched(result: PassResult): ToastView {
  const { spawned, skipped_no_profile: foreign, skipped_unassigned: unassigned, ready, workers, max_workers } = result;
  const reasons = [
    ready > 0 && workers >= max_workers ? `${ready} ready, all ${max_workers} workers are busy` : "",
    unassigned.length > 0 ? `${unassigned.length} ready without an assignee` : "",
    foreign.length > 0 ? `${foreign.length} ready for an assignee without a profile` : "",
  ].filter(Boolean);
  const text =
    spawned.length === 0
      ? "No task to start"
      : spawned.length === 1
        ? "Started 1 worker"
        : `Started ${spawned.length} workers`;
  return { text, tone: "ok", hint: reasons.length === 0 ? null : reasons.join(", ") };
}
