/** @jsxImportSource hono/jsx */
/**
 * The list page: the tasks of the board by status, first what needs a person, finished ones folded.
 *
 * A group that is folded has no rows until it is opened. A list in another order is one group without a head.
 *
 * @module
 */
import type { Status } from "../../src/kernel/mod.ts";
import { BulkBar } from "./bulk.tsx";
import { type CardView, place } from "../card/card.tsx";
import { RowItem } from "../card/row.tsx";
import { Filters } from "../shell/filters.tsx";
import { type PageFilter, query } from "../shell/filter_query.ts";
import { Head, isMyTasks, Page, type Shell } from "../shell/layout.tsx";
import { type Html, markup } from "../parts/html.ts";
import { grouped, Icon, STATUS_LABEL, StatusMark } from "../parts/icons.tsx";

export interface ListGroup {
  /** null: of every status, in an order of its own. */
  name: Status | null;
  open: boolean;
  total: number;
  /** Cursor of the next page, or null. */
  next: string | null;
  rows: readonly CardView[];
}

export interface ListView {
  groups: readonly ListGroup[];
  filter: PageFilter;
  /** "status": grouped; else the order of the one group. */
  sort: string;
  sorts: readonly string[];
  /** Columns that this viewer does not see. */
  hidden: readonly string[];
  total: number;
  /** Of the whole board, without archived ones. */
  all: number;
}

/** The columns that can be left out, by the class of their cells. */
export const LIST_COLUMNS = ["id", "project", "who", "creator", "created", "age"] as const;
/** Those that are not seen until they are asked for. */
export const LIST_HIDDEN: readonly string[] = ["creator", "created"];
const COLUMN_NAMES: Readonly<Record<(typeof LIST_COLUMNS)[number], string>> = {
  id: "Id",
  project: "Project",
  who: "Assignee",
  creator: "Creator",
  created: "Created",
  age: "Time in its status",
};

/**
 * The order of the groups: what a person holds up, what runs, what is next, what is over. An empty one is there but not
 * seen, so that a row which comes to it has its place.
 */
export const GROUPS: readonly Status[] = [
  ...(["blocked", "review", "running", "ready", "todo", "triage", "done", "archived"] as const),
];

export function ListPage({ shell, list }: { shell: Shell; list: ListView }) {
  const { filter, groups, sort, hidden } = list;
  const flat = sort !== "status";
  const title = isMyTasks(shell) ? "My tasks" : "List";
  return (
    <Page shell={shell} page="list" title={title}>
      <Head title={title} search={{ path: "/list", filter }} />
      <div
        id="view"
        data-view={shell.path}
        data-query={query(filter)}
        {...(flat
          ? {
              "data-stale": "list",
              "hx-get": shell.path,
              "hx-trigger": "kanban:stale",
              "hx-select": "#view",
              "hx-swap": "outerMorph",
            }
          : {})}
      >
        <Filters path="/list" filter={filter}>
          <Total list={list} />
          <Order list={list} />
          <ColumnChoice hidden={hidden} />
          <button class="btn ghost" type="button" data-do="saveview">
            Save view
          </button>
        </Filters>
        <div
          class={`rows ${hidden.map((name) => `no-${name}`).join(" ")}`}
          id="rows"
          tabindex={0}
          role="region"
          aria-label="Tasks"
        >
          {groups.map((group) =>
            group.name === null ? (
              <Rows group={group} filter={filter} sort={sort} />
            ) : (
              <Group group={group} filter={filter} />
            ),
          )}
          {list.total === 0 && <Nothing filter={filter} />}
        </div>
        <BulkBar />
      </div>
    </Page>
  );
}

/** How many of the board's tasks these are. */
function Total({ list: { filter, total, all } }: { list: ListView }) {
  const words =
    query(filter) === ""
      ? `${grouped(total)} ${total === 1 ? "task" : "tasks"}`
      : `${grouped(total)} of ${grouped(all)}`;
  return <span class="faint num list-total">{words}</span>;
}

function Order({ list: { filter, sort, sorts } }: { list: ListView }) {
  const kept = [...new URLSearchParams(query(filter))];
  return (
    <form class="row order" action="/list" method="get" data-submit="change">
      {kept.map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
      <select name="sort" aria-label="Group or order">
        <option value="status" selected={sort === "status"}>
          Group: status
        </option>
        {sorts.map((name) => (
          <option value={name} selected={name === sort}>
            Order: {name}
          </option>
        ))}
      </select>
      <noscript>
        <button class="btn">Show</button>
      </noscript>
    </form>
  );
}

function ColumnChoice({ hidden }: { hidden: readonly string[] }) {
  return (
    <>
      <button class="btn ghost hide-s" type="button" popovertarget="list-columns" aria-haspopup="dialog">
        <Icon name="board" small />
        Columns
      </button>
      <div class="menu" id="list-columns" popover="auto" role="dialog" aria-label="Columns">
        {LIST_COLUMNS.map((name) => (
          <label class="choice">
            <input type="checkbox" data-column={name} checked={!hidden.includes(name)} />
            {COLUMN_NAMES[name]}
          </label>
        ))}
      </div>
    </>
  );
}

function Group({ group, filter }: { group: ListGroup; filter: PageFilter }) {
  const { name, open, total } = group;
  return (
    <details class={`g c-${name!}${total === 0 ? " vacant" : ""}`} id={`group-${name!}`} data-group={name!} open={open}>
      <summary>
        <Icon name="right" small />
        <StatusMark status={name!} />
        <h2>{STATUS_LABEL[name!]}</h2>
        <span class="num faint" data-n={name!}>
          {grouped(total)}
        </span>
      </summary>
      <Rows group={group} filter={filter} sort="status" />
    </details>
  );
}

/** The rows of a group. Without scripts a folded one leads to a page of its own. */
function Rows({ group, filter, sort }: { group: ListGroup; filter: PageFilter; sort: string }) {
  const { name, open } = group;
  const live =
    name === null
      ? {}
      : { id: `list-${name}`, "hx-get": rowsHref(filter, name), "hx-trigger": "kanban:stale", "hx-swap": "innerMorph" };
  return (
    <ul class="trs" {...live} data-load={open ? undefined : "1"}>
      {open ? (
        <GroupRows group={group} filter={filter} sort={sort} />
      ) : (
        <li class="more-row">
          <a class="more" href={`/list?${query(filter, { status: { any: [name!], none: [] } })}`}>
            Show
          </a>
        </li>
      )}
    </ul>
  );
}

/** The rows of one page of a group, and what loads the next when it comes into sight; what `/l/:status` answers. */
export function GroupRows({ group, filter, sort }: { group: ListGroup; filter: PageFilter; sort: string }) {
  const { name, rows, next, total } = group;
  // Running comes whole, so it can be in the order of its claims.
  const sorted = name === "running" ? rows.toSorted((a, b) => place(a.card)[0] - place(b.card)[0]) : rows;
  return (
    <>
      {items(sorted)}
      {next && (
        <li class="more-row">
          <a
            class="more"
            href={pageHref(filter, name, sort, next)}
            hx-get={name === null ? pageHref(filter, name, sort, next, "/l/all") : rowsHref(filter, name, next)}
            hx-trigger="click, intersect once"
            hx-target="closest li"
            hx-swap="outerHTML"
          >
            Show 50 more <span class="faint num">of {grouped(total)}</span>
          </a>
        </li>
      )}
    </>
  );
}

function items(rows: readonly CardView[]): Html {
  return markup(rows.map((view) => RowItem({ view })).join(""));
}

function rowsHref(filter: PageFilter, name: Status, after?: string): string {
  const params = new URLSearchParams(query(filter));
  if (after !== undefined) params.set("after", after);
  return `/l/${name}${params.size > 0 ? `?${params}` : ""}`;
}

/** The next page as a list of its own, for a browser without scripts. */
function pageHref(filter: PageFilter, name: Status | null, sort: string, after: string, path = "/list"): string {
  const params = new URLSearchParams(query(filter, name === null ? {} : { status: { any: [name], none: [] } }));
  if (sort !== "status") params.set("sort", sort);
  params.set("after", after);
  return `${path}?${params}`;
}

function Nothing({ filter }: { filter: PageFilter }) {
  return (
    <p class="empty">
      {query(filter) === "" ? (
        <>
          No tasks yet. Press <kbd>C</kbd>, or run <code>kanban create "…"</code>
        </>
      ) : (
        "Nothing here matches the filters."
      )}
    </p>
  );
}
