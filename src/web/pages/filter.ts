/**
 * What a page shows, read from its address: which page, and narrowed to what.
 *
 * The same text arrives three ways: as the address itself, as `HX-Current-URL` of a form, and as the
 * `view` of a stream; all of them must come to the same answer.
 *
 * @module
 */
import { type PageFilter, query } from "../../../views/shell/filter_query.ts";
import type { Config } from "../../config.ts";
import {
  type Card,
  type Chosen,
  type Filter as KernelFilter,
  filterAt,
  isTaskId,
  parseFilterQuery,
  type Status,
  statusesIn,
} from "../../kernel/mod.ts";

export type PageName = "board" | "needs" | "runs" | "list" | "deps" | "insights" | "new" | "other";

export type Filter = PageFilter;

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
  "/new": "new",
};

/** The view that an address shows. Anything unknown in it is ignored, as in any address. */
export function viewOf(address: string, config: Config): View {
  const url = URL.parse(address, "http://board/") ?? new URL("http://board/");
  const opened = /^\/t\/([^/]+)$/.exec(url.pathname)?.[1];
  const task = opened !== undefined && isTaskId(opened) ? opened : null;
  // What needs a person is one view, whichever of its tasks is open in it.
  const path = url.pathname.startsWith("/needs/") ? "/needs" : url.pathname;
  const page = task === null ? (PAGES[path] ?? "other") : "board";
  return { page, path: path + url.search, filter: filterOf(url.searchParams, config, page), task };
}

/** The page of a path, the board for one that is no page of ours. */
export function pageOf(path: string): { page: PageName; path: string } {
  const page = PAGES[path];
  return page === undefined ? { page: "board", path: "/" } : { page, path };
}

/** Whether a list is in an order of its own instead of by status. */
export function isSorted({ path }: View): boolean {
  return new URL(path, "http://board/").searchParams.has("sort") && !path.includes("sort=status");
}

/** The filter in a query. */
export function filterOf(params: URLSearchParams, config: Config, page: PageName = "board"): Filter {
  const { default_tenant, include_archived_by_default } = config.dashboard;
  const filter = parseFilterQuery(params);
  const isBoard = page === "board";
  const preset = isBoard && default_tenant !== "" && !params.has("tenant") && !params.has("not_tenant");
  return {
    ...filter,
    ...(preset ? { tenant: { any: [default_tenant], none: [] } } : {}),
    ...(params.has("archived") ? {} : { archived: isBoard && include_archived_by_default }),
  };
}

/** The query of a filter, as columns and pages repeat it. */
export function queryOf(filter: Filter): string {
  return query(filter);
}

/** The columns that a board view shows, in order. */
export const columnsOf = (filter: Filter): Status[] => statusesIn(filter);

/** Whether a card belongs to a board view, as far as the card says it; the rest is for the kernel to say. */
export function belongs(card: Card, filter: Filter): boolean {
  const fits = <T extends string | number>({ any, none }: Chosen<T>, value: T) =>
    (any.length === 0 || any.includes(value)) && !none.includes(value);
  return (
    columnsOf(filter).includes(card.status) &&
    fits(filter.tenant, card.tenant ?? "") &&
    fits(filter.assignee, card.assignee ?? "") &&
    !(filter.hide_blocked && card.unfinished_parents > 0)
  );
}

/** The part of a filter that the kernel's reads apply, at this time. */
export const kernelFilter = (filter: Filter, now: number): KernelFilter => filterAt(filter, now);

/** The same, and in which statuses. */
export function listFilter(filter: Filter, now: number) {
  const { q, ...rest } = kernelFilter(filter, now);
  return { ...rest, search: q, status: columnsOf(filter) };
}
