/**
 * What every page has around it: counts, the dispatcher, the menus, and the event it shows the board at.
 *
 * @module
 */
import { basename } from "node:path";
import { getCookie } from "hono/cookie";
import type { NavCounts, Shell } from "../../../views/shell/layout.tsx";
import type { MenuView } from "../../../views/shell/menus.tsx";
import {
  assigneeNames,
  type Board,
  latestEventId,
  countMentions,
  legalMoves,
  peopleNames,
  type Status,
  STATUSES,
  tenantNames,
  viewTotals,
} from "../../kernel/mod.ts";
import { askedPage } from "../access/base_path.ts";
import { signInOf } from "../access/keys.ts";
import { type Ctx, snapshot, type Web } from "../context.ts";
import { daemonView } from "./daemon.ts";
import { heldViews } from "./need_list.ts";
import { failedChecks } from "./needs.ts";
import { viewLinks } from "./view_links.ts";
import { queueOf } from "./queue.ts";

/** How many names a menu offers; any other can be typed. */
const NAMES_MAX = 100;
const FINISHED: readonly Status[] = ["done", "archived"];
const MOVES = Object.fromEntries(STATUSES.map((from) => [from, legalMoves(from)])) as MenuView["moves"];

/** The shell of a page that reads nothing else. */
export function shellOf(web: Web, c: Ctx): Promise<Shell> {
  return snapshot(web, (board) => readShell(web, board, c));
}

/** The shell of a page, from the snapshot that the page itself is read from. */
export function readShell(web: Web, board: Board, c: Ctx): Shell {
  const caller = c.get("caller");
  const theme = getCookie(c, "kanban_theme");
  return {
    path: askedPage(c),
    since: latestEventId(board),
    build: web.build,
    signIn: signInOf(web.keys, caller),
    me: caller.kind === "browser" ? caller.name : null,
    theme: theme === "dark" || theme === "light" ? theme : null,
    board: boardName(web),
    nav: navCounts(web, board, caller.name),
    views: viewLinks(board, caller.name, { patient: false }),
    daemon: daemonView(web, board),
    menus: menusOf(web, board),
  };
}

/** The counts in the side bar of a person. */
export function navCounts(web: Web, board: Board, me: string): NavCounts {
  return countsFor(board, boardCounts(web, board), me);
}

/**
 * What a person sees of the board's counts: with the mentions of that person, and the unfinished tasks assigned to
 * it, which are in the counters, so that each update can ask.
 */
export function countsFor(board: Board, counts: Omit<NavCounts, "mine">, me: string): NavCounts {
  const mine = unfinished(viewTotals(board, { assignee: me }));
  return { ...counts, needs: counts.needs + countMentions(board, me), mine };
}

/** The counts that are the same for everyone. */
export function boardCounts(web: Web, board: Board): Omit<NavCounts, "mine"> {
  const totals = viewTotals(board, {});
  const all = STATUSES.reduce((sum, status) => (status === "archived" ? sum : sum + totals[status]), 0);
  return {
    all,
    running: totals.running,
    needs: totals.blocked + totals.review + heldViews(board).length + failedChecks(web, board).length,
  };
}

function unfinished(totals: Record<Status, number>): number {
  return STATUSES.reduce((sum, status) => (FINISHED.includes(status) ? sum : sum + totals[status]), 0);
}

/** What the menus of a page offer. */
export function menusOf(web: Web, board: Board): MenuView {
  const queue = queueOf(web, board);
  const people = peopleNames(board, queue).slice(0, NAMES_MAX);
  const others = assigneeNames(board).filter((name) => !queue.names.has(name) && !people.includes(name));
  return {
    moves: MOVES,
    profiles: [...queue.names],
    assignees: [...people, ...others].slice(0, NAMES_MAX),
    people,
    tenants: tenantNames(board).slice(0, NAMES_MAX),
  };
}

/** The legal moves from a status. */
export function movesFrom(status: Status): Record<Status, true | string> {
  return MOVES[status];
}

/** The folder of the home, or the file of a board that is elsewhere. */
function boardName(web: Web): string {
  const inHome = web.home.db === `${web.home.dir}/kanban.db`;
  const name = inHome
    ? basename(web.home.dir).replace(/^\./, "")
    : basename(web.home.db).replace(/\.(?:db|sqlite3?)$/, "");
  return name || "kanban";
}
