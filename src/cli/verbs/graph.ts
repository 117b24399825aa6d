/**
 * `kanban graph`: which tasks wait for which.
 *
 * @module
 */
import { graphOf } from "../../kernel/mod.ts";
import { integer, optionalWord, project, toggle } from "../args.ts";
import { graphDot, graphLines } from "../print/graph_lines.ts";
import { verb } from "../verb.ts";

export default verb({
  name: "graph",
  act: "read",
  args: {
    id: optionalWord("Only what is connected to this task (default: every task with a link)"),
    project: project("Only tasks of this project"),
    limit: integer("At most so many tasks (default 300)", { min: 1, max: 5_000 }),
    dot: toggle("As a drawing for Graphviz"),
  },
  examples: ["kanban graph", "kanban graph t_1a2b", "kanban graph --dot | dot -Tsvg > graph.svg"],
  run({ args, board, id, out, note, json, style, stdout }) {
    const root = args.id === undefined ? undefined : id(args.id);
    const { project: tenant, limit, dot } = args;
    const graph = graphOf(board, { root, filter: { tenant }, ...(limit === undefined ? {} : { limit }) });
    out(graph, () => (dot ? graphDot(graph) : graphLines(graph, { style, width: stdout.width }).join("\n")));
    if (json) return;
    if (graph.nodes.length === 0) note("No task waits for another. Link two with: kanban link PARENT CHILD");
    if (graph.truncated)
      note(`There are more: these are ${graph.nodes.length} of the newest chains. Show more with --limit`);
  },
});
