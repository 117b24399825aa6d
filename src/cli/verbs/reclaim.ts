/**
 * `kanban reclaim`: takes a running task back; its worker is ended.
 *
 * @module
 */
import { reclaimTask } from "../../kernel/mod.ts";
import { task, text } from "../args.ts";
import { fenced } from "../guard.ts";
import { told } from "../say.ts";
import { verb } from "../verb.ts";

export default verb({
  name: "reclaim",
  summary: "Take a running task back from its worker",
  args: { id: task("Running task"), reason: text("Why, for the history of its runs") },
  examples: ['kanban reclaim t_1a2b --reason "wrong branch"'],
  run({ args, board, id, worker, out }) {
    const reclaimed = fenced(board, worker?.run, "reclaim tasks", () =>
      reclaimTask(board, id(args.id), { reason: args.reason ?? null }),
    );
    out(reclaimed, (task) => told("reclaimed", task));
  },
});
