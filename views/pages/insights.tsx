/** @jsxImportSource hono/jsx */
/**
 * The insights page: how much gets done, how long things wait, how often the first try succeeds.
 *
 * @module
 */
import type { InsightStats, Status } from "../../src/kernel/mod.ts";
import { CycleChart, FlowChart, Heat, HoursChart, Spark } from "./charts.tsx";
import { Head, Page, type Shell } from "../shell/layout.tsx";
import { Filters } from "../shell/filters.tsx";
import { type PageFilter, query } from "../shell/filter_query.ts";
import { Avatar, grouped, STATUS_LABEL } from "../parts/icons.tsx";
import { short } from "../parts/time.ts";

export interface InsightsView extends InsightStats {
  now: number;
  days: number;
  filter: PageFilter;
}

export function InsightsPage({ shell, insights }: { shell: Shell; insights: InsightsView }) {
  return (
    <Page shell={shell} page="insights" title="Insights">
      <Head title="Insights" />
      <div
        class="insights"
        id="view"
        data-view={shell.path}
        data-query={query(insights.filter)}
        data-stale="insights"
        hx-get={shell.path}
        hx-trigger="kanban:stale"
        hx-select="#view"
        hx-swap="outerMorph"
      >
        <Filters path="/insights" filter={insights.filter}>
          <Range insights={insights} />
        </Filters>
        <div class="grid" tabindex={0} role="region" aria-label="Charts">
          <Figures insights={insights} needs={query(insights.filter) === "" ? shell.nav.needs : null} />
          <Panels insights={insights} />
        </div>
      </div>
    </Page>
  );
}

/** The four numbers of the first row. */
function Figures({ insights, needs: every }: { insights: InsightsView; needs: number | null }) {
  const { throughput, ready_wait, first_try, needs, finished } = insights;
  const { runs, hours } = perHourWords(insights);
  return (
    <>
      <Figure title="Throughput" big={runs} small={hours} values={throughput.series} tone="c-done" />
      <Figure
        title="Ready wait"
        big={ready_wait.p50_seconds === null ? "–" : short(ready_wait.p50_seconds)}
        small={
          ready_wait.p95_seconds === null ? "nothing was claimed in 24 h" : `p50 · ${short(ready_wait.p95_seconds)} p95`
        }
        values={ready_wait.series}
        tone="c-ready"
      />
      <Figure
        title="First-try success"
        big={first_try.ratio === null ? "–" : `${(first_try.ratio * 100).toFixed(1)} %`}
        small={first_try.tasks === 0 ? "no worker has finished a task" : triedWords(first_try.tasks, finished.more)}
        values={first_try.series}
        tone="c-running"
      />
      <Figure
        title="Needs you"
        big={grouped(every ?? needs.open)}
        small={needsWords(every ?? needs.open, needs)}
        values={needs.series}
        tone="c-blocked"
      />
    </>
  );
}

/** How many runs completed in an hour, of those in which the board was there. */
function perHourWords({ throughput, first_at, now }: InsightsView): { runs: string; hours: string } {
  const young = first_at !== null && now - first_at < 86_400_000;
  const since = young ? `in its first ${short((now - first_at) / 1_000)}` : "in the last 24 h";
  return { runs: oneDecimal(throughput.per_hour), hours: `runs / h ${since}` };
}

function oneDecimal(value: number): string {
  return value < 1_000 ? value.toFixed(1) : grouped(Math.round(value));
}

function triedWords(tasks: number, more: boolean): string {
  if (tasks === 1) return "of 1 task";
  return more ? `of the last ${grouped(tasks)} tasks` : `of ${grouped(tasks)} tasks`;
}

/** The side bar counts holds and failed checks too, which are no tasks. */
function needsWords(all: number, { open, oldest_seconds: oldest }: InsightsView["needs"]): string {
  if (all === 0) return "nothing waits for you";
  const others = all - open;
  const tasks = `${grouped(open)} ${open === 1 ? "task" : "tasks"}`;
  const checks = `${grouped(others)} ${others === 1 ? "check" : "checks"}`;
  const what = others <= 0 ? "" : open === 0 ? checks : `${tasks}, ${checks}`;
  return [what, oldest === null ? "" : `oldest ${short(oldest)}`].filter(Boolean).join(" · ");
}

/** Why there is no dot: nothing finished, or what did was never claimed. */
function noCycleWords({ finished: { tasks, more }, days }: InsightsView): string {
  const time = days === 1 ? "the last day" : `the last ${days} days`;
  if (tasks === 0) return `No task has finished in ${time}.`;
  const count = `${grouped(tasks)}${more ? " or more" : ""} ${tasks === 1 ? "task" : "tasks"} finished in ${time}`;
  return `${count} without being claimed, so there is no cycle time.`;
}

/** The charts beneath. */
function Panels({ insights }: { insights: InsightsView }) {
  return (
    <>
      <section class="panel w" aria-labelledby="i-flow">
        <header>
          <h2 id="i-flow">Cumulative flow</h2>
          <Legend statuses={["triage", "todo", "ready", "running", "blocked", "review", "done"]} />
        </header>
        <div class="scroll" tabindex={0} role="region" aria-label="Cumulative flow chart">
          <FlowChart flow={insights.flow} />
        </div>
      </section>
      <section class="panel n" aria-labelledby="i-cycle">
        <header>
          <h2 id="i-cycle">Cycle time</h2>
        </header>
        {insights.cycle.points.length === 0 ? (
          <p class="faint">{noCycleWords(insights)}</p>
        ) : (
          <CycleChart cycle={insights.cycle} now={insights.now} />
        )}
      </section>
      <section class="panel w" aria-labelledby="i-hours">
        <header>
          <h2 id="i-hours">Runs per hour</h2>
          <p class="legend">
            <span class="c-done">
              <i />
              completed
            </span>
            <span class="c-blocked">
              <i />
              failed
            </span>
          </p>
        </header>
        <div class="scroll" tabindex={0} role="region" aria-label="Runs per hour chart">
          <HoursChart hours={insights.hours} />
        </div>
      </section>
      <section class="panel n" aria-labelledby="i-profiles">
        <header>
          <h2 id="i-profiles">Profiles, last 24 h</h2>
        </header>
        <Profiles profiles={insights.profiles} />
      </section>
    </>
  );
}

interface FigureProps {
  title: string;
  big: string;
  small: string;
  values: readonly (number | null)[];
  tone: string;
}

function Figure({ title, big, small, values, tone }: FigureProps) {
  return (
    <section class="panel k" aria-label={title}>
      <h2>{title}</h2>
      <p class="big">
        {big} <small>{small}</small>
      </p>
      <Spark values={values} tone={tone} />
    </section>
  );
}

function Legend({ statuses }: { statuses: Status[] }) {
  return (
    <p class="legend">
      {statuses.map((status) => (
        <span class={`c-${status}`}>
          <i />
          {STATUS_LABEL[status]}
        </span>
      ))}
    </p>
  );
}

function Profiles({ profiles }: { profiles: InsightsView["profiles"] }) {
  if (profiles.length === 0) return <p class="faint">No profile has worked in the last 24 hours.</p>;
  return (
    <table class="tbl">
      <thead>
        <tr>
          <th scope="col">Profile</th>
          <th scope="col" class="num">
            Runs
          </th>
          <th scope="col" class="num">
            OK
          </th>
          <th scope="col">Activity</th>
        </tr>
      </thead>
      <tbody>
        {profiles.map(({ name, runs, ok, hours }) => (
          <tr>
            <th scope="row">
              <span class="cell">
                <Avatar name={name} beside />
                <span class="ell">{name}</span>
              </span>
            </th>
            <td class="num">{runs}</td>
            <td class="num">{runs === 0 ? "–" : `${Math.round((ok / runs) * 100)} %`}</td>
            <td>
              <Heat hours={hours} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** How far back; the rest of the filter stays. */
function Range({ insights: { days, filter } }: { insights: InsightsView }) {
  return (
    <form class="row range" action="/insights" method="get" data-submit="change">
      {[...new URLSearchParams(query(filter))].map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
      <select name="days" aria-label="Days">
        {[7, 30, 90].map((choice) => (
          <option value={choice} selected={choice === days}>
            Last {choice} days
          </option>
        ))}
      </select>
      <noscript>
        <button class="btn">Show</button>
      </noscript>
    </form>
  );
}
