/** @jsxImportSource hono/jsx */
/**
 * Everything about one task, beside the board: `/t/:id`.
 *
 * The same component is the first rendering and every update; an update morphs it, so typed text,
 * open details and scroll positions stay. The log is never part of an update (`log: null`): it
 * follows its worker by its own messages.
 *
 * @module
 */
import type { PlainField, Task, TaskPage, Waiting } from "../../src/kernel/mod.ts";
import { Actions } from "./actions.tsx";
import { CommentsSection, Compose } from "./comments.tsx";
import { DepsSection } from "./deps.tsx";
import { EventsSection } from "./events.tsx";
import { Edit } from "./edit.tsx";
import { Evidence, Found } from "./evidence.tsx";
import { headlineOf } from "./headline.ts";
import { LongText } from "./long_text.tsx";
import { markup } from "../parts/html.ts";
import { LogSection, type LogView } from "./log.tsx";
import { Icon } from "../parts/icons.tsx";
import { Markdown } from "../parts/markdown.tsx";
import { NextStep } from "./next_step.tsx";
import { Props } from "./props.tsx";
import { RunsSection } from "./runs.tsx";
import { type PartId, partOrder } from "./section_order.ts";

export interface DrawerView {
  page: TaskPage;
  /** The fields of which the page has only the beginning. */
  cut: ReadonlySet<string>;
  now: number;
  stale: "fresh" | "amber" | "red";
  /** The fields that are shown and changed as they are. */
  plain: readonly PlainField[];
  /** Why it does not continue. */
  waits: Waiting | null;
  /** Who stopped its worker, while it is held since then. */
  stopped_by: string | null;
  /** Parents that were archived unfinished and never release this task. */
  never_released: string[];
  /** null: an update, which leaves the log on screen alone. */
  log: LogView | null;
  /** Show bodies, comments and results as Markdown. */
  markdown: boolean;
  all_events?: boolean;
  all_runs?: boolean;
}

export function Drawer({ view, parts = drawerParts(view) }: { view: DrawerView; parts?: DrawerParts | undefined }) {
  const { task } = view.page;
  const log = view.log ? <LogSection view={view.log} /> : <section class="sect" id="d-log" hx-morph-skip />;
  const body = partOrder(task.status).map((id) => (id === "d-log" ? String(log) : (parts.get(id) ?? "")));
  return (
    <div
      class="sheet"
      id={`drawer-${task.id}`}
      data-id={task.id}
      data-status={task.status}
      role="dialog"
      aria-labelledby="d-title"
    >
      <DrawerHead task={task} />
      <div class="body" id="d-body" tabindex={-1}>
        {markup(body.join(""))}
      </div>
      <Compose id={task.id} locked={task.status === "archived"} />
    </div>
  );
}

/** The parts of a drawer's body by the id of their element; one with nothing to show is left out. */
export type DrawerParts = ReadonlyMap<string, string>;

/** Renders what of a drawer changes with its task, each part by itself: an update sends those that differ. */
export function drawerParts(view: DrawerView): DrawerParts {
  const { page, now, markdown, cut } = view;
  const { task, totals } = page;
  const { question, run } = headlineOf(page);
  // An error is news until a new attempt runs or the task continued without it.
  const news = ["todo", "ready", "blocked"].includes(task.status) && task.last_error !== question;
  const error = news ? task.last_error : null;
  const parts: Record<Exclude<PartId, "d-log">, unknown> = {
    "d-base": <i id="d-base" hidden data-event={task.last_event_id} />,
    "d-edit-title": (
      <Edit id={task.id} field="title" label="Title" value={task.title} locked={task.status === "archived"}>
        <h2 id="d-title">{task.title}</h2>
      </Edit>
    ),
    "d-trouble": error && <Trouble error={error} />,
    "d-props": <Props view={view} />,
    "d-actions": (
      <Actions
        task={task}
        question={question}
        plain={!markdown || run?.outcome === "gave_up"}
        gaveUp={run?.outcome === "gave_up"}
        stopped={view.stopped_by !== null}
      />
    ),
    "d-next": <NextStep page={page} waits={view.waits} />,
    "d-result": <Result task={task} markdown={markdown} cut={cut} />,
    "d-evidence": run && task.status !== "blocked" && (
      <Evidence run={run} result={task.result} markdown={markdown} cut={cut} />
    ),
    "d-found": run && task.status === "blocked" && <Found run={run} markdown={markdown} />,
    "d-runs": (
      <RunsSection
        task={task}
        runs={page.runs}
        total={totals.runs}
        now={now}
        markdown={markdown}
        all={view.all_runs}
        cut={cut}
        above={run?.id}
      />
    ),
    "d-description": <Description task={task} markdown={markdown} cut={cut} />,
    "d-deps": <DepsSection view={view} />,
    "d-comments": (
      <CommentsSection
        comments={page.comments}
        total={totals.comments}
        now={now}
        markdown={markdown}
        cut={cut}
        question={question}
      />
    ),
    "d-events": (
      <EventsSection id={task.id} events={page.events} total={totals.events} now={now} all={view.all_events} />
    ),
  };
  return new Map(
    Object.entries(parts).flatMap(([id, part]): [string, string][] => {
      const html = part ? String(part) : "";
      return html === "" || html === "null" ? [] : [[id, html]];
    }),
  );
}

function DrawerHead({ task }: { task: Task }) {
  return (
    <header>
      <span class="mono faint">{task.id}</span>
      <button class="icon" type="button" data-do="copy-id" data-text={task.id} aria-label="Copy id" title="Copy id">
        <Icon name="copy" small />
      </button>
      <span class="grow" />
      <button class="icon hide-s" type="button" data-do="prev" aria-label="Previous task" title="Previous  K">
        <Icon name="up" />
      </button>
      <button class="icon hide-s" type="button" data-do="next" aria-label="Next task" title="Next  J">
        <Icon name="down" />
      </button>
      <button class="icon hide-s" type="button" data-do="wide" aria-label="Full page" title="Full page">
        <Icon name="full" small />
      </button>
      <a class="icon" href="/" data-do="close" aria-label="Close" title="Close  Esc">
        <Icon name="x" />
      </a>
    </header>
  );
}

function Trouble({ error }: { error: string }) {
  return (
    <div class="trouble" id="d-trouble">
      <Icon name="warn" small />
      <div>
        <p class="mono" tabindex={0}>
          {error}
        </p>
      </div>
    </div>
  );
}

interface TextProps {
  task: Task;
  markdown: boolean;
  cut: ReadonlySet<string>;
}

interface DescriptionProps extends TextProps {
  /** It was asked for by itself: no update of the drawer may replace it by the beginning, or what is typed is lost. */
  asked?: boolean;
}

/** A body that is not whole cannot be edited: what is saved would end where it was cut. */
export function Description({ task, markdown, cut, asked }: DescriptionProps) {
  const locked = task.status === "archived" || cut.has("body");
  // Before a run the description is what is wanted; later one that is missing is a property like others.
  const unset = !task.body && !["triage", "todo", "ready"].includes(task.status);
  const url = `/t/${task.id}/description`;
  const apart = asked
    ? {
        "data-event": task.last_event_id,
        "hx-morph-skip": true,
        "hx-get": url,
        "hx-trigger": "saved",
        "hx-target": "this",
        "hx-swap": "outerHTML",
      }
    : {};
  return (
    <section
      class={unset ? "sect unset" : "sect"}
      id="d-description"
      data-add={unset ? "Description" : undefined}
      {...apart}
    >
      <Edit id={task.id} field="body" label="Description" value={task.body ?? ""} long locked={locked}>
        <h3>
          Description
          <span class="grow" />
          {cut.has("body") && (
            <button class="btn ghost" type="button" hx-get={url} hx-target="#d-description" hx-swap="outerHTML">
              Show all, to read and edit
            </button>
          )}
        </h3>
        {task.body ? (
          <div class="clamp">
            <Markdown text={task.body} plain={!markdown} />
          </div>
        ) : (
          !locked && <p class="faint">Add a description…</p>
        )}
      </Edit>
    </section>
  );
}

function Result({ task, markdown, cut }: TextProps) {
  if (!task.result) return null;
  return (
    <section class="sect" id="d-result">
      <h3>Result</h3>
      <LongText id={task.id} field="result" text={task.result} markdown={markdown} cut={cut} />
    </section>
  );
}
