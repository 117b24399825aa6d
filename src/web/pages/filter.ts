/**
 * What a page shows, read from its address: which page, and narrowed to what.
 *
 * The same text arrives three ways: as the address itself, as `HX-Current-URL` of a form, and as the
 * `view` of a stream; all of them must come to the same answer.
 *
 * @module
 */
import { type FilterView, query } from "../../../views/shell/filters.tsx";
import type { Config } from "../../config.ts";
import {
  assigneeNames,
  type Board,
  type Card,
  isTaskId,
  type Status,
  STATUSES,
  tenantNames,
} from "../../kernel/mod.ts";

export type PageName = "board" | "needs" | "runs" | "list" | "deps" | "insights" | "other";

/** What narrows a page; the part of `FilterView` that the address says. */
export type Filter = Pick<FilterView, "q" | "tenant" | "assignee" | "statuses" | "hide_blocked" | "archived">;

export interface View {
  page: PageName;
  /** Path and query. */
  path: string;
  filter: Filter;
  /** The task whose address this is, or null. */
  task: string | null;
}

const PAGES: Readonly<Record<string, PageName>> = {
  "/": "board",
  "/needs": "needs",
  "/runs": "runs",
  "/list": "list",
  "/deps": "deps",
  "/insights": "insights",
};

/** The view that an address shows. Anything unknown in it is ignored, as in any address. */
export function viewOf(address: string, config: Config): View {
  const url = URL.parse(address, "http://board/") ?? new URL("http://board/");
  const opened = /^\/t\/([^/]+)$/.exec(url.pathname)?.[1];
  const task = opened !== undefined && isTaskId(opened) ? opened : null;
  const page = task === null ? (PAGES[url.pathname] ?? "other") : "board";
  return { page, path: url.pathname + url.search, filter: filterOf(url.searchParams, config, page), task };
}

/** The filter in a query. */
export function filterOf(params: URLSearchParams, config: Config, page: PageName = "board"): Filter {
  const { default_tenant, include_archived_by_default } = config.dashboard;
  const isBoard = page === "board";
  const archived = params.get("archived");
  return {
    q: (params.get("q") ?? "").slice(0, 500),
    tenant: nameOf(params.get("tenant"), isBoard && default_tenant !== "" ? default_tenant : undefined),
    assignee: nameOf(params.get("assignee"), undefined),
    statuses: STATUSES.filter((status) => params.getAll("status").includes(status)),
    hide_blocked: params.get("hide_blocked") === "1",
    archived: archived === null ? isBoard && include_archived_by_default : archived === "1",
  };
}

/** The filter with what there is to choose from. */
export function filterView(board: Board, filter: Filter): FilterView {
  const { archived } = filter;
  return { ...filter, tenants: tenantNames(board, { archived }), assignees: assigneeNames(board, { archived }) };
}

/** The query of a filter, as columns and pages repeat it. */
export function queryOf(filter: Filter): string {
  return query({ ...filter, tenants: [], assignees: [] });
}

/** The columns that a board view shows, in order. */
export function columnsOf(filter: Filter): Status[] {
  return STATUSES.filter((status) => {
    if (filter.statuses.length > 0) return filter.statuses.includes(status);
    if (status === "archived") return filter.archived;
    return status !== "blocked" || !filter.hide_blocked;
  });
}

/** Whether a card belongs to a board view; what a search text finds is for the kernel to say. */
export function belongs(card: Card, filter: Filter): boolean {
  const fits = (wanted: string | null | undefined, has: string | null) => wanted === undefined || wanted === has;
  return (
    columnsOf(filter).includes(card.status) &&
    fits(filter.tenant, card.tenant) &&
    fits(filter.assignee, card.assignee) &&
    !(filter.hide_blocked && card.unfinished_parents > 0)
  );
}

/** Absent is `otherwise`, `*` is any, empty is "without one". */
function nameOf(given: string | null, otherwise: string | undefined): string | null | undefined {
  if (given === null) return otherwise;
  if (given === "*") return undefined;
  return given === "" ? null : given;
}

/** The part of a filter that the kernel's pages apply. */
export function kernelFilter({ tenant, assignee, q, hide_blocked }: Filter) {
  return { tenant, assignee, q, free: hide_blocked };
}
