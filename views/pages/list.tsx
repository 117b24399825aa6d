/** @jsxImportSource hono/jsx */
/**
 * The list page: the same tasks and filters as the board, as a table that sorts by its heads.
 *
 * @module
 */
import type { Explained, Task } from "../../src/kernel/mod.ts";
import { Filters } from "../shell/filters.tsx";
import { type PageFilter, query } from "../shell/filter_query.ts";
import { guarded } from "../parts/error_boundary.tsx";
import { Head, Page, type Shell } from "../shell/layout.tsx";
import { Avatar, grouped, PriorityMark, STATUS_LABEL, StatusMark, Tag } from "../parts/icons.tsx";
import { When } from "../parts/time.ts";

export interface ListView {
  tasks: readonly Explained<Task>[];
  filter: PageFilter;
  sort: string;
  /** The sorts that exist; other heads are plain text. */
  sorts: readonly string[];
  /** Address of the next page's cursor, or null. */
  next: string | null;
  total: number;
  now: number;
}

const HEADS: readonly { sort: string; text: string; wide?: boolean }[] = [
  { sort: "priority", text: "Priority" },
  { sort: "title", text: "Title" },
  { sort: "status", text: "Status" },
  { sort: "assignee", text: "Assignee" },
  { sort: "tenant", text: "Tenant", wide: true },
  { sort: "created", text: "Created", wide: true },
  { sort: "completed", text: "Completed", wide: true },
];

export function ListPage({ shell, list }: { shell: Shell; list: ListView }) {
  return (
    <Page shell={shell} page="list" title="List">
      <Head title="List" search={{ path: "/list", filter: list.filter }} />
      <div
        id="view"
        data-view={shell.path}
        data-query={query(list.filter)}
        data-stale="list"
        hx-get={shell.path}
        hx-trigger="kanban:stale"
        hx-select="#view"
        hx-swap="outerMorph"
      >
        <Filters path="/list" filter={list.filter}>
          <span class="faint num">{grouped(list.total)} tasks</span>
        </Filters>
        <div class="page flush" tabindex={0} role="region" aria-label="Tasks">
          <table class="table">
            <thead>
              <tr>
                {HEADS.map((head) => (
                  <SortHead head={head} list={list} />
                ))}
              </tr>
            </thead>
            <tbody>
              {list.tasks.map((task) => (
                <tr
                  data-id={task.id}
                  data-status={task.status}
                  id={`row-${task.id}`}
                  dangerouslySetInnerHTML={{
                    __html: guarded("task", task.id, () => <Cells task={task} now={list.now} />),
                  }}
                />
              ))}
            </tbody>
          </table>
          {list.tasks.length === 0 && (
            <p class="empty">
              No task matches. Press <kbd>C</kbd> for a new one, or run <code>kanban create "…"</code>
            </p>
          )}
          {list.next && (
            <a class="more" href={address(list, list.sort, list.next)}>
              Next page
            </a>
          )}
        </div>
      </div>
    </Page>
  );
}

function SortHead({ head: { sort, text, wide }, list }: { head: (typeof HEADS)[number]; list: ListView }) {
  const on = list.sort === sort;
  const order = sort === "title" || sort === "assignee" || sort === "status" ? "ascending" : "descending";
  return (
    <th scope="col" class={wide ? "hide-s" : undefined} aria-sort={on ? order : undefined}>
      {list.sorts.includes(sort) ? <a href={address(list, sort)}>{text}</a> : text}
    </th>
  );
}

function Cells({ task, now }: { task: Explained<Task>; now: number }) {
  return (
    <>
      <td>
        <PriorityMark priority={task.priority} />
      </td>
      <td class="title">
        <a class="ell" href={`/t/${task.id}`} data-open={task.id}>
          {task.title}
        </a>
        <span class="mono faint hide-s">{task.id}</span>
      </td>
      <td>
        <span class="cell" title={task.waits_for === null ? undefined : `waits for ${task.waits_for.words}`}>
          <StatusMark status={task.status} />
          <span class="word">{STATUS_LABEL[task.status]}</span>
        </span>
      </td>
      <td>
        {task.assignee ? (
          <span class="cell">
            <Avatar name={task.assignee} beside />
            <span class="ell word">{task.assignee}</span>
          </span>
        ) : (
          <span class="faint">unassigned</span>
        )}
      </td>
      <td class="hide-s">{task.tenant && <Tag name={task.tenant} />}</td>
      <td class="hide-s">
        <When at={task.created_at} now={now} form="ago" about="created" />
      </td>
      <td class="hide-s">
        {task.completed_at !== null && <When at={task.completed_at} now={now} form="ago" about="completed" />}
      </td>
    </>
  );
}

function address(list: ListView, sort: string, after?: string): string {
  const params = new URLSearchParams(query(list.filter));
  if (sort !== "priority") params.set("sort", sort);
  if (after) params.set("after", after);
  return params.size > 0 ? `/list?${params}` : "/list";
}
