/** @jsxImportSource hono/jsx */
/**
 * The filters of the board, the list and the graph: their state is the URL, each chip is a link.
 *
 * `undefined` means any, `null` means "without one"; in the URL an absent field and an empty one.
 *
 * @module
 */
import type { Status } from "../../src/kernel/mod.ts";
import { Avatar, Icon, STATUS_LABEL, StatusMark, Tag } from "../parts/icons.tsx";

export interface FilterView {
  q: string;
  tenant: string | null | undefined;
  assignee: string | null | undefined;
  /** Only these; empty means all. */
  statuses: Status[];
  /** Leaves out tasks that wait for a parent and blocked ones. */
  hide_blocked: boolean;
  archived: boolean;
  /** What there is to choose from. */
  tenants: string[];
  assignees: string[];
}

type Change = Partial<Pick<FilterView, "q" | "tenant" | "assignee" | "statuses" | "hide_blocked" | "archived">>;

/** The query of a filter, changed; without `?`, "" when nothing is filtered. */
export function query(filter: FilterView, change: Change = {}): string {
  const f = { ...filter, ...change };
  const params = new URLSearchParams();
  if (f.q) params.set("q", f.q);
  if (f.tenant !== undefined) params.set("tenant", f.tenant ?? "");
  if (f.assignee !== undefined) params.set("assignee", f.assignee ?? "");
  for (const status of f.statuses) params.append("status", status);
  if (f.hide_blocked) params.set("hide_blocked", "1");
  if (f.archived) params.set("archived", "1");
  return params.toString();
}

/** A page's address with a changed filter. */
export function href(path: string, filter: FilterView, change: Change = {}): string {
  // Removing a filter that the settings preselect has to be said, an absent one would come back.
  const any = "tenant" in change && change.tenant === undefined ? "tenant=*" : "";
  const hidden = change.archived === false ? "archived=0" : "";
  const text = [query(filter, change), any, hidden].filter(Boolean).join("&");
  return text ? `${path}?${text}` : path;
}

interface FiltersProps {
  /** The page they filter. */
  path: string;
  filter: FilterView;
  /** The page can be narrowed to a tenant and to nothing else. */
  tenantOnly?: boolean;
  children?: unknown;
}

/** The bar of chips under a page's head. */
export function Filters({ path, filter, tenantOnly = false, children }: FiltersProps) {
  return (
    <div class="filters" role="toolbar" aria-label="Filters">
      {filter.q && <Chip name="Text" value={filter.q} off={href(path, filter, { q: "" })} />}
      {filter.tenant !== undefined && (
        <Chip name="Tenant" value={filter.tenant ?? "none"} off={href(path, filter, { tenant: undefined })} />
      )}
      {filter.assignee !== undefined && (
        <Chip
          name="Assignee"
          value={filter.assignee ?? "unassigned"}
          off={href(path, filter, { assignee: undefined })}
        />
      )}
      {filter.statuses.map((status) => (
        <Chip
          name="Status"
          value={STATUS_LABEL[status]}
          off={href(path, filter, { statuses: filter.statuses.filter((s) => s !== status) })}
        />
      ))}
      {filter.hide_blocked && <Chip name="Blocked" value="hidden" off={href(path, filter, { hide_blocked: false })} />}
      {filter.archived && <Chip name="Archived" value="shown" off={href(path, filter, { archived: false })} />}
      <button class="chip add" type="button" popovertarget="filter-menu" aria-haspopup="menu">
        <span>
          <Icon name="plus" small />
          Filter
        </span>
      </button>
      <span class="grow" />
      {children}
      {tenantOnly ? (
        <div class="menu" id="filter-menu" popover="auto">
          <Tenants path={path} filter={filter} none={false} />
        </div>
      ) : (
        <FilterMenu path={path} filter={filter} />
      )}
    </div>
  );
}

function Chip({ name, value, off }: { name: string; value: string; off: string }) {
  return (
    <span class="chip">
      <b>{name}</b>
      <span class="ell">{value}</span>
      <a href={off} aria-label={`Remove the ${name.toLowerCase()} filter ${value}`}>
        <Icon name="x" small />
      </a>
    </span>
  );
}

const COLUMNS: readonly Status[] = ["triage", "todo", "ready", "running", "review", "blocked", "done"];

function FilterMenu({ path, filter }: { path: string; filter: FilterView }) {
  return (
    <div class="menu wide" id="filter-menu" popover="auto">
      <div class="menu-cols">
        <Tenants path={path} filter={filter} />
        <section>
          <p class="menu-head">Assignee</p>
          <Choice on={filter.assignee === null} to={href(path, filter, { assignee: null })}>
            {" "}
            no assignee
          </Choice>
          {filter.assignees.map((assignee) => (
            <Choice on={filter.assignee === assignee} to={href(path, filter, { assignee })}>
              <Avatar name={assignee} beside />
              {assignee}
            </Choice>
          ))}
        </section>
        <section>
          <p class="menu-head">Status</p>
          {COLUMNS.map((status) => (
            <Choice
              on={filter.statuses.includes(status)}
              to={href(path, filter, { statuses: toggled(filter.statuses, status) })}
            >
              <StatusMark status={status} />
              {STATUS_LABEL[status]}
            </Choice>
          ))}
          <p class="menu-head">Also</p>
          <Choice on={filter.hide_blocked} to={href(path, filter, { hide_blocked: !filter.hide_blocked })}>
            <Icon name="filter" small />
            Hide blocked
          </Choice>
          <Choice on={filter.archived} to={href(path, filter, { archived: !filter.archived })}>
            <Icon name="archive" small />
            Show archived
          </Choice>
        </section>
      </div>
    </div>
  );
}

function Tenants({ path, filter, none = true }: { path: string; filter: FilterView; none?: boolean }) {
  return (
    <section>
      <p class="menu-head">Tenant</p>
      {none && (
        <Choice on={filter.tenant === null} to={href(path, filter, { tenant: null })}>
          without one
        </Choice>
      )}
      {filter.tenants.map((tenant) => (
        <Choice on={filter.tenant === tenant} to={href(path, filter, { tenant })}>
          <Tag name={tenant} />
        </Choice>
      ))}
    </section>
  );
}

function Choice({ on, to, children }: { on: boolean; to: string; children?: unknown }) {
  return (
    <a class="choice" href={to} aria-current={on ? "true" : undefined}>
      {children}
    </a>
  );
}

function toggled(statuses: readonly Status[], status: Status): Status[] {
  return statuses.includes(status) ? statuses.filter((s) => s !== status) : [...statuses, status];
}
