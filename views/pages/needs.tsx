/** @jsxImportSource hono/jsx */
/**
 * Everything that waits for a person, in two panes: the list, grouped by what is wanted, and the task that is
 * chosen in it with what its worker found and the field for the answer.
 *
 * Each task has an address of its own, `/needs/:id`. `/needs` shows the list with its first task, which stays
 * (`?at=`) while the page fetches itself again: nothing may move under a person who types. On a phone `/needs` is
 * the list and `/needs/:id` the task.
 *
 * @module
 */
import type { Mention, Task } from "../../src/kernel/mod.ts";
import { guarded } from "../parts/error_boundary.tsx";
import { Head, Page, type Shell } from "../shell/layout.tsx";
import { Avatar, grouped, Icon, StatusMark, Tag } from "../parts/icons.tsx";
import { plainText } from "../parts/plain_text.ts";
import { When } from "../parts/time.ts";
import { GROUPS, type NeedKind, NeedPane, type PaneView } from "./need_pane.tsx";

/** A task in the list. */
export interface NeedView {
  kind: NeedKind;
  task: Task;
  /** The question, the summary of the finished work, or the error. */
  text: string | null;
  since: number | null;
}

/** A shared thing for which nothing starts until a person does something. */
export interface HeldView {
  /** What `kanban release` knows it by. */
  name: string;
  kind: string;
  key: string;
  reason: string;
  since: number;
  profiles: string[];
}

/** What keeps work from starting, with the command that says more or mends it. */
export interface CheckView {
  title: string;
  text: string;
  command: string;
}

export interface NeedsView {
  /** In the order of the list. */
  needs: NeedView[];
  /** Where the person who is signed in was mentioned. */
  mentions: Mention[];
  held: HeldView[];
  checks: CheckView[];
  /** Tasks that wait and are not in the list. */
  more: number;
  /** The address names a task: on a phone it is shown instead of the list. */
  opened: boolean;
  pane: PaneView | null;
  now: number;
}

export function NeedsPage({ shell, view }: { shell: Shell; view: NeedsView }) {
  const { needs, pane, opened } = view;
  const at = pane?.task.id ?? null;
  const path = opened && at !== null ? `/needs/${at}` : "/needs";
  return (
    <Page shell={shell} page="needs" title="Needs you">
      <Head title="Needs you" />
      <div
        class={opened ? "panes opened" : "panes"}
        id="view"
        data-view={path}
        hx-get={opened || at === null ? path : `/needs?at=${at}`}
        hx-trigger="kanban:stale"
        hx-select="#view"
        hx-swap="outerMorph"
        data-stale="needs"
      >
        <div class="inbox" id="needs" role="region" aria-label="What waits for you" tabindex={0}>
          {GROUPS.map(({ kind, title, status }) => {
            const found = needs.filter((need) => need.kind === kind);
            return found.length === 0 ? null : (
              <section id={`needs-${kind}`}>
                <h2>
                  <StatusMark status={status} />
                  {title} <span class="num">{found.length}</span>
                </h2>
                <ul>
                  {found.map((need) => (
                    <Item need={need} at={at} now={view.now} />
                  ))}
                </ul>
              </section>
            );
          })}
          {view.more > 0 && (
            <a class="more" href="/list?status=blocked&status=review">
              And {grouped(view.more)} more, in the list
            </a>
          )}
          {view.mentions.length > 0 && <Mentions mentions={view.mentions} now={view.now} />}
          {view.held.length > 0 && <Held held={view.held} now={view.now} />}
          {view.checks.length > 0 && (
            <Checks checks={view.checks} open={needs.length + view.mentions.length + view.held.length === 0} />
          )}
        </div>
        {pane ? <NeedPane pane={pane} now={view.now} /> : <Nothing mentioned={view.mentions.length > 0} />}
      </div>
    </Page>
  );
}

function Item({ need, at, now }: { need: NeedView; at: string | null; now: number }) {
  const { id, status } = need.task;
  return (
    <li
      class="ask"
      id={`need-${id}`}
      data-id={id}
      data-status={status}
      aria-current={id === at ? "true" : undefined}
      dangerouslySetInnerHTML={{ __html: guarded("task", id, () => <ItemBody need={need} now={now} />) }}
    />
  );
}

function ItemBody({ need: { kind, task, text, since }, now }: { need: NeedView; now: number }) {
  return (
    <>
      <div class="t">
        <h3 class="ell">
          <a href={`/needs/${task.id}`} data-need={task.id}>
            {task.title}
          </a>
        </h3>
        {since !== null && <When at={since} now={now} form="short" about="waiting since" />}
      </div>
      {text && <p>{kind === "gave_up" ? text.slice(0, 300) : plainText(text).slice(0, 300)}</p>}
      {(task.assignee || task.tenant) && (
        <div class="m">
          {task.assignee && (
            <>
              <Avatar name={task.assignee} beside />
              <span class="ell">{task.assignee}</span>
            </>
          )}
          {task.tenant && <Tag name={task.tenant} />}
          {kind === "gave_up" && task.failures > 1 && <span class="num">after {task.failures} tries</span>}
        </div>
      )}
    </>
  );
}

function Mentions({ mentions, now }: { mentions: Mention[]; now: number }) {
  return (
    <section id="needs-mentions">
      <h2>
        <Icon name="user" small />
        Mentions <span class="num">{mentions.length}</span>
      </h2>
      <ul>
        {mentions.map(({ event_id, task_id, title, author, text, created_at }) => (
          <li class="ask held" id={`mention-${event_id}`}>
            <div class="t">
              <h3 class="ell">
                <a href={`/t/${task_id}`}>{title}</a>
              </h3>
              <When at={created_at} now={now} form="short" about="mentioned" />
            </div>
            <p>{text}</p>
            <form class="m" method="post" action={`/t/${task_id}/seen`} hx-post={`/t/${task_id}/seen`} hx-swap="none">
              <Avatar name={author} beside />
              <span class="ell">{author} mentioned you</span>
              <span class="grow" />
              <button class="btn ghost">Mark as read</button>
            </form>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Held({ held, now }: { held: HeldView[]; now: number }) {
  return (
    <section id="needs-held">
      <h2>
        <Icon name="pause" small />
        Held <span class="num">{held.length}</span>
      </h2>
      <ul>
        {held.map(({ name, kind, key, reason, since, profiles }) => (
          <li class="ask held">
            <div class="t">
              <h3>
                The {kind} {key} cannot be used
              </h3>
              <When at={since} now={now} form="short" about="held since" />
            </div>
            <p>{reason}</p>
            <p class="faint">Work of {profiles.join(", ")} waits for it.</p>
            <form class="row" method="post" action="/release" hx-post="/release" hx-swap="none">
              <input type="hidden" name="name" value={name} />
              <button class="btn">
                <Icon name="redo" small />
                Try now
              </button>
            </form>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Checks({ checks, open }: { checks: CheckView[]; open: boolean }) {
  return (
    <details class="checks" id="needs-checks" open={open}>
      <summary>
        Checks <span class="num">{checks.length}</span>
        <span class="ell">{checks[0]!.title}</span>
      </summary>
      <ul>
        {checks.map(({ title, text, command }) => (
          <li class="ask held">
            <h3>{title}</h3>
            <p>{text}</p>
            <code class="command">{command}</code>
          </li>
        ))}
      </ul>
    </details>
  );
}

function Nothing({ mentioned }: { mentioned: boolean }) {
  return (
    <div class="pane none" id="need-none">
      <p class="empty">
        {mentioned ? "No task waits for you." : "Nothing waits for you."} Questions of workers, finished work to
        approve, tasks that gave up and mentions of you come here.
        <br />
        <code>kanban list --status blocked,review</code>
      </p>
    </div>
  );
}
