/**
 * `kanban archive`: puts tasks out of sight; an open run ends.
 *
 * @module
 */
import { archiveTask } from "../../kernel/mod.ts";
import { tasks } from "../args.ts";
import { told } from "../hints.ts";
import { verb } from "../verb.ts";

export default verb({
  name: "archive",
  act: "archive",
  args: { ids: tasks("Tasks to archive") },
  examples: ["kanban archive t_1a2b t_3c4d"],
  run({ args, board, each, write, out }) {
    each(args.ids, (id) => {
      const archived = write([id], () => archiveTask(board, id));
      out(archived, (task) => told("archived", task));
    });
  },
});
