/** @jsxImportSource hono/jsx */
/**
 * The list page and the pages of its groups.
 *
 * @module
 */
import type { Hono } from "hono";
import { getCookie } from "hono/cookie";
import {
  GroupRows,
  GROUPS,
  LIST_COLUMNS,
  LIST_HIDDEN,
  type ListGroup,
  ListPage,
  type ListView,
} from "../../../views/pages/list.tsx";
import { document } from "../../../views/shell/document.tsx";
import {
  type Board,
  columnPage,
  getCards,
  listPage,
  type Sort,
  SORTS,
  type Status,
  viewTotals,
} from "../../kernel/mod.ts";
import { cardViews } from "./cards.ts";
import { type Ctx, type Env, snapshot, type Web } from "../context.ts";
import { Refusal } from "../failure.ts";
import { columnsOf, type Filter, filterOf, kernelFilter, listFilter } from "./filter.ts";
import { readShell } from "./page_shell.ts";

/** Rows of a page of a group. */
const PAGE = 50;
/** Running is complete, up to what a person can read. */
const RUNNING_MAX = 500;

/** Puts the list on the router. */
export function mountList(app: Hono<Env>, web: Web): void {
  app.get("/list", async (c) =>
    c.html(
      await snapshot(web, (board) =>
        document(<ListPage shell={readShell(web, board, c)} list={listView(web, board, c)} />),
      ),
    ),
  );

  app.get("/l/:status", async (c) => {
    const { filter, sort, after } = asked(web, c);
    const given = c.req.param("status");
    const name = given === "all" ? null : GROUPS.find((status) => status === given);
    if (name === undefined) throw new Refusal(404, "not_found", "Cannot find this group: no such group");
    const group = await snapshot(web, (board) =>
      name === null
        ? sortedGroup(web, board, { filter, sort, after })
        : statusGroup(web, board, { name, filter, after }),
    );
    if (name !== null && after === undefined) {
      c.header("hx-trigger", JSON.stringify({ "kanban:count": { status: name, total: group.total } }));
    }
    return c.html(String(<GroupRows group={group} filter={filter} sort={sort} />));
  });
}

interface Asked {
  filter: Filter;
  /** "status" or a sort. */
  sort: string;
  after: string | undefined;
}

function asked(web: Web, c: Ctx): Asked {
  const { searchParams } = new URL(c.req.url);
  return {
    filter: filterOf(searchParams, web.config, "list"),
    sort: SORTS.find((sort) => sort !== "status" && sort === searchParams.get("sort")) ?? "status",
    after: searchParams.get("after") ?? undefined,
  };
}

function listView(web: Web, board: Board, c: Ctx): ListView {
  const { filter, sort, after } = asked(web, c);
  const totals = viewTotals(board, kernelFilter(filter, board.now()));
  const shown = columnsOf(filter);
  const open = openGroups(c, shown);
  const groups =
    sort !== "status"
      ? [sortedGroup(web, board, { filter, sort, after })]
      : GROUPS.filter((name) => shown.includes(name)).map((name) =>
          open(name)
            ? statusGroup(web, board, { name, filter, after: shown.length === 1 ? after : undefined })
            : { name, open: false, total: totals[name], next: null, rows: [] },
        );
  const everything = viewTotals(board, {});
  return {
    groups,
    filter,
    sort,
    sorts: SORTS.filter((name) => name !== "status"),
    hidden: hiddenColumns(c),
    total: shown.reduce((sum, status) => sum + totals[status], 0),
    all: GROUPS.reduce((sum, status) => sum + (status === "archived" ? 0 : everything[status]), 0),
  };
}

function statusGroup(
  web: Web,
  board: Board,
  { name, filter, after }: { name: Status; filter: Filter; after?: string | undefined },
): ListGroup {
  const limit = name === "running" ? RUNNING_MAX : PAGE;
  const { total, next, tasks } = columnPage(board, name, { ...kernelFilter(filter, board.now()), after, limit });
  return { name, open: true, total, next, rows: cardViews(web, board, tasks) };
}

function sortedGroup(web: Web, board: Board, { filter, sort, after }: Asked): ListGroup {
  const narrowed = listFilter(filter, board.now());
  const { tasks, next } = listPage(board, { ...narrowed, sort: sort as Sort, limit: PAGE, after });
  const cards = getCards(board, tasks.map(({ id }) => id)); // prettier-ignore
  const totals = viewTotals(board, kernelFilter(filter, board.now()));
  const total = narrowed.status.reduce((sum, status) => sum + totals[status], 0);
  return { name: null, open: true, total, next, rows: cardViews(web, board, cards) };
}

/** Which groups are open: what this browser remembers, else all but what is over; one that is asked for alone always. */
function openGroups(c: Ctx, shown: readonly Status[]): (name: Status) => boolean {
  const kept = new Map(
    (getCookie(c, "kanban_groups") ?? "").split(".").map((part): [string, boolean] => [part.slice(1), part[0] === "+"]),
  );
  return (name) => shown.length === 1 || (kept.get(name) ?? (name !== "done" && name !== "archived"));
}

function hiddenColumns(c: Ctx): string[] {
  const kept = getCookie(c, "kanban_columns");
  if (kept === undefined) return [...LIST_HIDDEN];
  return LIST_COLUMNS.filter((name) => kept.split(".").includes(name));
}
