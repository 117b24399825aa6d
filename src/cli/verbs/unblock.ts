/**
 * `kanban unblock`: lets blocked tasks go on, with the answer they waited for.
 *
 * @module
 */
import { requireText, unblockTask } from "../../kernel/mod.ts";
import { longValue, tasks } from "../args.ts";
import { fenced } from "../guard.ts";
import { idleHint, told } from "../say.ts";
import { verb } from "../verb.ts";

export default verb({
  name: "unblock",
  summary: "Let blocked tasks go on, with an answer",
  args: {
    ids: tasks("Tasks to unblock"),
    comment: longValue("The answer, kept as a comment that the next run reads"),
  },
  examples: ['kanban unblock t_1a2b --comment "Prices are in EUR"'],
  run(context) {
    const { args, board, who, worker, each, out, hint } = context;
    // An answer that came out empty is not "no answer": the task would go on without it.
    if (args.comment !== undefined) requireText(args.comment, "--comment");
    each(args.ids, (id) => {
      const unblocked = fenced(board, worker?.run, "unblock tasks", () =>
        unblockTask(board, id, { comment: args.comment ?? null, author: who }),
      );
      out(unblocked, (task) => told("unblocked", task));
    });
    hint(idleHint(context));
  },
});
