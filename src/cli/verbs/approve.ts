/**
 * `kanban approve`: accepts finished work that waits for a person.
 *
 * @module
 */
import { approveTask } from "../../kernel/mod.ts";
import { tasks } from "../args.ts";
import { told } from "../hints.ts";
import { verb } from "../verb.ts";

export default verb({
  name: "approve",
  act: "approve",
  args: { ids: tasks("Tasks to approve") },
  examples: ["kanban approve t_1a2b t_3c4d"],
  run({ args, board, each, write, out }) {
    each(args.ids, (id) => {
      const approved = write([id], () => approveTask(board, id));
      out(approved, (task) => told("approved", task));
    });
  },
});
