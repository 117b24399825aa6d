/** @jsxImportSource hono/jsx */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { chainsOf, completeTask, linkTasks } from "../../src/kernel/mod.ts";
import { type TestBoard, testBoard } from "../../src/testing/mod.ts";
import { noFilter, shellView, textOf } from "../../src/testing/views.ts";
import { ChainSvg } from "./graph_chain.tsx";
import { DepsPage, type GraphView } from "./graph.tsx";
import { folded, layered, textWidth } from "./graph_layout.ts";
import { document } from "../shell/document.tsx";

describe("layered()", () => {
  test("every edge of an acyclic graph goes to a later layer, and no two nodes share a place", () => {
    const graph = fc.integer({ min: 1, max: 14 }).chain((n) =>
      fc.record({
        ids: fc.constant(Array.from({ length: n }, (_, i) => `t${i}`)),
        edges: fc.array(fc.tuple(fc.nat(n - 1), fc.nat(n - 1)), { maxLength: 25 }),
      }),
    );
    fc.assert(
      fc.property(graph, ({ ids, edges }) => {
        const forward = edges.filter(([a, b]) => a < b).map(([a, b]) => ({ parent: `t${a}`, child: `t${b}` }));

        const { at, routes } = layered(ids, forward);

        for (const { parent, child } of forward) expect(at.get(parent)![0]).toBeLessThan(at.get(child)![0]);
        expect(new Set([...at.values()].map(String)).size).toBe(at.size);
        for (const route of routes) {
          const layers = route.map(([x]) => x);
          expect(layers).toEqual(Array.from({ length: layers.length }, (_, i) => layers[0]! + i));
        }
      }),
      { numRuns: 100 },
    );
  });
  test("a cycle and an edge to nowhere do not hang it", () => {
    const edges = [
      { parent: "a", child: "b" },
      { parent: "b", child: "a" },
      { parent: "a", child: "gone" },
    ];
    expect(layered(["a", "b"], edges).at.size).toBeGreaterThanOrEqual(2);
  });
});

const node = (id: string, more: object = {}) => ({
  ...{ id, title: `Task ${id}`, status: "ready" as const, assignee: null, priority: 0, tenant: null },
  ...{ completed_at: null as number | null },
  ...more,
});

describe("ChainSvg()", () => {
  test("no line runs through a box, whatever the titles and the links", () => {
    const graph = fc.integer({ min: 2, max: 12 }).chain((n) =>
      fc.record({
        titles: fc.array(fc.string({ maxLength: 60 }), { minLength: n, maxLength: n }),
        edges: fc.array(fc.tuple(fc.nat(n - 1), fc.nat(n - 1)), { minLength: 1, maxLength: 20 }),
      }),
    );
    fc.assert(
      fc.property(graph, ({ titles, edges }) => {
        const nodes = titles.map((title, index) => node(`t${index}`, { title }));
        const links = edges.filter(([a, b]) => a < b).map(([a, b]) => ({ parent: `t${a}`, child: `t${b}` }));

        const svg = String(
          <ChainSvg chain={{ nodes, edges: links, folds: new Map() }} root={null} matches={null} unfold="" />,
        );

        const boxes = [...svg.matchAll(/<foreignObject x="(.*?)" y="(.*?)" width="(.*?)" height="(.*?)"/g)];
        const sides = boxes.map(([, x, y, w, h]) => ({ x: +x!, y: +y!, right: +x! + +w!, bottom: +y! + +h! }));
        for (const [, path] of svg.matchAll(/<path d="([^"]*)"/g)) {
          for (const [x1, y1, x2, y2] of piecesOf(path!)) {
            const through = sides.filter(
              (box) =>
                Math.min(x1, x2) < box.right &&
                Math.max(x1, x2) > box.x &&
                Math.min(y1, y2) < box.bottom &&
                Math.max(y1, y2) > box.y,
            );
            expect(through).toEqual([]);
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  /** The straight pieces and the curves of a path, each as the box that holds it: a curve stays between its ends. */
  function piecesOf(path: string): [number, number, number, number][] {
    const numbers = (text: string) => text.trim().split(/[ ,]+/).map(Number);
    const pieces: [number, number, number, number][] = [];
    let at: [number, number] = [0, 0];
    for (const [, letter, text] of path.matchAll(/([MLC])([^MLC]*)/g)) {
      const end = numbers(text!).slice(-2) as [number, number];
      if (letter !== "M") pieces.push([...at, ...end]);
      at = end;
    }
    return pieces;
  }

  test("a box has the width that its title needs, up to a bound", () => {
    const widthOf = (title: string) => {
      const svg = String(<ChainSvg chain={{ nodes: [node("a", { title })], edges: [], folds: new Map() }} root={null} matches={null} unfold="" />); // prettier-ignore
      return Number(/foreignObject x="\d+" y="\d+" width="(\d+)"/.exec(svg)![1]);
    };
    expect(widthOf("Go")).toBeLessThan(widthOf("Measure checkout from three regions"));
    expect(widthOf("W".repeat(400))).toBe(300);
    expect(textWidth("看板")).toBeGreaterThan(textWidth("ab"));
  });
});

describe("folded()", () => {
  test("keeps finished tasks beside unfinished ones, and makes one node of the others", () => {
    const over = { completed_at: 1, status: "done" as const };
    const nodes = [node("a", over), node("b", over), node("c", over), node("d"), node("e")];
    const edges = [
      { parent: "a", child: "b" },
      { parent: "b", child: "c" },
      { parent: "c", child: "d" },
      { parent: "d", child: "e" },
    ];

    const drawn = folded({ nodes, edges, more: false }, new Set());

    expect([...drawn.folds]).toEqual([["fold-before", 2]]);
    expect(drawn.nodes.map(({ id }) => id)).toEqual(["c", "d", "e"]);
    expect(drawn.edges).toContainEqual({ parent: "fold-before", child: "c" });
    expect(folded({ nodes, edges, more: false }, new Set(["a", "b"])).folds.size).toBe(0); // What a search found stays.
  });
});

test("folded() puts finished tasks that came after finished ones right of them", () => {
  const over = { completed_at: 1, status: "done" as const };
  const nodes = [node("a", over), node("b", over), node("c", over), node("d")];
  const edges = ["b", "c", "d"].map((child) => ({ parent: "a", child }));

  const drawn = folded({ nodes, edges, more: false }, new Set());

  expect([...drawn.folds]).toEqual([["fold-after", 2]]);
  expect(drawn.edges).toEqual([
    { parent: "a", child: "fold-after" },
    { parent: "a", child: "d" },
  ]);
});

describe("the page of dependencies", () => {
  const page = (t: TestBoard, more: Partial<GraphView> = {}) => {
    const graph = { ...chainsOf(t.board), root: null, filter: noFilter(), now: t.board.now(), ...more };
    return document(<DepsPage shell={shellView(t.board)} graph={graph} />);
  };

  test("without links it teaches the command", () => {
    expect(textOf(page(testBoard()))).toContain("kanban link PARENT CHILD");
  });

  test("names each chain by what it leads to, and folds the finished ones", () => {
    const t = testBoard();
    const line = (...titles: string[]) => {
      const ids = titles.map((title) => t.ready({ title }).id);
      ids.slice(1).forEach((id, index) => linkTasks(t.board, ids[index]!, id));
      return ids;
    };
    for (const id of line("Old first", "Old last")) completeTask(t.board, id);
    const [first] = line("Design", "Build", "Ship");
    completeTask(t.board, first!);

    const html = page(t);

    expect(textOf(html)).toContain("Ship 1 of 3 finished");
    expect(textOf(html)).toContain("Finished chains 1 Old last 2 tasks");
    expect(html).not.toContain('id="chains-finished" open');
    expect(html).toMatch(/aria-label="3 tasks, 2 links"/);
  });

  test("leads on to more chains with the filter", () => {
    const filter = { ...noFilter(), assignee: { any: ["ann"], none: [] } };
    expect(page(testBoard(), { next: "t_00000001", filter })).toContain(
      'href="/deps?assignee=ann&amp;after=t_00000001"',
    );
  });
});
