/**
 * `kanban reclaim`: takes a running task back; its worker is ended.
 *
 * @module
 */
import { reclaimTask } from "../../kernel/mod.ts";
import { tasks, text } from "../args.ts";
import { told } from "../hints.ts";
import { verb } from "../verb.ts";

export default verb({
  name: "reclaim",
  act: "reclaim",
  args: { ids: tasks("Running tasks"), reason: text("Why, for the history of its runs") },
  examples: ['kanban reclaim t_1a2b --reason "wrong branch"'],
  run({ args, board, each, write, out }) {
    each(args.ids, (id) => {
      const reclaimed = write([id], () => reclaimTask(board, id, { reason: args.reason ?? null }));
      out(reclaimed, (task) => told("reclaimed", task));
    });
  },
});
