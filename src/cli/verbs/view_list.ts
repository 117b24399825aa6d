/**
 * `kanban view list`: the saved views.
 *
 * @module
 */
import { filterAt, listViews, parseFilterQuery, statusesIn, viewCount } from "../../kernel/mod.ts";
import { table } from "../print/format.ts";
import { verb } from "../verb.ts";
import { oneLine } from "../../text.ts";

export default verb({
  name: "view list",
  act: "read",
  args: {},
  examples: ["kanban view list", "kanban view list --json"],
  notes: "List the tasks of a view with: kanban list --view NAME",
  run({ board, who, out, style, stdout }) {
    const views = listViews(board, who).map((view) => {
      const query = parseFilterQuery(new URLSearchParams(view.query));
      const counted = { filter: filterAt(query, board.now()), statuses: statusesIn(query) };
      return { ...view, n: viewCount(board, counted, { patient: true }) };
    });
    out(views, () => {
      if (views.length === 0) return "No views. Save one with: kanban view save NAME --assignee ann";
      const head = ["NAME", "PAGE", "TASKS", "BY", "FILTER"].map((text) => ({ text, style: style.dim }));
      const rows = views.map(({ name, page, query, shared, owner, n }) => [
        { text: oneLine(name) },
        { text: page, style: style.dim },
        { text: n === null ? "" : String(n) },
        { text: `${oneLine(owner)}${shared ? ", shared" : ""}`, style: style.dim },
        { text: oneLine(decodeURIComponent(query.replaceAll("+", " "))), style: style.dim },
      ]);
      return table([head, ...rows], [{}, {}, { right: true }, {}, { shrink: true }], stdout.width).join("\n");
    });
  },
});
