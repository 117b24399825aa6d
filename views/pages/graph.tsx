/** @jsxImportSource hono/jsx */
/**
 * The page of dependencies: whole chains, those with unfinished tasks drawn, finished ones folded beneath.
 *
 * @module
 */
import type { ChainPage } from "../../src/kernel/mod.ts";
import { ChainSvg } from "./graph_chain.tsx";
import { folded } from "./graph_layout.ts";
import { guarded } from "../parts/error_boundary.tsx";
import { Filters } from "../shell/filters.tsx";
import { type PageFilter, query } from "../shell/filter_query.ts";
import { Head, Page, type Shell } from "../shell/layout.tsx";
import { grouped, Icon } from "../parts/icons.tsx";
import { When } from "../parts/time.ts";

export interface GraphView extends ChainPage {
  /** The task whose chain this is, with all that is finished; null for the whole board. */
  root: string | null;
  filter: PageFilter;
  now: number;
}

export function DepsPage({ shell, graph }: { shell: Shell; graph: GraphView }) {
  const { filter, root, chains, finished, next } = graph;
  return (
    <Page shell={shell} page="deps" title="Dependencies">
      <Head title="Dependencies" search={root === null ? { path: "/deps", filter } : undefined} />
      <div
        id="view"
        data-view={shell.path}
        data-query={query(filter)}
        data-stale="deps"
        hx-get={shell.path}
        hx-trigger="kanban:stale"
        hx-select="#view"
        hx-swap="outerMorph"
      >
        <Filters path="/deps" filter={filter}>
          {root !== null && (
            <a class="btn ghost" href="/deps">
              Whole board
            </a>
          )}
          <Zoom />
        </Filters>
        <div class="page flush graph-page" id="graphs" tabindex={0} role="region" aria-label="Dependency graph">
          {chains.map((chain) => (
            <ChainSection chain={chain} graph={graph} />
          ))}
          {chains.length === 0 && finished.length === 0 && (
            <Nothing filtered={query(filter) !== ""} more={next !== null} />
          )}
          {next !== null && (
            <a class="more" href={moreHref(filter, next)}>
              More chains
            </a>
          )}
          {finished.length > 0 && <Finished graph={graph} />}
        </div>
      </div>
    </Page>
  );
}

function Zoom() {
  return (
    <span class="row zoom" role="group" aria-label="Zoom">
      <button class="icon" type="button" data-do="zoom-out" aria-label="Smaller" title="Smaller  -">
        <Icon name="minus" small />
      </button>
      <button class="btn ghost num" type="button" data-do="zoom-reset" title="100 %  0">
        <span id="zoom">100 %</span>
      </button>
      <button class="icon" type="button" data-do="zoom-in" aria-label="Larger" title="Larger  +">
        <Icon name="plus" small />
      </button>
      <button class="btn ghost" type="button" data-do="zoom-fit">
        Fit
      </button>
    </span>
  );
}

function ChainSection({ chain, graph }: { chain: GraphView["chains"][number]; graph: GraphView }) {
  const { root, matches } = graph;
  const parents = new Set(chain.edges.map(({ parent }) => parent));
  // What the chain leads to: the newest task that no other waits for.
  const goal = chain.nodes.findLast(({ id }) => !parents.has(id)) ?? chain.nodes.at(-1)!;
  const over = chain.nodes.filter(({ completed_at }) => completed_at !== null).length;
  const drawn = root === null ? folded(chain, matches ?? new Set()) : { ...chain, folds: new Map() };
  return (
    <section class="chain" aria-labelledby={`chain-${goal.id}`}>
      <header>
        <h2 id={`chain-${goal.id}`}>
          <a class="ell" href={`/deps?id=${goal.id}`}>
            {goal.title}
          </a>
        </h2>
        <span class="faint num">
          {over} of {grouped(chain.nodes.length)} finished
          {chain.more && ", the nearest of more tasks"}
        </span>
      </header>
      <div
        class="chain-box"
        dangerouslySetInnerHTML={{
          __html: guarded("chain", goal.id, () => (
            <ChainSvg chain={drawn} root={root} matches={matches} unfold={`/deps?id=${goal.id}`} />
          )),
        }}
      />
    </section>
  );
}

function Finished({ graph: { finished, now } }: { graph: GraphView }) {
  return (
    <details class="chain-done" id="chains-finished">
      <summary>
        <Icon name="right" small />
        Finished chains <span class="num faint">{finished.length}</span>
      </summary>
      <ul>
        {finished.map(({ id, title, tasks, completed_at }) => (
          <li>
            <a class="ell" href={`/deps?id=${id}`}>
              {title}
            </a>
            <span class="faint num">{tasks} tasks</span>
            <When at={completed_at} now={now} form="ago" about="finished" />
          </li>
        ))}
      </ul>
    </details>
  );
}

function Nothing({ filtered, more }: { filtered: boolean; more: boolean }) {
  if (filtered) {
    return <p class="empty">{more ? "No chain among the newest ones matches." : "No chain matches the filters."}</p>;
  }
  return (
    <p class="empty">
      No task depends on another yet. Link two in a task's drawer, or run
      <br />
      <code>kanban link PARENT CHILD</code>
    </p>
  );
}

function moreHref(filter: PageFilter, after: string): string {
  const params = new URLSearchParams(query(filter));
  params.set("after", after);
  return `/deps?${params}`;
}
