/** @jsxImportSource hono/jsx */
/**
 * The Runs page: what works now, with its last line, and what ended lately.
 *
 * @module
 */
import type { Run } from "../../src/kernel/mod.ts";
import { guarded } from "../parts/error_boundary.tsx";
import { Head, Page, type Shell } from "../shell/layout.tsx";
import { Avatar, Icon } from "../parts/icons.tsx";
import { outcomeClass, outcomeText } from "../drawer/runs.tsx";
import { When, span } from "../parts/time.ts";

export interface RunRow {
  run: Run;
  task: { id: string; title: string; assignee: string | null };
  /** The last line its worker printed. */
  tail: string | null;
  /** Which attempt at its task it is. */
  attempt: number;
  now: number;
}

export function RunsPage({ shell, live, recent }: { shell: Shell; live: RunRow[]; recent: RunRow[] }) {
  return (
    <Page shell={shell} page="runs" title="Runs">
      <Head title="Runs" />
      <div
        class="page"
        id="view"
        data-view={shell.path}
        hx-get="/runs"
        hx-trigger="kanban:stale"
        hx-select="#view"
        hx-swap="outerMorph"
        data-stale="runs"
      >
        <section class="sect" aria-labelledby="runs-live">
          <h2 id="runs-live">
            Live <span class="num">{live.length}</span>
          </h2>
          {live.length === 0 && (
            <p class="empty">
              Nothing runs. Assign a ready task to a profile and start a dispatcher:
              <br />
              <code>kanban daemon</code>
            </p>
          )}
          <ul class="run-list">
            {live.map((row) => (
              <Row row={row} />
            ))}
          </ul>
        </section>
        {recent.length > 0 && (
          <section class="sect" aria-labelledby="runs-recent">
            <h2 id="runs-recent">Ended lately</h2>
            <ul class="run-list">
              {recent.map((row) => (
                <Row row={row} />
              ))}
            </ul>
          </section>
        )}
      </div>
    </Page>
  );
}

function Row({ row }: { row: RunRow }) {
  const { run, task } = row;
  return (
    <li
      class={`run-item ${outcomeClass(run.outcome)}`}
      id={`row-${run.id}`}
      data-id={task.id}
      data-status={run.ended_at === null ? "running" : undefined}
      dangerouslySetInnerHTML={{ __html: guarded("run", run.id, () => <RowBody row={row} />) }}
    />
  );
}

function RowBody({ row: { run, task, tail, attempt, now } }: { row: RunRow }) {
  const open = run.ended_at === null;
  const who = run.profile ?? run.claimer;
  const idle = run.pid === null ? `claimed by ${run.claimer}` : "no output yet";
  const last = open ? (tail ?? idle) : (run.error ?? run.summary?.split("\n", 1)[0]);
  return (
    <>
      <span class={`dot ${open ? "beat" : ""}`} />
      <Avatar name={who} beside />
      <span class="who">
        <b class="ell">{who}</b>
        <span class="faint num">
          run {run.id}, attempt {attempt}
        </span>
      </span>
      <span class="what">
        <a class="ell" href={`/t/${task.id}`} data-open={task.id}>
          {task.title}
        </a>
        <span class={open ? "mono ell dim" : "ell dim"}>{last}</span>
      </span>
      <span class="badge outcome">{outcomeText(run.outcome)}</span>
      <span class="num clock">
        {open ? (
          <When at={run.started_at} now={now} form="clock" about="started" />
        ) : (
          span((run.ended_at! - run.started_at) / 1000)
        )}
      </span>
      <span class="beatage hide-s">
        {open ? (
          <When at={run.last_heartbeat_at} now={now} form="ago" about="last heartbeat" />
        ) : (
          <When at={run.ended_at!} now={now} form="ago" about="ended" />
        )}
      </span>
      {open ? (
        <form method="post" action={`/t/${task.id}/stop`} hx-post={`/t/${task.id}/stop`} hx-swap="none">
          <input type="hidden" name="run" value={run.id} />
          <button
            class="icon"
            aria-label={`Stop run ${run.id} of ${task.title}`}
            title={run.pid === null ? "Take back and hold" : "Stop worker"}
          >
            <Icon name="stop" small />
          </button>
        </form>
      ) : (
        <span class="icon" />
      )}
    </>
  );
}
