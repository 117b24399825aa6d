/** @jsxImportSource hono/jsx */
/**
 * Dependencies as a layered drawing: parents left of their children, each layer a column.
 *
 * A task is one layer right of its rightmost parent, and inside its layer beside the middle of
 * its parents, which keeps most edges from crossing without any iteration.
 *
 * @module
 */
import type { Status } from "../../src/kernel/mod.ts";
import { Filters } from "../shell/filters.tsx";
import { type PageFilter, query } from "../shell/filter_query.ts";
import { Head, Page, type Shell } from "../shell/layout.tsx";
import { STATUS_LABEL } from "../parts/icons.tsx";

export interface GraphView {
  nodes: { id: string; title: string; status: Status; assignee: string | null }[];
  edges: { parent: string; child: string }[];
  /** The task whose neighbourhood this is; null for the whole board. */
  root: string | null;
  /** There are more than these. */
  truncated: boolean;
  filter: PageFilter;
}

export function DepsPage({ shell, graph }: { shell: Shell; graph: GraphView }) {
  return (
    <Page shell={shell} page="deps" title="Dependencies">
      <Head title="Dependencies" />
      <div
        id="view"
        data-view={shell.path}
        data-query={query(graph.filter)}
        data-stale="deps"
        hx-get={shell.path}
        hx-trigger="kanban:stale"
        hx-select="#view"
        hx-swap="outerMorph"
      >
        <Filters path="/deps" filter={graph.filter}>
          {graph.root && (
            <a class="btn ghost" href="/deps">
              Whole board
            </a>
          )}
        </Filters>
        <div class="page flush graph-page" tabindex={0} role="region" aria-label="Dependency graph">
          {graph.truncated && (
            <p class="faint pad">
              Too many to draw at once: these are the first {graph.nodes.length}. Narrow it by a filter, or open a
              task's own graph.
            </p>
          )}
          {graph.nodes.length === 0 ? (
            <p class="empty">
              No task depends on another yet. Link two in a task's drawer, or run
              <br />
              <code>kanban link PARENT CHILD</code>
            </p>
          ) : (
            <Graph graph={graph} />
          )}
        </div>
      </div>
    </Page>
  );
}

const WIDTH = 220;
const HEIGHT = 44;
const GAP_X = 72;
const GAP_Y = 14;

function Graph({ graph }: { graph: GraphView }) {
  const { at, routes } = layered(
    graph.nodes.map((node) => node.id),
    graph.edges,
  );
  const spots = [...at.values()];
  const width = Math.max(...spots.map(([x]) => x)) * (WIDTH + GAP_X) + WIDTH + 32;
  const height = Math.max(...spots.map(([, y]) => y)) * (HEIGHT + GAP_Y) + HEIGHT + 32;
  return (
    <svg
      class="graph"
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      role="group"
      aria-label={`${graph.nodes.length} tasks, ${routes.length} links`}
    >
      <g class="edges">
        {routes.map((route) => (
          <path d={curve(route)} />
        ))}
      </g>
      {graph.nodes.map((node) => {
        const [x, y] = pixels(at.get(node.id)!);
        return <Node node={node} x={x} y={y} root={node.id === graph.root} />;
      })}
    </svg>
  );
}

function pixels([x, y]: [number, number]): [number, number] {
  return [16 + x * (WIDTH + GAP_X), 16 + y * (HEIGHT + GAP_Y)];
}

function Node({ node, x, y, root }: { node: GraphView["nodes"][number]; x: number; y: number; root: boolean }) {
  const { id, title, status, assignee } = node;
  return (
    <a href={`/t/${id}`} class={`node c-${status}${root ? " root" : ""}`} data-id={id} data-open={id}>
      <title>{title}</title>
      <rect x={x} y={y} width={WIDTH} height={HEIGHT} rx="7" class="box" />
      <rect x={x} y={y + 8} width="3" height={HEIGHT - 16} rx="1.5" class="bar" />
      <text x={x + 13} y={y + 18} class="name">
        {cut(title, 28)}
      </text>
      <text x={x + 13} y={y + 34} class="faint">
        {cut(`${STATUS_LABEL[status]} · ${assignee ?? "unassigned"} · ${id}`, 40)}
      </text>
    </a>
  );
}

/** From the right side of the first point to the left side of the last; through those between at their height. */
function curve(route: [number, number][]): string {
  const points = route.map(pixels);
  let path = "";
  for (let i = 1; i < points.length; i++) {
    const [x1, y1] = points[i - 1]!;
    const [x2, y2] = points[i]!;
    const from = [x1 + WIDTH, y1 + HEIGHT / 2] as const;
    const to = [x2, y2 + HEIGHT / 2] as const;
    const bend = Math.max(24, (to[0] - from[0]) / 2);
    path += `${i === 1 ? "M" : "L"}${from.join(" ")}C${from[0] + bend} ${from[1]} ${to[0] - bend} ${to[1]} ${to.join(" ")}`;
  }
  return path;
}

/** The place of every node, as [layer, row], and the points each edge runs through. */
export interface Layout {
  at: Map<string, [number, number]>;
  /** One list per edge, from parent to child. */
  routes: [number, number][][];
}

/**
 * Lays out a graph. Edges to unknown nodes are left out. An edge that skips layers gets a row of its
 * own in each of them, so that it never runs behind a node.
 */
export function layered(ids: string[], edges: { parent: string; child: string }[]): Layout {
  const known = edges.filter(({ parent, child }) => ids.includes(parent) && ids.includes(child));
  const layer = layersOf(ids, known);
  const chains = known.map(({ parent, child }, index) => {
    const between = Array.from({ length: Math.max(0, layer.get(child)! - layer.get(parent)! - 1) }, (_, step) => {
      const bend = `${index}/${step}`;
      layer.set(bend, layer.get(parent)! + 1 + step);
      return bend;
    });
    return [parent, ...between, child];
  });

  const above = new Map<string, string[]>();
  for (const chain of chains) {
    for (let i = 1; i < chain.length; i++) above.set(chain[i]!, [...(above.get(chain[i]!) ?? []), chain[i - 1]!]);
  }
  const at = new Map<string, [number, number]>();
  const middle = (id: string) => {
    const rows = (above.get(id) ?? []).map((parent) => at.get(parent)?.[1] ?? 0);
    return rows.length === 0 ? 0 : rows.reduce((a, b) => a + b, 0) / rows.length;
  };
  const columns = Map.groupBy(layer.keys(), (id) => layer.get(id)!);
  for (const x of [...columns.keys()].sort((a, b) => a - b)) {
    let row = 0;
    for (const id of columns.get(x)!.sort((a, b) => middle(a) - middle(b))) {
      row = Math.max(row, Math.floor(middle(id)));
      at.set(id, [x, row++]);
    }
  }
  return { at, routes: chains.map((chain) => chain.map((id) => at.get(id)!)) };
}

/** One more than the layer of the rightmost parent; a cycle ends where it closes. */
function layersOf(ids: string[], edges: { parent: string; child: string }[]): Map<string, number> {
  const parents = new Map<string, string[]>(ids.map((id) => [id, []]));
  for (const { parent, child } of edges) parents.get(child)!.push(parent);
  const layer = new Map<string, number>();
  const open = new Set<string>();
  const depth = (id: string): number => {
    if (layer.has(id)) return layer.get(id)!;
    if (open.has(id)) return 0;
    open.add(id);
    const own = Math.max(0, ...parents.get(id)!.map((parent) => depth(parent) + 1));
    open.delete(id);
    layer.set(id, own);
    return own;
  };
  for (const id of ids) depth(id);
  return layer;
}

function cut(text: string, max: number): string {
  const letters = [...text];
  return letters.length <= max ? text : `${letters.slice(0, max - 1).join("")}…`;
}
