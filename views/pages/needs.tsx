/** @jsxImportSource hono/jsx */
/**
 * Everything that waits for a person, in one list: questions, reviews, tasks that gave up, and checks that
 * failed; each is answered in place.
 *
 * @module
 */
import type { Task } from "../../src/kernel/mod.ts";
import { guarded } from "../parts/error_boundary.tsx";
import { Head, Page, type Shell } from "../shell/layout.tsx";
import { Avatar, grouped, Icon, PriorityMark, StatusMark, Tag } from "../parts/icons.tsx";
import { Markdown } from "../parts/markdown.tsx";
import { When } from "../parts/time.ts";

export interface NeedView {
  kind: "question" | "review" | "gave_up" | "check";
  /** null for a check. */
  task: Task | null;
  title: string;
  /** The question, the summary of the finished work, the error, or what the check found. */
  text: string | null;
  since: number | null;
  /** A check: the command that says more or mends it. */
  command?: string | null;
  /** A review: what the worker handed over. */
  result?: string | null;
  markdown: boolean;
  now: number;
}

const KIND: Record<NeedView["kind"], { label: string; tone: string }> = {
  question: { label: "Question", tone: "c-blocked" },
  review: { label: "Review", tone: "c-review" },
  gave_up: { label: "Gave up", tone: "c-blocked" },
  check: { label: "Check", tone: "c-ready" },
};

/** `more` tasks wait that are not among `needs`. */
export function NeedsPage({ shell, needs, more = 0 }: { shell: Shell; needs: NeedView[]; more?: number }) {
  return (
    <Page shell={shell} page="needs" title="Needs you">
      <Head title="Needs you" />
      <div
        class="page"
        id="view"
        data-view={shell.path}
        hx-get="/needs"
        hx-trigger="kanban:stale"
        hx-select="#view"
        hx-swap="outerMorph"
        data-stale="needs"
      >
        <ul class="needs" id="needs">
          {needs.map((need, index) => (
            <li
              class={`need ${KIND[need.kind].tone}`}
              id={need.task ? `need-${need.task.id}` : `need-check-${index}`}
              data-id={need.task?.id}
              data-status={need.task?.status}
              dangerouslySetInnerHTML={{
                __html: guarded("task", need.task?.id ?? need.title, () => <Need need={need} />),
              }}
            />
          ))}
          {more > 0 && (
            <li>
              <a class="more" href="/list?status=blocked&status=review">
                And {grouped(more)} more, in the list
              </a>
            </li>
          )}
          <li class="empty">
            Nothing waits for you. Questions of workers, finished work to approve and tasks that gave up come here.
            <br />
            <code>kanban list --status blocked,review</code>
          </li>
        </ul>
      </div>
    </Page>
  );
}

function Need({ need }: { need: NeedView }) {
  const { kind, task, title, text, since, now, markdown } = need;
  return (
    <article class="need-card">
      <header class="row">
        <span class={`badge ${KIND[kind].tone}`}>{KIND[kind].label}</span>
        {task ? <PriorityMark priority={task.priority} /> : <Icon name="warn" small />}
        <h2 class="ell">
          {task ? (
            <a href={`/t/${task.id}`} data-open={task.id}>
              {title}
            </a>
          ) : (
            title
          )}
        </h2>
        {task && <span class="mono faint hide-s">{task.id}</span>}
        <span class="grow" />
        {task?.tenant && <Tag name={task.tenant} />}
        {since !== null && <When at={since} now={now} form="short" about="waiting since" />}
        {task?.assignee && <Avatar name={task.assignee} />}
      </header>
      {text && (
        <div class="need-text" tabindex={0}>
          <h3 class="sr">What is asked</h3>
          <Markdown text={text} plain={!markdown || kind === "gave_up"} />
        </div>
      )}
      {need.result && (
        <details class="fold">
          <summary class="btn ghost">Result</summary>
          <Markdown text={need.result} plain={!markdown} />
        </details>
      )}
      {task ? <Respond kind={kind} task={task} /> : need.command && <code class="command">{need.command}</code>}
    </article>
  );
}

function Respond({ kind, task }: { kind: NeedView["kind"]; task: Task }) {
  const { id } = task;
  if (kind === "review") {
    return (
      <div class="row wrap">
        <form method="post" action={`/t/${id}/approve`} hx-post={`/t/${id}/approve`} hx-swap="none">
          <button class="btn primary">
            <Icon name="check" small />
            Approve
          </button>
        </form>
        <form
          class="row grow"
          method="post"
          action={`/t/${id}/request-changes`}
          hx-post={`/t/${id}/request-changes`}
          hx-swap="none"
        >
          <input
            name="reason"
            required
            autocomplete="off"
            aria-label={`What should change in ${id}`}
            placeholder="What should change"
          />
          <button class="btn">Request changes</button>
        </form>
      </div>
    );
  }
  return (
    <div class="row wrap">
      <form class="row grow" method="post" action={`/t/${id}/unblock`} hx-post={`/t/${id}/unblock`} hx-swap="none">
        <input
          name="comment"
          autocomplete="off"
          aria-label={`Answer to ${id}`}
          placeholder={kind === "gave_up" ? "What changed; empty just tries again" : "Answer; empty just unblocks"}
        />
        <button class="btn primary">{kind === "gave_up" ? "Try again" : "Unblock"}</button>
      </form>
      <button class="btn ghost" type="button" data-do="assign" aria-haspopup="menu">
        Assign
      </button>
      <button class="btn ghost" type="button" data-do="menu" aria-haspopup="menu">
        <StatusMark status={task.status} />
        Move
      </button>
    </div>
  );
}
