/**
 * A filter as it is written down: in the address of a page, in a saved view, by the flags of a command.
 *
 * Each field is written as often as it has values: `assignee=ann&assignee=bob` is any of them, `not_assignee=eve`
 * none of those; an empty value is "without one". Times are kept as they were written, so that "the last 7 days" moves
 * with the days; `filterAt` reads them.
 *
 * @module
 */
import type { Filter, Span } from "./filter.ts";
import { parsePast } from "../time_input.ts";
import { parsePriority } from "../input.ts";
import { type Status, STATUSES } from "../schema.ts";

export interface Chosen<T extends string | number = string> {
  any: readonly T[];
  none: readonly T[];
}

export interface FilterQuery {
  q: string;
  tenant: Chosen;
  assignee: Chosen;
  creator: Chosen;
  priority: Chosen<number>;
  status: Chosen<Status>;
  /** A duration ago (`7d`) or a date; "" is no limit. */
  created_after: string;
  created_before: string;
  updated_after: string;
  updated_before: string;
  /** A run failed, or none did; null: either. */
  failed: boolean | null;
  /** Leaves out tasks that wait for a parent and blocked ones. */
  hide_blocked: boolean;
  archived: boolean;
}

/** Most values of a choice that are read. */
const VALUES_MAX = 50;

/** The filter in a query. Anything unknown in it is ignored, as in any address. */
export function parseFilterQuery(params: URLSearchParams): FilterQuery {
  const failed = params.get("failed");
  const names = (name: string): Chosen => choice(params, name, (text) => text.slice(0, 200).trim());
  return {
    q: (params.get("q") ?? "").slice(0, 500),
    tenant: names("tenant"),
    assignee: names("assignee"),
    creator: names("creator"),
    priority: choice(params, "priority", (text) => attempt(() => parsePriority(text))),
    status: choice(params, "status", (text) => STATUSES.find((status) => status === text)),
    created_after: timeIn(params, "created_after"),
    created_before: timeIn(params, "created_before"),
    updated_after: timeIn(params, "updated_after"),
    updated_before: timeIn(params, "updated_before"),
    failed: failed === "1" ? true : failed === "0" ? false : null,
    hide_blocked: params.get("hide_blocked") === "1",
    archived: params.get("archived") === "1",
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

function timeIn(params: URLSearchParams, name: string): string {
  const text = (params.get(name) ?? "").trim();
  return instantOf(text, 0) === undefined ? "" : text;
}

function instantOf(text: string, now: number): number | undefined {
  return text === "" ? undefined : attempt(() => parsePast(text, now, "time"));
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** The statuses that a view shows, in the order of the board. */
export function statusesIn({ status: { any, none }, archived, hide_blocked }: FilterQuery): Status[] {
  return STATUSES.filter((status) => {
    if (none.includes(status)) return false;
    if (any.length > 0) return any.includes(status);
    if (status === "archived") return archived;
    return status !== "blocked" || !hide_blocked;
  });
}

/** A minute: as long as "the last 7 days" stays the same question, so that its answer can be kept. */
const MINUTE = 60_000;

/** What reads apply of it at this time; of which statuses is said by `statusesIn`. */
export function filterAt(query: FilterQuery, now: number): Filter {
  const { tenant, assignee, creator, priority, failed, hide_blocked, q } = query;
  const at = now - (now % MINUTE);
  const span = (after: string, before: string): Span => ({
    after: instantOf(after, at),
    before: instantOf(before, at),
  });
  return {
    ...{ tenant, assignee, creator, priority, q },
    created: span(query.created_after, query.created_before),
    updated: span(query.updated_after, query.updated_before),
    failed: failed ?? undefined,
    free: hide_blocked,
  };
}
