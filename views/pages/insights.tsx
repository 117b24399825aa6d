/** @jsxImportSource hono/jsx */
/**
 * The insights page: how much gets done, how long things wait, how often the first try succeeds.
 *
 * @module
 */
import type { InsightStats, Status } from "../../src/kernel/mod.ts";
import { CycleChart, FlowChart, Heat, HoursChart, Spark } from "./charts.tsx";
import { Head, Page, type Shell } from "../shell/layout.tsx";
import { Avatar, STATUS_LABEL } from "../parts/icons.tsx";
import { short } from "../parts/time.ts";

export interface InsightsView extends InsightStats {
  now: number;
  days: number;
  tenant: string | null | undefined;
  tenants: string[];
}

export function InsightsPage({ shell, insights }: { shell: Shell; insights: InsightsView }) {
  return (
    <Page shell={shell} page="insights" title="Insights">
      <Head title="Insights">
        <Range insights={insights} />
      </Head>
      <div
        class="grid"
        id="view"
        data-view={shell.path}
        data-stale="insights"
        hx-get={shell.path}
        hx-trigger="kanban:stale"
        hx-select="#view"
        hx-swap="outerMorph"
        tabindex={0}
        role="region"
        aria-label="Charts"
      >
        <Figures insights={insights} />
        <Panels insights={insights} />
      </div>
    </Page>
  );
}

/** The four numbers of the first row. */
function Figures({ insights: { throughput, ready_wait, first_try, needs } }: { insights: InsightsView }) {
  return (
    <>
      <Figure
        title="Throughput"
        big={throughput.per_hour.toFixed(1)}
        small="runs / h"
        values={throughput.series}
        tone="c-done"
      />
      <Figure
        title="Ready wait"
        big={ready_wait.p50_seconds === null ? "–" : short(ready_wait.p50_seconds)}
        small={
          ready_wait.p95_seconds === null ? "nothing was claimed yet" : `p50 · ${short(ready_wait.p95_seconds)} p95`
        }
        values={ready_wait.series}
        tone="c-ready"
      />
      <Figure
        title="First-try success"
        big={first_try.ratio === null ? "–" : `${(first_try.ratio * 100).toFixed(1)} %`}
        small={first_try.tasks === 1 ? "of 1 task" : `of ${first_try.tasks} tasks`}
        values={first_try.series}
        tone="c-running"
      />
      <Figure
        title="Needs you"
        big={String(needs.open)}
        small={needs.oldest_seconds === null ? "nothing waits" : `oldest ${short(needs.oldest_seconds)}`}
        values={needs.series}
        tone="c-blocked"
      />
    </>
  );
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
          <p class="faint">No task has finished in this time.</p>
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

/** How far back, and whose. */
function Range({ insights: { days, tenant, tenants } }: { insights: InsightsView }) {
  return (
    <form class="row range" action="/insights" method="get" data-submit="change">
      <select name="days" aria-label="Days">
        {[7, 30, 90].map((choice) => (
          <option value={choice} selected={choice === days}>
            Last {choice} days
          </option>
        ))}
      </select>
      <select name="tenant" aria-label="Tenant">
        <option value="*" selected={tenant === undefined}>
          All tenants
        </option>
        {tenants.map((name) => (
          <option value={name} selected={name === tenant}>
            {name}
          </option>
        ))}
      </select>
      <noscript>
        <button class="btn">Show</button>
      </noscript>
    </form>
  );
}
