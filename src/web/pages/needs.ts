/**
 * Everything that waits for a person: questions, reviews, tasks that gave up, and checks that failed.
 *
 * @module
 */
import type { NeedView } from "../../../views/pages/needs.tsx";
import { dispatcherStatus } from "../../dispatcher/mod.ts";
import {
  assigneeCounts,
  type Board,
  listPage,
  listRuns,
  type Task,
  viewTotals,
  waitingSince,
} from "../../kernel/mod.ts";
import type { Web } from "../context.ts";
import { sentence } from "./daemon.ts";
import { queueOf } from "./queue.ts";

/** How many of them a page lists. */
const NEEDS_MAX = 100;

/** The list, checks first, then by who has waited longest; of very many the most urgent, and how many more there are. */
export function needViews(web: Web, board: Board): { needs: NeedView[]; more: number } {
  const { tasks } = listPage(board, { status: ["blocked", "review"], limit: NEEDS_MAX });
  const since = waitingSince(
    board,
    tasks.map(({ id }) => id),
  );
  const now = board.now();
  const markdown = web.config.dashboard.render_markdown;
  const needs = tasks.map((task) => need(board, task, since.get(task.id) ?? null, { markdown, now }));
  const checks = failedChecks(web, board).map((check) => ({ ...check, markdown, now }));
  const { blocked, review } = viewTotals(board, {});
  needs.sort((a, b) => (a.since ?? 0) - (b.since ?? 0));
  return { needs: [...checks, ...needs], more: blocked + review - needs.length };
}

type Check = Omit<NeedView, "markdown" | "now">;

/** What keeps ready work from starting and only a person can mend. */
export function failedChecks(web: Web, board: Board): Check[] {
  const checks: Check[] = [];
  const status = dispatcherStatus(web.home, { board, agents: web.agents });
  if (status.running && !status.answers) {
    const where = `pid ${status.pid} on ${status.host}`;
    checks.push(
      check(
        "The dispatcher does not answer",
        `${where}: no task starts, and ends of runs are not noticed`,
        "kanban doctor",
      ),
    );
  }
  const trouble = status.running ? (status.trouble ?? status.warning) : null;
  if (trouble !== null) checks.push(check("The dispatcher cannot start work", sentence(trouble), "kanban doctor"));
  const { names, limits } = queueOf(web, board);
  // From the counters: this is asked with every page and every update.
  const orphans = assigneeCounts(board).reduce(
    (sum, { name, counts }) => sum + (names.has(name) ? 0 : (counts.ready ?? 0)),
    0,
  );
  if (orphans > 0) {
    const which = orphans === 1 ? "1 task is" : `${orphans} tasks are`;
    checks.push(
      check(
        "Ready, but no profile can start it",
        `${which} ready for an assignee without a profile here`,
        "kanban assignees",
      ),
    );
  }
  for (const name of names) {
    const problem = limits(name);
    if (typeof problem !== "string") continue;
    checks.push(check(`Profile "${name}" cannot be used`, problem, `kanban profile show ${name}`));
  }
  return checks;
}

function check(title: string, text: string, command: string): Check {
  return { kind: "check", task: null, title, text, since: null, command };
}

function need(board: Board, task: Task, since: number | null, rest: Pick<NeedView, "markdown" | "now">): NeedView {
  const last = listRuns(board, task.id, { limit: 1 })[0];
  if (task.status === "review") {
    return {
      kind: "review",
      task,
      title: task.title,
      text: last?.summary ?? null,
      result: task.result,
      since,
      ...rest,
    };
  }
  const gaveUp = last?.outcome === "gave_up";
  const text = gaveUp ? (last.error ?? task.last_error) : (last?.summary ?? task.last_error);
  return { kind: gaveUp ? "gave_up" : "question", task, title: task.title, text, since, ...rest };
}
