/**
 * A filter as the address of a page says it, and the addresses of its neighbours.
 *
 * Each field is written as often as it has values: `assignee=ann&assignee=bob` is any of them, `not_assignee=eve`
 * none of those; an empty value is "without one". Times are kept as they were written, so that "the last 7 days"
 * moves with the days.
 *
 * @module
 */
import type { Status } from "../../src/kernel/mod.ts";

export interface Chosen<T extends string | number = string> {
  any: readonly T[];
  none: readonly T[];
}

export interface PageFilter {
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

export type Change = Partial<PageFilter>;

export const CHOICES = ["tenant", "assignee", "creator", "priority", "status"] as const;
export const TIMES = ["created_after", "created_before", "updated_after", "updated_before"] as const;
/** The parts that a person can remove, beside the choices and times. */
export type ChoiceName = (typeof CHOICES)[number];

/** A filter that narrows nothing. */
export const NO_FILTER: PageFilter = {
  q: "",
  ...{ tenant: none(), assignee: none(), creator: none(), priority: none(), status: none() },
  ...{ created_after: "", created_before: "", updated_after: "", updated_before: "" },
  failed: null,
  hide_blocked: false,
  archived: false,
};

function none() {
  return { any: [], none: [] };
}

/** The query of a filter, changed; without `?`, "" when nothing is filtered. */
export function query(filter: PageFilter, change: Change = {}): string {
  const f = { ...filter, ...change };
  const params = new URLSearchParams();
  if (f.q) params.set("q", f.q);
  for (const name of CHOICES) {
    for (const value of f[name].any) params.append(name, String(value));
    for (const value of f[name].none) params.append(`not_${name}`, String(value));
  }
  for (const name of TIMES) if (f[name]) params.set(name, f[name]);
  if (f.failed !== null) params.set("failed", f.failed ? "1" : "0");
  if (f.hide_blocked) params.set("hide_blocked", "1");
  if (f.archived) params.set("archived", "1");
  return params.toString();
}

/** A page's address with a changed filter. */
export function href(path: string, filter: PageFilter, change: Change = {}): string {
  // Removing a filter that the settings preselect has to be said, an absent one would come back.
  const any = "tenant" in change && change.tenant?.any.length === 0 ? "tenant=*" : "";
  const hidden = change.archived === false ? "archived=0" : "";
  const text = [query(filter, change), any, hidden].filter(Boolean).join("&");
  return text ? `${path}?${text}` : path;
}
