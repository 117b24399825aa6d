/**
 * `kanban archive`: puts tasks out of sight; an open run ends.
 *
 * @module
 */
import { archiveTask } from "../../kernel/mod.ts";
import { tasks } from "../args.ts";
import { fenced } from "../guard.ts";
import { told } from "../say.ts";
import { verb } from "../verb.ts";

export default verb({
  name: "archive",
  summary: "Put tasks out of sight; running ones end",
  args: { ids: tasks("Tasks to archive") },
  examples: ["kanban archive t_1a2b t_3c4d"],
  run({ args, board, worker, each, out }) {
    each(args.ids, (id) => {
      const archived = fenced(board, worker?.run, "archive tasks", () => archiveTask(board, id));
      out(archived, (task) => told("archived", task));
    });
  },
});
