/**
 * The API's routes about tasks: list, create, read, change, many at once, comments and links.
 *
 * @module
 */
import { userHome } from "../../home.ts";
import {
  addComment,
  asOneAct,
  type Board,
  createTask,
  KanbanError,
  linkTasks,
  listComments,
  listPage,
  listRuns,
  patchTask,
  reclaimTask,
  relativeIds,
  restoreFields,
  showTask,
  SORTS,
  type Status,
  stopTask,
  taskEvents,
  taskHistory,
  unlinkTasks,
} from "../../kernel/mod.ts";
import { BulkResults, Done, History, OneTask, TaskDetail, TaskList } from "./responses.ts";
import { change, type Ctx, snapshot, type Web } from "../context.ts";
import { endpoint } from "./endpoint.ts";
import { badInput, failureOf } from "../failure.ts";
import * as f from "./fields.ts";
import { withWaits } from "../pages/queue.ts";
import { z } from "zod";

const FIELDS = {
  body: f.textOrNone("body", "Markdown").optional(),
  tenant: f.name("tenant").optional(),
  priority: f.priority.optional(),
  workspace_kind: f.workspaceKind.optional(),
  workspace_path: f.textOrNone("workspace_path", "Absolute, or with ~; none for scratch").optional(),
  review: f.toggle("review", "A person must approve a worker's completion").optional(),
  not_before: f.notBefore.optional(),
  max_runtime_seconds: f.maxRuntime.optional(),
  skills: f.skills.optional(),
  ...f.plain,
};

const list = endpoint({
  method: "get",
  path: "/api/tasks",
  summary: "Lists tasks, by priority and then age",
  query: f.shape({
    assignee: f.word("assignee", "Empty: tasks without one").optional(),
    tenant: f.word("tenant", "Empty: tasks without one").optional(),
    status: f.statuses.optional(),
    include_archived: f.switched("include_archived", "Archived ones too").optional(),
    q: f.word("q", "In id, title, body, assignee, tenant and newest summary, ignoring case").optional(),
    sort: f.choice("sort", SORTS).optional(),
    limit: f.number("limit", { min: 1, max: 1000 }, "Default 100").optional(),
    after: f.word("after", "`next` of the page before; in the default order only").optional(),
  }),
  answer: TaskList,
  run: (web, { query: { q, limit = 100, include_archived, ...filter } }) =>
    snapshot(web, (board) => {
      const { tasks, next } = listPage(board, { ...filter, archived: include_archived, search: q, limit });
      return { tasks: withWaits(web, board, tasks), next };
    }),
});

const create = endpoint({
  method: "post",
  path: "/api/tasks",
  summary: "Creates a task",
  notes:
    "A task that waits for a parent or a date starts in todo, one with `triage` in triage, any other in ready. With an `idempotency_key` that an unarchived task has, that task comes back.",
  body: f.shape({
    title: f.title,
    ...FIELDS,
    assignee: f.name("assignee", "A profile, or a person").optional(),
    parents: f.taskIds("parents").optional(),
    triage: f.toggle("triage", "A rough idea: nothing starts it; wins over parents").optional(),
    idempotency_key: f.textOrNone("idempotency_key").optional(),
    created_by: f.name("created_by").optional(),
  }),
  answer: OneTask,
  run: async (web, { body, c }) => {
    const input = { ...body, ...f.workspaceOf(body, userHome()) };
    const { task } = await change(web, c, (board) => createTask(board, input));
    return snapshot(web, (board) => ({ task: withWaits(web, board, [task])[0]! }));
  },
});

const detail = endpoint({
  method: "get",
  path: "/api/tasks/:id",
  summary: "Reads a task with its newest 100 comments, 50 events and 50 runs, oldest first, and its first 100 links",
  query: f.shape({
    comments_before: f.number("comments_before", { min: 1, max: 9e15 }).optional(),
    events_before: f.number("events_before", { min: 1, max: 9e15 }).optional(),
    runs_before: f.number("runs_before", { min: 1, max: 9e15 }).optional(),
    parents_after: f.word("parents_after", "`after.parents` of the page before").optional(),
    children_after: f.word("children_after", "`after.children` of the page before").optional(),
  }),
  answer: TaskDetail,
  run: (web, { id, query }) => snapshot(web, (board) => readDetail(web, board, id, query)),
});

type Cursors = {
  comments_before?: number | undefined;
  events_before?: number | undefined;
  runs_before?: number | undefined;
  parents_after?: string | undefined;
  children_after?: string | undefined;
};

const LINKS = 100;

function readDetail(web: Web, board: Board, id: string, cursors: Cursors): z.input<typeof TaskDetail> {
  const { task, totals } = showTask(board, id, { comments: 0, events: 0, runs: 0, relatives: 0 });
  const comments = listComments(board, id, page(101, cursors.comments_before));
  const events = taskEvents(board, id, page(51, cursors.events_before));
  const runs = listRuns(board, id, page(51, cursors.runs_before));
  const parents = relativeIds(board, id, "parents", { limit: LINKS, after: cursors.parents_after });
  const children = relativeIds(board, id, "children", { limit: LINKS, after: cursors.children_after });
  const { unfinished_parents: _, ...counts } = totals;
  return {
    task: withWaits(web, board, [task])[0]!,
    comments: comments.slice(-100),
    events: events.slice(-50),
    links: { parents: parents.ids, children: children.ids },
    runs: runs.slice(-50),
    totals: counts,
    before: { comments: older(comments, 100), events: older(events, 50), runs: older(runs, 50) },
    after: { parents: parents.next, children: children.next },
  };
}

function page(limit: number, before: number | undefined): { limit: number; before?: number } {
  return before === undefined ? { limit } : { limit, before };
}

/** One more than fits was read: then there are older ones, before the oldest that fits. */
function older(rows: readonly { id: number }[], limit: number): number | null {
  return rows.length > limit ? rows.at(-limit)!.id : null;
}

const patch = endpoint({
  method: "patch",
  path: "/api/tasks/:id",
  summary: "Changes a task, all or nothing",
  notes:
    "`status` names the verb: done completes (`result`, `summary` and `metadata` only with it), blocked blocks (`block_reason` only with it), ready unblocks a blocked task, restores an archived one and otherwise moves, archived archives, running claims for the person, todo and triage move. With `if_match`, the `last_event_id` of the task that was read, it is refused (409) when something that it gives was changed since; `conflicts` has both sides.",
  body: f.shape({
    if_match: f.eventId("if_match", "`last_event_id` of the task as it was read").optional(),
    title: f.title.optional(),
    ...FIELDS,
    status: f.status.optional(),
    assignee: f.name("assignee", "Empty: no assignee").optional(),
    result: f.textOrNone("result").optional(),
    summary: f.textOrNone("summary").optional(),
    metadata: f.metadata.optional(),
    block_reason: f.textOrNone("block_reason").optional(),
  }),
  answer: OneTask,
  run: async (web, { id, body, c }) => {
    const { if_match, ...fields } = body;
    if (Object.keys(fields).length === 0) throw badInput("body", "Cannot change the task: the body names no field");
    const input = { ...fields, ...f.workspaceOf(fields, userHome()) };
    const task = await change(web, c, (board) => patchTask(board, id, input, { base: if_match }));
    return snapshot(web, (board) => ({ task: withWaits(web, board, [task])[0]! }));
  },
});

const history = endpoint({
  method: "get",
  path: "/api/tasks/:id/history",
  summary: "Lists who changed what in a task, newest first",
  notes:
    "A change has the values before and after of each field; a side that is absent is not known. Replaced titles, bodies and results are kept as long as the task. A page ends early where the texts in it are long.",
  query: f.shape({
    limit: f.number("limit", { min: 1, max: 200 }, "Default 50").optional(),
    before: f.number("before", { min: 1, max: 9e15 }, "`older` of the page before").optional(),
  }),
  answer: History,
  run: (web, { id, query }) => snapshot(web, (board) => taskHistory(board, id, query)),
});

const restore = endpoint({
  method: "post",
  path: "/api/tasks/:id/history",
  summary: "Puts back what a change replaced, as a new edit",
  body: f.shape({
    restore: f.eventId("restore", "`event_id` of the change"),
    if_match: f.eventId("if_match", "`last_event_id` of the task as it was read").optional(),
  }),
  answer: OneTask,
  run: async (web, { id, body, c }) => {
    const task = await change(web, c, (board) => restoreFields(board, id, body.restore, { base: body.if_match }));
    return snapshot(web, (board) => ({ task: withWaits(web, board, [task])[0]! }));
  },
});

const bulk = endpoint({
  method: "post",
  path: "/api/tasks/bulk",
  summary: "Changes several tasks, each on its own: one that is refused never stops the others",
  body: f.shape({
    ids: f.taskIds("ids", { atLeast: 1 }),
    status: f.status.optional(),
    assignee: f.name("assignee", "Empty: no assignee").optional(),
    priority: f.priority.optional(),
    archive: f.toggle("archive").optional(),
  }),
  answer: BulkResults,
  run: async (web, { body: { ids, archive, ...wanted }, c }) => {
    if (archive && wanted.status !== undefined && wanted.status !== "archived") {
      throw badInput("archive", `Cannot use archive: it cannot go with status "${wanted.status}"`);
    }
    if (wanted.status === "review")
      throw badInput("status", 'Cannot use status: only a worker\'s completion leads to "review"');
    const input = archive ? { ...wanted, status: "archived" as Status } : wanted;
    if (Object.values(input).every((value) => value === undefined)) {
      throw badInput("body", "Cannot change the tasks: the body must name status, assignee, priority or archive");
    }
    const { act } = asOneAct(web.board);
    const results = await changeEach(web, c, ids, (board, id) => patchTask(asOneAct(board, act), id, input));
    return { results, act: act.first };
  },
});

/** Changes each task in a transaction of its own and says how each one went. */
export async function changeEach(
  web: Web,
  c: Ctx,
  ids: readonly string[],
  fn: (board: Board, id: string) => void,
): Promise<{ id: string; ok: boolean; error?: string }[]> {
  const results: { id: string; ok: boolean; error?: string }[] = [];
  for (const [index, id] of ids.entries()) {
    // Ten thousand changes take seconds: other requests and streams get their turn in between.
    if (index % 50 === 49) await new Promise((done) => setImmediate(done));
    try {
      await change(web, c, (board) => fn(board, id));
      results.push({ id, ok: true });
    } catch (error) {
      results.push({ id, ok: false, error: failureOf(error, web.warn).error.message });
    }
  }
  return results;
}

const stop = endpoint({
  method: "post",
  path: "/api/tasks/:id/stop",
  summary: "Ends the worker of a running task",
  notes: "The task is parked in todo until its status is set to ready; with `retry` it is ready at once.",
  body: f.shape({
    reason: f.textOrNone("reason").optional(),
    retry: f.toggle("retry", "Do not hold it: the next attempt may start at once").optional(),
  }),
  answer: OneTask,
  run: async (web, { id, body: { reason, retry }, c }) => {
    const task = await change(web, c, (board) =>
      (retry ? reclaimTask : stopTask)(board, id, { reason: reason ?? null }),
    );
    return snapshot(web, (board) => ({ task: withWaits(web, board, [task])[0]! }));
  },
});

const comment = endpoint({
  method: "post",
  path: "/api/tasks/:id/comments",
  summary: "Adds a comment",
  body: f.shape({ body: f.text("body", "Markdown"), author: f.name("author", "Default: who asks").optional() }),
  answer: Done,
  run: async (web, { id, body, c }) => {
    await change(web, c, (board) => addComment(board, id, { body: body.body, author: body.author ?? null }));
    return { ok: true } as const;
  },
});

const link = endpoint({
  method: "post",
  path: "/api/links",
  summary: "Makes a child wait for a parent",
  notes: "A link to itself or one that closes a cycle is 400. A link that is there already changes nothing.",
  body: f.shape({ parent_id: f.taskId("parent_id"), child_id: f.taskId("child_id") }),
  answer: Done,
  run: async (web, { body: { parent_id, child_id }, c }) => {
    await change(web, c, (board) => linked(board, parent_id, child_id));
    return { ok: true } as const;
  },
});

/** Links; what the graph forbids is the input's fault here, because no other state of the tasks would allow it. */
function linked(board: Board, parent: string, child: string): void {
  try {
    linkTasks(board, parent, child);
  } catch (error) {
    if (!(error instanceof KanbanError) || error.code !== "refused") throw error;
    throw badInput("parent_id", error.message, error.hint);
  }
}

const unlink = endpoint({
  method: "delete",
  path: "/api/links",
  summary: "Removes a dependency; `ok` is false when it did not exist",
  query: f.shape({ parent_id: f.taskId("parent_id"), child_id: f.taskId("child_id") }),
  answer: z.strictObject({ ok: z.boolean() }),
  run: async (web, { query: { parent_id, child_id }, c }) => {
    const { unlinked } = await change(web, c, (board) => unlinkTasks(board, parent_id, child_id));
    return { ok: unlinked };
  },
});

export const TASK_ENDPOINTS = [list, create, bulk, detail, patch, stop, history, restore, comment, link, unlink];
