import { describe, expect, test } from "bun:test";
import { type TestBoard, testBoard } from "../../testing/mod.ts";
import { archiveTask, graphOf, linkable, linkTasks } from "../mod.ts";

/** Tasks a → b → c and x → y, and one without links. */
function family(t: TestBoard) {
  const make = (title: string, tenant: string | null = null) => t.ready({ title, tenant }).id;
  const [a, b, c, x, y, alone] = [make("a", "t1"), make("b", "t1"), make("c"), make("x"), make("y"), make("alone")];
  linkTasks(t.board, a, b);
  linkTasks(t.board, b, c);
  linkTasks(t.board, x, y);
  return { a, b, c, x, y, alone };
}

describe("graphOf()", () => {
  test("is every unarchived task that has a link, with the links between them", () => {
    const t = testBoard();
    const { a, b, c, x, y } = family(t);
    archiveTask(t.board, y);

    const graph = graphOf(t.board);

    expect(graph.nodes.map(({ title }) => title)).toEqual(["a", "b", "c", "x"]);
    expect(graph.nodes[0]).toEqual({
      id: a,
      title: "a",
      status: "ready",
      assignee: "coder",
      priority: 0,
      tenant: "t1",
    });
    expect(graph.edges).toEqual([
      { parent: a, child: b },
      { parent: b, child: c },
    ]);
    expect(graph.truncated).toBe(false);
    expect(x).toBeDefined();
  });

  test.each(["a", "b", "c"] as const)("of %s is all that is connected to it, in either direction", (root) => {
    const t = testBoard();
    const ids = family(t);

    const graph = graphOf(t.board, { root: ids[root] });

    expect(graph.nodes.map(({ title }) => title)).toEqual(["a", "b", "c"]);
    expect(graph.edges.length).toBe(2);
  });

  test("of a task without links is the task alone", () => {
    const t = testBoard();
    const { alone } = family(t);

    expect(graphOf(t.board, { root: alone })).toMatchObject({ nodes: [{ id: alone }], edges: [], truncated: false });
  });

  test("of a tenant is its tasks alone", () => {
    const t = testBoard();
    family(t);

    expect(graphOf(t.board, { filter: { tenant: "t1" } }).nodes.map(({ title }) => title)).toEqual(["a", "b"]);
  });

  test("says when there is more than it shows, and keeps what is nearest to the root", () => {
    const t = testBoard();
    const { c } = family(t);

    const graph = graphOf(t.board, { root: c, limit: 2 });

    expect(graph.nodes.map(({ title }) => title)).toEqual(["b", "c"]);
    expect(graph.truncated).toBe(true);
    expect(graphOf(t.board, { limit: 5 }).truncated).toBe(false);
    expect(graphOf(t.board, { limit: 4 })).toMatchObject({ truncated: true, nodes: { length: 4 } });
  });

  test("ends in a diamond", () => {
    const t = testBoard();
    const [top, left, right, bottom] = [t.ready().id, t.ready().id, t.ready().id, t.ready().id];
    for (const [parent, child] of [
      [top, left],
      [top, right],
      [left, bottom],
      [right, bottom],
    ] as const)
      linkTasks(t.board, parent, child);

    const graph = graphOf(t.board, { root: left });

    expect([graph.nodes.length, graph.edges.length]).toEqual([4, 4]);
  });

  test("keeps chains whole where it is cut, however old their tasks are", () => {
    const t = testBoard();
    const old = t.ready({ title: "old" }).id;
    for (let i = 0; i < 10; i++) linkTasks(t.board, t.ready({ title: `p${i}` }).id, t.ready({ title: `c${i}` }).id);
    linkTasks(t.board, old, t.ready({ title: "new" }).id);

    const { nodes, edges, truncated } = graphOf(t.board, { limit: 4 });

    expect(nodes.map(({ title }) => title)).toEqual(["old", "p9", "c9", "new"]);
    expect([edges.length, truncated]).toEqual([2, true]);
  });

  test("of an unknown root is refused", () => {
    const { board, refused } = testBoard();

    refused(() => graphOf(board, { root: "t_00000000" }), "not_found");
  });
});

describe("linkable()", () => {
  const titles = (t: TestBoard, options: Parameters<typeof linkable>[1]) =>
    linkable(t.board, options).map(({ title }) => title);

  test("offers, newest first, all but the task itself, what is linked on that side, and the archived", () => {
    const t = testBoard();
    const { b, y } = family(t);
    archiveTask(t.board, y);

    expect(titles(t, { task: b, as: "parent" })).toEqual(["alone", "x", "c"]);
    expect(titles(t, { task: b, as: "child" })).toEqual(["alone", "x", "a"]);
    expect(titles(t, { as: "parent" })).toEqual(["alone", "x", "c", "b", "a"]);
  });

  test("narrows to a search and a limit", () => {
    const t = testBoard();
    const { b } = family(t);

    expect(titles(t, { task: b, as: "parent", q: "ALO" })).toEqual(["alone"]);
    expect(titles(t, { task: b, as: "parent", limit: 1 })).toEqual(["alone"]);
  });
});
