/** @jsxImportSource hono/jsx */
/**
 * One task that waits for a person: what it asks, what its worker found, and the answer.
 *
 * "Answer and next" is the first button of its form, so Enter presses it; `static/inbox.js` then goes to the task that
 * the head names as the next. Everything else leads on without a script, too: the heads' arrows are links.
 *
 * @module
 */
import type { Run, Task } from "../../src/kernel/mod.ts";
import { Evidence } from "../drawer/evidence.tsx";
import { outcomeClass, outcomeText } from "../drawer/runs.tsx";
import { ansiHtml } from "../parts/ansi.ts";
import { Avatar, Icon, PriorityMark, priorityLabel, STATUS_LABEL, Tag } from "../parts/icons.tsx";
import { Markdown } from "../parts/markdown.tsx";
import { span, When } from "../parts/time.ts";

export type NeedKind = "question" | "review" | "gave_up";

/** Names and marks of the groups, in their order. */
export const GROUPS: readonly { kind: NeedKind; title: string; one: string; status: "blocked" | "review" }[] = [
  { kind: "question", title: "Questions", one: "Question", status: "blocked" },
  { kind: "review", title: "Reviews", one: "Review", status: "review" },
  { kind: "gave_up", title: "Gave up", one: "Gave up", status: "blocked" },
];

export interface PaneView {
  task: Task;
  /** null: it does not wait for a person any more. */
  need: {
    kind: NeedKind;
    text: string | null;
    since: number | null;
    /** Its place among those of its kind, from 1, and how many these are; null when it is not in the list. */
    place: { at: number; of: number } | null;
    /** The newest runs, oldest first, and how many there are. */
    runs: Run[];
    tries: number;
    /** The last lines of its log, as they were printed. */
    tail: string | null;
  } | null;
  previous: string | null;
  next: string | null;
  markdown: boolean;
}

export function NeedPane({ pane, now }: { pane: PaneView; now: number }) {
  const { task, need, next } = pane;
  return (
    <article
      class="pane"
      id={`pane-${task.id}`}
      data-id={task.id}
      data-status={task.status}
      aria-labelledby="need-title"
    >
      <PaneHead pane={pane} />
      {need === null ? (
        <Settled task={task} next={next} />
      ) : (
        <>
          <PaneBody task={task} need={need} markdown={pane.markdown} now={now} />
          <Answer task={task} kind={need.kind} />
        </>
      )}
    </article>
  );
}

/** A task that was answered or moved on while its page was open. */
function Settled({ task, next }: { task: Task; next: string | null }) {
  return (
    <div class="body">
      <h2 id="need-title">{task.title}</h2>
      <p class="dim">
        This task does not wait for you any more: it is in {STATUS_LABEL[task.status]}.{" "}
        {next ? <a href={`/needs/${next}`}>Go to the next one</a> : "Nothing else waits for you."}
      </p>
    </div>
  );
}

function PaneHead({ pane: { task, need, previous, next } }: { pane: PaneView }) {
  const group = GROUPS.find(({ kind }) => kind === need?.kind);
  return (
    <header>
      <a class="icon back" href="/needs" data-need-back aria-label="Back to the list" title="Back to the list">
        <Icon name="left" />
      </a>
      <span class="num">
        {group?.one} {need?.place && `${need.place.at} of ${need.place.of}`}
      </span>
      <span class="grow" />
      <Turn to={previous} label="Previous" keys="K" icon="up" />
      <Turn to={next} label="Next" keys="J" icon="down" />
      <a
        class="icon"
        href={`/t/${task.id}`}
        data-open={task.id}
        aria-label="Open the task"
        title="Open the task  O"
        data-need-open
      >
        <Icon name="full" small />
      </a>
    </header>
  );
}

interface TurnProps {
  to: string | null;
  label: "Previous" | "Next";
  keys: string;
  icon: "up" | "down";
}

function Turn({ to, label, keys, icon }: TurnProps) {
  if (to === null) return null;
  return (
    <>
      <a
        class="icon"
        href={`/needs/${to}`}
        data-need-turn={label.toLowerCase()}
        aria-label={label}
        title={`${label}  ${keys}`}
      >
        <Icon name={icon} />
      </a>
      <kbd class="hide-s">{keys}</kbd>
    </>
  );
}

interface BodyProps {
  task: Task;
  need: NonNullable<PaneView["need"]>;
  markdown: boolean;
  now: number;
}

function PaneBody({ task, need, markdown, now }: BodyProps) {
  const { kind, text, runs, tail } = need;
  const last = runs.at(-1) ?? null;
  return (
    <div class="body" tabindex={0} role="region" aria-label="Task">
      <h2 id="need-title">{task.title}</h2>
      <Facts task={task} need={need} now={now} />
      {kind !== "review" && text && (
        <div class="q">
          {kind === "gave_up" ? <p class="mono">{text}</p> : <Markdown text={text} plain={!markdown} />}
        </div>
      )}
      {kind === "review" && last && <Evidence run={last} result={task.result} markdown={markdown} cut={new Set()} />}
      {kind === "review" && task.result && (
        <section class="sect">
          <h3>Result</h3>
          <Markdown text={task.result} plain={!markdown} />
        </section>
      )}
      {kind !== "review" && last?.last_words && (
        <section class="sect">
          <h3>What {last.profile ?? last.claimer} found</h3>
          <Markdown text={last.last_words} plain={!markdown} />
        </section>
      )}
      {tail && (
        <section class="sect">
          <h3>Last lines</h3>
          <div
            class="log"
            tabindex={0}
            role="log"
            aria-live="off"
            aria-label="Last lines"
            hx-ignore
            dangerouslySetInnerHTML={{ __html: ansiHtml(tail) }}
          />
        </section>
      )}
      {kind === "gave_up" && runs.length > 1 && <Attempts runs={runs} tries={need.tries} now={now} />}
      {task.body && (
        <section class="sect">
          <h3>Description</h3>
          <Markdown text={task.body} plain={!markdown} />
        </section>
      )}
    </div>
  );
}

const ACT: Record<NeedKind, string> = { question: "asks", review: "finished", gave_up: "gave up" };

/** Who did the last attempt. One without a term was opened and ended by the act of a person, whoever the assignee is. */
function lastWorker(runs: Run[]): string | null {
  const last = runs.at(-1);
  return last?.ttl_seconds === 0 ? last.claimer : (last?.profile ?? null);
}

function Facts({ task, need, now }: Omit<BodyProps, "markdown">) {
  const worker = lastWorker(need.runs) ?? task.assignee;
  return (
    <div class="facts">
      {worker && (
        <span>
          <Avatar name={worker} beside />
          {worker} {ACT[need.kind]}
        </span>
      )}
      {task.tenant && <Tag name={task.tenant} />}
      {task.priority !== 0 && (
        <span>
          <PriorityMark priority={task.priority} />
          {priorityLabel(task.priority)}
        </span>
      )}
      {need.since !== null && (
        <span class="faint">
          <When at={need.since} now={now} form="ago" about="waiting since" />
        </span>
      )}
      {need.tries > 1 && <span class="faint num">{need.tries} tries</span>}
      <span class="mono faint">{task.id}</span>
    </div>
  );
}

function Attempts({ runs, tries, now }: { runs: Run[]; tries: number; now: number }) {
  return (
    <section class="sect">
      <h3>
        Attempts <span class="num">{tries}</span>
      </h3>
      <ol class="tries">
        {runs.map((run, index) => (
          <li>
            <span class="num faint">#{tries - runs.length + index + 1}</span>
            <b class={`outcome ${outcomeClass(run.outcome)}`}>{outcomeText(run.outcome)}</b>
            <span class="ell">{run.error}</span>
            <span class="num faint">{span(((run.ended_at ?? now) - run.started_at) / 1000)}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}

const WORDS: Record<NeedKind, { field: string; label: string; hint: string; next: string; stay: string | null }> = {
  question: {
    field: "comment",
    label: "Answer to",
    hint: "Answer; empty just unblocks",
    next: "Answer and next",
    stay: "Answer",
  },
  gave_up: {
    field: "comment",
    label: "What changed for",
    hint: "What changed; empty just tries again",
    next: "Try again and next",
    stay: "Try again",
  },
  review: {
    field: "reason",
    label: "What should change in",
    hint: "What should change",
    next: "Request changes",
    stay: null,
  },
};

/** The field at the foot. In review approving is the likely answer, and has a form of its own. */
function Answer({ task: { id, title }, kind }: { task: Task; kind: NeedKind }) {
  const { field, label, hint, next, stay } = WORDS[kind];
  const path = kind === "review" ? "request-changes" : "unblock";
  return (
    <footer class="reply">
      <form
        id={`answer-${id}`}
        class="need-answer"
        method="post"
        action={`/t/${id}/${path}`}
        hx-post={`/t/${id}/${path}`}
        hx-swap="none"
      >
        <textarea
          name={field}
          id={`answer-text-${id}`}
          rows={1}
          required={kind === "review"}
          autocomplete="off"
          aria-label={`${label} ${title}`}
          placeholder={hint}
          data-send="enter"
        />
      </form>
      <div class="row wrap">
        {kind === "review" && (
          <form
            class="need-answer"
            method="post"
            action={`/t/${id}/approve`}
            hx-post={`/t/${id}/approve`}
            hx-swap="none"
          >
            <button class="btn primary">
              <Icon name="check" small />
              Approve
            </button>
          </form>
        )}
        <button class={kind === "review" ? "btn" : "btn primary"} form={`answer-${id}`}>
          {next} <kbd>↵</kbd>
        </button>
        {stay && (
          <button class="btn" form={`answer-${id}`} data-stay-here>
            {stay}
          </button>
        )}
        <span class="grow" />
        <button class="btn ghost" type="button" data-do="assign" aria-haspopup="menu">
          <Icon name="user" small />
          Reassign <kbd>A</kbd>
        </button>
        <button class="btn ghost" type="button" data-do="menu" aria-haspopup="menu">
          <Icon name="move" small />
          Move <kbd>M</kbd>
        </button>
      </div>
    </footer>
  );
}
