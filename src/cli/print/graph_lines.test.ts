import { expect, test } from "bun:test";
import fc from "fast-check";
import { type Board, completeTask, createTask, graphOf, linkTasks } from "../../kernel/mod.ts";
import { testBoard } from "../../testing/mod.ts";
import { paint } from "./format.ts";
import { graphDot, graphLines } from "./graph_lines.ts";

const style = paint({ color: false });
const make = (board: Board, title: string, parents: string[] = []) => createTask(board, { title, parents }).task.id;
const linesOf = (board: Board, width = Infinity) => graphLines(graphOf(board), { style, width });

test("draws each task once in full, beneath the first parent that shows it", () => {
  const { board } = testBoard();
  const design = make(board, "Design");
  const build = make(board, "Build", [design]);
  const tests = make(board, "Test", [build, design]);
  const ship = make(board, "Ship", [tests]);
  completeTask(board, design);

  expect(linesOf(board)).toEqual([
    `${design}  ✓ done  Design`,
    `├─ ${build}  ◇ ready  Build`,
    `│  └─ ${tests}  ○ todo  Test`,
    `│     └─ ${ship}  ○ todo  Ship`,
    `└─ ${tests}  ○ todo  Test  ↑ above`,
  ]);
});

test("names every task and every link of any graph, in bounded lines", () => {
  const links = fc.array(fc.tuple(fc.nat({ max: 7 }), fc.nat({ max: 7 })), { maxLength: 20 });
  fc.assert(
    fc.property(links, (pairs) => {
      const { board } = testBoard();
      const ids = Array.from({ length: 8 }, (_, n) => make(board, `task ${n}`));
      for (const [a, b] of pairs) if (a < b) linkTasks(board, ids[a]!, ids[b]!);
      const graph = graphOf(board);
      const lines = graphLines(graph, { style, width: Infinity });
      const roots = graph.nodes.filter(({ id }) => !graph.edges.some(({ child }) => child === id));
      // One line for each link that is drawn and one for each root; a task's links are drawn once.
      return (
        lines.length === graph.edges.length + roots.length && graph.nodes.every(({ id }) => lines.join().includes(id))
      );
    }),
    { numRuns: 60 },
  );
});

test("keeps to the terminal", () => {
  const { board } = testBoard();
  make(board, "child ".repeat(30), [make(board, "parent ".repeat(30))]);

  expect(linesOf(board, 60).every((line) => Bun.stringWidth(line) <= 60)).toBe(true);
});

test("quotes titles for Graphviz", () => {
  const { board } = testBoard();
  const parent = make(board, 'say "hi" \\ \x1b[31m');
  const child = make(board, "child", [parent]);

  expect(graphDot(graphOf(board))).toBe(
    `digraph kanban {
  rankdir=LR; node [shape=box];
  ${parent} [label="say \\"hi\\" \\\\ (ready)"];
  ${child} [label="child (todo)"];
  ${parent} -> ${child};
}`,
  );
});
