/** @jsxImportSource hono/jsx */
/**
 * One chain as a drawing: boxes that fit their titles, and lines between the columns.
 *
 * A box is HTML inside the drawing, so the browser measures its text and ends it with an ellipsis where it must.
 *
 * @module
 */
import type { Chain } from "../../src/kernel/mod.ts";
import { type Folded, layered, textWidth } from "./graph_layout.ts";
import { type Html, html } from "../parts/html.ts";
import { STATUS_LABEL, statusMark } from "../parts/icons.tsx";

const HEIGHT = 44;
const GAP_X = 64;
const GAP_Y = 12;
const MARGIN = 8;
const [WIDTH_MIN, WIDTH_MAX] = [132, 300];
const TITLE_SIZE = 13;
const META_SIZE = 11.5;
/** The glyph, its gap and the padding of a box. */
const BESIDE_TEXT = 48;

interface ChainSvgProps {
  chain: Folded;
  /** The task whose graph this is. */
  root: string | null;
  /** The tasks that the filter asks for; the others are dimmed. null: all. */
  matches: ReadonlySet<string> | null;
  /** Where the folded tasks are shown. */
  unfold: string;
}

export function ChainSvg({ chain: { nodes, edges, folds }, root, matches, unfold }: ChainSvgProps) {
  const ids = [...folds.keys(), ...nodes.map(({ id }) => id)];
  const { at, routes } = layered(ids, edges);
  const columns = columnsOf(nodes, at);
  const place = ([x, y]: [number, number]) => [columns[x]!.left, MARGIN + y * (HEIGHT + GAP_Y)] as const;
  const width = columns.at(-1)!.left + columns.at(-1)!.width + MARGIN;
  const height = Math.max(...[...at.values()].map(([, y]) => y)) * (HEIGHT + GAP_Y) + HEIGHT + 2 * MARGIN;
  return (
    <svg
      class="graph"
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      role="group"
      aria-label={`${nodes.length} tasks, ${edges.length} links`}
    >
      <g class="edges">
        {routes.map((route) => (
          <path d={curve(route, columns, place)} />
        ))}
      </g>
      {[...folds].map(([id, count]) => {
        const spot = at.get(id)!;
        const [x, y] = place(spot);
        return (
          <Box x={x} y={y} width={columns[spot[0]]!.width}>
            <a class="node fold" href={unfold}>
              {count} finished
            </a>
          </Box>
        );
      })}
      {nodes.map((node) => {
        const spot = at.get(node.id)!;
        const [x, y] = place(spot);
        const dim = matches !== null && !matches.has(node.id);
        return (
          <Box x={x} y={y} width={columns[spot[0]]!.width}>
            <Node node={node} kind={`${node.id === root ? " root" : ""}${dim ? " dim" : ""}`} />
          </Box>
        );
      })}
    </svg>
  );
}

function Box({ x, y, width, children }: { x: number; y: number; width: number; children?: unknown }) {
  return (
    <foreignObject x={x} y={y} width={width} height={HEIGHT}>
      {children}
    </foreignObject>
  );
}

/** Written with the `html` tag: a page has hundreds. */
function Node({ node: { id, title, status, assignee }, kind }: { node: Chain["nodes"][number]; kind: string }): Html {
  return html`<a href="/t/${id}" class="node c-${status}${kind}" id="node-${id}" data-id="${id}" data-status="${status}" data-open="${id}" title="${title}">${statusMark(status)}<span class="ell name">${title}</span><span class="ell faint">${metaOf(status, assignee)}</span></a>`; // prettier-ignore
}

function metaOf(status: Chain["nodes"][number]["status"], assignee: string | null): string {
  return `${STATUS_LABEL[status]} · ${assignee ?? "unassigned"}`;
}

interface Column {
  left: number;
  width: number;
}

/** The columns, each as wide as its longest title needs, within bounds. */
function columnsOf(nodes: Chain["nodes"], at: ReadonlyMap<string, [number, number]>): Column[] {
  const count = Math.max(...[...at.values()].map(([x]) => x)) + 1;
  const widths = Array.from({ length: count }, () => WIDTH_MIN);
  for (const { id, title, status, assignee } of nodes) {
    const x = at.get(id)![0];
    const text = Math.max(textWidth(title) * TITLE_SIZE, textWidth(metaOf(status, assignee)) * META_SIZE);
    widths[x] = Math.min(WIDTH_MAX, Math.max(widths[x]!, Math.ceil(text) + BESIDE_TEXT));
  }
  let left = MARGIN;
  return widths.map((width) => {
    const column = { left, width };
    left += width + GAP_X;
    return column;
  });
}

/** Straight through the columns, at the height of a row, and curved only in the gaps between them. */
function curve(
  route: [number, number][],
  columns: readonly Column[],
  place: (spot: [number, number]) => readonly [number, number],
): string {
  let path = "";
  for (let i = 1; i < route.length; i++) {
    const [x1, y1] = place(route[i - 1]!);
    const [x2, y2] = place(route[i]!);
    const from = [x1 + columns[route[i - 1]![0]]!.width, y1 + HEIGHT / 2] as const;
    const to = [x2, y2 + HEIGHT / 2] as const;
    const bend = (to[0] - from[0]) / 2;
    path += `${i === 1 ? "M" : "L"}${from.join(" ")}C${from[0] + bend} ${from[1]} ${to[0] - bend} ${to[1]} ${to.join(" ")}`;
  }
  return path;
}
