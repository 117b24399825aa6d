/**
 * `kanban approve`: accepts finished work that waits for a person.
 *
 * @module
 */
import { approveTask } from "../../kernel/mod.ts";
import { tasks } from "../args.ts";
import { personOnly } from "../guard.ts";
import { told } from "../say.ts";
import { verb } from "../verb.ts";

export default verb({
  name: "approve",
  summary: "Accept work that waits for review",
  args: { ids: tasks("Tasks to approve") },
  examples: ["kanban approve t_1a2b t_3c4d"],
  run({ args, board, worker, each, out }) {
    personOnly(worker, "approve work");
    each(args.ids, (id) => out(approveTask(board, id), (task) => told("approved", task)));
  },
});
