/**
 * What waits for a person, as the page shows it: the list, and the task that is open in it.
 *
 * @module
 */
import { GROUPS, type PaneView } from "../../../views/pages/need_pane.tsx";
import type { HeldView, NeedsView, NeedView } from "../../../views/pages/needs.tsx";
import {
  activeHolds,
  type Board,
  getTask,
  listPage,
  listRuns,
  openMentions,
  type Run,
  showTask,
  type Task,
  viewTotals,
  waitingSince,
} from "../../kernel/mod.ts";
import type { Web } from "../context.ts";
import { readLog } from "./cards.ts";
import { failedChecks } from "./needs.ts";

/** How many tasks the list has. */
const NEEDS_MAX = 100;
/** Runs that the open task shows. */
const RUNS_SHOWN = 5;
const TAIL_BYTES = 4_096;
const TAIL_LINES = 10;

/** The task that the page opens: named by its address, or the one that was first when the page was loaded. */
export interface At {
  id: string | null;
  opened: boolean;
}

/**
 * Everything that waits for a person: of very many tasks the most urgent, in each group those first that have
 * waited longest.
 *
 * @throws {KanbanError} `not_found` when the address names a task that does not exist.
 */
export function needsView(web: Web, board: Board, { id, opened }: At, me: string): NeedsView {
  const { tasks } = listPage(board, { status: ["blocked", "review"], limit: NEEDS_MAX });
  const since = waitingSince(
    board,
    tasks.map((task) => task.id),
  );
  const found = tasks.map((task) => need(board, task, since.get(task.id) ?? null));
  found.sort((a, b) => (a.since ?? 0) - (b.since ?? 0));
  const needs = GROUPS.flatMap(({ kind }) => found.filter((one) => one.kind === kind));
  const { blocked, review } = viewTotals(board, {});
  const first = needs[0]?.task.id ?? null;
  // A task that was only the first of the list makes room for the new first one.
  const at = opened || needs.some(({ task }) => task.id === id) ? id : first;
  return {
    needs,
    mentions: openMentions(board, me, { limit: NEEDS_MAX }),
    held: heldViews(board),
    checks: failedChecks(web, board),
    more: blocked + review - needs.length,
    opened,
    pane: at === null ? null : paneView(web, board, at, needs),
    now: board.now(),
  };
}

/** Holds that do not end by themselves. */
export function heldViews(board: Board): HeldView[] {
  return activeHolds(board)
    .filter(({ until }) => until === null)
    .map(({ kind, key, reason, since, profiles }) => ({ name: `${kind}:${key}`, kind, key, reason, since, profiles }));
}

function need(board: Board, task: Task, since: number | null): NeedView {
  const last = listRuns(board, task.id, { limit: 1 })[0];
  return { ...wanted(task, last), task, since };
}

function wanted(task: Task, last: Run | undefined): Pick<NeedView, "kind" | "text"> {
  if (task.status === "review") return { kind: "review", text: last?.summary ?? null };
  if (last?.outcome === "gave_up") return { kind: "gave_up", text: last.error ?? task.last_error };
  return { kind: "question", text: last?.summary ?? task.last_error };
}

function paneView(web: Web, board: Board, id: string, needs: readonly NeedView[]): PaneView {
  const task = getTask(board, id);
  const order = needs.map((one) => one.task.id);
  const index = order.indexOf(id);
  const beside = (step: -1 | 1) => (index < 0 ? null : (order[index + step] ?? null));
  const next = beside(1) ?? order.find((other) => other !== id) ?? null;
  const pane = { task, previous: beside(-1), next, markdown: web.config.dashboard.render_markdown };
  if (task.status !== "blocked" && task.status !== "review") return { ...pane, need: null };
  const { runs, totals } = showTask(board, id, { comments: 0, events: 0, runs: RUNS_SHOWN, relatives: 0 });
  const { kind, text } = wanted(task, runs.at(-1));
  const same = needs.filter((one) => one.kind === kind).map((one) => one.task.id);
  const place = same.includes(id) ? { at: same.indexOf(id) + 1, of: same.length } : null;
  const since = waitingSince(board, [id]).get(id) ?? null;
  const tail = kind === "review" ? null : lastLines(web, id);
  return { ...pane, need: { kind, text, since, place, runs, tries: totals.runs, tail } };
}

/** The last lines of a task's log, or null when it has none. */
function lastLines(web: Web, id: string): string | null {
  const { content } = readLog(web, id, TAIL_BYTES);
  const lines = content.trimEnd().split("\n").slice(-TAIL_LINES);
  return lines.join("").trim() === "" ? null : lines.join("\n");
}
