/**
 * What a page shows, read from its address: which page, and narrowed to what.
 *
 * The same text arrives three ways: as the address itself, as `HX-Current-URL` of a form, and as the
 * `view` of a stream; all of them must come to the same answer.
 *
 * @module
 */
import { type Chosen, type PageFilter, query } from "../../../views/shell/filter_query.ts";
import type { Config } from "../../config.ts";
import {
  type Card,
  type Filter as KernelFilter,
  isTaskId,
  parsePast,
  parsePriority,
  type Span,
  type Status,
  STATUSES,
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

/** Most values of a choice that an address can name. */
const VALUES_MAX = 50;

/** The filter in a query. */
export function filterOf(params: URLSearchParams, config: Config, page: PageName = "board"): Filter {
  const { default_tenant, include_archived_by_default } = config.dashboard;
  const isBoard = page === "board";
  const archived = params.get("archived");
  const failed = params.get("failed");
  const names = (name: string): Chosen => choice(params, name, (text) => text.slice(0, 200).trim());
  const tenant = names("tenant");
  const preset = isBoard && default_tenant !== "" && !params.has("tenant") && !params.has("not_tenant");
  return {
    q: (params.get("q") ?? "").slice(0, 500),
    tenant: preset ? { any: [default_tenant], none: [] } : tenant,
    assignee: names("assignee"),
    creator: names("creator"),
    priority: choice(params, "priority", priorityIn),
    status: choice(params, "status", (text) => STATUSES.find((status) => status === text)),
    created_after: timeIn(params, "created_after"),
    created_before: timeIn(params, "created_before"),
    updated_after: timeIn(params, "updated_after"),
    updated_before: timeIn(params, "updated_before"),
    failed: failed === "1" ? true : failed === "0" ? false : null,
    hide_blocked: params.get("hide_blocked") === "1",
    archived: archived === null ? isBoard && include_archived_by_default : archived === "1",
  };
}

/** The values of a field; `*` is any, which takes away what would be preselected. */
function choice<T extends string | number>(
  params: URLSearchParams,
  name: string,
  read: (text: string) => T | undefined,
): Chosen<T> {
  const values = (key: string) => {
    const given = params.getAll(key).filter((text) => text !== "*");
    return [...new Set(given.slice(0, VALUES_MAX).flatMap((text) => read(text) ?? []))];
  };
  return { any: values(name), none: values(`not_${name}`) };
}

function priorityIn(text: string): number | undefined {
  try {
    return parsePriority(text);
  } catch {
    return undefined;
  }
}

function timeIn(params: URLSearchParams, name: string): string {
  const text = (params.get(name) ?? "").trim();
  return instantOf(text, 0) === undefined ? "" : text;
}

function instantOf(text: string, now: number): number | undefined {
  if (text === "") return undefined;
  try {
    return parsePast(text, now, "time");
  } catch {
    return undefined;
  }
}

/** The query of a filter, as columns and pages repeat it. */
export function queryOf(filter: Filter): string {
  return query(filter);
}

/** The columns that a board view shows, in order. */
export function columnsOf({ status: { any, none }, archived, hide_blocked }: Filter): Status[] {
  return STATUSES.filter((status) => {
    if (none.includes(status)) return false;
    if (any.length > 0) return any.includes(status);
    if (status === "archived") return archived;
    return status !== "blocked" || !hide_blocked;
  });
}

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

/** A minute: as long as "the last 7 days" stays the same question, so that its answer can be kept. */
const MINUTE = 60_000;

/** The part of a filter that the kernel's reads apply, at this time. */
export function kernelFilter(filter: Filter, now: number): KernelFilter {
  const { tenant, assignee, creator, priority, failed, hide_blocked, q } = filter;
  const at = now - (now % MINUTE);
  const span = (after: string, before: string): Span => ({
    after: instantOf(after, at),
    before: instantOf(before, at),
  });
  return {
    ...{ tenant, assignee, creator, priority, q },
    created: span(filter.created_after, filter.created_before),
    updated: span(filter.updated_after, filter.updated_before),
    failed: failed ?? undefined,
    free: hide_blocked,
  };
}

/** The same, and in which statuses. */
export function listFilter(filter: Filter, now: number) {
  const { q, ...rest } = kernelFilter(filter, now);
  return { ...rest, search: q, status: columnsOf(filter) };
}
