/** @jsxImportSource hono/jsx */
/**
 * The pages beside the board: needs you, runs, list, dependencies, insights, new task, help.
 *
 * @module
 */
import type { Hono } from "hono";
import { chartSvg } from "../../../views/pages/charts.tsx";
import type { CreateView } from "../../../views/pages/create.tsx";
import { CreatePage } from "../../../views/pages/create_page.tsx";
import { DepsPage, type GraphView } from "../../../views/pages/graph.tsx";
import { HelpPage } from "../../../views/pages/help_page.tsx";
import { InsightsPage, type InsightsView } from "../../../views/pages/insights.tsx";
import { document } from "../../../views/shell/document.tsx";
import { myTasks, type Shell } from "../../../views/shell/layout.tsx";
import { NeedsPage } from "../../../views/pages/needs.tsx";
import { RunsPage, type RunRow } from "../../../views/pages/workers.tsx";
import {
  attemptOf,
  type Board,
  chainOf,
  chainsOf,
  getTask,
  insightStats,
  isTaskId,
  neighbours,
  openRuns,
  recentRuns,
  type Run,
  type Task,
  tenantNames,
} from "../../kernel/mod.ts";
import { workerLine } from "./cards.ts";
import { type Ctx, type Env, snapshot, type Web } from "../context.ts";
import { Refusal } from "../failure.ts";
import { columnsOf, type Filter, filterOf, kernelFilter } from "./filter.ts";
import { needsView } from "./need_list.ts";
import { menusOf, readShell } from "./page_shell.ts";

const RUNS_MAX = 50;
const NODES_MAX = 300;
/** Parents that a copy of a task waits for, too. */
const PARENTS_MAX = 50;
const DAYS = 7;
const DAYS_MAX = 90;

/** Puts the pages on the router. */
export function mountPages(app: Hono<Env>, web: Web): void {
  const page = (path: string, render: (board: Board, shell: Shell, c: Ctx) => unknown) =>
    app.get(path, async (c) =>
      c.html(await snapshot(web, (board) => document(render(board, readShell(web, board, c), c)))),
    );
  page("/needs", (board, shell, c) => (
    <NeedsPage
      shell={shell}
      view={needsView(web, board, { id: taskIn(c.req.query("at")), opened: false }, c.get("caller").name)}
    />
  ));
  page("/needs/:id", (board, shell, c) => (
    <NeedsPage
      shell={shell}
      view={needsView(web, board, { id: getTask(board, c.req.param("id")!).id, opened: true }, c.get("caller").name)}
    />
  ));
  page("/runs", (board, shell) => (
    <RunsPage
      shell={shell}
      live={liveRuns(web, board)}
      recent={recentRuns(board, { limit: RUNS_MAX }).map((run) => row(web, board, run))}
    />
  ));
  page("/deps", (board, shell, c) => <DepsPage shell={shell} graph={graphView(web, board, c)} />);
  page("/insights", (board, shell, c) => <InsightsPage shell={shell} insights={insightsView(web, board, c)} />);
  page("/new", (board, shell, c) => <CreatePage shell={shell} create={createView(web, board, c)} />);
  app.get("/mine", (c) => c.redirect(myTasks(c.get("caller").name), 302));
  page("/help", (_, shell) => <HelpPage shell={shell} />);

  app.get("/insights/:chart", async (c) => {
    const name = /^([a-z-]{1,20})\.svg$/.exec(c.req.param("chart"))?.[1];
    const svg = name === undefined ? null : chartSvg(name, await snapshot(web, (board) => insightsView(web, board, c)));
    if (svg === null) throw new Refusal(404, "not_found", "Cannot find this chart: no such chart");
    return c.body(svg, 200, { "content-type": "image/svg+xml" });
  });
}

/** The id of a task in a query. */
function taskIn(text: string | undefined): string | null {
  return text !== undefined && isTaskId(text) ? text : null;
}

function liveRuns(web: Web, board: Board): RunRow[] {
  return openRuns(board)
    .slice(0, 200)
    .map((run) => row(web, board, run));
}

function row(web: Web, board: Board, run: Run & { title: string; assignee: string | null }): RunRow {
  return {
    run,
    task: { id: run.task_id, title: run.title, assignee: run.assignee },
    tail: run.ended_at === null && run.pid !== null ? workerLine(web, run.task_id, run.id) : null,
    attempt: attemptOf(board, run.id),
    now: board.now(),
  };
}

function graphView(web: Web, board: Board, c: Ctx): GraphView {
  const { searchParams } = new URL(c.req.url);
  const root = taskIn(searchParams.get("id") ?? undefined);
  const now = board.now();
  // A graph of one task shows all that is connected to it, so no chip may say that it is narrowed.
  const filter = filterOf(root === null ? searchParams : new URLSearchParams(), web.config, "deps");
  if (root !== null) {
    const chain = chainOf(board, root, NODES_MAX);
    return { chains: [chain], finished: [], matches: null, next: null, root, filter, now };
  }
  const after = taskIn(searchParams.get("after") ?? undefined) ?? undefined;
  const { status, hide_blocked } = filter;
  const statuses = status.any.length + status.none.length > 0 || hide_blocked ? columnsOf(filter) : undefined;
  const narrowed = { ...kernelFilter(filter, now), status: statuses };
  return { ...chainsOf(board, { filter: narrowed, limit: NODES_MAX, after }), root, filter, now };
}

function insightsView(web: Web, board: Board, c: Ctx): InsightsView {
  const days = Number(c.req.query("days"));
  const asked = filterOf(new URL(c.req.url).searchParams, web.config, "insights");
  // Figures go over all statuses: no chip may say anything else.
  const filter: Filter = { ...asked, status: { any: [], none: [] }, hide_blocked: false, archived: false };
  const range = Number.isInteger(days) && days >= 1 ? Math.min(days, DAYS_MAX) : DAYS;
  const stats = insightStats(board, { days: range, filter: kernelFilter(filter, board.now()) });
  const profiles = stats.profiles.map((profile) => ({ ...profile, name: profile.name || "no profile" }));
  return { ...stats, profiles, days: range, filter, now: board.now() };
}

function createView(web: Web, board: Board, c: Ctx): CreateView {
  const column = (["triage", "todo", "ready"] as const).find((one) => one === c.req.query("column")) ?? null;
  const from = taskIn(c.req.query("from"));
  const model = from === null ? null : getTask(board, from);
  const before = model === null ? [] : neighbours(board, model.id, "parents", { limit: PARENTS_MAX });
  const named = (c.req.queries("parent") ?? []).filter(isTaskId).map((id) => getTask(board, id));
  const { profiles, assignees } = menusOf(web, board);
  return {
    column: column ?? (model?.status === "triage" ? "triage" : null),
    parents: [...before, ...named].map(({ id, title }) => ({ id, title })),
    tenants: tenantNames(board),
    profiles,
    assignees,
    ...(model === null ? offeredValues(c) : { values: formValues(model) }),
  };
}

/** What the form of a new task begins with where a comment asked a profile for it. */
function offeredValues(c: Ctx): { values?: Record<string, string> } {
  const [assignee, about] = [c.req.query("assignee") ?? "", taskIn(c.req.query("about"))];
  if (assignee === "" && about === null) return {};
  return { values: { assignee, ...(about === null ? {} : { body: `See ${about}.\n` }) } };
}

/** The fields of a task as the form of a new one is filled to make another like it. */
function formValues(task: Task): Record<string, string> {
  const { workspace_kind: kind, workspace_path: path, max_runtime_seconds: most } = task;
  const values: Record<string, string | null> = {
    title: task.title,
    body: task.body,
    assignee: task.assignee,
    tenant: task.tenant,
    priority: String(task.priority),
    skills: task.skills.join(", "),
    workspace_kind: kind,
    workspace_path: path,
    max_runtime: most === null ? null : `${most}s`,
    review: task.review ? "on" : null,
  };
  return Object.fromEntries(Object.entries(values).filter((pair): pair is [string, string] => pair[1] !== null));
}
