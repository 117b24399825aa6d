/** @jsxImportSource hono/jsx */
/**
 * Dependencies as a layered drawing: parents left of their children, each layer a column.
 *
 * A task stands one layer right of its rightmost parent, and inside its layer beside the middle of
 * its parents, which keeps most edges from crossing without any iteration.
 *
 * @module
 */
import type { Status } from "../src/kernel/mod.ts";
import { type FilterView, Filters } from "./filters.tsx";
import { Head, Page, type Shell } from "./layout.tsx";
import { STATUS_LABEL } from "./marks.tsx";

export interface GraphView {
  nodes: { id: string; title: string; status: Status; assignee: string | null }[];
  edges: { parent: string; child: string }[];
  /** The task whose neighbourhood this is; null for the whole board. */
  root: string | null;
  /** There are more than these. */
  truncated: boolean;
  filter: FilterView;
}

export function DepsPage({ shell, graph }: { shell: Shell; graph: GraphView }) {
  return (
    <Page shell={shell} page="deps" title="Dependencies">
      <Head title="Dependencies" />
      <div
        id="view"
        data-view={shell.path}
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
  const at = layered(
    graph.nodes.map((node) => node.id),
    graph.edges,
  );
  const spots = [...at.values()];
  const width = Math.max(...spots.map(([x]) => x)) * (WIDTH + GAP_X) + WIDTH + 32;
  const height = Math.max(...spots.map(([, y]) => y)) * (HEIGHT + GAP_Y) + HEIGHT + 32;
  const spot = (id: string): [number, number] => {
    const [x, y] = at.get(id)!;
    return [16 + x * (WIDTH + GAP_X), 16 + y * (HEIGHT + GAP_Y)];
  };
  const links = graph.edges.filter(({ parent, child }) => at.has(parent) && at.has(child));
  return (
    <svg
      class="graph"
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      role="group"
      aria-label={`${graph.nodes.length} tasks, ${links.length} links`}
    >
      <g class="edges">
        {links.map(({ parent, child }) => (
          <path d={curve(spot(parent), spot(child))} data-parent={parent} data-child={child} />
        ))}
      </g>
      {graph.nodes.map((node) => (
        <Node node={node} x={spot(node.id)[0]} y={spot(node.id)[1]} root={node.id === graph.root} />
      ))}
    </svg>
  );
}

function Node({ node, x, y, root }: { node: GraphView["nodes"][number]; x: number; y: number; root: boolean }) {
  const { id, title, status, assignee } = node;
  return (
    <a
      href={`/t/${id}`}
      class={`node c-${status}${root ? " root" : ""}`}
      aria-label={`${title}, ${STATUS_LABEL[status]}`}
      data-id={id}
      data-open-task={id}
    >
      <title>{title}</title>
      <rect x={x} y={y} width={WIDTH} height={HEIGHT} rx="7" class="box" />
      <rect x={x} y={y + 8} width="3" height={HEIGHT - 16} rx="1.5" class="bar" />
      <text x={x + 13} y={y + 18} class="name">
        {cut(title, 32)}
      </text>
      <text x={x + 13} y={y + 34} class="faint">
        {cut(`${STATUS_LABEL[status]} · ${assignee ?? "nobody"} · ${id}`, 40)}
      </text>
    </a>
  );
}

function curve([x1, y1]: [number, number], [x2, y2]: [number, number]): string {
  const from = [x1 + WIDTH, y1 + HEIGHT / 2] as const;
  const to = [x2, y2 + HEIGHT / 2] as const;
  const bend = Math.max(24, (to[0] - from[0]) / 2);
  return `M${from[0]} ${from[1]}C${from[0] + bend} ${from[1]} ${to[0] - bend} ${to[1]} ${to[0]} ${to[1]}`;
}

/** Layer and place in it of every node. Edges to unknown nodes are ignored; a cycle ends where it closes. */
export function layered(ids: string[], edges: { parent: string; child: string }[]): Map<string, [number, number]> {
  const parents = new Map<string, string[]>(ids.map((id) => [id, []]));
  for (const { parent, child } of edges) {
    if (parents.has(parent)) parents.get(child)?.push(parent);
  }
  const layer = new Map<string, number>();
  const depth = (id: string, path: Set<string>): number => {
    const known = layer.get(id);
    if (known !== undefined) return known;
    if (path.has(id)) return 0;
    path.add(id);
    const above = parents.get(id)!.map((parent) => depth(parent, path) + 1);
    path.delete(id);
    const own = Math.max(0, ...above);
    layer.set(id, own);
    return own;
  };
  for (const id of ids) depth(id, new Set());

  const at = new Map<string, [number, number]>();
  const last = Math.max(0, ...layer.values());
  for (let x = 0; x <= last; x++) {
    const column = ids.filter((id) => layer.get(id) === x);
    const middle = (id: string) => {
      const rows = parents.get(id)!.map((parent) => at.get(parent)?.[1] ?? 0);
      return rows.length === 0 ? 0 : rows.reduce((a, b) => a + b, 0) / rows.length;
    };
    const ordered = x === 0 ? column : column.toSorted((a, b) => middle(a) - middle(b));
    let row = 0;
    for (const id of ordered) {
      row = Math.max(row, x === 0 ? 0 : Math.floor(middle(id)));
      at.set(id, [x, row++]);
    }
  }
  return at;
}

function cut(text: string, max: number): string {
  const letters = [...text];
  return letters.length <= max ? text : `${letters.slice(0, max - 1).join("")}…`;
}
