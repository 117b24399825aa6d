/**
 * Lays a chain out: parents left of their children, each layer a column, and what is finished long since in one place.
 *
 * A task is one layer right of its rightmost parent, and inside its layer beside the middle of its parents, which
 * keeps most edges from crossing without any iteration. An edge that skips layers gets a row of its own in each of
 * them, and turns only between two columns: so no line runs behind a title.
 *
 * @module
 */
import type { Chain } from "../../src/kernel/mod.ts";

/** The place of every node, as [layer, row], and the points each edge runs through. */
export interface Layout {
  at: Map<string, [number, number]>;
  /** One list per edge, from parent to child. */
  routes: [number, number][][];
}

/** Lays out a graph. Edges to unknown nodes are left out. */
export function layered(ids: string[], edges: { parent: string; child: string }[]): Layout {
  const every = new Set(ids);
  const known = edges.filter(({ parent, child }) => every.has(parent) && every.has(child));
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

/** The nodes that stand for folded ones: those that the others came after, and those that came after them. */
type Fold = "fold-before" | "fold-after";

export interface Folded {
  nodes: Chain["nodes"];
  edges: Chain["edges"];
  /** How many finished tasks each of them stands for. */
  folds: ReadonlyMap<Fold, number>;
}

/** A chain without the finished tasks that are beside no unfinished one, but with those in `keep`. */
export function folded({ nodes, edges }: Chain, keep: ReadonlySet<string>): Folded {
  const living = new Set(nodes.filter(({ completed_at }) => completed_at === null).map(({ id }) => id));
  const near = new Set(
    edges.flatMap(({ parent, child }) => (living.has(child) ? [parent] : living.has(parent) ? [child] : [])),
  );
  const kept = nodes.filter(({ id }) => living.has(id) || near.has(id) || keep.has(id));
  if (nodes.length - kept.length < 2) return { nodes, edges, folds: new Map() };
  const stays = new Set(kept.map(({ id }) => id));
  const before = ancestorsOf(stays, edges);
  const end = (id: string) => (stays.has(id) ? id : before.has(id) ? "fold-before" : "fold-after");
  const folds = new Map<Fold, number>();
  for (const { id } of nodes) {
    const fold: Fold = before.has(id) ? "fold-before" : "fold-after";
    if (!stays.has(id)) folds.set(fold, (folds.get(fold) ?? 0) + 1);
  }
  const drawn = edges
    .map(({ parent, child }) => ({ parent: end(parent), child: end(child) }))
    // A fold is on one side of the others: what leads back into it is not drawn.
    .filter(({ parent, child }) => parent !== child && child !== "fold-before" && parent !== "fold-after");
  return {
    nodes: kept,
    edges: [...new Map(drawn.map((edge) => [`${edge.parent} ${edge.child}`, edge])).values()],
    folds,
  };
}

/** The tasks that some of these came after, at any distance. */
function ancestorsOf(ids: ReadonlySet<string>, edges: Chain["edges"]): Set<string> {
  const parents = Map.groupBy(edges, ({ child }) => child);
  const found = new Set<string>();
  const open = [...ids];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    for (const { parent } of parents.get(id) ?? []) {
      if (found.has(parent)) continue;
      found.add(parent);
      open.push(parent);
    }
  }
  return found;
}

/** How wide a text is drawn, in pixels at a size of 1, about: a browser measures it and cuts what is longer. */
export function textWidth(text: string): number {
  let width = 0;
  for (const letter of text) {
    const code = letter.codePointAt(0)!;
    if (code >= 0x1100) width += 1.05;
    else if (/[ijl.,:;'|!]/.test(letter)) width += 0.3;
    else if (/[frt()\[\] -]/.test(letter)) width += 0.38;
    else if (/[mwMW@%]/.test(letter)) width += 0.9;
    else width += /[A-Z0-9]/.test(letter) ? 0.66 : 0.57;
  }
  return width;
}
