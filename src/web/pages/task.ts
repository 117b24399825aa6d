/**
 * One task as the drawer shows it.
 *
 * @module
 */
import { RELATIVES_SHOWN } from "../../../views/drawer/deps.tsx";
import type { DrawerView } from "../../../views/drawer/drawer.tsx";
import type { LogView } from "../../../views/drawer/log.tsx";
import {
  type Board,
  boundedPage,
  neverReleased,
  PLAIN_FIELDS,
  showTask,
  staleness,
  stoppersOf,
  type Task,
  waitingFor,
  waitingSince,
} from "../../kernel/mod.ts";
import { readLog, standsSince } from "./cards.ts";
import type { Web } from "../context.ts";
import { queueOf } from "./queue.ts";

/** How much of a log the drawer shows. */
export const LOG_BYTES = 100_000;
/** What of a task's texts is part of the drawer, which is sent again whenever the task changes. */
const DRAWER_BYTES = 128 * 1024;
/** The same where a person asked for all runs or events. */
const ALL_BYTES = 4 * 1024 * 1024;
/** Most entries that "show all" lists. */
const ALL = 5_000;

/**
 * The drawer of a task, with its log.
 *
 * @throws {KanbanError} `not_found`.
 */
export function drawerView(
  web: Web,
  board: Board,
  id: string,
  all: { events?: boolean; runs?: boolean } = {},
): DrawerView {
  return { ...updateView(web, board, id, all), log: logView(web, board, id) };
}

/** The drawer as an update of one that is on screen: without the log, which grows by its own messages. */
export function updateView(
  web: Web,
  board: Board,
  id: string,
  all: { events?: boolean; runs?: boolean } = {},
): DrawerView {
  const { page, cut } = boundedPage(
    showTask(board, id, {
      ...{ events: all.events ? ALL : 50, runs: all.runs ? ALL : 50, relatives: RELATIVES_SHOWN },
    }),
    all.events || all.runs ? ALL_BYTES : DRAWER_BYTES,
  );
  const now = board.now();
  const open = page.runs.findLast((run) => run.ended_at === null);
  const since =
    waitingSince(board, [id]).get(id) ?? standsSince({ ...page.task, run_started_at: open?.started_at ?? null });
  return {
    page,
    cut,
    now,
    stale: staleness(page.task, since, now),
    plain: PLAIN_FIELDS,
    waits: waitingFor(board, [page.task], () => queueOf(web, board)).get(id) ?? null,
    stopped_by: stoppersOf(board, [id]).get(id) ?? null,
    never_released: neverReleased(board, id),
    log: null,
    markdown: web.config.dashboard.render_markdown,
    all_events: all.events ?? false,
    all_runs: all.runs ?? false,
  };
}

/** The end of a task's log. */
export function logView(web: Web, board: Board, id: string): LogView {
  const { task } = showTask(board, id, { comments: 0, events: 0, runs: 0, relatives: 0 });
  const { content, ...log } = readLog(web, id, LOG_BYTES);
  return { ...log, text: content, live: isWorked(task) };
}

function isWorked(task: Task): boolean {
  return task.worker_pid !== null;
}
