/**
 * The dependency graph as an indented tree: a child stands beneath the first parent that shows it.
 *
 * @module
 */
import type { Graph, GraphNode } from "../../kernel/mod.ts";
import { type Paint, statusCell, truncate } from "./format.ts";
import { oneLine } from "../../text.ts";

/**
 * Lines of a forest that begins with the tasks that wait for nothing in it. A task with several
 * parents is drawn once in full; beneath the others it is named, with an arrow to the full one.
 */
export function graphLines({ nodes, edges }: Graph, { style, width }: { style: Paint; width: number }): string[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const children = new Map<string, string[]>();
  for (const { parent, child } of edges) children.set(parent, [...(children.get(parent) ?? []), child]);
  const waiting = new Set(edges.map(({ child }) => child));
  const drawn = new Set<string>();
  const lines: string[] = [];
  const draw = (id: string, lead: string, branch: string, rest: string) => {
    const again = drawn.has(id) && children.has(id);
    lines.push(nodeLine(byId.get(id)!, { lead: lead + branch, again, style, width }));
    if (drawn.has(id)) return;
    drawn.add(id);
    const below = children.get(id) ?? [];
    below.forEach((child, at) => {
      const last = at === below.length - 1;
      draw(child, lead + rest, last ? "└─ " : "├─ ", last ? "   " : "│  ");
    });
  };
  for (const { id } of nodes) if (!waiting.has(id)) draw(id, "", "", "");
  return lines;
}

function nodeLine(node: GraphNode, setting: { lead: string; again: boolean; style: Paint; width: number }): string {
  const { lead, again, style, width } = setting;
  const { text, style: look = String } = statusCell(node.status, style);
  const who = node.assignee === null ? "" : `  ${oneLine(node.assignee)}`;
  const after = again ? `${who}  ↑ above` : who;
  const room = width - Bun.stringWidth(`${lead}${node.id}  ${text}  ${after}`);
  return `${style.dim(lead)}${node.id}  ${look(text)}  ${truncate(oneLine(node.title), Math.max(12, room))}${style.dim(after)}`;
}

/** The same for Graphviz. */
export function graphDot({ nodes, edges }: Graph): string {
  const quoted = (text: string) => `"${oneLine(text).replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
  return [
    "digraph kanban {",
    "  rankdir=LR; node [shape=box];",
    ...nodes.map(({ id, title, status }) => `  ${id} [label=${quoted(`${title}\u00a0(${status})`)}];`),
    ...edges.map(({ parent, child }) => `  ${parent} -> ${child};`),
    "}",
  ].join("\n");
}
