/**
 * `kanban archive`: puts tasks out of sight; an open run ends.
 *
 * @module
 */
import { archiveTask } from "../../kernel/mod.ts";
import { count } from "../../text.ts";
import { tasks, toggle } from "../args.ts";
import { asked } from "../ask.ts";
import { told } from "../hints.ts";
import { verb } from "../verb.ts";

export default verb({
  name: "archive",
  act: "archive",
  args: {
    ids: tasks("Tasks to archive"),
    yes: toggle("Do not ask: on a terminal, several tasks are archived after a question alone", { short: "y" }),
  },
  examples: ["kanban archive t_1a2b", "kanban archive t_1a2b t_3c4d --yes"],
  notes: "Bring a task back with: kanban restore. For ten minutes kanban undo brings back all of one command.",
  run({ args, board, each, write, out, note }) {
    const several = new Set(args.ids).size;
    if (several > 1 && !args.yes && !asked(`Archive ${count(several, "task")}?`)) {
      note("Nothing was archived");
      return 1;
    }
    each(args.ids, (id) => {
      const archived = write([id], () => archiveTask(board, id));
      out(archived, (task) => told("archived", task));
    });
    return undefined;
  },
});
