/** @jsxImportSource hono/jsx */
/**
 * The attempts at a task: a timeline row each, and beneath it what the attempt left behind.
 *
 * @module
 */
import type { Outcome, Run, Task } from "../../src/kernel/mod.ts";
import { Json, Whole } from "./attempt_parts.tsx";
import { guarded } from "../parts/error_boundary.tsx";
import { LongText } from "./long_text.tsx";
import { Icon } from "../parts/icons.tsx";
import { Markdown } from "../parts/markdown.tsx";
import { When, span } from "../parts/time.ts";

/** The colour of an outcome: that of the status it leaves the task in; what is tried again by itself has none. */
export function outcomeClass(outcome: Outcome | null): string {
  if (outcome === null) return "c-running";
  if (outcome === "completed") return "c-done";
  if (outcome === "rate_limited" || outcome === "unavailable" || outcome === "reclaimed") return "c-todo";
  return "c-blocked";
}

/** What an outcome is called; an open run is active. */
export function outcomeText(outcome: Outcome | null): string {
  return outcome === null ? "active" : outcome.replaceAll("_", " ");
}

interface RunsProps {
  task: Task;
  runs: Run[];
  total: number;
  now: number;
  markdown: boolean;
  all?: boolean | undefined;
  /** The fields that are not whole. */
  cut: ReadonlySet<string>;
  /** The run whose texts are at the top of the drawer. */
  above?: number | undefined;
}

const SHOWN = 3;

export function RunsSection({ task, runs, total, now, markdown, all, cut, above }: RunsProps) {
  if (runs.length === 0) return null;
  const scale = scaleOf(runs, now);
  const first = total - runs.length + 1;
  const numbered = runs.map((run, index) => ({ run, number: first + index }));
  const folded = all ? [] : numbered.slice(0, -SHOWN);
  const shown = all ? numbered : numbered.slice(-SHOWN);
  const attempt = ({ run, number }: { run: Run; number: number }) => (
    <Attempt run={run} number={number} scale={scale} now={now} markdown={markdown} cut={cut} above={run.id === above} />
  );
  return (
    <section class="sect" id="d-runs">
      <h3>
        Runs <span class="num">{total}</span>
        <span class="grow" />
        {total > runs.length && (
          <button class="btn ghost" type="button" hx-get={`/t/${task.id}/runs`} hx-target="#d-runs" hx-swap="outerHTML">
            Show all
          </button>
        )}
      </h3>
      <div class="gantt">
        <Axis from={scale.from} to={scale.to} live={runs.at(-1)?.ended_at === null} />
        {folded.length > 0 && (
          <details class="fold">
            <summary class="btn ghost">+{folded.length} earlier</summary>
            {folded.map(attempt)}
          </details>
        )}
        {shown.map(attempt)}
      </div>
    </section>
  );
}

interface Scale {
  from: number;
  to: number;
}

/** From the first start to the last end; a run whose times cannot be read does not spoil it for the others. */
function scaleOf(runs: Run[], now: number): Scale {
  const instants = runs.flatMap((run) => [run.started_at, run.ended_at ?? now]).filter(Number.isFinite);
  return { from: Math.min(...instants, now), to: Math.max(...instants, 0) || now };
}

/** Times of day over the tracks, with seconds where minutes would all be the same; the script turns them into local ones. */
function Axis({ from, to, live }: Scale & { live: boolean }) {
  const fine = to - from < 5 * 60_000;
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const at = from + share * (to - from);
    return { at: Math.round(at), text: new Date(at).toISOString().slice(11, fine ? 19 : 16) };
  });
  return (
    <div class="axis num" aria-hidden="true">
      {ticks.map(({ at, text }, index) =>
        index === 4 && live ? (
          <span>now</span>
        ) : text === ticks[index - 1]?.text ? (
          <span />
        ) : (
          <span data-clock={at} data-fine={fine || undefined}>
            {text}
          </span>
        ),
      )}
    </div>
  );
}

interface AttemptProps {
  run: Run;
  number: number;
  scale: Scale;
  now: number;
  markdown: boolean;
  cut: ReadonlySet<string>;
  /** Its texts are at the top of the drawer. */
  above: boolean;
}

function Attempt(props: AttemptProps) {
  return (
    <div
      class="att"
      id={`run-row-${props.run.id}`}
      dangerouslySetInnerHTML={{ __html: guarded("run", props.run.id, () => <AttemptBody {...props} />) }}
    />
  );
}

function AttemptBody(props: AttemptProps) {
  const { run, number, scale, now, above } = props;
  const open = run.ended_at === null;
  return (
    <>
      <div class={`att-row ${outcomeClass(run.outcome)}`}>
        <span class="ell">
          <span class="num faint">#{number}</span> <b class="outcome">{outcomeText(run.outcome)}</b>
        </span>
        <Track run={run} scale={scale} now={now} />
      </div>
      <p class="att-facts">
        <span>{run.profile ?? run.claimer}</span>
        {open ? (
          <When at={run.started_at} now={now} form="span" about="started" />
        ) : (
          <span class="num">{span((run.ended_at! - run.started_at) / 1000)}</span>
        )}
        {!open && <When at={run.ended_at!} now={now} form="ago" about="ended" />}
        {run.exit_code !== null && run.exit_code !== 0 && <span class="mono">exit {run.exit_code}</span>}
        {run.signal && <span class="mono">{run.signal}</span>}
        {open && run.pid !== null && <span class="mono">pid {run.pid}</span>}
      </p>
      {!above && <Handoff {...props} />}
      {(above || !lastWords(run)) && run.log_tail && <Tail text={run.log_tail} />}
      {run.usage && <Json label="usage" value={run.usage} />}
    </>
  );
}

/** What the attempt said itself. */
function Handoff({ run, markdown, cut }: AttemptProps) {
  return (
    <>
      {run.summary && (
        <LongText
          id={run.task_id}
          field={`attempt:${run.id}.summary`}
          text={run.summary}
          markdown={markdown}
          cut={cut}
        />
      )}
      {run.error && (
        <p class={run.outcome === "reclaimed" ? "att-error ended" : "att-error"} tabindex={0}>
          <Icon name={run.outcome === "reclaimed" ? "stop" : "warn"} small />
          <span>{run.error}</span>
          <Whole run={run} name="error" cut={cut} />
        </p>
      )}
      {lastWords(run) && (
        <blockquote class="att-words" title="What its agent said last">
          <Markdown text={lastWords(run)!} plain={!markdown} />
        </blockquote>
      )}
      {run.metadata && <Json label="metadata" value={run.metadata} />}
      <Whole run={run} name="metadata" cut={cut} />
    </>
  );
}

/** What the agent said last, of a run that left no handoff. */
function lastWords({ outcome, last_words }: Run): string | null {
  return outcome === null || outcome === "completed" || outcome === "blocked" ? null : last_words;
}

function Tail({ text }: { text: string }) {
  return (
    <details class="json">
      <summary>end of its log</summary>
      <pre class="mono" tabindex={0} hx-ignore>
        {text}
      </pre>
    </details>
  );
}

function Track({ run, scale, now }: { run: Run; scale: Scale; now: number }) {
  const whole = Math.max(1, scale.to - scale.from);
  const x = ((run.started_at - scale.from) / whole) * 100;
  const width = Math.max(0.8, (((run.ended_at ?? now) - run.started_at) / whole) * 100);
  const left = Math.min(x, 99.2);
  const text = span(((run.ended_at ?? now) - run.started_at) / 1000);
  return (
    <svg class="track" height="20" width="100%" role="img" aria-label={`${outcomeText(run.outcome)}, ${text}`}>
      {[25, 50, 75].map((at) => (
        <line x1={`${at}%`} x2={`${at}%`} y1="0" y2="20" class="g" />
      ))}
      <rect
        x={`${left.toFixed(2)}%`}
        width={`${Math.min(width, 100 - left).toFixed(2)}%`}
        y="1"
        height="18"
        rx="3"
        class="bar"
      />
      <rect x={`${left.toFixed(2)}%`} width="2" y="1" height="18" class="edge" />
      {width > 14 && (
        <text x={`${(left + 1.6).toFixed(2)}%`} y="14">
          {text}
        </text>
      )}
    </svg>
  );
}
