/**
 * A filter as the address of a page says it, and the addresses of its neighbours.
 *
 * The kernel's `parseFilterQuery` reads what is written here.
 *
 * @module
 */
import type { FilterQuery } from "../../src/kernel/mod.ts";

export type PageFilter = FilterQuery;

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
