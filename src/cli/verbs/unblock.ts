/**
 * `kanban unblock`: lets blocked tasks go on, with the answer they waited for.
 *
 * @module
 */
import { unblockTask } from "../../kernel/mod.ts";
import { longValue, notBlank, tasks } from "../args.ts";
import { idleHint, told } from "../hints.ts";
import { verb } from "../verb.ts";

export default verb({
  name: "unblock",
  act: "unblock",
  args: {
    ids: tasks("Tasks to unblock"),
    comment: notBlank(longValue("The answer, kept as a comment that the next run reads")),
  },
  examples: ['kanban unblock t_1a2b --comment "Prices are in EUR"'],
  run(context) {
    const { args, board, who, each, write, out, hint } = context;
    each(args.ids, (id) => {
      const unblocked = write([id], () => unblockTask(board, id, { comment: args.comment ?? null, author: who }));
      out(unblocked, (task) => told("unblocked", task));
    });
    hint(idleHint(context));
  },
});
