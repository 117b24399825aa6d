/** @jsxImportSource hono/jsx */
/**
 * The board page, cold or with an open drawer, and the pages of its columns.
 *
 * @module
 */
import type { Hono } from "hono";
import { getCookie } from "hono/cookie";
import type { BoardView, RailChoice } from "../../../views/pages/board.tsx";
import { ColumnRows, type ColumnView } from "../../../views/card/column.tsx";
import { Drawer } from "../../../views/drawer/drawer.tsx";
import type { Html } from "../../../views/parts/html.ts";
import { type Board, type Column, columnPage, type Status, STATUSES, viewTotals } from "../../kernel/mod.ts";
import { boardPieces } from "./board_pieces.tsx";
import { cardViews } from "./cards.ts";
import { boardColumnViews } from "./columns.ts";
import { type Ctx, type Env, snapshot, type Web } from "../context.ts";
import { Refusal } from "../failure.ts";
import { columnsOf, type Filter, filterOf, kernelFilter, queryOf } from "./filter.ts";
import { sendPieces } from "../gzip.ts";
import { readShell } from "./page_shell.ts";
import { startOf } from "./start.ts";
import { drawerView } from "./task.ts";

/** Cards of a column's page. */
const PAGE = 50;
/** Running is complete, up to what a person can read. */
const RUNNING_MAX = 500;

/** Puts the board on the router. */
export function mountBoard(app: Hono<Env>, web: Web): void {
  app.get("/", async (c) => sendPieces(c, web, await boardPage(web, c, null)));

  app.get("/t/:id", async (c) => {
    const id = c.req.param("id");
    c.header("vary", "HX-Request, HX-Target");
    if (c.req.header("hx-target") !== "aside#drawer") return sendPieces(c, web, await boardPage(web, c, id));
    const view = await snapshot(web, (board) => drawerView(web, board, id, unfolded(c)));
    web.drawers.forget(id);
    return c.html(String(<Drawer view={view} />));
  });

  app.get("/c/:status", async (c) => {
    const status = STATUSES.find((one) => one === c.req.param("status"));
    if (status === undefined) throw new Refusal(404, "not_found", "Cannot find this column: no such column");
    const { searchParams } = new URL(c.req.url);
    const after = searchParams.get("after") ?? undefined;
    const filter = filterOf(searchParams, web.config, "other");
    const limit = status === "running" ? RUNNING_MAX : PAGE;
    const view = await snapshot(web, (board) => {
      const page = columnPage(board, status, { ...kernelFilter(filter, board.now()), after, limit });
      return columnView(web, board, page, filter, lanesOf(web, c));
    });
    if (after === undefined) c.header("hx-trigger", JSON.stringify({ "kanban:count": { status, total: view.total } }));
    return c.html(String(<ColumnRows view={view} />));
  });
}

/** A whole board page, everything in it from one snapshot. */
function boardPage(web: Web, c: Ctx, taskId: string | null): Promise<Html[]> {
  return snapshot(web, (board) => {
    const drawer = taskId === null ? null : drawerView(web, board, taskId, unfolded(c));
    const view = boardView(web, board, filterOf(new URL(c.req.url).searchParams, web.config), {
      lanes: lanesOf(web, c),
      dismissed: (getCookie(c, "kanban_dismissed") ?? "").split(".").filter(Boolean),
      rails: railsOf(c),
      start: startOf(web, board, c),
    });
    const shell = readShell(web, board, c);
    const path = taskId === null ? shell.path : beneath(c);
    return boardPieces(web, { shell, board: view, path, drawer });
  });
}

/** The address of the board beneath a drawer: where closing it leads. */
function beneath(c: Ctx): string {
  const { searchParams } = new URL(c.req.url);
  for (const unfolded of ["events", "runs"]) searchParams.delete(unfolded);
  return searchParams.size === 0 ? "/" : `/?${searchParams}`;
}

function boardView(
  web: Web,
  board: Board,
  filter: Filter,
  { lanes, rails, dismissed, start }: Pick<BoardView, "lanes" | "rails" | "dismissed" | "start">,
): BoardView {
  const columns = boardColumnViews(web, board, { filter, shown: columnsOf(filter), lanes });
  return { columns, filter, lanes, rails, dismissed, start };
}

function columnView(web: Web, board: Board, column: Column, filter: Filter, lanes: boolean): ColumnView {
  const { name, total, next, tasks } = column;
  return { name, total, next, cards: cardViews(web, board, tasks), query: queryOf(filter), lanes };
}

/** Totals of a board view's columns. */
export function totalsOf(board: Board, filter: Filter): Partial<Record<Status, number>> {
  const totals = viewTotals(board, kernelFilter(filter, board.now()));
  return Object.fromEntries(columnsOf(filter).map((status) => [status, totals[status]]));
}

function lanesOf(web: Web, c: Ctx): boolean {
  const chosen = getCookie(c, "kanban_lanes");
  return chosen === "1" || (chosen !== "0" && web.config.dashboard.lane_by_profile);
}

/** The cookie that `static/columns.js` writes: `-done.+todo` collapses Done, and opens Todo though it is empty. */
function railsOf(c: Ctx): RailChoice {
  const chosen = new Set((getCookie(c, "kanban_columns") ?? "").split("."));
  return {
    rails: STATUSES.filter((status) => chosen.has(`-${status}`)),
    opened: STATUSES.filter((status) => chosen.has(`+${status}`)),
  };
}

function unfolded(c: Ctx): { events: boolean; runs: boolean } {
  return { events: c.req.query("events") === "all", runs: c.req.query("runs") === "all" };
}
